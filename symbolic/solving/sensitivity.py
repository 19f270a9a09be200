"""Which givens the answer depends on, read off its derivative at the solution.

The equations F(x, g) = 0 tie the unknowns x to the givens g. With weights w that satisfy
wᵀ ∂F/∂x = ∂t/∂x, every change of the givens that leaves the problem solvable changes the target t
at the rate dt/dg = ∂t/∂g − wᵀ ∂F/∂g (the implicit function theorem, in its adjoint form). One
elimination thus answers for all givens at once. Rational values are differentiated exactly;
irrational ones as floats, with a wide margin to zero.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction

from zoped.symbolic.language.evaluate import Exact, UndefinedError, is_large, narrowed, quotient
from zoped.symbolic.language.expression import Apply, Constant, Expression, Number, Symbol
from zoped.symbolic.problem import SymbolicProblem

Value = Exact | float
Gradient = dict[str, Value]

MARGIN = 1e-9  # a float below it, relative to the largest, counts as zero


class _NotSmoothError(Exception):
    """The expression has a part that has no derivative, or none that is computed here."""


def sensitive_givens(problem: SymbolicProblem, values: Mapping[str, Fraction | float]) -> set[str]:
    """Givens that change the target when they change a little; `values` is the solution.

    A given that is not named may matter all the same (through a floor, say): this proves, it does
    not refute. Empty for a target or an equation without a derivative.
    """
    narrow = {n: narrowed(v) if isinstance(v, Fraction) else v for n, v in values.items()}
    try:
        target = _gradient(problem.target, narrow)[1]
        equations = [
            _difference(*(_gradient(side, narrow)[1] for side in relation.arguments))
            for relation in problem.relations
            if isinstance(relation, Apply) and relation.operator == "=="
        ]
        tiny = _tiny([v for row in (target, *equations) for v in row.values()])
    except (_NotSmoothError, UndefinedError, OverflowError, ZeroDivisionError, KeyError):
        return set()
    unknowns = {variable.name for variable in problem.unknowns}
    rate = _eliminated(target, equations, unknowns, tiny) or {}
    return {name for name, value in rate.items() if not _is_zero(value, tiny)}


def _tiny(numbers: list[Value]) -> float:
    """What counts as zero: nothing else where all is exact."""
    if not any(isinstance(v, float) for v in numbers):
        return 0.0
    return MARGIN * max(1.0, *(math.fabs(v) for v in numbers))


def _is_zero(value: Value, tiny: float) -> bool:
    return -tiny <= value <= tiny


def _eliminated(
    target: Gradient, rows: list[Gradient], unknowns: set[str], tiny: float
) -> Gradient | None:
    """The target's gradient with all unknowns eliminated; None when the rows do not do it."""
    while True:
        name = next((n for n in target if n in unknowns and not _is_zero(target[n], tiny)), None)
        if name is None:
            return {n: v for n, v in target.items() if n not in unknowns}
        pivot = next((row for row in rows if not _is_zero(row.get(name, 0), tiny)), None)
        if pivot is None:
            return None
        rows = [_without(row, pivot, name) for row in rows if row is not pivot]
        target = _without(target, pivot, name)


def _without(row: Gradient, pivot: Gradient, name: str) -> Gradient:
    """`row` less the multiple of `pivot` that removes `name`."""
    value = row.get(name, 0)
    if not value:
        return row
    factor = _ratio(value, pivot[name])
    changed = _difference(row, {n: factor * v for n, v in pivot.items()})
    changed.pop(name, None)
    return changed


def _gradient(expression: Expression, values: Mapping[str, Value]) -> tuple[Value, Gradient]:
    """The value and the partial derivatives that are not zero."""
    if isinstance(expression, Symbol):
        return values[expression.name], {expression.name: 1}
    if isinstance(expression, Number):
        return narrowed(expression.value), {}
    if isinstance(expression, Constant):
        return math.pi, {}
    if not isinstance(expression, Apply) or expression.operator not in _SMOOTH:
        raise _NotSmoothError
    if expression.operator in ("min", "max"):
        parts = sorted((_gradient(e, values) for e in expression.arguments), key=lambda g: g[0])
        first, second = parts[:2] if expression.operator == "min" else parts[:-3:-1]
        if first[0] == second[0]:
            raise _NotSmoothError
        return first
    a, da = _gradient(expression.arguments[0], values)
    if not isinstance(a, float) and is_large(a):
        raise _NotSmoothError  # powers of it would know no bound
    if expression.operator == "neg":
        return -a, {n: -v for n, v in da.items()}
    if expression.operator == "sqrt":
        root = math.sqrt(a)
        return root, {n: float(v) / (2 * root) for n, v in da.items()}
    b, db = _gradient(expression.arguments[1], values)
    match expression.operator:
        case "+":
            return a + b, _difference(da, {n: -v for n, v in db.items()})
        case "-":
            return a - b, _difference(da, db)
        case "*":
            scaled = {n: a * v for n, v in db.items()} if a else {}
            return a * b, _difference(scaled, {n: -b * v for n, v in da.items()} if b else {})
        case "/":
            value = _ratio(a, b)
            top = _difference(da, {n: value * v for n, v in db.items()} if value else {})
            return value, {n: _ratio(v, b) for n, v in top.items()}
    if db or not isinstance(b, int) or not 1 <= b <= 12:
        raise _NotSmoothError  # an exponent that varies
    slope = b * a ** (b - 1)
    return a**b, {n: slope * v for n, v in da.items()} if slope else {}


_SMOOTH = frozenset({"+", "-", "*", "/", "**", "neg", "sqrt", "min", "max"})


def _difference(a: Gradient, b: Gradient) -> Gradient:
    result = dict(a)
    for name, value in b.items():
        left = result.get(name, 0) - value
        if left:
            result[name] = left
        else:
            result.pop(name, None)
    return result


def _ratio(a: Value, b: Value) -> Value:
    return a / b if isinstance(a, float) or isinstance(b, float) else quotient(a, b)
