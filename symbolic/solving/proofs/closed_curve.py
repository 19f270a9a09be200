"""Optima on an ellipse, and of polynomials in the sine and cosine of one angle, as a finite problem.

A polynomial has its optimum on a closed curve at a point where its gradient is a multiple of the
curve's (Lagrange). The two equations that say so have finitely many solutions, which `elimination`
finds. A polynomial in cos(x) and sin(x) is one in two unknowns on the unit circle.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import sympy

from zoped.symbolic.language.expression import Apply, Expression, Number, walk
from zoped.symbolic.language.parse import ExpressionError, parse_expression
from zoped.symbolic.problem import Domain, SymbolicProblem
from zoped.symbolic.solving.proofs.answer_text import answer_text
from zoped.symbolic.solving.proofs.elimination import Search

MAX_MULTIPLE = 4  # of the angle
_TRIGONOMETRIC = (sympy.sin, sympy.cos)


def critical_points(problem: SymbolicProblem) -> SymbolicProblem | None:
    """The problem over two other unknowns, c and s, with the points alone at which its optimum can be;
    None where it is of another form."""
    if not all(_is_polynomial(tree) for tree in (problem.target, *problem.relations)):
        return None
    search = Search(problem)
    target = search.term(problem.target)
    unknowns = list(search.symbols.values())
    domains = {v.domain for v in problem.unknowns}
    c, s = sympy.symbols("c s", real=True)
    if len(unknowns) == 1 and not problem.relations:
        if not domains <= {Domain.REAL, Domain.POSITIVE_REAL}:  # there x is every angle
            return None
        curve, target = c**2 + s**2 - 1, _on_unit_circle(target, unknowns[0], c, s)
    elif len(unknowns) == 2 and len(problem.relations) == 1 and domains == {Domain.REAL}:
        named = dict(zip(unknowns, (c, s), strict=True))
        curve = _boundary(search, problem.relations[0], target)
        curve, target = (None if t is None else t.xreplace(named) for t in (curve, target))
    else:
        return None
    if curve is None or target is None or not _is_ellipse(curve, c, s):
        return None
    if not target.is_polynomial(c, s):
        return None
    parallel = sympy.diff(target, c) * sympy.diff(curve, s)
    parallel -= sympy.diff(target, s) * sympy.diff(curve, c)
    try:
        relations = [
            Apply("==", (parse_expression(answer_text(sympy.expand(term))), Number(Fraction(0))))
            for term in (curve, parallel)
        ]
        return SymbolicProblem.model_validate(
            {
                "variables": [{"name": name, "domain": "real"} for name in ("c", "s")],
                "constraints": relations,
                "target": parse_expression(answer_text(sympy.expand(target))),
                "query": problem.query,
            }
        )
    except ExpressionError:
        return None


def _is_polynomial(tree: Expression) -> bool:
    """Whether it has a value everywhere, made by sums, products, powers, sines and cosines."""
    for node in walk(tree):
        if not isinstance(node, Apply) or node.operator in ("+", "-", "*", "neg", "sin", "cos"):
            continue
        if node.operator in ("==", "<=", ">=") and node is tree:
            continue
        number = node.arguments[-1]
        value = number.value if isinstance(number, Number) else Fraction(0)
        if node.operator == "/" and value:
            continue
        if node.operator == "**" and value >= 1 and value.denominator == 1:
            continue
        return False
    return True


def _on_unit_circle(target: Any, x: Any, c: Any, s: Any) -> Any:
    """The target in c and s, where each sine and cosine is of a multiple of one angle; else None."""
    angles = [node.args[0] for node in target.atoms(*_TRIGONOMETRIC) if node.has(x)]
    rates = [sympy.diff(angle, x) for angle in angles]
    if not rates or not all(r.is_Rational for r in rates) or any(a.subs(x, 0) for a in angles):
        return None
    below = sympy.ilcm(1, *(r.q for r in rates))
    unit = sympy.Rational(sympy.igcd(0, *(int(r * below) for r in rates)), below)
    if any(abs(rate / unit) > MAX_MULTIPLE for rate in rates):
        return None
    angle = sympy.Dummy("angle", real=True)
    term = sympy.expand_trig(target.subs(x, angle / unit))
    term = sympy.expand(term.subs({sympy.cos(angle): c, sympy.sin(angle): s}))
    return None if term.has(angle) else term


def _boundary(search: Search, relation: Expression, target: Any) -> Any:
    """left - right of the equation; of an inequality, where a linear target is best on the edge."""
    if not isinstance(relation, Apply):
        return None
    left, right = (search.term(side) for side in relation.arguments)
    if relation.operator == "==":
        return left - right
    unknowns = list(search.symbols.values())
    if not target.is_polynomial(*unknowns) or sympy.Poly(target, *unknowns).total_degree() != 1:
        return None
    inside = left - right if relation.operator == "<=" else right - left
    leading = sympy.expand(inside).coeff(unknowns[0], 2)
    return inside if leading.is_positive else None


def _is_ellipse(curve: Any, c: Any, s: Any) -> bool:
    if not curve.is_polynomial(c, s):
        return False
    polynomial = sympy.Poly(curve, c, s)
    if polynomial.total_degree() != 2 or not all(k.is_Rational for k in polynomial.coeffs()):
        return False
    first, mixed, last = (polynomial.coeff_monomial(m) for m in (c**2, c * s, s**2))
    return bool(4 * first * last > mixed**2)
