"""Exhaustive search over integer unknowns whose bounds can be read off the constraints."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

from zoped.symbolic.language.evaluate import EvaluationError, UndefinedError, evaluate
from zoped.symbolic.language.expression import Apply, Expression, Symbol
from zoped.symbolic.problem import Domain, SymbolicProblem
from zoped.symbolic.solving.linear import linear_form

MAX_CASES = 60_000
_FLIP = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "=="}
Reply = dict[str, Any]


def solve_by_enumeration(problem: SymbolicProblem) -> Reply:
    """Try every assignment; "unsupported" when a bound is missing or there are too many."""
    known = {v.name: v.value for v in problem.variables if v.value is not None}
    defined, free = _split(problem, known)
    ranges = {name: _bounds(problem, name, known) for name in free}
    open_ended = [name for name, bounds in ranges.items() if bounds is None]
    if open_ended:
        return _reply("unsupported", detail=f"{open_ended[0]} has no finite range")
    spans = [range(b[0], b[1] + 1) for b in ranges.values() if b is not None]
    if prod(len(span) for span in spans) > MAX_CASES:
        return _reply("unsupported", detail=f"more than {MAX_CASES} cases")
    values: list[Fraction] = []
    count = 0
    for assignment in product(*spans):
        point = dict(known) | dict(zip(free, map(Fraction, assignment), strict=True))
        try:
            if not _holds(problem, point, defined):
                continue
            count += 1
            if problem.query != "count":
                values.append(evaluate(problem.target, point))
        except EvaluationError as error:
            return _reply("unsupported", detail=str(error))
    if problem.query == "count":
        return _reply("unique", str(count))
    if not values:
        return _reply("none")
    if problem.query == "value":
        return _reply("many") if len(set(values)) > 1 else _reply("unique", str(values[0]))
    return _reply("unique", str(min(values) if problem.query == "minimum" else max(values)))


def _split(
    problem: SymbolicProblem, known: dict[str, Fraction]
) -> tuple[list[tuple[str, Expression]], list[str]]:
    """Unknowns that an equation `name == ...` defines, in order, and the free ones."""
    defined: dict[str, Expression] = {}
    unknown = {v.name for v in problem.unknowns}
    for relation in problem.relations:
        if isinstance(relation, Apply) and relation.operator == "==":
            left, right = relation.arguments
            if isinstance(left, Symbol) and left.name in unknown and left.name not in defined:
                if left.name not in right.symbols and not (right.symbols & defined.keys()):
                    inside = {n for e in defined.values() for n in e.symbols}
                    if left.name not in inside:
                        defined[left.name] = right
    return list(defined.items()), [v.name for v in problem.unknowns if v.name not in defined]


def _bounds(
    problem: SymbolicProblem, name: str, known: dict[str, Fraction]
) -> tuple[int, int] | None:
    variable = problem.variable(name)
    if not variable.domain.is_integer:
        return None
    low: Fraction | None = None
    high: Fraction | None = None
    if variable.domain is Domain.POSITIVE_INTEGER:
        low = Fraction(1)
    elif variable.domain is Domain.NONNEGATIVE_INTEGER:
        low = Fraction(0)
    for op, bound in _one_variable_bounds(problem, name, known):
        if op in ("<", "<=", "=="):
            limit = -(-bound // 1) - 1 if op == "<" else bound // 1
            high = Fraction(limit) if high is None else min(high, Fraction(limit))
        if op in (">", ">=", "=="):
            limit = bound // 1 + 1 if op == ">" else -(-bound // 1)
            low = Fraction(limit) if low is None else max(low, Fraction(limit))
    if low is None or high is None:
        return None
    return int(low), int(high)


def _one_variable_bounds(
    problem: SymbolicProblem, name: str, known: dict[str, Fraction]
) -> Iterator[tuple[str, Fraction]]:
    """(relation, bound) with `name relation bound`.

    A sum of nonnegative unknowns with positive coefficients bounds each of them.
    """
    for relation in problem.relations:
        if not isinstance(relation, Apply) or relation.operator not in _FLIP:
            continue
        try:
            left = linear_form(relation.arguments[0], known)
            right = linear_form(relation.arguments[1], known)
        except EvaluationError:
            continue
        if left is None or right is None:
            continue
        coefficients = dict(left[0])
        for other, value in right[0].items():
            coefficients[other] = coefficients.get(other, 0) - value
        constant = right[1] - left[1]
        own = coefficients.get(name, 0)
        if own == 0:
            continue
        op = relation.operator
        if own < 0:
            coefficients = {n: -c for n, c in coefficients.items()}
            constant, op, own = -constant, _FLIP[op], -own
        rest = {n: c for n, c in coefficients.items() if n != name and c != 0}
        if not rest:
            yield op, Fraction(constant) / own
        elif op in ("<", "<=", "==") and all(
            c > 0
            and problem.variable(n).domain
            in (Domain.POSITIVE_INTEGER, Domain.NONNEGATIVE_INTEGER, Domain.POSITIVE_REAL)
            for n, c in rest.items()
        ):
            yield "<=", Fraction(constant) / own


def _holds(
    problem: SymbolicProblem, point: dict[str, Fraction], defined: list[tuple[str, Expression]]
) -> bool:
    """Whether the point, completed by the defined unknowns, satisfies everything."""
    try:
        for name, expression in defined:
            value = evaluate(expression, point)
            if not problem.variable(name).domain.contains(value):
                return False
            point[name] = value
        return all(evaluate(relation, point) != 0 for relation in problem.relations)
    except UndefinedError:
        return False


def _reply(status: str, answer: str | None = None, detail: str = "") -> Reply:
    return {"status": status, "answer": answer, "backend": "enumeration", "detail": detail}
