"""Exhaustive search over whole unknowns whose bounds follow from the constraints.

Bounds come from the domains and from relations whose sides rise or fall with each unknown
(`monotone`): x*y == 36 over positive whole numbers leaves x at most 36. The least value of something
that rises with one unknown needs no upper bound: the first value that fits is it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

from zoped.symbolic.language.evaluate import EvaluationError, UndefinedError, evaluate
from zoped.symbolic.language.expression import (
    Apply,
    Expression,
    Number,
    Symbol,
    count_nodes,
    substitute,
)
from zoped.symbolic.problem import SymbolicProblem
from zoped.symbolic.solving.linear import linear_form, solve_linear
from zoped.symbolic.solving.lowest_terms import in_lowest_terms
from zoped.symbolic.solving.proofs.monotone import LEAST, Shape
from zoped.symbolic.solving.two_whole_unknowns import listed_solutions

MAX_CASES = 60_000
MAX_BOUND = 10**9
MAX_NODES = 400
_ROUNDS = 4
_FLIP = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "=="}
Reply = dict[str, Any]
Values = Mapping[str, Fraction]


def solve_by_enumeration(problem: SymbolicProblem) -> Reply:
    """Try every assignment; "unsupported" when a bound is missing or there are too many."""
    result = solve_linear(problem)
    ratio_values = in_lowest_terms(problem, result.values) if result.status == "open" else {}
    if ratio_values:
        result = solve_linear(problem, ratio_values)
    if result.status == "none":
        counted = problem.query == "count"
        return _reply("unique", "0") if counted else _reply("none", detail=result.detail)
    search = _Search(problem, result.values)
    real = [name for name in search.free if not problem.variable(name).domain.is_integer]
    if real:
        return _reply("unsupported", detail=f"{real[0]} need not be whole")
    bounds = search.bounds()
    spans = [
        range(low, high + 1)
        for name in search.free
        if (low := bounds.low.get(name)) is not None and (high := bounds.high.get(name)) is not None
    ]
    if len(spans) < len(search.free) or prod(len(span) for span in spans) > MAX_CASES:
        for relation in search.problem.relations:
            cases = listed_solutions(search.expanded(relation), search.free)
            if cases is not None:
                return search.through(iter(cases))
        return search.one_sided(bounds)
    return search.through(dict(zip(search.free, values, strict=True)) for values in product(*spans))


class _Bounds:
    """Whole bounds of unknowns, both inclusive; a name that is missing has none."""

    def __init__(self) -> None:
        self.low: dict[str, int] = {}
        self.high: dict[str, int] = {}

    def tighten(self, name: str, low: int | None, high: int | None) -> bool:
        before = (self.low.get(name), self.high.get(name))
        if low is not None:
            self.low[name] = max(low, self.low.get(name, low))
        if high is not None:
            self.high[name] = min(high, self.high.get(name, high))
        return before != (self.low.get(name), self.high.get(name))


class _Search:
    def __init__(self, problem: SymbolicProblem, known: Values) -> None:
        self.problem = problem
        self.known = dict(known)
        self.defined, self.free = _split(problem, self.known)

    def through(self, assignments: Iterator[dict[str, int]]) -> Reply:
        """The reply from these assignments, which are all."""
        problem = self.problem
        values: list[Fraction] = []
        first: dict[str, Fraction] = {}
        count = 0
        try:
            for assignment in assignments:
                point = self.solution(assignment)
                if point is None:
                    continue
                count += 1
                first = first or point
                if problem.query == "count":
                    continue
                try:
                    values.append(evaluate(problem.target, point))
                except UndefinedError as error:
                    if problem.query == "value":
                        return _reply("invalid", detail=f"the target: {error}")
        except EvaluationError as error:
            return _reply("unsupported", detail=str(error))
        if problem.query == "count":
            return _reply("unique", str(count))
        if not count:
            return _reply("none", detail="no value fits all constraints")
        if not values:
            return _reply("invalid", detail="the target is undefined")
        if problem.query == "value":
            if len(set(values)) > 1:
                return _reply("many", detail=f"{problem.target} can differ")
            shown = {v.name: str(first[v.name]) for v in problem.unknowns}
            more = {"values": shown, "numbers": shown, "solutions": count}
            return _reply("unique", str(values[0])) | more
        return _reply("unique", str(min(values) if problem.query == "minimum" else max(values)))

    def solution(self, assignment: Mapping[str, int]) -> dict[str, Fraction] | None:
        """The point, completed by the defined unknowns, if it satisfies everything."""
        point = self.known | {name: Fraction(value) for name, value in assignment.items()}
        try:
            for name, expression in self.defined:
                point[name] = evaluate(expression, point)
            for name in (*assignment, *(name for name, _ in self.defined)):
                if not self.problem.variable(name).domain.contains(point[name]):
                    return None
            if all(evaluate(relation, point) != 0 for relation in self.problem.relations):
                return point
        except UndefinedError:
            pass
        return None

    def bounds(self) -> _Bounds:
        """What the domains and the relations say, until it says no more."""
        found = _Bounds()
        for name in self.free:
            least = LEAST.get(self.problem.variable(name).domain)
            if least is not None:
                found.tighten(name, int(least), None)
        relations = [self.expanded(relation) for relation in self.problem.relations]
        for _ in range(_ROUNDS):
            changed = False
            for relation in relations:
                if isinstance(relation, Apply) and relation.operator in _FLIP:
                    changed = self._linear_bounds(relation, found) or changed
                    changed = self._monotone_bounds(relation, found) or changed
                    changed = _multiple_bounds(relation, found) or changed
            if not changed:
                break
        return found

    def expanded(self, relation: Expression) -> Expression | None:
        """In terms of the free unknowns alone; None if that is too long."""
        for name, expression in reversed(self.defined):
            if name in relation.symbols:
                relation = substitute(relation, {name: expression})
                if count_nodes(relation) > MAX_NODES:
                    return None
        return substitute(relation, {name: Number(v) for name, v in self.known.items()})

    def _linear_bounds(self, relation: Apply, found: _Bounds) -> bool:
        """From a linear relation, bounds of each unknown by those of the others."""
        try:
            forms = [linear_form(side, {}) for side in relation.arguments]
        except EvaluationError:
            return False
        if forms[0] is None or forms[1] is None:
            return False
        (left, left_constant), (right, right_constant) = forms[0], forms[1]
        coefficients = {n: left.get(n, 0) - right.get(n, 0) for n in {*left, *right}}
        coefficients = {n: c for n, c in coefficients.items() if c}
        constant = Fraction(right_constant) - Fraction(left_constant)
        changed = False
        for name, own in coefficients.items():
            rest = {n: Fraction(c) for n, c in coefficients.items() if n != name}
            op = relation.operator if own > 0 else _FLIP[relation.operator]
            for side in ("<=", ">="):
                if op != "==" and op[0] != side[0]:
                    continue
                # own*name <= constant - rest (for own > 0): the least rest gives the bound.
                least_rest = _extreme(rest, found, least=(side == "<=") == (own > 0))
                if least_rest is None:
                    continue
                edge = (constant - least_rest) / own
                strict = op in ("<", ">")
                if side == "<=":
                    limit = -(-edge // 1) - 1 if strict else edge // 1
                    changed = found.tighten(name, None, int(limit)) or changed
                else:
                    limit = edge // 1 + 1 if strict else -(-edge // 1)
                    changed = found.tighten(name, int(limit), None) or changed
        return changed

    def _monotone_bounds(self, relation: Apply, found: _Bounds) -> bool:
        """From left - right, where its form shows that it rises or falls with each unknown."""
        names = [n for n in self.free if n in relation.symbols]
        if not names or len(names) != len(relation.symbols):
            return False
        shape = Shape({n: Fraction(found.low[n]) for n in names if n in found.low})
        difference = Apply("-", relation.arguments)
        directions = {n: shape.direction(difference, n) for n in names}
        if any(d is None for d in directions.values()):
            return False
        changed = False
        for name in names:
            if not directions[name]:
                continue
            for sign in (1, -1):  # sign*difference <= 0 must hold
                if relation.operator != "==" and (relation.operator[0] == "<") != (sign == 1):
                    continue
                if sign * (directions[name] or 0) < 0:
                    continue  # that bounds from below: the search does as well without
                others = self._helping(names, name, directions, sign, found)
                high = _last(difference, sign, name, found.low.get(name), others)
                if high is not None:
                    changed = found.tighten(name, None, high) or changed
        return changed

    def _helping(
        self,
        names: list[str],
        name: str,
        directions: Mapping[str, int | None],
        sign: int,
        found: _Bounds,
    ) -> dict[str, Fraction] | None:
        """The other unknowns where they make sign*difference least."""
        values: dict[str, Fraction] = {}
        for other in names:
            if other == name:
                continue
            rises = sign * (directions[other] or 0) >= 0
            end = (found.low if rises else found.high).get(other)
            if end is None:
                return None
            values[other] = Fraction(end)
        return values

    def one_sided(self, bounds: _Bounds) -> Reply:
        """The least (greatest) value of a target that rises or falls with the one free unknown."""
        problem = self.problem
        if len(self.free) != 1 or problem.query not in ("minimum", "maximum"):
            missing = [n for n in self.free if n not in bounds.low or n not in bounds.high]
            detail = f"{missing[0]} has no finite range" if missing else f"over {MAX_CASES} cases"
            return _reply("unsupported", detail=detail)
        [name] = self.free
        target = self.expanded(problem.target)
        lows = {name: Fraction(bounds.low[name])} if name in bounds.low else {}
        rises = None if target is None else Shape(lows).direction(target, name)
        upwards = (rises == 1) == (problem.query == "minimum")
        start = (bounds.low if upwards else bounds.high).get(name)
        if not rises or start is None:
            return _reply("unsupported", detail=f"{name} has no finite range")
        step = 1 if upwards else -1
        for value in range(start, start + step * MAX_CASES, step):
            try:
                point = self.solution({name: value})
                if point is not None:
                    return _reply("unique", str(evaluate(problem.target, point)))
            except UndefinedError:
                continue
            except EvaluationError as error:
                return _reply("unsupported", detail=str(error))
        return _reply("unsupported", detail=f"{name} has no finite range")


def _multiple_bounds(relation: Apply, found: _Bounds) -> bool:
    """From lcm(a, b) == 60, where nothing is 0: each of them is at most 60."""
    changed = False
    for one, other in (relation.arguments, relation.arguments[::-1]):
        if relation.operator != "==" or not isinstance(one, Apply) or one.operator != "lcm":
            continue
        if not isinstance(other, Number) or other.value <= 0:
            continue
        for part in one.arguments:
            if isinstance(part, Symbol):
                changed = found.tighten(part.name, None, int(other.value)) or changed
    return changed


def _extreme(rest: Mapping[str, Fraction], found: _Bounds, *, least: bool) -> Fraction | None:
    """The least or greatest value of a linear form within the bounds; None without an end."""
    total = Fraction(0)
    for name, coefficient in rest.items():
        end = (found.low if (coefficient > 0) == least else found.high).get(name)
        if end is None:
            return None
        total += coefficient * end
    return total


def _last(
    difference: Expression,
    sign: int,
    name: str,
    low: int | None,
    others: dict[str, Fraction] | None,
) -> int | None:
    """The last whole value with sign*difference <= 0, for a difference that rises; None for none
    found within MAX_BOUND. One below `low` stands for no value at all."""
    if others is None:
        return None

    def fits(value: int) -> bool:
        return sign * evaluate(difference, others | {name: Fraction(value)}) <= 0

    start, step = low or 0, 1
    try:
        if not fits(start):
            if low is not None:
                return low - 1
            while not fits(-step):
                step *= 2
                if step > MAX_BOUND:
                    return None
            inside, outside = -step, -(step // 2)
        else:
            while fits(start + step):
                step *= 2
                if step > MAX_BOUND:
                    return None
            inside, outside = start + step // 2, start + step
        while outside - inside > 1:
            middle = (inside + outside) // 2
            inside, outside = (middle, outside) if fits(middle) else (inside, middle)
    except EvaluationError:
        return None
    return inside


def _split(
    problem: SymbolicProblem, known: Values
) -> tuple[list[tuple[str, Expression]], list[str]]:
    """Unknowns that an equation `name == ...` defines, in order, and the free ones."""
    defined: dict[str, Expression] = {}
    unknown = [v.name for v in problem.variables if v.name not in known]
    for relation in problem.relations:
        if not isinstance(relation, Apply) or relation.operator != "==":
            continue
        pair = (relation.arguments[0], relation.arguments[1])
        ways = [pair, pair[::-1]]
        ways = [solved for way in ways if (solved := _without_logarithm(problem, *way))] or ways
        for one, other in ways:
            if not isinstance(one, Symbol) or one.name in known or one.name in defined:
                continue
            used = {n for e in defined.values() for n in e.symbols}
            if one.name not in other.symbols and one.name not in used:
                defined[one.name] = other
                break
    return list(defined.items()), [name for name in unknown if name not in defined]


def _without_logarithm(
    problem: SymbolicProblem, one: Expression, other: Expression
) -> tuple[Expression, Expression] | None:
    """log(x, 2) == n as x == 2**n, where x need not be whole; None for other sides."""
    if isinstance(one, Apply) and one.operator == "log" and len(one.arguments) == 2:
        inside, base = one.arguments
        is_base = isinstance(base, Number) and base.value > 1
        if is_base and isinstance(inside, Symbol) and isinstance(other, Symbol):
            if not problem.variable(inside.name).domain.is_integer:
                return inside, Apply("**", (base, other))
    return None


def _reply(status: str, answer: str | None = None, detail: str = "") -> Reply:
    return {"status": status, "answer": answer, "backend": "enumeration", "detail": detail}
