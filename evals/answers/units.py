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

_INCH = Fraction(254, 10_000)
_POUND = Fraction(45_359_237, 100_000)
_LITRE = Fraction(1, 1000)
_GALLON = 231 * _INCH**3
_ACRE = 43_560 * (12 * _INCH) ** 2
Dimension = tuple[tuple[str, int], ...]


def _dimension(text: str) -> Dimension:
    """(("m", 1), ("s", -1)) of "m/s"."""
    above, _, below = text.partition("/")
    powers: Counter[str] = Counter()
    for sign, part in ((1, above), (-1, below)):
        for factor in part.split():
            name, _, power = factor.partition("^")
            powers[name] += sign * int(power or 1)
    return tuple(sorted(powers.items()))


# symbols, names, dimension, size in base units, and the prefixes that its symbols take: with all of
# them "pm" would be a length, and "ft" a weight.
_SI = """
m | meter metre | m | 1 | k h da d c m μ u n
g | gram gramme | g | 1 | k h da d c m μ u n M
s | second sec | s | 1 | m μ u n p
l L | liter litre | m^3 | 1/1000 | k h d c m μ u n
A | ampere amp | A | 1 | k m μ u n p
K | kelvin | K | 1 | m
mol | mole | mol | 1 | k m μ u n
N | newton | g m/s^2 | 1000 | k M G m μ u n
J | joule | g m^2/s^2 | 1000 | k M G T m μ u n
W | watt | g m^2/s^3 | 1000 | k M G T m μ u n
Pa | pascal | g/m s^2 | 1000 | k h M G m
Hz | hertz | cycle/s | 1 | k M G T m
V | volt | V | 1 | k M m μ u n
C | coulomb | A s | 1 | k m μ u n p
Ω | ohm | V/A | 1 | k M G m μ u
F | farad | A s/V | 1 | m μ u n p
T | tesla | T | 1 | m μ u n
eV | electronvolt | eV | 1 | k M G T m
Wh | watthour | g m^2/s^2 | 3600000 | k M G T
cal | calorie | cal | 1 | k
B | byte | bit | 8 | k M G T
b | bit | bit | 1 | k M G T
t | ton tonne | g | 1000000 | k M G
"""
_SYMBOL_PREFIXES = {
    "T": 12, "G": 9, "M": 6, "k": 3, "h": 2, "da": 1, "d": -1, "c": -2, "m": -3, "μ": -6, "u": -6,
    "n": -9, "p": -12, "f": -15,
}  # fmt: skip
_NAME_PREFIXES = {
    "tera": 12, "giga": 9, "mega": 6, "kilo": 3, "hecto": 2, "deca": 1, "deci": -1, "centi": -2,
    "milli": -3, "micro": -6, "nano": -9, "pico": -12, "femto": -15,
}  # fmt: skip
_OTHERS: tuple[tuple[str, str, Fraction | int], ...] = (
    ("in inch inche", "m", _INCH),
    ("ft foot feet", "m", 12 * _INCH),
    ("yd yard", "m", 36 * _INCH),
    ("mi mile", "m", 63_360 * _INCH),
    ("oz ounce", "g", _POUND / 16),
    ("lb lbs pound", "g", _POUND),
    ("st stone", "g", 14 * _POUND),
    ("min minute", "s", 60),
    ("h hr hrs hour", "s", 3600),
    ("day", "s", 86_400),
    ("week", "s", 604_800),
    ("fortnight", "s", 2 * 604_800),
    ("month", "month", 1),
    ("year yr yrs", "month", 12),
    ("decade", "month", 120),
    ("century centurie", "month", 1200),
    ("gal gallon", "m^3", _GALLON),
    ("qt quart", "m^3", _GALLON / 4),
    ("pt pint", "m^3", _GALLON / 8),
    ("cup", "m^3", _GALLON / 16),
    ("tbsp tablespoon", "m^3", _GALLON / 256),
    ("tsp teaspoon", "m^3", _GALLON / 768),
    ("cc", "m^3", Fraction(1, 10**6)),
    ("acre", "m^2", _ACRE),
    ("ha hectare", "m^2", 10_000),
    ("are", "m^2", 100),
    ("mph", "m/s", 63_360 * _INCH / 3600),
    ("kph kmh kmph", "m/s", Fraction(1000, 3600)),
    ("mps", "m/s", 1),
    ("fps", "m/s", 12 * _INCH),
    ("kn knot", "m/s", Fraction(1852, 3600)),
    ("rpm", "turn/s", Fraction(1, 60)),
    ("rps", "turn/s", 1),
    ("revolution rev", "turn", 1),
    ("cycle", "cycle", 1),
    ("bps", "bit/s", 1),
    ("kbps", "bit/s", 1000),
    ("Mbps mbps", "bit/s", 10**6),
    ("atm atmosphere", "g/m s^2", 101_325_000),
    ("bar", "g/m s^2", 10**8),
    ("psi", "psi", 1),
    ("hp horsepower", "hp", 1),
    ("$ dollar usd US$ buck", "$", 1),
    ("¢ cent", "$", Fraction(1, 100)),
    ("dime", "$", Fraction(1, 10)),
    ("nickel", "$", Fraction(1, 20)),
    ("€ euro eur", "€", 1),
    ("£ gbp", "£", 1),
    ("pence", "£", Fraction(1, 100)),
    ("₹ rs inr rupee", "₹", 1),
    ("¥ jpy yen", "¥", 1),
    ("cny rmb yuan", "yuan", 1),
    ("₩ krw won", "₩", 1),
    ("₽ rub ruble rouble", "₽", 1),
    ("₺ lira", "₺", 1),
    ("₱ peso", "₱", 1),
    ("฿ baht", "฿", 1),
    ("₫ dong", "₫", 1),
    ("₪ shekel", "₪", 1),
    ("₦ naira", "₦", 1),
    ("R$ brl", "R$", 1),
    ("C$ cad", "C$", 1),
    ("A$ aud", "A$", 1),
    ("chf franc", "chf", 1),
    ("° deg degree", "°", 1),
    ("rad radian", "rad", 1),
    ("celsius °C", "°C", 1),
    ("fahrenheit °F", "°F", 1),
)


def _table() -> tuple[dict[str, tuple[Dimension, Fraction]], dict[str, tuple[Dimension, Fraction]]]:
    """Units by symbol, where case counts, and by name."""
    symbols: dict[str, tuple[Dimension, Fraction]] = {}
    names: dict[str, tuple[Dimension, Fraction]] = {}
    for line in _SI.strip().splitlines():
        short, long, dimension, size, prefixes = (part.strip() for part in line.split("|"))
        of = _dimension(dimension)
        for prefix in ("", *prefixes.split()):
            scale = Fraction(10) ** _SYMBOL_PREFIXES[prefix] if prefix else Fraction(1)
            for symbol in short.split():
                symbols[prefix + symbol] = (of, Fraction(size) * scale)
        for prefix, power in {"": 0, **_NAME_PREFIXES}.items():
            for name in long.split():
                names.setdefault(prefix + name, (of, Fraction(size) * Fraction(10) ** power))
    for words, dimension, factor in _OTHERS:
        for word in words.split():
            entry = (_dimension(dimension), Fraction(factor))
            (symbols if len(word) == 1 or word != word.lower() else names)[word] = entry
    # Written in letters of one case, these are meant.
    for symbol in (
        "km",
        "cm",
        "mm",
        "kg",
        "mg",
        "ml",
        "kJ",
        "kW",
        "kWh",
        "Hz",
        "kHz",
        "MHz",
        "GHz",
    ):
        names.setdefault(symbol.lower(), symbols[symbol])
    for symbol in ("kB", "MB", "GB", "TB"):
        names[symbol.lower()] = symbols[symbol]
    return symbols, names


_SYMBOLS, _NAMES = _table()
CURRENCIES = (
    "US$",
    "R$",
    "C$",
    "A$",
    "$",
    "€",
    "£",
    "₹",
    "¥",
    "₩",
    "₽",
    "₺",
    "₱",
    "฿",
    "₫",
    "₪",
    "₦",
)
CURRENCY_CODES = (
    "USD",
    "EUR",
    "GBP",
    "INR",
    "JPY",
    "CNY",
    "RMB",
    "KRW",
    "BRL",
    "CAD",
    "AUD",
    "CHF",
    "Rs",
)
# Words that no unit has in it: verbs, negations, comparisons, calculations, other small words.
_NO_UNIT = """
is are was were be been has have had does do did will would can could may might must should
not no nor never none and or but than to from not through between with without
plus minus times over divided multiplied by mod modulo choose squared cubed factorial less more fewer
greater larger smaller above below under off wrong right correct incorrect false true maybe perhaps
pi e i sqrt log ln sin cos tan exp root infinity infinite zero nothing point dot recurring repeating
doubled tripled halved raised power because since if when which that who this these those he she it
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
_PLURALS = frozenset(
    [
        "people",
        "men",
        "women",
        "children",
        "feet",
        "geese",
        "mice",
        "teeth",
        "fish",
        "sheep",
        "deer",
        "oxen",
        "dice",
        "cattle",
        "police",
        "pence",
        "shrimp",
        "salmon",
        "trout",
        "data",
        "series",
        "species",
        "staff",
        "aircraft",
        "water",
        "money",
        "time",
        "fruit",
        "homework",
        "milk",
        "juice",
        "paint",
        "flour",
        "sugar",
    ]
)
_ADVERBS = re.compile(
    r"\s+(?:(?:left|each|total|altogether|remaining|apiece|overall|together|in\s+(?:all|total)|over\s+all|exactly"
    r"|only|old|long|wide|tall|high|deep|away|apart)\b\s*)+\Z"
)
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
    text = _ADVERBS.sub("", f" {text}").strip()
    if not text:
        return Unit()
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
    if bare in _SYMBOLS:
        return _SYMBOLS[bare]
    low = bare.lower()
    return _NAMES.get(low) or (_NAMES.get(low.removesuffix("s")) if len(low) > 2 else None)


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
