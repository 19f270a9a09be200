"""A strict reader of numbers as answers write them: exact, in microseconds, never a calculation."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from zoped.evals.answers.units import MULTIPLIERS, Unit, read_unit

MAX_DIGITS = 40
MAX_POWER_OF_TEN = 40
_INT = r"\d{1,3}(?:,\d{3})+(?!\d)|\d+"
_SIMPLE = re.compile(r"-?\d{1,40}\Z", re.ASCII)
_NUMBER = re.compile(
    r"(?P<sign>[-+]?)\s*(?P<currency>[$€£]?)\s*(?P<inner_sign>[-+]?)"
    r"(?:"
    # 2 1/2, 2\frac{1}{2}
    rf"(?:(?P<mixed>{_INT})\s*(?:(?:\s|and\b)\s*(?P<m_above>\d+)\s*/\s*(?P<m_below>\d+)"
    r"|\\frac\s*(?:\{\s*(?P<mf_above>\d+)\s*\}|(?P<mf_above1>\d))\s*"
    r"(?:\{\s*(?P<mf_below>\d+)\s*\}|(?P<mf_below1>\d))))"
    # \frac{1}{2}, \frac12
    rf"|\\frac\s*(?:\{{\s*(?P<f_above>[-+]?(?:{_INT}))\s*\}}|(?P<f_above1>\d))\s*"
    rf"(?:\{{\s*(?P<f_below>[-+]?(?:{_INT}))\s*\}}|(?P<f_below1>\d))"
    # 1/2
    rf"|(?P<above>{_INT})\s*/\s*(?P<below>{_INT})"
    # 7, 1,200.5, .5, 0.\overline{3}, 1.2e3, 1.2*10^{3}
    rf"|(?P<whole>{_INT})?(?P<point>\.(?P<decimals>\d*)(?:\\overline\s*\{{(?P<repeating>\d+)\}})?)?"
    r"(?:[eE](?P<e>[-+]?\d{1,3})(?![\d.])|\s*[*x]\s*10\s*(?:\^|\*\*)\s*(?:\{\s*(?P<p>[-+]?\d{1,3})\s*\}"
    r"|(?P<p1>[-+]?\d{1,3})(?![\d.])))?"
    r")",
    re.ASCII,
)
_PERCENT = re.compile(r"\s*(?:%|percent(?:age)?\b|per cent\b|pct\b)\s*", re.IGNORECASE)
_MULTIPLIER = re.compile(r"\s*([A-Za-z]+)")


@dataclass(frozen=True)
class Quantity:
    """An exact number as it was written: with a percent sign or a unit, or plain."""

    value: Fraction
    percent: bool = False
    unit: Unit | None = None


def read_number(text: str) -> Quantity | None:
    """The number that `text` (see `plain_text`) is, with its unit; None for anything else.

    7, -3, 1,200, 0.25, 3/4, 2 1/2, \\frac{3}{4}, 0.\\overline{3}, 1.2e3, 1.2*10^3, 2 million, 25%,
    $5, 12 apples, 60 km/h. At most `MAX_DIGITS` digits.
    """
    if _SIMPLE.match(text):
        return Quantity(Fraction(int(text)))
    if text.startswith("(") and text.endswith(")") and text.count("(") == 1:
        text = text[1:-1].strip()
    found = _NUMBER.match(text)
    if found is None:
        return None
    value = _value(found)
    if value is None:
        return None
    rest = text[found.end() :]
    if multiplier := _MULTIPLIER.match(rest):
        if (times := MULTIPLIERS.get(multiplier[1].lower())) is not None:
            value, rest = value * times, rest[multiplier.end() :]
    currency = found["currency"]
    if percent := _PERCENT.match(rest):
        return None if rest[percent.end() :] or currency else Quantity(value, percent=True)
    if not rest.strip():
        return Quantity(value, unit=read_unit(currency) if currency else None)
    glued = not rest[0].isspace() and rest[0] not in "/-"
    unit = read_unit(currency + rest if currency else rest.strip(), glued=glued)
    return None if unit is None else Quantity(value, unit=unit)


def _value(found: re.Match[str]) -> Fraction | None:
    if sum(character.isdigit() for character in found[0]) > MAX_DIGITS:
        return None
    if found["sign"] and found["inner_sign"]:
        return None
    negative = "-" in (found["sign"], found["inner_sign"])
    value: Fraction | None
    if found["mixed"]:
        above = int(found["m_above"] or found["mf_above"] or found["mf_above1"])
        below = int(found["m_below"] or found["mf_below"] or found["mf_below1"])
        # 2 3/2 is no mixed number, and not 3 either.
        value = _int(found["mixed"]) + Fraction(above, below) if above < below else None
    elif above_text := found["f_above"] or found["f_above1"]:
        value = _ratio(above_text, found["f_below"] or found["f_below1"])
    elif found["above"]:
        value = _ratio(found["above"], found["below"])
    else:
        value = _decimal(found)
    if value is None:
        return None
    return -value if negative else value


def _decimal(found: re.Match[str]) -> Fraction | None:
    whole, decimals, repeating = found["whole"], found["decimals"], found["repeating"]
    if not whole and not decimals and not repeating:
        return None
    value = Fraction(_int(whole or "0"))
    if decimals:
        value += Fraction(int(decimals), 10 ** len(decimals))
    if repeating:
        value += Fraction(int(repeating), (10 ** len(repeating) - 1) * 10 ** len(decimals or ""))
    power = found["e"] or found["p"] or found["p1"]
    if power:
        if abs(int(power)) > MAX_POWER_OF_TEN:
            return None
        value *= Fraction(10) ** int(power)
    return value


def _ratio(above: str, below: str) -> Fraction | None:
    divisor = _int(below)
    return Fraction(_int(above), divisor) if divisor else None


def _int(text: str) -> int:
    return int(text.replace(",", ""))
