"""Problems that keep their answer when all unknowns are scaled: one unknown may then be called 1."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import product

from zoped.symbolic.language.expression import Apply, Expression, Number, Symbol
from zoped.symbolic.problem import Domain, SymbolicProblem

MAX_WEIGHED, MAX_WEIGHT = 3, 6  # unknowns, and the powers of k that are tried for each


def normalized(problem: SymbolicProblem) -> SymbolicProblem:
    """The problem with one unknown set to 1 where that loses nothing; else the problem itself.

    All unknowns are positive reals, every relation holds for a multiple of a solution too, and the
    target is the same for it: (a + b)/c + c/a has all its values where c is 1. Solutions cannot be
    counted so.
    """
    unknowns = {v.name: 1 for v in problem.unknowns}
    if problem.query == "count" or len(unknowns) < 2:
        return problem
    if any(v.domain is not Domain.POSITIVE_REAL for v in problem.unknowns):
        return problem
    if _degree(problem.target, unknowns) != 0:
        return problem
    if not all(_holds_for_multiples(relation, unknowns) for relation in problem.relations):
        return problem
    last = problem.unknowns[-1]
    variables = tuple(v.replaced(value=Fraction(1)) if v is last else v for v in problem.variables)
    return problem.replaced(variables=variables)


def scales_up(problem: SymbolicProblem) -> bool:
    """Whether each solution in whole numbers that are not all 0 leads to larger ones without end.

    With (x, y) also (k**3*x, k**2*y) solves x**2 == y**3, for every whole k.
    """
    names = [v.name for v in problem.unknowns]
    if len(names) > MAX_WEIGHED:
        return False
    for weights in product(range(1, MAX_WEIGHT + 1), repeat=len(names)):
        powers = dict(zip(names, weights, strict=True))
        if all(_holds_for_multiples(relation, powers) for relation in problem.relations):
            return True
    return False


def _holds_for_multiples(relation: Expression, powers: Mapping[str, int]) -> bool:
    """Whether the relation holds for k**power * x, each x with its own power, where it does for x."""
    if not isinstance(relation, Apply) or not relation.is_relation:
        return False
    left, right = (_degree(side, powers) for side in relation.arguments)
    zero = any(isinstance(side, Number) and side.value == 0 for side in relation.arguments)
    return left is not None and right is not None and (left == right or zero)


def _degree(e: Expression, powers: Mapping[str, int]) -> Fraction | None:
    """The d with e(k**power * x) == k**d * e(x) for every k > 0; None where the form shows none."""
    if not e.symbols & powers.keys():
        return Fraction(0)
    if isinstance(e, Symbol):
        return Fraction(powers[e.name])
    if not isinstance(e, Apply):
        return None
    degrees = [_degree(argument, powers) for argument in e.arguments]
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
