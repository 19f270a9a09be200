"""Texts that say the same in other words: as many of their content words and numbers are shared.

Names are left out, endings cut and number words written as digits, so that a paraphrase and a change
of names keep what they are made of. Candidates come from MinHash (Broder 1997) with locality-sensitive
hashing (datasketch); each is then compared by its exact Jaccard similarity.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction
from functools import cache
from typing import Any, Self

from datasketch import MinHash, MinHashLSH

from zoped.foundation.words import CARDINALS

SIMILAR = 0.6  # a share of all content words
LEAST = 6  # content words of a text that is compared
PERMUTATIONS = 128
_TOKEN = re.compile(r"[^\W\d_]+|\d[\d,]*(?:\.\d+)?")
_SENTENCE_END = '.?!:;"”\n'
_FUNCTION_WORDS = frozenset(
    """a an and are as at be been but by can could did do does each every for from had has have he her
    hers him his how i if in into is it its many more most much my no not of off on one or our out she
    so some than that the their them then there they this those to up was we were what when which while
    who will with would you your after before all also only any me us find let value per""".split()  # noqa: SIM905
)


def content(text: str) -> frozenset[str]:
    """The content words of the text without their endings, and its numbers; no names.

    >>> sorted(content("Every day, Janet bakes muffins with four eggs; she sells 2.50 of them."))
    ['2.5', '4', 'bak', 'day', 'egg', 'muffin', 'sell']
    """
    found = set()
    start = True
    previous = 0
    for token in _TOKEN.finditer(text):
        word, between = token[0], text[previous : token.start()]
        start = start or any(mark in between for mark in _SENTENCE_END)
        previous = token.end()
        if word[0].isdigit():
            found.add(_number(word))
        elif word.lower() in CARDINALS:
            found.add(str(CARDINALS[word.lower()]))
        elif start or word[0].islower():
            if word.lower() not in _FUNCTION_WORDS and len(word) > 1:
                found.add(_stem(word.lower()))
        start = False
    return frozenset(found)


def similarity(one: frozenset[str], other: frozenset[str]) -> float:
    """The Jaccard similarity: shared words, as a share of all of them."""
    return len(one & other) / len(one | other) if one and other else 0.0


class SimilarTexts:
    """Texts to which others are compared; `least` is the similarity from which on two are alike.

    Args:
        texts: What is compared with. More can be added.
        least: Above 0, at most 1.
    """

    def __init__(self, texts: Iterable[str] = (), *, least: float = SIMILAR) -> None:
        if not 0 < least <= 1:
            raise ValueError(f"the least similarity is {least}; give a number above 0, at most 1")
        self.least = least
        self._index = MinHashLSH(threshold=max(0.1, least - 0.1), num_perm=PERMUTATIONS)
        self._content: list[frozenset[str]] = []
        for text in texts:
            self.add(text)

    def __len__(self) -> int:
        return len(self._content)

    def __deepcopy__(self, memo: Any) -> Self:
        return self  # as `Passages`

    def add(self, text: str) -> None:
        """One more text to compare with; short ones are kept, and like nothing."""
        words = content(text)
        if len(words) >= LEAST:
            self._index.insert(len(self._content), _minhash(words))
        self._content.append(words)

    def find(self, text: str) -> tuple[int, float] | None:
        """Which text (from 0) is most like this one, and how much; None where none is alike."""
        words = content(text) if self._content else frozenset()
        if len(words) < LEAST:
            return None
        near = self._index.query(_minhash(words))
        scored = [(similarity(words, self._content[place]), -place) for place in near]
        best, place = max(scored, default=(0.0, 0))
        return (-place, best) if best >= self.least else None


def _minhash(words: Iterable[str]) -> MinHash:
    made = _no_words().copy()
    made.update_batch([word.encode() for word in words])
    return made


@cache
def _no_words() -> MinHash:
    """Drawing the permutations takes as long as hashing the words."""
    return MinHash(num_perm=PERMUTATIONS, seed=1)


def _number(digits: str) -> str:
    value = Fraction(digits.replace(",", ""))
    return str(value) if value.denominator == 1 else f"{float(value):g}"


def _stem(word: str) -> str:
    """Without the endings of plurals and verbs; crude, and the same for both texts."""
    for ending in ("ing", "ies", "es", "ed", "s", "y", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word
