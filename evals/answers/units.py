"""Units behind a number: what may stand there, and which of them are the same quantity."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

MULTIPLIERS = {
    "hundred": 100,
    "thousand": 1_000,
    "million": 10**6,
    "billion": 10**9,
    "trillion": 10**12,
    "dozen": 12,
}
_INCH = Fraction(254, 10_000)
_POUND = Fraction(45_359_237, 100_000)
# names -> (base, size in the base)
_UNITS: dict[str, tuple[str, Fraction | int]] = {
    "mm millimeter millimetre": ("m", Fraction(1, 1000)),
    "cm centimeter centimetre": ("m", Fraction(1, 100)),
    "dm decimeter decimetre": ("m", Fraction(1, 10)),
    "m meter metre": ("m", 1),
    "km kilometer kilometre": ("m", 1000),
    "in inch inche": ("m", _INCH),
    "ft foot feet": ("m", 12 * _INCH),
    "yd yard": ("m", 36 * _INCH),
    "mi mile": ("m", 63_360 * _INCH),
    "mg milligram": ("g", Fraction(1, 1000)),
    "g gram": ("g", 1),
    "kg kilogram": ("g", 1000),
    "t ton tonne": ("g", 10**6),
    "oz ounce": ("g", _POUND / 16),
    "lb lbs pound": ("g", _POUND),
    "ms millisecond": ("s", Fraction(1, 1000)),
    "s sec second": ("s", 1),
    "min minute": ("s", 60),
    "h hr hrs hour": ("s", 3600),
    "day": ("s", 86_400),
    "week": ("s", 604_800),
    "month": ("month", 1),
    "year yr": ("month", 12),
    "ml milliliter millilitre": ("l", Fraction(1, 1000)),
    "cl centiliter centilitre": ("l", Fraction(1, 100)),
    "l L liter litre": ("l", 1),
    "$ dollar usd": ("$", 1),
    "cent": ("$", Fraction(1, 100)),
    "€ euro eur": ("€", 1),
    "£": ("£", 1),
    "° deg degree": ("°", 1),
    "rad radian": ("rad", 1),
    "mph": ("m/s", 63_360 * _INCH / 3600),
    "kph kmh": ("m/s", Fraction(1000, 3600)),
    "N newton": ("N", 1),
    "J joule": ("J", 1),
    "W watt": ("W", 1),
    "V volt": ("V", 1),
    "A ampere amp": ("A", 1),
    "kelvin": ("K", 1),
    "C celsius": ("°C", 1),
    "F fahrenheit": ("°F", 1),
}
_SIZES = {
    name: (base, Fraction(size)) for names, (base, size) in _UNITS.items() for name in names.split()
}
# A number before one of these is a part of a calculation, of a number word, or of a choice.
_NO_UNIT = """
and or plus minus times over divided multiplied by mod modulo choose squared cubed factorial
to not through than percent pct root pi e i sqrt log ln sin cos tan exp
half halves third thirds fourth fourths fifth fifths sixth sixths eighth eighths tenth tenths
hundredth hundredths thousandth thousandths one two three four five six seven eight nine ten
eleven twelve twenty thirty forty fifty
"""
_NO_UNITS = frozenset(_NO_UNIT.split())
_WORD = re.compile(
    r"([ap]\.m\b\.?|[A-Za-z][A-Za-z']*\.?|[°$€£])(?:\s*\^\s*\{?\s*(-?\d)\s*\}?|(\d))?"
)
_JOINT = re.compile(r"\s*(/|\bper\b|\*|-(?=[A-Za-z])|)\s*")
MAX_WORDS = 6


@dataclass(frozen=True)
class Unit:
    """`dimension` names the base units with their powers and `size` is in them; both are unknown
    (None) for a unit of no table, such as "apples", which says nothing on the number."""

    dimension: tuple[tuple[str, int], ...] | None
    size: Fraction = Fraction(1)


@lru_cache(maxsize=4096)
def read_unit(text: str, *, glued: bool = False) -> Unit | None:
    """The unit that `text`, standing behind a number, is; None when it can be none.

    A unit `glued` to its number must be in the table: `5cm` is a length, `5x` no number.
    """
    words = _words(text)
    if words is None:
        return None
    powers: Counter[str] = Counter()
    size = Fraction(1)
    known = True
    pending = 1  # from "square" and "cubic"
    for word, power in words:
        low = word.lower().rstrip(".")
        if low in ("square", "sq", "cubic"):
            pending = 3 if low == "cubic" else 2
            continue
        # One letter means what its case says: 5 N is a force, 5n a multiple of n.
        key = word if len(low) == 1 else low
        found = _SIZES.get(key) or (_SIZES.get(low.removesuffix("s")) if len(low) > 2 else None)
        if found is None:
            if glued or len(low) == 1:
                return None
            known = False
            continue
        power *= pending
        pending = 1
        base, factor = found
        if base == "m/s":
            powers["m"] += power
            powers["s"] -= power
        elif base == "l":  # a litre is a cubic decimetre
            powers["m"] += 3 * power
            factor = factor / 1000
        else:
            powers[base] += power
        size *= factor**power
    if not known or pending != 1:
        return Unit(None)
    return Unit(tuple(sorted((base, power) for base, power in powers.items() if power)), size)


def _words(text: str) -> list[tuple[str, int]] | None:
    """The words with their powers, those behind "per" and "/" negative; None for what is no unit."""
    words: list[tuple[str, int]] = []
    place, sign = 0, 1
    while place < len(text):
        joint = _JOINT.match(text, place)
        if joint is not None:
            place = joint.end()
            if joint[1] in ("/", "per"):
                sign = -1
            elif joint[1] == "*" and not words:
                return None
        word = _WORD.match(text, place)
        if word is None or len(words) == MAX_WORDS or word[1].lower() in _NO_UNITS:
            return None
        place = word.end()
        words.append((word[1], sign * int(word[2] or word[3] or 1)))
    return words or None
