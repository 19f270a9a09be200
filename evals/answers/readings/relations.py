"""Equations and inequalities, and the intervals that the latter are."""

from __future__ import annotations

import re
from collections.abc import Callable

from zoped.evals.answers.closed_form import read_closed_form
from zoped.evals.answers.expression import Apply, Expression, Symbol
from zoped.evals.answers.kinds import Answer, Form, Inequality, Ordered
from zoped.evals.answers.numbers import Quantity
from zoped.evals.answers.sameness.real_sets import GREATEST, LOWEST, within

_RELATION = re.compile("[<>≤≥≠]")
_TURNED = {"<": ">", ">": "<", "≤": "≥", "≥": "≤", "≠": "≠"}
_SAID = re.compile(
    r"\b(?:is\s+)?(?:strictly\s+)?(?:(greater|more|larger)|less|smaller)\s+than(\s+or\s+equal\s+to)?\b"
)


def read_equation(text: str) -> Expression | None:
    """Left minus right of "y = 2x + 1"; None where one side is no closed form."""
    left, equals, right = text.partition("=")
    if not equals or "=" in right:
        return None
    return _difference(left, right)


def read_inequality(text: str, read: Callable[[str], Answer | None]) -> Answer | None:
    """|x| < 2, x > 3, 3 ≤ x, -1 < x ≤ 4, 2x + y < 5; `read` reads the bounds."""
    if "than" in text:
        text = _SAID.sub(lambda found: "><≥≤"[2 * bool(found[2]) + (not found[1])], text)
    relations = _RELATION.findall(text)
    parts = [part.strip() for part in _RELATION.split(text)]
    if len(relations) == 1 and all(parts):
        return _one(parts[0], relations[0], parts[1], read)
    if len(relations) == 2 and all(parts):
        return _between(parts, relations, read)
    return None


def _one(
    left: str, relation: str, right: str, read: Callable[[str], Answer | None]
) -> Answer | None:
    if _name(left) is None and _name(right) is not None:
        left, relation, right = right, _TURNED[relation], left
    name = _name(left)
    bound = read(right) if name is not None else None
    difference = _difference(left, right)
    if name is not None and relation != "≠" and _is_bound(bound):
        assert bound is not None
        interval = (
            Ordered("(["[relation == "≥"] + ")", (bound, GREATEST))
            if relation in ">≥"
            else Ordered("(" + ")]"[relation == "≤"], (LOWEST, bound))
        )
        return Inequality(relation, difference, name, interval)
    if difference is None:
        return None
    outer, size = difference.arguments
    if isinstance(outer, Apply) and outer.operator == "abs":
        if (answer := within(outer.arguments[0], relation, size)) is not None:
            return answer
    if relation == "≠" and name is not None and _is_bound(bound):
        return Inequality(relation, difference, name)
    if relation in "<≤":
        difference, relation = Apply("neg", (difference,)), _TURNED[relation]
    return Inequality(relation, difference)


def _between(
    parts: list[str], relations: list[str], read: Callable[[str], Answer | None]
) -> Inequality | None:
    if all(relation in ">≥" for relation in relations):
        parts, relations = parts[::-1], [_TURNED[relation] for relation in relations[::-1]]
    name = _name(parts[1])
    if name is None or not all(relation in "<≤" for relation in relations):
        return None
    low, high = read(parts[0]), read(parts[2])
    if not _is_bound(low) or not _is_bound(high):
        return None
    assert low is not None and high is not None
    brackets = "(["[relations[0] == "≤"] + ")]"[relations[1] == "≤"]
    return Inequality("", None, name, Ordered(brackets, (low, high)))


def _is_bound(bound: Answer | None) -> bool:
    if isinstance(bound, Form):
        return not bound.expression.symbols
    return isinstance(bound, Quantity) or bound in (LOWEST, GREATEST)


def _name(text: str) -> str | None:
    expression = read_closed_form(text)
    return expression.name if isinstance(expression, Symbol) else None


def _difference(left: str, right: str) -> Apply | None:
    a, b = read_closed_form(left), read_closed_form(right)
    return None if a is None or b is None else Apply("-", (a, b))
