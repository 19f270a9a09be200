"""Times of day, dates, ratios and numbers with their base: readings that hold nothing else."""

from __future__ import annotations

import re

from zoped.evals.answers.kinds import Based, Clock, Ratio
from zoped.evals.answers.number_words import SMALL
from zoped.evals.answers.numbers import read_number

_BASE_NAMES = {"binary": 2, "octal": 8, "decimal": 10, "hex": 16, "hexadecimal": 16, **SMALL}
_BASE = re.compile(
    r"(\()?([0-9][0-9A-Fa-f]{0,60})(?(1)\))\s*"
    r"(?:_\s*\{?\s*(?:base[\s-]*)?(\d{1,2}|[a-z]+)\s*\}?|\s(\()?(?:in\s)?base[\s-](\w+)(?(4)\)))\Z"
)
_CLOCK = re.compile(
    r"(\d{1,2})(?:[:.]([0-5]\d))?\s*(?:(a\.?\s?m\.?|p\.?\s?m\.?)|(o'?clock))"
    r"|(\d{1,2}(?::[0-5]\d)?)(?:\s*o'?clock)?\s+(?:in\s+the\s+(morning|afternoon|evening)|(at\s+night|noon|midnight))",
    re.IGNORECASE,
)
_PAST = re.compile(r"(?:a\s+)?(half|quarter)\s+(past|to)\s+(\d{1,2}|[a-z]+)", re.IGNORECASE)
_HALF_DAYS = {
    "noon": Clock(12, 0, "pm"),
    "midday": Clock(12, 0, "pm"),
    "midnight": Clock(12, 0, "am"),
}
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
_MONTH = "|".join(f"{month[:3]}(?:{month[3:]})?" if month != "may" else "may" for month in _MONTHS)
_DATE = re.compile(
    rf"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day,?\s+)?(?:on\s+)?(?:the\s+)?"
    rf"(?:(?P<month>{_MONTH})\.?\s+(?:the\s+)?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?"
    rf"|(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<month2>{_MONTH})\.?)"
    r"(?:,?\s+(?P<year>\d{4}))?\Z",
    re.IGNORECASE,
)
_RATIO_WORDS = re.compile(r"(.{1,40}?)\s+(?:to|is to)\s+(.{1,40})\Z")


def read_notation(text: str) -> Clock | Based | Ratio | None:
    """What `text` (see `plain_text`) is of these; None for anything else."""
    if len(text) < 32 and (clock := _clock(text)):
        return clock
    return _based(text) or _ratio(text)


def _based(text: str) -> Based | None:
    based = _BASE.match(text)
    if based is None:
        return None
    name = based[3] or based[5]
    base = int(name) if name.isdigit() else _BASE_NAMES.get(name.lower(), 0)
    digits = based[2].upper().lstrip("0") or "0"
    if 2 <= base <= 36 and all(int(digit, 36) < base for digit in digits):
        return Based(digits, base)
    return None


def _clock(text: str) -> Clock | None:
    found = _CLOCK.fullmatch(text)
    if found is None:
        return _HALF_DAYS.get(text.lower()) or _past(text)
    if found[5]:
        return _told(found[5], (found[6] or found[7]).lower())
    hour, minute = int(found[1]), int(found[2] or 0)
    if not 1 <= hour <= 12:
        return None
    return Clock(hour, minute, f"{found[3][0].lower()}m" if found[3] else "")


def _past(text: str) -> Clock | None:
    """half past seven, quarter to 8"""
    found = _PAST.fullmatch(text)
    if found is None:
        return None
    hour = int(found[3]) if found[3].isdigit() else SMALL.get(found[3].lower(), 0)
    if not 1 <= hour <= 12:
        return None
    minutes = 30 if found[1].lower() == "half" else 15
    if found[2].lower() == "past":
        return Clock(hour, minutes, "")
    return None if minutes == 30 else Clock((hour + 10) % 12 + 1, 45, "")


def _told(time: str, part: str) -> Clock | None:
    """10:00 in the morning, 12 noon."""
    hour, _, minute = time.partition(":")
    if part in _HALF_DAYS:
        whole = _HALF_DAYS[part]
        return whole if (int(hour), int(minute or 0)) == (12, 0) else None
    if part.startswith("at") and not 6 <= int(hour) <= 11:  # two at night is in the morning
        return None
    return _clock(f"{time} {'am' if part == 'morning' else 'pm'}")


def _ratio(text: str) -> Ratio | None:
    parts = text.split(":") if ":" in text else []
    if not parts and (found := _RATIO_WORDS.match(text)):
        parts = [found[1], found[2]]
    if not 2 <= len(parts) <= 8:
        return None
    items = [read_number(part.strip()) for part in parts]
    if all(item is not None and item.unit is None and not item.percent for item in items):
        return Ratio(tuple(item for item in items if item is not None))
    return None


def read_date(text: str) -> str | None:
    """ "2021-6-5" or, without a year, "6-5"; None for what is no date."""
    found = _DATE.match(text)
    if found is None:
        return None
    name = (found["month"] or found["month2"]).lower()
    month = next(i for i, long in enumerate(_MONTHS, start=1) if long.startswith(name[:3]))
    day = int(found["day"] or found["day2"])
    if not 1 <= day <= 31:
        return None
    return f"{found['year']}-{month}-{day}" if found["year"] else f"{month}-{day}"
