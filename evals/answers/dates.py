"""Calendar dates: June 5, 5 June, June 5th, 2021, 5 Jun 2021."""

from __future__ import annotations

import re

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
