"""Units behind a number: what may stand there, and which of them are the same quantity.

A word of the table has a dimension and a size, prefixes of the SI included. Another word may only
count ("12 apples", "3 people"): a noun in the plural, or one behind "per".
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from zoped.evals.answers.number_words import DENOMINATORS, ORDINALS, WORDS
from zoped.evals.answers.unit_table import NAMES, SYMBOLS, Dimension
from zoped.foundation.words import word_set

# Words that no unit has in it: verbs, negations, comparisons, calculations, other small words.
_NO_UNIT = """
is are was were be been has have had does do did will would can could may might must should
not no nor never none and or but than to from not through between with without
plus minus times over divided multiplied by mod modulo choose squared cubed factorial less more fewer
greater larger smaller above below under off wrong right correct incorrect false true maybe perhaps
pi e i sqrt log ln sin cos tan exp root infinity infinite zero nothing point dot recurring repeating
doubled tripled halved raised power basis because since if when which that who this these those he she it
they we you i'm it's
"""
NO_UNITS = (
    frozenset(_NO_UNIT.split())
    | WORDS
    | {f"{word}s" for word in WORDS}
    | ORDINALS - {"second"}
    | {f"{word}s" for word in DENOMINATORS}
    | {"halves"}
)
_PLURALS = word_set(
    "people men women children feet geese mice teeth fish sheep deer oxen dice cattle police pence "
    "shrimp salmon trout data series species staff aircraft water money time fruit homework milk "
    "juice paint flour sugar"
)
_ADVERBS = re.compile(
    r"\s+(?:(?:left|each|total|altogether|remaining|apiece|overall|together|in\s+(?:all|total)|over\s+all|exactly"
    r"|only|old|long|wide|tall|high|deep|away|apart)\b\s*)+\Z"
)
# 5 students in the class: where they are is no part of what was counted.
_PLACE = re.compile(r"(?<=[a-z])\s+(?:in|on|at)\s+(?:the|his|her|their|its)(?:\s+[a-z]+){1,3}\Z")
_MORE = re.compile(r"(?:more|additional|extra|other|further|different)\s+(?=[a-z])")
_TEMPERATURE = re.compile(r"\b(?:degrees?|deg\.?)\s+([CF])(?:elsius|ahrenheit)?\b", re.IGNORECASE)
_WORD = re.compile(
    r"(°[CF]?|[$€£¢₹¥₩₽₺₱฿₫₪₦]|[A-Za-zΩμ][A-Za-z'Ω]*\$?\.?)(?:\s*\^\s*\{?\s*(-?\d)\s*\}?|(\d))?"
)
_JOINT = re.compile(r"\s*(/|\bper\b|\ban?\b|\bof\b|\*|-(?=[A-Za-z])|)\s*")
MAX_WORDS = 8


@dataclass(frozen=True)
class Unit:
    """`dimension` names the base units of the known words with their powers, and `size` is in them;
    `counted` are the other words, such as "apples", which only say what was counted."""

    dimension: Dimension = ()
    size: Fraction = Fraction(1)
    counted: tuple[str, ...] = ()

    @property
    def is_known(self) -> bool:
        return bool(self.dimension)


@lru_cache(maxsize=4096)
def read_unit(text: str, *, glued: bool = False, one: bool = False) -> Unit | None:
    """The unit that `text`, standing behind a number, is; None when it can be none.

    A unit `glued` to its number must be in the table and have two letters: `5cm` is a length, `5x`
    no number, and `5m` a multiple of m. `one` thing that is counted stands in the singular.
    """
    text = _PLACE.sub("", _ADVERBS.sub("", f" {text}")).strip()
    if not text:
        return Unit()
    text = _MORE.sub("", text)
    if text == "times":  # as many
        return Unit(counted=("times",))
    text = _TEMPERATURE.sub(r"°\1", text)
    if glued and (len(text) == 1 and text.isalpha()):
        return None
    words = _words(text)
    if words is None:
        return None
    powers: Counter[str] = Counter()
    size = Fraction(1)
    counted: list[str] = []
    pending = 1  # from "square" and "cubic"
    before = 1  # the sign of the word before
    for place, (word, power, joint) in enumerate(words):
        low = word.lower().rstrip(".")
        if low in ("square", "sq", "cubic", "cu") and place + 1 < len(words):
            pending = 3 if low in ("cubic", "cu") else 2
            continue
        found = _known(word)
        if found is None or (joint == "of" and not found[0]):
            if glued or len(low) == 1 or power not in (1, -1):
                return None
            counted.append(low)
            pending = 1  # square units
            before = power
            continue
        power *= pending
        pending = 1
        before = power
        dimension, factor = found
        for base, base_power in dimension:
            powers[base] += base_power * power
        size *= factor**power
    if pending != 1 or (counted and before == 1 and not one and not _counts(words)):
        return None
    return Unit(
        tuple(sorted((base, power) for base, power in powers.items() if power)),
        size,
        tuple(counted),
    )


def _known(word: str) -> tuple[Dimension, Fraction] | None:
    bare = word.rstrip(".")
    if bare in SYMBOLS:
        return SYMBOLS[bare]
    low = bare.lower()
    return NAMES.get(low) or (NAMES.get(low.removesuffix("s")) if len(low) > 2 else None)


def _counts(words: list[tuple[str, int, str]]) -> bool:
    """Whether the words before the first "of" or "per" end with a noun in the plural or a known
    unit: 12 red apples, 3 slices of pizza, 5 cookies per day."""
    head: list[str] = []
    for word, _, joint in words:
        if head and joint:
            break
        head.append(word)
    last = head[-1].lower().rstrip(".")
    return is_plural(last) or _known(head[-1]) is not None


def is_plural(word: str) -> bool:
    return word in _PLURALS or (
        len(word) > 2 and word.endswith("s") and not word.endswith(("ss", "us", "'s"))
    )


def _words(text: str) -> list[tuple[str, int, str]] | None:
    """The words with their powers, those behind "per" and "/" negative, and what joins them to the
    word before; None for what is no unit."""
    words: list[tuple[str, int, str]] = []
    place, sign = 0, 1
    while place < len(text):
        joint = _JOINT.match(text, place)
        kind = joint[1] if joint is not None else ""
        if joint is not None:
            place = joint.end()
            if kind in ("/", "per", "a", "an"):
                sign = -1
            elif kind in ("*", "of") and not words:
                return None
        word = _WORD.match(text, place)
        if word is None or len(words) == MAX_WORDS or word[1].lower() in NO_UNITS:
            return None
        place = word.end()
        words.append((word[1], sign * int(word[2] or word[3] or 1), kind))
    return words or None
