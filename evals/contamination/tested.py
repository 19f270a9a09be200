"""All that a student is tested on, and whether a text is too near to some of it, with the evidence."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from zoped.evals.benchmarks import BENCHMARKS, DATA_FOLDER, load_benchmark
from zoped.evals.contamination.passages import WORDS, Passages
from zoped.evals.contamination.similar import SIMILAR, SimilarTexts
from zoped.foundation.errors import ZopedError
from zoped.foundation.json_lines import JSONLinesError, read_rows, read_text

FIELDS = ("text", "question", "problem")  # of a JSON Lines row, the first that is there


class ContaminationError(ZopedError, ValueError):
    """A file of texts cannot be read; the message says what would be right."""


@dataclass(frozen=True)
class TestedText:
    """A text that students are tested on, and what to call it, such as gsm8k-test-0012."""

    __test__ = False  # pytest takes what is called Test... for tests

    id: str
    text: str


@dataclass(frozen=True)
class Overlap:
    """What a text has in common with the tested text `id`: the passage, as it stands in the text,
    or, where that is empty, a `similarity` of their content words from 0 to 1."""

    id: str
    passage: str = ""
    similarity: float = 0.0

    def __str__(self) -> str:
        if self.passage:
            return f"shares {len(self.passage.split())} words with {self.id}: {self.passage!r}"
        return f"shares {self.similarity:.0%} of its words and numbers with {self.id}"


class TestedTexts:
    """Decides whether a text is a copy, a variant or a paraphrase of a tested one.

    A passage of `words` words that is in both is a copy; of `tested` texts numbers do not count in
    it, so that the story with other numbers is found too. A text that shares `similarity` of its content
    words and numbers with a tested one is a paraphrase, whatever the names; None looks for none.

    Args:
        tested: The test sets' texts.
        own: Texts that were grown from the same seeds as what is checked: only a passage that is
            the same number by number counts, as all problems of a seed tell one story.
        words: How long a passage is.
        similarity: From which on a text is a paraphrase.
    """

    __test__ = False

    def __init__(
        self,
        tested: Iterable[TestedText] = (),
        *,
        own: Iterable[TestedText] = (),
        words: int = WORDS,
        similarity: float | None = SIMILAR,
    ) -> None:
        self._tested, self._own = list(tested), list(own)
        texts = [one.text for one in self._tested]
        self._passages = Passages(texts, words=words, mask_numbers=True)
        self._own_passages = Passages([one.text for one in self._own], words=words)
        self._similar = SimilarTexts(texts, least=similarity) if similarity is not None else None

    def __deepcopy__(self, memo: Any) -> Self:
        return self  # it never changes, and a program is copied for every trial

    def __len__(self) -> int:
        """How many texts there are."""
        return len(self._tested) + len(self._own)

    def find(self, text: str) -> Overlap | None:
        """What the text has in common with a tested one; None where that is not too much."""
        for passages, texts in ((self._own_passages, self._own), (self._passages, self._tested)):
            shared = passages.find(text)
            if shared is not None:
                return Overlap(texts[shared[0]].id, passage=shared[1])
        alike = self._similar.find(text) if self._similar is not None else None
        return None if alike is None else Overlap(self._tested[alike[0]].id, similarity=alike[1])

    def evidence(self, text: str) -> str:
        """`find` in words; empty where the text may be used. What programs take as `is_contaminated`."""
        found = self.find(text)
        return "" if found is None else str(found)


def benchmark_texts(names: Iterable[str]) -> list[TestedText]:
    """The test splits' questions. Raises BenchmarkError."""
    return [TestedText(one.id, one.text) for name in names for one in load_benchmark(name)]


def available_benchmarks() -> list[str]:
    """The benchmarks whose test split is in the folder that ZOPED_DATA names: reading them asks
    nobody."""
    folder = os.environ.get(DATA_FOLDER)
    if not folder:
        return []
    return [name for name in BENCHMARKS if (Path(folder) / name / "test.jsonl").is_file()]


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


def named(texts: Sequence[str], name: str) -> list[TestedText]:
    """The texts as NAME-1, NAME-2, ..."""
    return [TestedText(f"{name}-{number}", text) for number, text in enumerate(texts, start=1)]


def _text_of(row: Any, where: str) -> str:
    fields = row if isinstance(row, dict) else {}
    found = next((fields[name] for name in FIELDS if name in fields), None)
    if not isinstance(found, str):
        raise ContaminationError(f"{where}: expected an object with text, question or problem")
    return found
