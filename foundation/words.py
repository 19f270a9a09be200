"""English words for numbers: the one table for texts of problems and for answers; and sets of words.

No sentence is read here: `symbolic.wording` finds the numbers of a text, `evals.answers` reads an answer.
"""

from __future__ import annotations

_ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
CARDINALS: dict[str, int] = {word: value for value, word in enumerate(_ONES)} | {
    word: 10 * value for value, word in enumerate(_TENS, start=2)
}
"""zero to nineteen, and the tens to ninety."""
SCALES = {
    "hundred": 100,
    "thousand": 10**3,
    "million": 10**6,
    "billion": 10**9,
    "trillion": 10**12,
}
GROUPS = {"dozen": 12, "score": 20, "gross": 144}
_IRREGULAR = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}


def ordinal(word: str) -> str:
    """third of three, fortieth of forty, millionth of million."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    return word[:-1] + "ieth" if word.endswith("y") else word + "th"


ORDINALS: dict[str, int] = {ordinal(word): value for word, value in CARDINALS.items() if value} | {
    ordinal(word): value for word, value in SCALES.items()
}
"""first to nineteenth, the tens, hundredth to trillionth."""


def word_set(words: str) -> frozenset[str]:
    """The words of a text, as a set."""
    return frozenset(words.split())
