"""Contamination: long passages that a new problem shares with what a student is tested on.

Two texts that share a run of 13 words have one source: the rule by which GPT-3's training data was
cleared of its test sets (Brown et al. 2020, Language Models are Few-Shot Learners, appendix C).
Case and punctuation do not count; a number is a word like any other, so the same story with other
numbers shares the words between two of them at most.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any, Self

from zoped.evals.held_out import normalized
from zoped.foundation.errors import ZopedError
from zoped.foundation.json_lines import JSONLinesError, read_rows, read_text

WORDS = 13
FIELDS = ("text", "question", "problem")  # of a JSON Lines row, the first that is there


class ContaminationError(ZopedError, ValueError):
    """A file of texts cannot be read; the message says what would be right."""


class Passages:
    """Every run of `words` words of the texts. One that is shorter counts as a whole.

    Args:
        texts: What students are tested on.
        words: How long a passage is; at least 1.

    >>> tested = Passages(["Ann has 3 pens and buys 2."], words=4)
    >>> tested.shares_passage("First, ANN has 3 pens; then she sells them.")
    True
    >>> tested.shares_passage("Ann has 5 pens and buys 4.")
    False
    """

    def __init__(self, texts: Iterable[str] = (), *, words: int = WORDS) -> None:
        if words < 1:
            raise ValueError(f"words is {words}; give at least 1")
        self.words = words
        self._hashes = frozenset(h for text in texts for h in _hashes(text, words))

    def __len__(self) -> int:
        """How many different passages there are."""
        return len(self._hashes)

    def __deepcopy__(self, memo: Any) -> Self:
        return self  # it never changes, and a program is copied for every trial

    def shares_passage(self, text: str) -> bool:
        """Whether one of the passages is in the text."""
        return any(found in self._hashes for found in _hashes(text, self.words))


def texts_of(path: Path) -> list[str]:
    """The texts of a file of the user's: JSON Lines (`.jsonl`) with `text`, `question` or `problem`
    in each row, or else plain text, a line a text. Raises ContaminationError."""
    try:
        if path.suffix != ".jsonl":
            texts = [line for line in read_text(path).split("\n") if line.strip()]
        else:
            texts = [_text_of(row, f"{path}:{number}") for number, row in read_rows(path)]
    except JSONLinesError as error:
        raise ContaminationError(str(error)) from None
    if not texts:
        raise ContaminationError(f"{path}: no texts in it")
    return texts


def _text_of(row: Any, where: str) -> str:
    fields = row if isinstance(row, dict) else {}
    found = next((fields[name] for name in FIELDS if name in fields), None)
    if not isinstance(found, str):
        raise ContaminationError(f"{where}: expected an object with text, question or problem")
    return found


def _hashes(text: str, words: int) -> Iterator[bytes]:
    found = normalized(text).split()
    for start in range(max(1, len(found) - words + 1) if found else 0):
        passage = " ".join(found[start : start + words])
        yield blake2b(passage.encode(), digest_size=8).digest()
