"""SymPy: everything algebraic. Answers only where its solution set is complete."""

from __future__ import annotations

from typing import Any

import sympy

from zoped.symbolic.language.expression import Apply, walk
from zoped.symbolic.problem import Domain, SymbolicProblem
from zoped.symbolic.solving.export import to_sympy

# Over unknowns SymPy's `solve` may return a part of the solutions of these.
_INCOMPLETE = frozenset(
    [
        "sin",
        "cos",
        "tan",
        "floor",
        "ceiling",
        "gcd",
        "lcm",
        "factorial",
        "binomial",
        "//",
        "%",
        "sum",
        "product",
        "min",
        "max",
    ]
)
Reply = dict[str, Any]


def solve_with_sympy(problem: SymbolicProblem) -> Reply:
    """The target's value over all solutions within the domains.

    "values" has the exact value of each unknown as text, in one of the "solutions"; "numbers" has
    the same as text where it is rational, as a float where it is not.
    """
    unknown = {v.name for v in problem.unknowns}
    if problem.query in ("minimum", "maximum"):
        return _optimum(problem)
    if problem.query != "value":
        return _reply("unsupported", detail="SymPy does not count solutions here")
    for relation in problem.relations:
        for node in walk(relation):
            if isinstance(node, Apply) and node.operator in _INCOMPLETE and node.symbols & unknown:
                return _reply("unsupported", detail=f"{node.operator} of an unknown")
    relations, target, symbols = to_sympy(problem)
    plain = {name: sympy.Symbol(name, real=True) for name in unknown}
    swap = {symbols[name]: plain[name] for name in unknown}
    relations = [relation.subs(swap) for relation in relations]
    target = target.subs(swap)
    if any(relation is sympy.false for relation in relations):
        return _reply("none")
    equations = [r for r in relations if isinstance(r, sympy.Eq)]
    others = [r for r in relations if r is not sympy.true and not isinstance(r, sympy.Eq)]
    wanted = [plain[name] for name in sorted(unknown)]
    solutions = sympy.solve(equations, wanted, dict=True) if equations else [{}]
    values: set[Any] = set()
    fitting = []
    for solution in solutions:
        fit = _fits(problem, plain, solution, others)
        if fit is None:
            return _reply("unsupported", detail="a condition could not be decided")
        if fit:
            values.add(sympy.simplify(target.subs(solution)))
            fitting.append(solution)
    values = _distinct(values)
    if not values:
        return _reply("none")
    if any(value.free_symbols for value in values):
        free = [v for value in values for v in value.free_symbols]
        return _reply("unsupported", detail=f"{free[0]} stays free")
    if len(values) > 1:
        return _reply("many")
    [value] = values
    if not (value.is_number and value.is_real and value.is_finite):
        return _reply("invalid", detail=f"the target is {value}")
    one = min(fitting, key=str)
    exact = {name: sympy.simplify(one[plain[name]]) for name in sorted(unknown)}
    return _reply("unique", str(value)) | {
        "values": {name: str(value) for name, value in exact.items()},
        "numbers": {name: str(v) if v.is_Rational else float(v) for name, v in exact.items()},
        "solutions": len(fitting),
    }


def _distinct(values: set[Any]) -> set[Any]:
    kept: list[Any] = []
    for value in values:
        if not any(sympy.simplify(value - other) == 0 for other in kept):
            kept.append(value)
    return set(kept)


def _fits(
    problem: SymbolicProblem, plain: dict[str, Any], solution: dict[Any, Any], others: list[Any]
) -> bool | None:
    """Whether the solution lies in all domains and inequalities; None when undecided."""
    if any(plain[v.name] not in solution for v in problem.unknowns):
        # Of a family of solutions SymPy may return the degenerate members alone: a == r == 0 for
        # r == 3*a, v*a == r. What it leaves out is not refuted.
        return None
    for v in problem.unknowns:
        value = solution[plain[v.name]]
        checks = [value.is_real]
        if v.domain.is_integer:
            checks.append(value.is_integer)
        if v.domain is Domain.RATIONAL:
            checks.append(value.is_rational)
        if v.domain in (Domain.POSITIVE_INTEGER, Domain.POSITIVE_REAL):
            checks.append(value.is_positive)
        if v.domain is Domain.NONNEGATIVE_INTEGER:
            checks.append(value.is_nonnegative)
        if False in checks:
            return False
        if None in checks:
            return None
    for relation in others:
        holds = sympy.simplify(relation.subs(solution))
        if holds is sympy.false:
            return False
        if holds is not sympy.true:
            return None
    return True


def _optimum(problem: SymbolicProblem) -> Reply:
    """The least or greatest value of a target in one real unknown, over its domain."""
    relations, target, symbols = to_sympy(problem)
    unknowns = [symbols[v.name] for v in problem.unknowns]
    equations = [r for r in relations if isinstance(r, sympy.Eq)]
    others = [r for r in relations if r is not sympy.true and not isinstance(r, sympy.Eq)]
    if equations:
        [*solutions] = sympy.solve(equations, unknowns, dict=True)
        if len(solutions) != 1:
            return _reply("unsupported", detail="the equations have several branches")
        target = target.subs(solutions[0])
        others += [value > 0 for s, value in solutions[0].items() if s.is_positive]
        others = [o.subs(solutions[0]) for o in others]
    free = sorted(target.free_symbols, key=str)
    if len(free) != 1 or free[0].is_integer:
        return _reply("unsupported", detail="an optimum over several or whole unknowns")
    [x] = free
    plain = sympy.Symbol("x", real=True)
    objective = target.subs(x, plain)
    region: Any = sympy.Interval.open(0, sympy.oo) if x.is_positive else sympy.S.Reals
    for other in others:
        if other is sympy.true:
            continue
        region = region.intersect(sympy.solveset(other.subs(x, plain), plain, sympy.S.Reals))
    vertex = _vertex(objective, plain, problem.query)
    if vertex is not None and region.contains(vertex) is sympy.true:
        return _reply("unique", str(sympy.simplify(objective.subs(plain, vertex))))
    find = sympy.minimum if problem.query == "minimum" else sympy.maximum
    value = find(objective, plain, region)
    attained = sympy.solveset(sympy.Eq(objective, value), plain, region)
    if not value.is_finite or attained is sympy.S.EmptySet:
        return _reply("many", detail=f"there is no {problem.query}")
    return _reply("unique", str(sympy.simplify(value)))


def _vertex(objective: Any, x: Any, query: str) -> Any:
    """Where a quadratic has its greatest (least) value; None for another function."""
    polynomial = objective.as_poly(x)
    if polynomial is None or polynomial.degree() != 2:
        return None
    a, b, _ = polynomial.all_coeffs()
    return -b / (2 * a) if (a < 0) == (query == "maximum") else None


def _reply(status: str, answer: str | None = None, detail: str = "") -> Reply:
    return {"status": status, "answer": answer, "backend": "sympy", "detail": detail}
