"""Sets of real numbers by their intervals: x > 2 and x < 5 is (2, 5), |x| < 2 is (-2, 2)."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction

from zoped.evals.answers.closed_form import read_closed_form
from zoped.evals.answers.expression import Apply, Expression, Number, exact
from zoped.evals.answers.kinds import CONDITIONS, Answer, Form, Inequality, Ordered, Several, Word
from zoped.evals.answers.numbers import Quantity
from zoped.evals.answers.sameness.values import real_value

MOST = 32  # intervals
LOWEST, GREATEST = Word("-oo"), Word("oo")
EMPTY = Word("∅")
_REALS_WITHOUT = re.compile(
    r"(?:ℝ\s*(?:\\|-|∖|\\setminus|\\backslash)\s*[{⦃](?P<set>[^{}⦃⦄]+)[}⦄]"
    r"|(?:all\s+)?real\s+numbers\s+except\s+(?:for\s+)?(?:[a-z]\s*=\s*)?(?P<words>.+))\Z",
    re.IGNORECASE,
)
# Two ends, each with whether it belongs to the interval.
Interval = tuple[Decimal, bool, Decimal, bool]


def real_set(answer: Answer | None) -> list[Interval] | None:
    """The intervals of a set of real numbers, apart from each other and in order; None for what is
    no such set."""
    intervals = _intervals(answer)
    return None if intervals is None else _joined(intervals)


def without_points(text: str) -> Several | None:
    """ℝ \\ {1, 2} as the union of the intervals that are left."""
    found = _REALS_WITHOUT.match(text)
    if found is None:
        return None
    points = [
        read_closed_form(part.strip()) for part in re.split(r",|\band\b", found[1] or found[2])
    ]
    values = sorted(
        {value for point in points if point is not None and (value := exact(point)) is not None}
    )
    if len(values) != len(points):
        return None
    ends: list[Answer] = [LOWEST, *map(Quantity, values), GREATEST]
    return Several(
        "union",
        tuple(Ordered("()", ends[i : i + 2]) for i in range(len(ends) - 1)),  # type: ignore[arg-type]
    )


def within(inner: Expression, relation: str, size: Expression) -> Answer | None:
    """|inner| < size as an interval, |inner| > size as a union of two, `inner` a line in one
    variable; None for anything else."""
    bound = exact(size)
    if len(inner.symbols) != 1 or bound is None or bound <= 0 or relation == "≠":
        return None
    (name,) = inner.symbols
    at = [exact(inner, {name: Fraction(x)}) for x in (0, 1, 2)]
    if any(value is None for value in at):
        return None
    zero, one, two = (value for value in at if value is not None)
    slope = one - zero
    if not slope or two - one != slope or not {"**", "abs"}.isdisjoint(inner.operators):
        return None
    low, high = sorted(((-bound - zero) / slope, (bound - zero) / slope))
    closed = relation in "≤≥"
    if relation in "<≤":
        interval = Ordered("[]" if closed else "()", (Quantity(low), Quantity(high)))
        return Inequality("", None, name, interval)
    return Several(
        "union",
        (
            Ordered("(]" if closed else "()", (LOWEST, Quantity(low))),
            Ordered("[)" if closed else "()", (Quantity(high), GREATEST)),
        ),
    )


def intersection(items: tuple[Answer, ...]) -> Answer | None:
    """x > 2 and x < 5: what all the inequalities for one variable leave: an interval, a point, or
    nothing; None for what are no such inequalities."""
    if not all(isinstance(item, Inequality) and item.interval for item in items):
        return None
    inequalities = [item for item in items if isinstance(item, Inequality)]
    if len({item.name for item in inequalities}) != 1:
        return None
    sets = [real_set(item) for item in inequalities]
    low = max(sets, key=lambda one: (one[0][0], not one[0][1]) if one else (Decimal(0), False))
    high = min(sets, key=lambda one: (one[0][2], one[0][3]) if one else (Decimal(0), False))
    if not all(sets) or not low or not high:
        return None
    if low[0][0] > high[0][2] or (low[0][0] == high[0][2] and not (low[0][1] and high[0][3])):
        return EMPTY
    lower = inequalities[sets.index(low)].interval
    upper = inequalities[sets.index(high)].interval
    assert lower is not None and upper is not None
    if low[0][0] == high[0][2]:
        return lower.items[0]
    brackets = lower.brackets[0] + upper.brackets[1]
    return Inequality(
        "", None, inequalities[0].name, Ordered(brackets, (lower.items[0], upper.items[1]))
    )


def _intervals(answer: Answer | None) -> list[Interval] | None:
    if isinstance(answer, Word) and answer.text == "ℝ":
        return [(Decimal("-Infinity"), False, Decimal("Infinity"), False)]
    if isinstance(answer, Inequality):
        if answer.interval is None:
            return _around(answer)
        answer = answer.interval
    if isinstance(answer, Ordered):
        return _interval(answer)
    if not isinstance(answer, Several) or len(answer.items) > MOST or answer.kind in CONDITIONS:
        return None
    parts = [_intervals(item) for item in answer.items]
    if any(part is None for part in parts):
        return None
    return [interval for part in parts for interval in part or []]


def _around(answer: Inequality) -> list[Interval] | None:
    """x ≠ 2"""
    if answer.relation != "≠" or answer.name is None or not isinstance(answer.difference, Apply):
        return None
    point = _end(Form(answer.difference.arguments[1]))
    if point is None:
        return None
    return [
        (Decimal("-Infinity"), False, point, False),
        (point, False, Decimal("Infinity"), False),
    ]


def _interval(answer: Ordered) -> list[Interval] | None:
    if len(answer.items) != 2:
        return None
    low, high = map(_end, answer.items)
    if low is None or high is None or low >= high:
        return None
    return [(low, answer.brackets[0] == "[", high, answer.brackets[1] == "]")]


def _end(item: Answer) -> Decimal | None:
    if item in (LOWEST, GREATEST):
        return Decimal("-Infinity" if item == LOWEST else "Infinity")
    if isinstance(item, Quantity):
        return None if item.unit or item.percent else real_value(Number(item.value))
    return real_value(item.expression) if isinstance(item, Form) else None


def _joined(intervals: list[Interval]) -> list[Interval]:
    joined: list[Interval] = []
    for low, has_low, high, has_high in sorted(intervals, key=lambda i: (i[0], not i[1])):
        if joined:
            before = joined[-1]
            if low < before[2] or (low == before[2] and (has_low or before[3])):
                end, has_end = max((before[2], before[3]), (high, has_high))
                joined[-1] = (before[0], before[1], end, has_end)
                continue
        joined.append((low, has_low, high, has_high))
    return joined
