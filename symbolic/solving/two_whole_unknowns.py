"""The finitely many whole solutions that some equations in two unknowns leave, listed.

A product of two forms that equals a whole number makes each form a divisor of it: x**2 - y**2 == 45,
1/x + 1/y == 1/6 and x*y + 2*x == 10 become such products when a constant is added to both sides.
A quadratic equation whose curve is an ellipse has bounds, and a**b == 64 leaves the roots of 64.
"""

from __future__ import annotations

from fractions import Fraction
from math import isqrt
from typing import Any

import sympy

from zoped.symbolic.language.evaluate import EvaluationError, evaluate
from zoped.symbolic.language.expression import Apply, Expression, Symbol
from zoped.symbolic.solving.export import expression_to_sympy

MAX_PRODUCT = 10**12
MAX_WIDTH = 20_000
Case = dict[str, int]


def listed_solutions(relation: Expression | None, names: list[str]) -> list[Case] | None:
    """Cases among which are all whole solutions of an equation in the two unknowns; None where
    this finds no finite list."""
    if not isinstance(relation, Apply) or relation.operator != "==" or len(names) != 2:
        return None
    if relation.symbols != set(names):
        return None
    powers = _powers(relation)
    if powers is not None:
        return powers
    x, y = (sympy.Symbol(name) for name in names)
    try:
        left, right = (
            expression_to_sympy(side, {names[0]: x, names[1]: y}) for side in relation.arguments
        )
        # What a denominator excludes is refused when the case is tried.
        top = sympy.fraction(sympy.together(left - right))[0]
        polynomial = sympy.Poly(top, x, y, domain="QQ").clear_denoms(convert=True)[1]
    except (sympy.PolynomialError, sympy.CoercionFailed, TypeError, ValueError):
        return None
    polynomial = polynomial.primitive()[1]
    pairs = _conic(polynomial) if polynomial.total_degree() == 2 else _of_constant(polynomial)
    if pairs is None:
        return None
    return [{names[0]: a, names[1]: b} for a, b in sorted(set(pairs))]


def _powers(relation: Apply) -> list[Case] | None:
    """a**b == c for a whole c above 1."""
    for one, other in (relation.arguments, relation.arguments[::-1]):
        if not isinstance(one, Apply) or one.operator != "**" or other.symbols:
            continue
        base, exponent = one.arguments
        if not isinstance(base, Symbol) or not isinstance(exponent, Symbol):
            continue
        try:
            value = evaluate(other, {})
        except EvaluationError:
            return None
        if value.denominator != 1 or value < 2:
            return None
        found = []
        for e in range(1, value.numerator.bit_length() + 1):
            root, is_exact = sympy.integer_nthroot(value.numerator, e)
            if is_exact and root > 1:
                found.append({base.name: int(root), exponent.name: e})
                if e % 2 == 0:
                    found.append({base.name: -int(root), exponent.name: e})
        return found
    return None


def _conic(polynomial: Any) -> list[tuple[int, int]] | None:
    """A*x**2 + B*x*y + C*y**2 + D*x + E*y + F == 0."""
    a, b, c, d, e, f = (
        int(polynomial.coeff_monomial(m)) for m in ((2, 0), (1, 1), (0, 2), (1, 0), (0, 1), (0, 0))
    )
    disc = b * b - 4 * a * c
    if disc < 0:
        return _ellipse(a, b, c, d, e, f)
    if disc == 0 or isqrt(disc) ** 2 != disc:
        return None
    # With this constant in place of F the conic is two lines: its determinant is zero.
    two_lines = Fraction(b * d * e - a * e * e - c * d * d, disc)
    return _products(polynomial - polynomial.one * f, two_lines, two_lines - f)


def _of_constant(polynomial: Any) -> list[tuple[int, int]] | None:
    """x**3 - y**3 == 19: without its constant the polynomial may be a product."""
    if polynomial.total_degree() < 3:
        return None
    constant = int(polynomial.coeff_monomial((0, 0)))
    return _products(polynomial - polynomial.one * constant, Fraction(0), Fraction(-constant))


def _products(rest: Any, added: Fraction, value: Fraction) -> list[tuple[int, int]] | None:
    """Solutions of rest + added == value, where the left side is a linear form times another."""
    if value == 0:
        return None
    x, y = rest.gens
    scale = added.denominator
    product = rest * scale + int(added * scale)
    content, factors = product.factor_list()
    forms = [factor for factor, power in factors for _ in range(power)]
    linear = next((form for form in forms if form.total_degree() == 1), None)
    if linear is None or len(forms) < 2:
        return None
    other = product.quo(linear * int(content))
    whole = value * scale / int(content)
    if whole.denominator != 1:
        return []
    if abs(whole) > MAX_PRODUCT:
        return None
    found: list[tuple[int, int]] = []
    for divisor in sympy.divisors(abs(whole.numerator)):
        for d in (divisor, -divisor):
            points = _meeting(linear - d, other - whole.numerator // d, x, y)
            if points is None:
                return None
            found += points
    return found


def _meeting(line: Any, curve: Any, x: Any, y: Any) -> list[tuple[int, int]] | None:
    """The whole points on both; None where the line lies on the curve."""
    term = line.as_expr()
    solved, free = (x, y) if term.has(x) else (y, x)
    value = -(term - term.coeff(solved) * solved) / term.coeff(solved)
    along = sympy.Poly(curve.as_expr().subs(solved, value), free, domain="QQ")
    if along.is_zero:
        return None
    points = [{free: root, solved: value.subs(free, root)} for root in along.ground_roots()]
    return [(int(p[x]), int(p[y])) for p in points if p[x].is_Integer and p[y].is_Integer]


def _ellipse(a: int, b: int, c: int, d: int, e: int, f: int) -> list[tuple[int, int]] | None:
    """In y the equation is quadratic, with real roots for x between two bounds alone."""
    # (b*x + e)**2 - 4*c*(a*x**2 + d*x + f) >= 0
    k2, k1, k0 = b * b - 4 * a * c, 2 * b * e - 4 * c * d, e * e - 4 * c * f
    inside = k1 * k1 - 4 * k2 * k0
    if inside < 0:
        return []
    half, size = isqrt(inside) + 1, -2 * k2
    low, high = (k1 - half) // size, -((-k1 - half) // size)
    if high - low > MAX_WIDTH:
        return None
    found = []
    for x in range(low, high + 1):
        under = k2 * x * x + k1 * x + k0
        root = isqrt(max(under, 0))
        if root * root != under:
            continue
        for top in (-(b * x + e) - root, -(b * x + e) + root):
            if top % (2 * c) == 0:
                found.append((x, top // (2 * c)))
    return found
