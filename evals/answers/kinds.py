"""What an answer may be. `Quantity` is in numbers.py."""

from __future__ import annotations

from dataclasses import dataclass

from zoped.evals.answers.expression import Expression
from zoped.evals.answers.numbers import Quantity
from zoped.evals.answers.units import Unit


@dataclass(frozen=True)
class Form:
    """A closed form, with the unit behind it."""

    expression: Expression
    unit: Unit | None = None


CONDITIONS = frozenset(["all", "either"])  # kinds of Several


@dataclass(frozen=True)
class Several:
    """Values in no order: the solutions "5; 7", a set, a union of intervals (by `kind`); also conditions of
    several unknowns, of which "all" or "either" hold."""

    kind: str
    items: tuple[Answer, ...]


@dataclass(frozen=True)
class Ordered:
    """A tuple or an interval, with its brackets."""

    brackets: str
    items: tuple[Answer, ...]


@dataclass(frozen=True)
class Named:
    """x = 5, Total = 5, f(x) = 2x + 1; `difference` is left minus right where both are forms."""

    name: str
    value: Answer
    difference: Expression | None = None


@dataclass(frozen=True)
class Equation:
    """Holds where `difference`, left minus right, is zero."""

    difference: Expression


@dataclass(frozen=True)
class Inequality:
    """`difference` (left minus right) compared with zero by `relation`; of an inequality for one
    variable, or a chain of them, `name` and the `interval` that it is."""

    relation: str
    difference: Expression | None
    name: str | None = None
    interval: Ordered | None = None


@dataclass(frozen=True)
class Matrix:
    rows: tuple[tuple[Answer, ...], ...]


@dataclass(frozen=True)
class Ratio:
    """3:4, "3 to 4"; also a time of day without a.m. or p.m."""

    items: tuple[Answer, ...]


@dataclass(frozen=True)
class Clock:
    """A time of day; `half` is "am", "pm" or "" where nothing says which."""

    hour: int
    minute: int
    half: str

    @property
    def minutes(self) -> int | None:
        """Since midnight; None when it may be either of two."""
        if self.half:
            return (self.hour % 12 + (12 if self.half == "pm" else 0)) * 60 + self.minute
        return self.hour * 60 + self.minute if self.hour > 12 or self.hour == 0 else None


@dataclass(frozen=True)
class Based:
    """Digits with the base that they are written in: 1011_2."""

    digits: str
    base: int


@dataclass(frozen=True)
class Word:
    """A choice, a name or a word for a set, by its letters alone."""

    text: str


Answer = (
    Quantity
    | Form
    | Several
    | Ordered
    | Named
    | Equation
    | Inequality
    | Matrix
    | Ratio
    | Clock
    | Based
    | Word
)
