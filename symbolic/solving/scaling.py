"""Problems that keep their answer when all unknowns are scaled: one unknown may then be called 1."""

from __future__ import annotations

from fractions import Fraction

from zoped.symbolic.language.expression import Apply, Expression, Number, Symbol
from zoped.symbolic.problem import Domain, SymbolicProblem


def normalized(problem: SymbolicProblem) -> SymbolicProblem:
    """The problem with one unknown set to 1 where that loses nothing; else the problem itself.

    All unknowns are positive reals, every relation holds for a multiple of a solution too, and the
    target is the same for it: (a + b)/c + c/a has all its values where c is 1. Solutions cannot be
    counted so.
    """
    unknowns = {v.name for v in problem.unknowns}
    if problem.query == "count" or len(unknowns) < 2:
        return problem
    if any(v.domain is not Domain.POSITIVE_REAL for v in problem.unknowns):
        return problem
    if _degree(problem.target, unknowns) != 0:
        return problem
    for relation in problem.relations:
        if not isinstance(relation, Apply) or not relation.is_relation:
            return problem
        left, right = (_degree(side, unknowns) for side in relation.arguments)
        zero = any(isinstance(side, Number) and side.value == 0 for side in relation.arguments)
        if left is None or right is None or (left != right and not zero):
            return problem
    last = problem.unknowns[-1]
    variables = tuple(v.replaced(value=Fraction(1)) if v is last else v for v in problem.variables)
    return problem.replaced(variables=variables)


def _degree(e: Expression, unknowns: set[str]) -> Fraction | None:
    """The d with e(k*x) == k**d * e(x) for every k > 0; None where the form shows none."""
    if not e.symbols & unknowns:
        return Fraction(0)
    if isinstance(e, Symbol):
        return Fraction(1)
    if not isinstance(e, Apply):
        return None
    degrees = [_degree(argument, unknowns) for argument in e.arguments]
    if any(d is None for d in degrees):
        return None
    d = [degree for degree in degrees if degree is not None]
    match e.operator:
        case "*":
            return d[0] + d[1]
        case "/":
            return d[0] - d[1]
        case "neg" | "abs":
            return d[0]
        case "sqrt":
            return d[0] / 2
        case "+" | "-" | "min" | "max" | "mean" | "median":
            return d[0] if len(set(d)) == 1 else None
        case "**":
            exponent = e.arguments[1]
            return d[0] * exponent.value if isinstance(exponent, Number) else None
    return None
