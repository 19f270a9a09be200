"""A strict reader of numbers as answers write them: exact, in microseconds, never a calculation."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from zoped.evals.answers.number_words import (
    DENOMINATORS,
    MULTIPLIERS,
    PARTS,
    SHORT_MULTIPLIERS,
    read_words,
    singular,
)
from zoped.evals.answers.unit_table import CURRENCIES, CURRENCY_CODES
from zoped.evals.answers.units import Unit, read_unit

MAX_DIGITS = 60
MAX_POWER_OF_TEN = 60
# 1,234,567; 12,34,567 (India); 1 234 567; 1'234'567
_INT = (
    r"\d{1,3}(?:,\d{3})+(?!\d)|\d{1,2}(?:,\d{2})+,\d{3}(?!\d)|\d{1,3}(?: \d{3})+(?!\d|\s?/)"
    r"|\d{1,3}(?:'\d{3})+(?!\d)|\d{1,3}(?:_\d{3})+(?![\d_])|\d+"
)
_SIMPLE = re.compile(r"-?\d{1,40}\Z", re.ASCII)
_CURRENCY = "|".join(
    [*map(re.escape, CURRENCIES), *(rf"{code}(?![A-Za-z])\.?" for code in CURRENCY_CODES)]
)
_PREFIX = re.compile(
    rf"(?:(?P<word>minus|negative)\s+)?(?P<sign>[-+]?)\s*(?P<currency>{_CURRENCY})?\s*(?P<inner>[-+]?)\s*",
    re.IGNORECASE,
)
_EUROPEAN = re.compile(r"(\d{1,3}(?:\.\d{3})+),(\d+)(?![\d,.])|(\d{1,3}(?:\.\d{3}){2,})(?![\d,.])")
_DECIMAL_COMMA = re.compile(
    r"(?!\d{1,3}(?:,\d{3})+(?!\d))(\d+),(\d+)(?![\d,.])|(0),(\d+)(?![\d,.])"
)
_EXPONENT = r"(?:\{{\s*(?P<{0}>[-+]?\d{{1,3}})\s*\}}|(?P<{0}1>[-+]?\d{{1,3}})(?![\d.]))"
_NUMBER = re.compile(
    # 2 1/2, 2\frac{1}{2}
    rf"(?:(?P<mixed>{_INT})\s*(?:(?:\s|and\b)\s*(?P<m_above>\d+)\s*/\s*(?P<m_below>\d+)"
    r"|and\s+an?\s+(?P<m_part>half|third|quarter)\b"
    r"|\\frac\s*(?:\{\s*(?P<mf_above>\d+)\s*\}|(?P<mf_above1>\d))\s*"
    r"(?:\{\s*(?P<mf_below>\d+)\s*\}|(?P<mf_below1>\d))))"
    # \frac{1}{2}, \frac12
    rf"|\\frac\s*(?:\{{\s*(?P<f_above>[-+]?(?:{_INT})(?:\.\d+)?)\s*\}}|(?P<f_above1>\d))\s*"
    rf"(?:\{{\s*(?P<f_below>[-+]?(?:{_INT})(?:\.\d+)?)\s*\}}|(?P<f_below1>\d))"
    # 1/2, 3 over 4, 3 out of 4
    rf"|(?P<above>{_INT})\s*(?:/|\bover\b|\bout of\b|\bin\b(?=\s+\d+\Z))\s*(?P<below>{_INT})(?!\.\d)"
    # 10^6
    rf"|10\s*(?:\^|\*\*)\s*{_EXPONENT.format('ten')}"
    # 7, 1,200.5, .5, 0.\overline{3}, 0.(3), 0.333..., 1.2e3, 1.2*10^{3}
    rf"|(?P<whole>{_INT})?(?P<point>\.(?P<decimals>\d*)(?:\\(?:overline|bar|dot)\s*\{{?(?P<repeating>\d+)\}}?"
    r"|\((?P<bracketed>\d+)\)|(?P<dots>\.\.\.|…))?)?"
    rf"(?:[eE](?P<e>[-+]?\d{{1,3}})(?![\d.])|\s*[*x]\s*10\s*(?:\^|\*\*)\s*{_EXPONENT.format('p')})?",
    re.ASCII,
)
_PERCENT = re.compile(
    r"\s*(?:%|percent(?:age)?(?: points?)?\b|per cent\b|pct\b)\s*(?:of\b\D*)?",
    re.IGNORECASE,
)
_MULTIPLIER = re.compile(r"[\s-]*([A-Za-z]+)")
_BELOW_ZERO = re.compile(
    r"\s*((?:degrees?|°)?\s*(?:[CF]|celsius|fahrenheit)?)\s+below\s+zero\Z", re.IGNORECASE
)
_PART = re.compile("|".join(rf"\s*{re.escape(part)}\Z" for part in PARTS if part != "percent"))
_COMPOUND = re.compile(r"(?:\s*,\s*(?:and\s+)?|\s+and\s+|\s+)(?=[\d$])")
_FEET = re.compile(r"(\d{1,3})\s?'\s?(\d{1,2}(?:\.\d+)?)\s?(?:\"|''?)?\Z")
_MINUTES = re.compile(r"(?<=h)(\s*\d{1,2})\s?m\b")  # 2h 30m
_REPEATED = re.compile(r"(\d*?)(\d{2,})\2+\Z|(\d*?)(\d)\4{2,}\Z")


@dataclass(frozen=True)
class Quantity:
    """An exact number as it was written: with a percent sign or a unit, or plain."""

    value: Fraction
    percent: bool = False
    unit: Unit | None = None


def read_number(text: str, *, loose: bool = False, letters: bool = False) -> Quantity | None:
    """The number that `text` (see `plain_text`) is, with its unit; None for anything else.

    7, -3, 1,200, 0.25, 3/4, 2 1/2, \\frac{3}{4}, 0.\\overline{3}, 1.2e3, 1.2*10^3, 2 million, 25%,
    $5, 12 apples, 60 km/h, 5 feet 3 inches, seven, minus 7. At most `MAX_DIGITS` digits. `loose`
    adds what is a number only where one is asked: 12,5 (else two values) and 2k (else a product);
    `letters`, what is one only where a unit is asked: 5m.
    """
    if _SIMPLE.match(text):
        return Quantity(Fraction(int(text)))
    if text.startswith("(") and text.endswith(")") and text.count("(") == 1:
        text = text[1:-1].strip()
    prefix = _PREFIX.match(text)
    assert prefix is not None  # every part of it may be absent
    body = _with_points(text[prefix.end() :], loose)
    if body[:1].isalpha():
        return _in_words(text)
    found = _NUMBER.match(body)
    value = _value(found) if found is not None else None
    if found is None or value is None or sum(map(bool, prefix.group("word", "sign", "inner"))) > 1:
        return None
    if "-" in (prefix["sign"], prefix["inner"]) or prefix["word"]:
        value = -value
    rest = body[found.end() :]
    quantity = _with_unit(value, rest, prefix["currency"] or "", loose, letters)
    if quantity is None and any(character.isdigit() for character in rest):
        return _compound(text)
    return quantity


def _with_points(text: str, loose: bool) -> str:
    """With a point where a comma is the mark of decimals."""
    if found := _EUROPEAN.match(text):
        whole = (found[1] or found[3]).replace(".", "")
        return (
            f"{whole}.{found[2]}{text[found.end() :]}" if found[2] else whole + text[found.end() :]
        )
    if loose and (found := _DECIMAL_COMMA.match(text)):
        return f"{found[1] or found[3]}.{found[2] or found[4]}{text[found.end() :]}"
    return text


def _with_unit(
    value: Fraction, rest: str, currency: str, loose: bool = False, letters: bool = False
) -> Quantity | None:
    """The quantity of a value and of what stands behind it: nothing, a multiplier, a unit."""
    if rest.strip().startswith("{") and rest.endswith("}"):
        rest = f" {rest.strip()[1:-1]}"
    if not rest:
        return Quantity(value, unit=read_unit(currency) if currency else None)
    glued = not rest[0].isspace() and rest[0] not in "/-*"
    if word := _MULTIPLIER.match(rest):
        size, length = _multiplier(word[1], value, glued and (loose or bool(currency)), glued)
        if size is not None:
            value, rest, glued = value * size, rest[word.end() :], False
            if length == 1 and rest.strip():
                return None
    if part := _PART.match(rest):
        return Quantity(value * PARTS[part[0].strip()])
    if percent := _PERCENT.match(rest):
        return None if rest[percent.end() :] or currency else Quantity(value, percent=True)
    if below := _BELOW_ZERO.match(f" {rest}"):
        unit = read_unit(below[1].strip()) if below[1].strip() else None
        return Quantity(-value, unit=unit) if value > 0 and not currency else None
    if not rest.strip():
        return Quantity(value, unit=read_unit(currency) if currency else None)
    if currency:
        same = read_unit(rest.strip())
        money = read_unit(currency)
        if same is not None and same == money:  # $20 dollars
            return Quantity(value, unit=money)
        rest = f"{currency} {rest}"
    unit = read_unit(rest.strip(), glued=glued and not currency and not letters, one=value == 1)
    if unit is None or (unit.counted and glued and not currency):
        return None
    return Quantity(value, unit=unit)


def _multiplier(
    word: str, value: Fraction, short: bool, glued: bool
) -> tuple[Fraction | int | None, int]:
    """What the word behind a number multiplies it by, and the length of the word."""
    if short and word in SHORT_MULTIPLIERS:
        return SHORT_MULTIPLIERS[word], len(word)
    low = word.lower()
    if low in ("bn", "mn") and not glued:
        return SHORT_MULTIPLIERS[low], 2
    size: Fraction | int | None = MULTIPLIERS.get(low) or MULTIPLIERS.get(low.removesuffix("s"))
    if size is not None:
        return (None if low == "ten" else size), len(word)
    one = singular(low)
    if one in DENOMINATORS and (one != low or value == 1):
        return Fraction(1, DENOMINATORS[one]), len(word)
    return None, 0


def _in_words(text: str) -> Quantity | None:
    """seven, twenty-five apples, three quarters: the longest beginning that is a number."""
    if len(text) > 160:
        return None
    value = read_words(text)
    if value is not None:
        return Quantity(value)
    words = text.split()
    for end in range(len(words) - 1, 0, -1):
        value = read_words(" ".join(words[:end]))
        if value is not None:
            return _with_unit(value, f" {' '.join(words[end:])}", "")
    return None


def _compound(text: str) -> Quantity | None:
    """5 feet 3 inches, $4 and 50 cents: one quantity, told in units of one kind that get smaller."""
    if feet := _FEET.match(text):
        text = f"{feet[1]} feet {feet[2]} inches"
    text = _MINUTES.sub(r"\1 min", text)
    parts = _COMPOUND.split(text)
    if not 2 <= len(parts) <= 4:
        return None
    total = Fraction(0)
    first: Unit | None = None
    last: Unit | None = None
    for part in parts:
        quantity = read_number(part, letters=True)
        if quantity is None or quantity.value < 0 or quantity.unit is None:
            return None
        unit = quantity.unit
        if not unit.is_known or unit.counted:
            return None
        if first is None or last is None:
            first = unit
        elif unit.dimension != first.dimension or unit.size >= last.size:
            return None
        total += quantity.value * unit.size / first.size
        last = unit
    return Quantity(total, unit=first)


def _value(found: re.Match[str]) -> Fraction | None:
    if sum(character.isdigit() for character in found[0]) > MAX_DIGITS:
        return None
    if found["m_part"]:
        return _int(found["mixed"]) + Fraction(1, DENOMINATORS[found["m_part"]])
    if found["mixed"]:
        above = int(found["m_above"] or found["mf_above"] or found["mf_above1"])
        below = int(found["m_below"] or found["mf_below"] or found["mf_below1"])
        # 2 3/2 is no mixed number, and not 3 either.
        return _int(found["mixed"]) + Fraction(above, below) if above < below else None
    if above_text := found["f_above"] or found["f_above1"]:
        return _ratio(above_text, found["f_below"] or found["f_below1"])
    if found["above"]:
        return _ratio(found["above"], found["below"])
    if power := found["ten"] or found["ten1"]:
        return _power_of_ten(power)
    return _decimal(found)


def _decimal(found: re.Match[str]) -> Fraction | None:
    whole, decimals = found["whole"], found["decimals"]
    repeating = found["repeating"] or found["bracketed"]
    if found["dots"]:
        block = _REPEATED.match(decimals or "")
        if block is None:
            return None
        decimals, repeating = (block[1], block[2]) if block[2] else (block[3], block[4])
    if not whole and not decimals and not repeating:
        return None
    value = Fraction(_int(whole or "0"))
    if decimals:
        value += Fraction(int(decimals), 10 ** len(decimals))
    if repeating:
        value += Fraction(int(repeating), (10 ** len(repeating) - 1) * 10 ** len(decimals or ""))
    power = found["e"] or found["p"] or found["p1"]
    if power:
        size = _power_of_ten(power)
        return None if size is None else value * size
    return value


def _power_of_ten(power: str) -> Fraction | None:
    return Fraction(10) ** int(power) if abs(int(power)) <= MAX_POWER_OF_TEN else None


def _ratio(above: str, below: str) -> Fraction | None:
    divisor = Fraction(_digits(below))
    return Fraction(_digits(above)) / divisor if divisor else None


def _int(text: str) -> int:
    return int(_digits(text))


def _digits(text: str) -> str:
    """Without what groups them."""
    return text.replace(",", "").replace(" ", "").replace("'", "").replace("_", "")
