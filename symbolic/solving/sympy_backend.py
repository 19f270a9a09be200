"""SymPy: everything algebraic. Answers only what is proved (`elimination`, `real_roots`)."""

from __future__ import annotations

from typing import Any

import sympy

from zoped.symbolic.language.evaluate import UndefinedError
from zoped.symbolic.language.expression import Apply, walk
from zoped.symbolic.problem import SymbolicProblem
from zoped.symbolic.solving.proofs.answer_text import answer_text
from zoped.symbolic.solving.proofs.closed_curve import critical_points
from zoped.symbolic.solving.proofs.elimination import Search, System, reduced
from zoped.symbolic.solving.proofs.enclosure import Point
from zoped.symbolic.solving.proofs.exact_numbers import simplest
from zoped.symbolic.solving.proofs.intervals import DIGITS, Undecided
from zoped.symbolic.solving.proofs.optimum import are_endless, optimum_in_one_unknown
from zoped.symbolic.solving.proofs.real_roots import number_sign
from zoped.symbolic.solving.proofs.reply import Reply, reply, unique

_TOTAL = frozenset(["+", "-", "*", "neg", "abs", "min", "max"])


def solve_with_sympy(problem: SymbolicProblem) -> Reply:
    """The target over all solutions within the domains.

    "values" has the exact value of each unknown as text, in one of the "solutions"; "numbers" has
    the same as text where it is rational, as a float where it is not.
    """
    if problem.query in ("minimum", "maximum"):
        finite = critical_points(problem)
        if finite is not None:
            # Its unknowns are not the problem's own.
            return _over_all_solutions(finite) | {"values": {}, "numbers": {}}
    return _over_all_solutions(problem)


def _over_all_solutions(problem: SymbolicProblem) -> Reply:
    search = Search(problem)
    try:
        system = reduced(search.start())
        if search.left(system) and not system.equations:
            return _free(search, system)
        points = search.points()
    except Undecided:
        return reply("unsupported", detail="the solutions are not all known")
    if problem.query == "count":
        return reply("unique", str(len(points)))
    if not points:
        return reply("none", detail="no value fits all constraints")
    return _answer(search, points)


def _answer(search: Search, points: list[Point]) -> Reply:
    """From the points, which are all solutions."""
    problem = search.problem
    try:
        if problem.query == "value" and _differ(search, points):
            return reply("many", detail=f"{problem.target} can differ")
        if problem.query == "value":
            chosen = points[0]
            value = chosen.value(problem.target)
            if any(not _equal(value, p.value(problem.target)) for p in points[1:]):
                return reply("many", detail=f"{problem.target} can differ")
        else:
            values = _targets(problem, points)
            sign = 1 if problem.query == "minimum" else -1
            value, chosen = values[0]
            for other, point in values[1:]:
                if number_sign(sign * (other - value)) < 0:
                    value, chosen = other, point
    except UndefinedError as error:
        return reply("invalid", detail=f"the target: {error}")
    except Undecided:
        return reply("unsupported", detail="the answer has no exact form")
    return unique(value) | _shown(problem, chosen, len(points))


def _targets(problem: SymbolicProblem, points: list[Point]) -> list[tuple[Any, Point]]:
    """The target's values where it has one; raises UndefinedError where it has none at any point."""
    values: list[tuple[Any, Point]] = []
    undefined: UndefinedError | None = None
    for point in points:
        try:
            values.append((point.value(problem.target), point))
        except UndefinedError as error:
            undefined = error
    if undefined is not None and not values:
        raise undefined
    return values


def _differ(search: Search, points: list[Point]) -> bool:
    """Whether intervals around the target's values prove two of them different."""
    if len(points) < 2:
        return False
    around: list[Any] = []
    for point in points:
        for digits in DIGITS[:2]:
            try:
                around.append(point.enclose(search.problem.target, digits))
            except Undecided:
                continue
            break
    return any(a.b < b.a or b.b < a.a for a in around for b in around)


def _equal(one: Any, other: Any) -> bool:
    return one == other or number_sign(one - other) == 0


def _shown(
    problem: SymbolicProblem, point: Point, solutions: int, fixed: set[str] | None = None
) -> Reply:
    """What the point says of the unknowns; of those in `fixed` alone where others stay free."""
    texts: dict[str, str] = {}
    numbers: dict[str, str | float] = {}
    for v in problem.unknowns:
        if fixed is not None and v.name not in fixed:
            continue
        if v.name in point.rational:
            texts[v.name] = numbers[v.name] = str(point.rational[v.name])
            continue
        around = point.enclosed(v.name, DIGITS[0])
        numbers[v.name] = float(around.mid.a) if hasattr(around.mid, "a") else float(around.mid)
        try:
            texts[v.name] = answer_text(simplest(_closed(point, v.name)))
        except Undecided:
            return {}
    return {"values": texts, "numbers": numbers, "solutions": solutions}


def _closed(point: Point, name: str) -> Any:
    term = point.values[name]
    if not term.has(point.x):
        return term
    form = getattr(point.at, "closed_form", None)
    if form is None:
        raise Undecided
    return term.subs(point.x, form)


def _free(search: Search, system: System) -> Reply:
    """The equations leave an unknown free."""
    problem = search.problem
    left = search.left(system)
    if problem.query in ("minimum", "maximum"):
        if len(left) > 1:
            return reply("unsupported", detail="an optimum over several unknowns")
        return optimum_in_one_unknown(search, system, left[0])
    if problem.query == "count":
        if len(left) == 1 and are_endless(search, system, left[0]):
            return reply("many", detail="there are infinitely many solutions")
        return reply("unsupported", detail="an unknown stays free")
    target = search.term(problem.target).subs(dict(system.defined))
    points = search.samples(system)
    first = next(points, None)
    if first is None:
        return reply("unsupported", detail=f"{left[0]} stays free")
    constant = not target.free_symbols & set(left) or _is_independent(target, left)
    if constant:
        if any(isinstance(n, Apply) and n.operator not in _TOTAL for n in walk(problem.target)):
            return reply("unsupported", detail="the target may be undefined")
        fixed = {n: s for n, s in search.symbols.items() if s in system.defined}
        fixed = {n: s for n, s in fixed.items() if not system.defined[s].free_symbols}
        shown = _shown(problem, first, 1, set(fixed))
        return unique(simplest(target.subs(dict.fromkeys(left, sympy.Integer(1))))) | shown
    second = next((p for p in points if _differ(search, [first, p])), None)
    if second is not None:
        return reply("many", detail=f"{problem.target} can differ")
    return reply("unsupported", detail=f"{left[0]} stays free")


def _is_independent(target: Any, left: list[Any]) -> bool:
    """Whether the target does not depend on the symbols that are left."""
    flat = sympy.expand(target)
    return not flat.free_symbols & set(left)
