"""Numbers in words: seven, twenty-five, three quarters, two hundred and five, 5 sevenths."""

from __future__ import annotations

import re
from fractions import Fraction

from zoped.foundation.words import CARDINALS, GROUPS, SCALES
from zoped.foundation.words import ORDINALS as ORDINAL_VALUES

SMALL = CARDINALS | {"fourty": 40}
# What multiplies the number before it, in words or by a letter that stands right behind the digits.
MULTIPLIERS = SCALES | GROUPS | {"ten": 10, "lakh": 10**5, "crore": 10**7}
SHORT_MULTIPLIERS = {
    "k": 10**3,
    "K": 10**3,
    "M": 10**6,
    "mn": 10**6,
    "mln": 10**6,
    "B": 10**9,
    "bn": 10**9,
    "bln": 10**9,
    "tn": 10**12,
}
PARTS = {
    "percent": Fraction(1, 100),
    "per thousand": Fraction(1, 1_000),
    "per mille": Fraction(1, 1_000),
    "permille": Fraction(1, 1_000),
    "‰": Fraction(1, 1_000),
    "per million": Fraction(1, 10**6),
    "ppm": Fraction(1, 10**6),
    "parts per million": Fraction(1, 10**6),
    "ppb": Fraction(1, 10**9),
    "parts per billion": Fraction(1, 10**9),
}
# half, third, ..., millionth: the value of one of them
DENOMINATORS = {
    "half": 2,
    "quarter": 4,
    **{word: value for word, value in ORDINAL_VALUES.items() if value > 2},
    "fourtieth": 40,
    "hundred-thousandth": 10**5,
}
ORDINALS = frozenset([*DENOMINATORS, "first", "second"])
WORDS = frozenset([*SMALL, *MULTIPLIERS])
_SPLIT = re.compile(r"[\s-]+")
_DIGITS = re.compile(r"\d{1,12}\Z", re.ASCII)
MAX_WORDS = 16


def singular(word: str) -> str:
    """half of halves, third of thirds."""
    return "half" if word == "halves" else word.removesuffix("s")


def read_words(text: str) -> Fraction | None:
    """The number that a text of words is, with its sign; None for anything else."""
    if not text or len(text) > 160 or not text[0].isalpha():
        return None
    words = _SPLIT.split(text.lower().strip())
    if len(words) > MAX_WORDS:
        return None
    sign = 1
    if words[0] in ("minus", "negative"):
        sign, words = -1, words[1:]
    value = _number(words)
    return None if value is None else sign * value


def _number(words: list[str]) -> Fraction | None:
    for joint in ("over", "out"):
        if joint in words:
            place = words.index(joint)
            below = words[place + 1 :]
            if joint == "out":
                below = below[1:] if below[:1] == ["of"] else []
            above, divisor = _whole(words[:place]), _whole(below)
            return None if above is None or not divisor else Fraction(above, divisor)
    if "point" in words[1:-1]:
        return _decimal(words)
    if words[:2] == ["half", "a"] and len(words) == 3 and words[2] in MULTIPLIERS:
        return Fraction(MULTIPLIERS[words[2]], 2)
    if "and" in words[1:]:
        # two and a half; "two hundred and five" is read as a whole number below.
        place = len(words) - 1 - words[::-1].index("and")
        whole, part = _whole(words[:place]), _part(words[place + 1 :])
        if whole is not None and part is not None and part < 1:
            return whole + part
    whole = _whole(words)
    return _part(words) if whole is None else Fraction(whole)


def _decimal(words: list[str]) -> Fraction | None:
    """two point five: digits behind the point, one by one."""
    place = words.index("point")
    whole, digits = _whole(words[:place]), [SMALL.get(word, 10) for word in words[place + 1 :]]
    if whole is None or max(digits) > 9:
        return None
    return whole + Fraction(int("".join(map(str, digits))), 10 ** len(digits))


def _part(words: list[str]) -> Fraction | None:
    """half, a third, three quarters, five twenty-firsts."""
    for length in (2, 1):
        if len(words) >= length and (size := _denominator(words[-length:])):
            front = words[:-length]
            if not front and length == 1 and words[-1] in ("half", "quarter", "third"):
                return Fraction(1, size)
            above = 1 if front in (["a"], ["an"]) else _whole(front)
            if above is not None:
                return Fraction(above, size)
    return None


def _denominator(words: list[str]) -> int | None:
    last = singular(words[-1]) if words[-1] not in DENOMINATORS else words[-1]
    if len(words) == 1:
        return DENOMINATORS.get(last)
    tens = SMALL.get(words[0], 0)
    size = {"first": 1, "second": 2}.get(last) or DENOMINATORS.get(last, 0)
    return tens + size if tens >= 20 and 0 < size < 10 and last not in ("half", "quarter") else None


def _whole(words: list[str]) -> int | None:
    """two hundred and five thousand, a hundred, twenty-five."""
    if not words:
        return None
    if words[0] == "a" and len(words) > 1 and words[1] in MULTIPLIERS:
        words = ["one", *words[1:]]
    total = part = 0
    last = None  # the size of the word before
    for place, word in enumerate(words):
        if word == "and" and 0 < place < len(words) - 1 and last and last >= 100:
            continue
        value = SMALL.get(word)
        if value is None and len(words) == 1 and _DIGITS.match(word):
            return int(word)
        if value is not None:
            if last is not None and not ((20 <= last < 100 and 0 < value < 10) or last >= 100):
                return None
            part += value
            last = value
        elif word in MULTIPLIERS and word != "ten" and last is not None:
            size = MULTIPLIERS[word]
            if size >= 1000:
                if total and total % (size * 1000):
                    return None
                total += part * size
                part = 0
            else:
                part *= size
            last = size
        else:
            return None
    return total + part
