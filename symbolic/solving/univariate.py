"""One unknown at a time: exact roots of linear and quadratic equations, and whole-number bounds.

What the fast path leaves open is often one equation in one unknown ("width*(width + 3) == 40") or
one bound ("the least n with 4*n >= 30"). Both are decided here exactly, without a worker: every
root in the domain is tried, and what follows from it is propagated. Whatever does not have this
form, or has an irrational root, is left to the other backends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import ceil, floor, isqrt

from zoped.symbolic.language.evaluate import (
    EvaluationError,
    Exact,
    UndefinedError,
    exact_value,
    is_large,
    narrowed,
    quotient,
)
from zoped.symbolic.language.expression import Apply, Expression, Number, Symbol
from zoped.symbolic.problem import Domain, SymbolicProblem
from zoped.symbolic.solving.linear import LinearResult, solve_linear

MAX_DEGREE = 4  # of the polynomials on the way; the equation itself is at most quadratic
MAX_BRANCHES = 64
MAX_VALUES = 2_000  # between two bounds
MAX_DEPTH = 4

Polynomial = tuple[Exact, ...]
"""Coefficients, the constant first; no trailing zeros."""
Ratio = tuple[Polynomial, Polynomial]
Assignment = Mapping[str, Exact]

_ONE: Polynomial = (1,)
_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


class OpenError(Exception):
    """The problem has another form; the other backends may decide it."""


def solutions(problem: SymbolicProblem, result: LinearResult) -> list[Assignment]:
    """All solutions, or, for a minimum or maximum, those with the extreme value of the target.

    `result` is what `solve_linear` found. Raises OpenError when they cannot all be found this way.
    """
    return _branch(problem, result, {}, 0)


def _branch(
    problem: SymbolicProblem, result: LinearResult, assumed: Assignment, depth: int
) -> list[Assignment]:
    if result.status == "none":
        return []
    if result.status == "unique":
        return [result.known]
    if depth == MAX_DEPTH or result.detail:
        raise OpenError  # a detail: something could not be evaluated exactly
    unknowns = {v.name for v in problem.variables if v.name not in result.known}
    pending = [r for r in problem.relations if r.symbols & unknowns]
    found: list[Assignment] = []
    rooted = _rooted(problem, pending, unknowns, result.known)
    if rooted is None:
        if len(unknowns) != 1:
            raise OpenError
        [name] = unknowns
        # Bounds are all that is left, so that every value between them is a solution.
        whole = _whole_values(problem, pending, name, result.known)
        return [{**result.known, name: value} for value in whole]
    name, values = rooted
    for value in values:
        further = {**assumed, name: value}
        found += _branch(problem, solve_linear(problem, further), further, depth + 1)
        if len(found) > MAX_BRANCHES:
            raise OpenError
    return found


def _rooted(
    problem: SymbolicProblem, pending: list[Expression], unknowns: set[str], known: Assignment
) -> tuple[str, list[Fraction]] | None:
    """An unknown that stands alone in an equation, and the roots in its domain."""
    for relation in pending:
        names = relation.symbols & unknowns
        if len(names) == 1 and isinstance(relation, Apply) and relation.operator == "==":
            [name] = names
            domain = problem.variable(name).domain
            roots = _roots(relation, name, known, domain)
            if roots is not None:
                return name, [root for root in roots if domain.contains(root)]
    return None


def _roots(relation: Apply, name: str, known: Assignment, domain: Domain) -> list[Fraction] | None:
    """The rational roots; None for an equation of another form, or with irrational roots that the
    domain allows."""
    left, right = (_ratio(side, name, known) for side in relation.arguments)
    if left is None or right is None:
        return None
    (a, b), (c, d) = left, right
    polynomial = _sum(_product(a, d), _product(c, b), -1)
    if not 2 <= len(polynomial) <= 3:
        return None
    # A root at which a denominator vanishes is none of the equation; propagation refuses it.
    if len(polynomial) == 2:
        return [Fraction(-polynomial[0]) / polynomial[1]]
    c0, c1, c2 = polynomial
    inside = c1 * c1 - 4 * c2 * c0
    if inside < 0:
        return []
    top, below = isqrt(inside.numerator), isqrt(inside.denominator)
    if top * top != inside.numerator or below * below != inside.denominator:
        return [] if domain.is_integer or domain is Domain.RATIONAL else None
    root = Fraction(top, below)
    return sorted({(-c1 - root) / (2 * c2), (-c1 + root) / (2 * c2)})


def _whole_values(
    problem: SymbolicProblem, pending: list[Expression], name: str, known: Assignment
) -> Sequence[int]:
    """The whole numbers between the bounds; the least or greatest alone if that is asked for."""
    domain = problem.variable(name).domain
    if not domain.is_integer:
        raise OpenError
    low: int | None = {Domain.POSITIVE_INTEGER: 1, Domain.NONNEGATIVE_INTEGER: 0}.get(domain)
    high: int | None = None
    for relation in pending:
        lower, upper = _bound(relation, name, known)
        low = lower if low is None else low if lower is None else max(low, lower)
        high = upper if high is None else high if upper is None else min(high, upper)
    asks_for_it = problem.target == Symbol(name)
    if problem.query == "minimum" and asks_for_it and low is not None:
        return [low] if high is None or low <= high else []
    if problem.query == "maximum" and asks_for_it and high is not None:
        return [high] if low is None or low <= high else []
    if low is None or high is None or high - low > MAX_VALUES:
        raise OpenError
    return range(low, high + 1)


def _bound(relation: Expression, name: str, known: Assignment) -> tuple[int | None, int | None]:
    """The least and the greatest whole number that a linear inequality allows, None for no limit."""
    if not isinstance(relation, Apply) or relation.operator not in ("<", "<=", ">", ">="):
        raise OpenError
    left, right = (_ratio(side, name, known) for side in relation.arguments)
    if left is None or right is None or len(left[1]) > 1 or len(right[1]) > 1:
        raise OpenError
    (a, b), (c, d) = left, right
    line = _sum(_scaled(a, quotient(1, b[0])), _scaled(c, quotient(1, d[0])), -1)
    if len(line) != 2:
        raise OpenError
    operator = relation.operator if line[1] > 0 else _FLIPPED[relation.operator]
    edge = quotient(-line[0], line[1])
    match operator:
        case ">":
            return floor(edge) + 1, None
        case ">=":
            return ceil(edge), None
        case "<":
            return None, ceil(edge) - 1
    return None, floor(edge)


def _ratio(expression: Expression, name: str, known: Assignment) -> Ratio | None:
    """The expression as a quotient of polynomials in `name`; None when it is none."""
    if isinstance(expression, Number):
        return _constant(narrowed(expression.value))
    if isinstance(expression, Symbol) and expression.name == name:
        return (0, 1), _ONE
    if expression.symbols <= known.keys():
        try:
            return _constant(exact_value(expression, known))
        except EvaluationError:
            return None
    if not isinstance(expression, Apply):
        return None
    if expression.operator == "**":
        return _power(expression, name, known)
    if expression.operator not in ("+", "-", "*", "/", "neg"):
        return None
    parts = [_ratio(child, name, known) for child in expression.arguments]
    if parts[0] is None or parts[-1] is None:
        return None
    (a, b), (c, d) = parts[0], parts[-1]
    match expression.operator:
        case "neg":
            result = _scaled(a, -1), b
        case "*":
            result = _product(a, c), _product(b, d)
        case "/":
            if len(d) > 1:
                return None  # a/(c/d) is undefined at d == 0, where a*d/c is not
            result = _product(a, d), _product(b, c)
        case sign:
            top = _sum(_product(a, d), _product(c, b), 1 if sign == "+" else -1)
            result = top, _product(b, d)
    return result if _is_within(result) and result[1] else None


def _is_within(ratio: Ratio) -> bool:
    """Whether the degrees and the coefficients keep to the limits."""
    return max(map(len, ratio)) <= MAX_DEGREE + 1 and not any(map(is_large, (*ratio[0], *ratio[1])))


def _power(expression: Apply, name: str, known: Assignment) -> Ratio | None:
    base = _ratio(expression.arguments[0], name, known)
    exponent = expression.arguments[1]
    if base is None or not isinstance(exponent, Number):
        return None
    if exponent.value.denominator != 1 or not 1 <= exponent.value <= 2:
        return None
    if exponent.value == 1:
        return base
    result = _product(base[0], base[0]), _product(base[1], base[1])
    return result if _is_within(result) else None


def _constant(value: Exact) -> Ratio:
    return ((value,) if value else ()), _ONE


def _scaled(a: Polynomial, factor: Exact) -> Polynomial:
    return tuple(c * factor for c in a) if factor else ()


def _sum(a: Polynomial, b: Polynomial, sign: int) -> Polynomial:
    size = max(len(a), len(b))
    terms = [(a[i] if i < len(a) else 0) + sign * (b[i] if i < len(b) else 0) for i in range(size)]
    while terms and not terms[-1]:
        terms.pop()
    return tuple(terms)


def _product(a: Polynomial, b: Polynomial) -> Polynomial:
    if not a or not b:
        return ()
    terms: list[Exact] = [0] * (len(a) + len(b) - 1)
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            terms[i + j] += x * y
    return tuple(terms)


def targets(problem: SymbolicProblem, found: list[Assignment]) -> list[Fraction]:
    """The target's value in each solution; raises OpenError where it is irrational.

    The least or greatest value is that over the solutions at which the target is defined.
    """
    values = []
    for solution in found:
        try:
            values.append(Fraction(exact_value(problem.target, solution)))
        except UndefinedError:
            if problem.query == "value":
                raise
        except EvaluationError:
            raise OpenError from None
    return values
