"""What a person, a data set or LaTeX writes for a number, as text in the expression language.

Only where there is one reading: `3,5` may be a decimal or two numbers and `50%` a half or fifty, so
they have none. The value is never changed: who follows a hint must not spoil a label.
"""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction

from zoped.foundation.words import word_set

MAX_LENGTH = 200  # characters; and digits of a result
_WHOLE = r"(?:\d{1,3}(?:,\d{3})+|\d+)"
_DECIMAL = rf"(?:{_WHOLE}(?:\.\d*)?|\.\d+)"
_FRACTION = r"\\frac(?:\{(-?\d+)\}\{(\d+)\}|(\d)(\d))"
_TIMES = r"(?:\*|\\times|\\cdot|×|·|x)"
_CURRENCY = r"(?:US)?[$€£¥]"
_NUMBER = re.compile(rf"([+-]?)({_DECIMAL})")
_RATIO = re.compile(rf"([+-]?)({_WHOLE})/({_WHOLE})")
_LATEX_RATIO = re.compile(rf"([+-]?){_FRACTION}")
_MIXED = re.compile(rf"([+-]?)({_WHOLE})\s+(\d+)/(\d+)")
_LATEX_MIXED = re.compile(rf"([+-]?)(\d+)\s*{_FRACTION}")
_SCIENTIFIC = re.compile(
    rf"([+-]?{_DECIMAL})(?:[eE]|\s*{_TIMES}\s*10\s*(?:\^|\*\*))\{{?([+-]?\d+)\}}?"
)
_POWER = re.compile(r"(-?\d+)(?:\^|\*\*)\{?(-?\d+)\}?")
_ROOT = re.compile(r"([+-]?)(\d*)\s*\*?\s*(?:\\sqrt|√)(?:\{(\d+)\}|(\d+))")
_PI = re.compile(rf"([+-]?)(\d*|{_DECIMAL})\s*\*?\s*(?:\\pi|π)")
_WITH_UNIT = re.compile(
    rf"({_CURRENCY}\s*[+-]?|[+-]?{_CURRENCY}?)\s*({_DECIMAL})((?:\s+[^\W\d]+)*)"
)
# Words behind a number that change its value.
_CHANGING = word_set(
    "hundred thousand million billion trillion k m bn lakh crore dozen score pair pairs percent "
    "pct per squared cubed half halves third thirds quarter quarters fourth fourths fifth fifths "
    "sixth sixths seventh sevenths eighth eighths ninth ninths tenth tenths hundredth hundredths "
    "thousandth thousandths and or to plus minus times by over pi e i x mod base factorial"
)


def exact_number(text: str) -> str | None:
    """The number that all of `text` writes: `2 1/2` -> "5/2", `\\frac{3}{4}` -> "3/4", `1e-7` ->
    "1/10000000", `$1,200` -> "1200", `7 apples` -> "7", `2\\sqrt{3}` -> "2*sqrt(3)".

    None where it is no number or may be more than one.
    """
    if len(text) > MAX_LENGTH:
        return None
    plain = _plain(text)
    for read in (_rational, _irrational, _amount):
        try:
            found = read(plain)
        except (ValueError, ZeroDivisionError):
            return None
        if found is not None:
            return found if len(found) <= MAX_LENGTH else None
    return None


def _plain(text: str) -> str:
    """Digits and signs of other scripts as ASCII; no LaTeX wrapping, spacing or styling."""
    digits = (
        str(unicodedata.decimal(c)) if c.isdecimal() and not c.isascii() else c
        for c in text.strip()
    )
    plain = "".join(digits).translate({0x2212: "-", 0x2010: "-", 0x2011: "-", 0x2044: "/"})
    plain = re.sub(
        r"^(?:\\\(|\\\[|\$\$)(.*)(?:\\\)|\\\]|\$\$)$", r"\1", plain, flags=re.DOTALL
    ).strip()
    if plain.startswith("$") and plain.endswith("$") and len(plain) > 2:
        plain = plain[1:-1].strip()
    plain = re.sub(r"^\\(?:boxed|fbox)\{(.*)\}$", r"\1", plain)
    plain = re.sub(r"\\(?:text|textrm|mathrm|mbox)\{([^{}]*)\}", r" \1", plain).strip()
    plain = re.sub(r"\\[dt]frac", r"\\frac", plain).replace("\\$", "$").replace("{,}", ",")
    plain = re.sub(r"\\[,;:! ]|~|\u00a0|\u2009|\u202f", " ", plain)
    plain = re.sub(r"^[A-Za-z]\s*=\s*", "", plain.strip())
    return plain.strip().removesuffix(".") if re.search(r"\d\.$", plain.strip()) else plain.strip()


def _rational(text: str) -> str | None:
    if match := _NUMBER.fullmatch(text):
        digits = match[2].replace(",", "")
        whole, _, decimals = digits.partition(".")
        shown = f"{int(whole or '0')}.{decimals}" if decimals else str(int(whole))
        return f"-{shown}" if match[1] == "-" else shown
    if match := _RATIO.fullmatch(text):
        return str(_signed(match[1], Fraction(_whole(match[2]), _whole(match[3]))))
    if match := _LATEX_RATIO.fullmatch(text):
        return str(_signed(match[1], _latex_fraction(match.groups()[1:])))
    if match := _MIXED.fullmatch(text):
        part = Fraction(int(match[3]), int(match[4]))
        return str(_signed(match[1], _whole(match[2]) + part)) if part < 1 else None
    if match := _LATEX_MIXED.fullmatch(text):
        part = _latex_fraction(match.groups()[2:])
        return str(_signed(match[1], int(match[2]) + part)) if 0 <= part < 1 else None
    if match := _SCIENTIFIC.fullmatch(text):
        return _power_of_ten(Fraction(match[1].replace(",", "")), int(match[2]))
    if match := _POWER.fullmatch(text):
        base, exponent = int(match[1]), int(match[2])
        if abs(exponent) > MAX_LENGTH or base < 0:
            return None  # -2^2 has two readings
        return str(Fraction(base) ** exponent)
    return None


def _irrational(text: str) -> str | None:
    if match := _ROOT.fullmatch(text):
        root = f"sqrt({match[3] or match[4]})"
        return _times(match[1], match[2], root)
    if match := _PI.fullmatch(text):
        return _times(match[1], match[2].replace(",", ""), "pi")
    return None


def _amount(text: str) -> str | None:
    """A number with a currency sign or a unit in words."""
    match = _WITH_UNIT.fullmatch(text)
    if match is None or not (match[1].strip("+- ") or match[3]):
        return None
    if _CHANGING & set(match[3].lower().split()):
        return None
    return _rational(("-" if "-" in match[1] else "") + match[2])


def _power_of_ten(value: Fraction, exponent: int) -> str | None:
    return str(value * Fraction(10) ** exponent) if abs(exponent) <= MAX_LENGTH else None


def _whole(digits: str) -> int:
    return int(digits.replace(",", ""))


def _latex_fraction(groups: tuple[str | None, ...]) -> Fraction:
    above, below, short_above, short_below = groups
    return Fraction(int(above or short_above or ""), int(below or short_below or ""))


def _signed(sign: str, value: Fraction) -> Fraction:
    return -value if sign == "-" else value


def _times(sign: str, factor: str, value: str) -> str:
    return f"{'-' if sign == '-' else ''}{factor}{'*' if factor else ''}{value}"
