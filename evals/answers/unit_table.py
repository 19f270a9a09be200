"""The units that are known, by symbol and by name: their dimensions and sizes."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

_INCH = Fraction(254, 10_000)
_POUND = Fraction(45_359_237, 100_000)
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
    ("mpg", "m/m^3", 63_360 * _INCH / _GALLON),
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


SYMBOLS, NAMES = _table()
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
