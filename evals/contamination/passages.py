"""Long passages that a new problem shares with what a student is tested on.

Two texts that share a run of 13 words have one source: the rule by which GPT-3's training data was
cleared of its test sets (Brown et al. 2020, Language Models are Few-Shot Learners, appendix C).
Case and punctuation do not count. Numbers may be masked: the same story with other numbers is then
the same passage.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import Any, Self

import numpy as np

from zoped.evals.held_out import normalized
from zoped.foundation.words import CARDINALS

WORDS = 13
# Of masked passages that have fewer words beside their numbers the numbers count: "1, 2, 3, 4, ..." is
# nobody's text.
LEAST_SAID = 8
_NUMBER = re.compile(r"\d+")


class Passages:
    """Every run of `words` words of the texts. One that is shorter counts as a whole.

    Args:
        texts: What students are tested on.
        words: How long a passage is; at least 1.
        mask_numbers: Whether all numbers are alike, in passages that say enough beside them.

    >>> tested = Passages(["Ann has 3 pens and buys 2."], words=4)
    >>> tested.shares_passage("First, ANN has 3 pens; then she sells them.")
    True
    >>> tested.shares_passage("Ann has 5 pens and buys 4.")
    False
    """

    def __init__(
        self, texts: Iterable[str] = (), *, words: int = WORDS, mask_numbers: bool = False
    ) -> None:
        if words < 1:
            raise ValueError(f"words is {words}; give at least 1")
        self.words = words
        self.mask_numbers = mask_numbers
        hashes: list[int] = []
        owners: list[int] = []
        for owner, text in enumerate(texts):
            own = [found for found, _ in self._passages(text)]
            hashes += own
            owners += [owner] * len(own)
        # The first text that has a passage stands for it. Arrays: benchmarks have millions of them.
        self._hashes, first = np.unique(np.array(hashes, dtype=np.uint64), return_index=True)
        self._owners = np.array(owners, dtype=np.int32)[first]

    def __len__(self) -> int:
        """How many different passages there are."""
        return len(self._hashes)

    def __deepcopy__(self, memo: Any) -> Self:
        return self  # it never changes, and a program is copied for every trial

    def shares_passage(self, text: str) -> bool:
        """Whether one of the passages is in the text."""
        return self.find(text) is not None

    def find(self, text: str) -> tuple[int, str] | None:
        """Which text (from 0) shares a passage with this one, and the first passage as it stands
        here; None where there is none."""
        own = list(self._passages(text))
        if not own or not len(self._hashes):
            return None
        wanted = np.array([found for found, _ in own], dtype=np.uint64)
        places = np.searchsorted(self._hashes, wanted).clip(max=len(self._hashes) - 1)
        shared = np.flatnonzero(self._hashes[places] == wanted)
        if not len(shared):
            return None
        return int(self._owners[places[shared[0]]]), own[shared[0]][1]

    def _passages(self, text: str) -> Iterator[tuple[int, str]]:
        """The passages' hashes, and the passages."""
        found = normalized(text).split()
        if not found:
            return
        masked = [_masked(word) for word in found] if self.mask_numbers else found
        for start in range(max(1, len(found) - self.words + 1)):
            end = start + self.words
            plain, counted = found[start:end], masked[start:end]
            if len(plain) < self.words or sum(word != "#" for word in counted) < LEAST_SAID:
                counted = plain
            passage = " ".join(counted)
            digest = blake2b(passage.encode(), digest_size=8).digest()
            yield int.from_bytes(digest, "big"), " ".join(plain)


def _masked(word: str) -> str:
    return "#" if word in CARDINALS or _NUMBER.fullmatch(word) else word
