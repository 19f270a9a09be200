"""Errors that a person can mend, and the words that their messages share."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import ValidationError


# What is raised by taking apart a record that is not as it was saved.
UNREADABLE = (ValueError, TypeError, LookupError, AttributeError, RecursionError)


class ZopedError(Exception):
    """Something that the person can mend. The message says what is wrong, where, and what would be
    right; the command line shows it alone, without a traceback."""


def first_fault(error: ValidationError, *, root: str = "") -> str:
    """ "variables.2.domain: ..." for the first fault, and how many more there are.

    `root` names the whole where a fault has no field.
    """
    faults = error.errors(include_url=False)
    field = ".".join(str(part) for part in faults[0]["loc"]) or root
    message = str(faults[0]["msg"]).removeprefix("Value error, ")
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    return f"{field}: {message}{more}" if field else f"{message}{more}"


def did_you_mean(name: str, known: Iterable[str], *, quote: str = "`") -> str:
    """ "; did you mean `steps`?", or nothing where no known name is near. `lr` is near to
    `learning_rate`, whose initials it is."""
    names = list(known)
    spelt = [one for one in names if "_" in one and name == "".join(w[:1] for w in one.split("_"))]
    close = spelt or difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    return f"; did you mean {quote}{close[0]}{quote}?" if close else ""


def counted(number: int, thing: str) -> str:
    """ "1 seed", "2,000 seeds"."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def not_utf8(error: UnicodeDecodeError) -> str:
    """Where a file that is read as UTF-8 is something else, and what to do about it."""
    line = error.object.count(b"\n", 0, error.start) + 1
    return f"line {line} is not UTF-8 text; save the file as UTF-8"


def first_line(error: BaseException) -> str:
    """The first line of what an error of another library says, 200 characters of it; its type where it
    says nothing."""
    lines = str(error).strip().split("\n")
    return (lines[0].strip() or type(error).__name__)[:200]


def causes(error: BaseException) -> Iterator[BaseException]:
    """The error, what it came of, and so on."""
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        yield one
        one = one.__cause__ or one.__context__
