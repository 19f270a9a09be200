"""Every real root of an equation in one unknown, or a refusal.

`candidates` returns a finite list that contains every real solution; whoever asks puts each of them
back into the relations. It knows four ways, each complete for its kind: undoing the operations
around an unknown that occurs once; the real roots of a polynomial, after roots and absolute values
have been eliminated by resultants (isolated by Sturm sequences, Collins and Akritas 1976, as SymPy
does); a polynomial in one power or logarithm; and one root of a strictly monotone function.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Any

import sympy

from zoped.symbolic.language.evaluate import UndefinedError
from zoped.symbolic.language.parse import ExpressionError, parse_expression
from zoped.symbolic.problem import Domain
from zoped.symbolic.solving.proofs.answer_text import answer_text
from zoped.symbolic.solving.proofs.enclosure import Point
from zoped.symbolic.solving.proofs.exact_numbers import Root, proved_zero
from zoped.symbolic.solving.proofs.intervals import DIGITS, Undecided, enclosed_number
from zoped.symbolic.solving.proofs.monotone import direction, is_analytic

MAX_RADICALS = 4
MAX_DEGREE = 80


def candidates(equation: Any, x: Any, domain: Domain) -> list[Any]:
    """Numbers and `Root`s, all real solutions of `equation == 0` among them; raises Undecided."""
    if not equation.has(x):
        raise Undecided
    equation = _flat_powers(equation, x)
    if _occurrences(equation, x) == 1:
        return _undone(equation, x, sympy.Integer(0))
    for way in (_algebraic, _in_one_kernel):
        try:
            return way(equation, x)
        except Undecided:
            continue
    return _monotone(equation, x, domain)


def number_sign(value: Any) -> int:
    """-1, 0 or 1 for a SymPy number, proved; raises Undecided."""
    for digits in DIGITS:
        around = enclosed_number(value, digits)
        if around is None:
            continue
        if around.a > 0:
            return 1
        if around.b < 0:
            return -1
        if (around.a == 0 and around.b == 0) or (digits >= DIGITS[1] and proved_zero(value)):
            return 0
    raise Undecided


def _occurrences(term: Any, x: Any) -> int:
    return sum(1 for node in sympy.preorder_traversal(term) if node == x)


def _undone(term: Any, x: Any, right: Any) -> list[Any]:
    """All real x with `term == right`, where x occurs once in the term."""
    if term == x:
        return [right]
    inner = next(argument for argument in term.args if argument.has(x))
    others = [argument for argument in term.args if argument is not inner]
    if term.is_Add:
        return _undone(inner, x, right - sum(others))
    if term.is_Mul:
        factor = sympy.Mul(*others)
        if number_sign(factor) == 0:
            raise Undecided
        return _undone(inner, x, right / factor)
    if term.is_Pow and inner is term.base:
        bases = _bases(term.exp, right)
        return [value for base in bases for value in _undone(inner, x, base)]
    if term.is_Pow:
        if number_sign(term.base) <= 0 or number_sign(term.base - 1) == 0:
            raise Undecided
        if number_sign(right) <= 0:
            return []
        return _undone(inner, x, sympy.log(right) / sympy.log(term.base))
    if term.func is sympy.exp:
        return _undone(inner, x, sympy.log(right)) if number_sign(right) > 0 else []
    if term.func is sympy.log:
        return _undone(inner, x, sympy.exp(right))
    if term.func is sympy.Abs:
        sides = {0: [right], 1: [right, -right], -1: []}[number_sign(right)]
        return [value for side in sides for value in _undone(inner, x, side)]
    raise Undecided


def _bases(exponent: Any, right: Any) -> list[Any]:
    """All real b with `b**exponent == right`; a negative b has whole powers alone."""
    sign = number_sign(right)
    size = number_sign(exponent)
    if size == 0 or (sign == 0 and size < 0):
        if size == 0:
            raise Undecided
        return []
    if sign == 0:
        return [right]
    root = sympy.Abs(right) ** (1 / exponent)
    if not exponent.is_Integer:
        return [root] if sign > 0 else []
    if exponent % 2:
        return [sign * root]
    return [root, -root] if sign > 0 else []


def _algebraic(equation: Any, x: Any) -> list[Any]:
    top = sympy.fraction(sympy.together(equation))[0]
    top, radicals = _without_radicals(top)
    top = sympy.fraction(sympy.together(top))[0]
    try:
        polynomial = sympy.Poly(top, x, *(t for t, _ in radicals), domain="QQ").as_expr()
        for t, defined in reversed(radicals):
            if polynomial.has(t):
                polynomial = sympy.resultant(polynomial, defined, t)
        result = sympy.Poly(polynomial, x, domain="QQ")
    except (sympy.PolynomialError, sympy.CoercionFailed):
        raise Undecided from None
    if result.is_zero or result.degree() > MAX_DEGREE:
        raise Undecided
    found: list[Any] = []
    for factor, _ in result.factor_list()[1]:
        found += real_roots(factor)
    return found


def real_roots(factor: Any) -> list[Any]:
    """The real roots of an irreducible polynomial over the rationals, in order."""
    if factor.degree() < 1:
        return []
    if factor.degree() == 1:
        a, b = factor.all_coeffs()
        return [-b / a]
    return [Root(factor, low, high) for (low, high), _ in factor.intervals()]


def _without_radicals(term: Any) -> tuple[Any, list[tuple[Any, Any]]]:
    """The term with symbols for roots and absolute values, and a polynomial that each fulfils."""
    radicals: list[tuple[Any, Any]] = []
    known: dict[Any, Any] = {}
    term = term.replace(lambda e: e.func in (sympy.Max, sympy.Min), lambda e: e.rewrite(sympy.Abs))

    def visit(node: Any) -> Any:
        if not node.args:
            return node
        node = node.func(*(visit(argument) for argument in node.args))
        is_root = node.is_Pow and node.exp.is_Rational and not node.exp.is_Integer
        if not is_root and node.func is not sympy.Abs:
            return node
        inner = node.args[0]
        degree = int(node.exp.q) if is_root else 2
        key = (inner, degree, is_root)
        if key not in known:
            if len(radicals) == MAX_RADICALS:
                raise Undecided
            t = sympy.Dummy("t", real=True)
            known[key] = t
            power = inner if is_root else inner**2
            radicals.append((t, sympy.fraction(sympy.together(t**degree - power))[0]))
        return known[key] ** (int(node.exp.p) if is_root else 1)

    return visit(term), radicals


def _flat_powers(equation: Any, x: Any) -> Any:
    """4**x and 2**(x + 1) as powers of 2**x, and equal bases thus alike."""

    def rebased(power: Any) -> Any:
        base, exponent = power.args if power.is_Pow else (sympy.E, power.args[0])
        if base.is_Integer and base > 1:
            root = sympy.perfect_power(int(base))
            if root:
                base, exponent = sympy.Integer(root[0]), exponent * root[1]
        constant, rest = sympy.expand(exponent).as_independent(x, as_Add=True)
        return base**constant * sympy.Pow(base, rest, evaluate=True)

    return equation.replace(
        lambda e: (e.is_Pow and e.exp.has(x) and not e.base.has(x)) or e.func is sympy.exp,
        rebased,
    )


def _in_one_kernel(equation: Any, x: Any) -> list[Any]:
    """A polynomial in one function of x, such as 2**x or log(x)."""
    kernels = [
        node
        for node in sympy.preorder_traversal(equation)
        if node.has(x) and (node.func in (sympy.log, sympy.exp) or node.is_Pow)
        if not (node.is_Pow and node.exp.is_Rational)
    ]
    for kernel in dict.fromkeys(kernels):
        t = sympy.Dummy("t", real=True)
        replaced = equation.subs(kernel, t)
        if replaced.has(x) or replaced.has(kernel):
            continue
        found: list[Any] = []
        for value in candidates(replaced, t, Domain.REAL):
            number = value.closed_form if isinstance(value, Root) else value
            if number is None:
                raise Undecided
            simpler = kernel - number
            if simpler.count_ops() >= equation.count_ops():  # the equation itself
                raise Undecided
            found += candidates(simpler, x, Domain.REAL)
        return found
    raise Undecided


def _monotone(equation: Any, x: Any, domain: Domain) -> list[Any]:
    """The one root of a strictly monotone function, if it is a simple number."""
    text = answer_text(equation.subs(x, sympy.Symbol("x")))
    try:
        tree = parse_expression(text)
    except ExpressionError:
        raise Undecided from None
    if not is_analytic(tree, "x") or direction(tree, "x", domain) not in (1, -1):
        raise Undecided
    symbol = sympy.Symbol("x")
    for value in _guesses(equation, x):
        point = Point(symbol, value, {"x": symbol})
        try:
            if point.sign(tree) == 0:
                return [value]
        except (Undecided, UndefinedError):
            continue
    raise Undecided


def _guesses(equation: Any, x: Any) -> list[Any]:
    """Simple numbers near a change of sign: whoever asks proves that one is a root."""

    def at(value: float) -> float | None:
        number = equation.subs(x, sympy.Float(value)).evalf(15)
        return float(number) if number.is_real and number.is_finite else None

    grid = [s * 2.0**k for s in (-1, 1) for k in range(-8, 20)] + [0.0]
    places = sorted((p, v) for p in grid if (v := at(p)) is not None)
    for (low, below), (high, above) in pairwise(places):
        if below == 0:
            return [sympy.Rational(Fraction(low))]
        if below * above > 0:
            continue
        for _ in range(60):
            middle = (low + high) / 2
            value = at(middle)
            if value is None:
                break
            low, high = (middle, high) if value * below > 0 else (low, middle)
        fraction = Fraction(low).limit_denominator(1000)
        return [sympy.Rational(fraction.numerator, fraction.denominator)]
    return []
