"""Two whole unknowns of which the ratio and the gcd, or the lcm, are known."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from zoped.symbolic.language.evaluate import EvaluationError, evaluate
from zoped.symbolic.language.expression import Apply, Symbol
from zoped.symbolic.problem import SymbolicProblem
from zoped.symbolic.solving.linear import linear_form
from zoped.symbolic.solving.proofs.monotone import LEAST

Values = Mapping[str, Fraction]


def in_lowest_terms(problem: SymbolicProblem, known: Values) -> dict[str, Fraction]:
    """The values of m and n that m/n == p/q with gcd(m, n) == g, or lcm(m, n) == l, fixes.

    Both are positive whole numbers, so m = k*p and n = k*q with p/q in lowest terms: k is the gcd,
    and k*p*q the lcm.
    """
    for relation in problem.relations:
        if not isinstance(relation, Apply) or relation.operator != "==":
            continue
        for one, other in (relation.arguments, relation.arguments[::-1]):
            if not isinstance(one, Apply) or one.operator not in ("gcd", "lcm"):
                continue
            names = [a.name for a in one.arguments if isinstance(a, Symbol) and a.name not in known]
            if len(one.arguments) != 2 or len(set(names)) != 2:
                continue
            if not all(LEAST.get(problem.variable(n).domain) == 1 for n in names):
                continue
            if not all(problem.variable(n).domain.is_integer for n in names):
                continue
            ratio = _ratio(problem, known, names)
            try:
                value = evaluate(other, known)
            except EvaluationError:
                continue
            if ratio is None or ratio <= 0:
                continue
            p, q = ratio.numerator, ratio.denominator
            k = value if one.operator == "gcd" else value / (p * q)
            return {names[0]: k * p, names[1]: k * q}
    return {}


def _ratio(problem: SymbolicProblem, known: Values, names: list[str]) -> Fraction | None:
    """The known ratio of two unknowns."""
    a, b = names
    for relation in problem.relations:
        if not isinstance(relation, Apply) or relation.operator != "==":
            continue
        left, right = relation.arguments
        for one, other in ((left, right), (right, left)):
            if isinstance(one, Apply) and one.operator == "/" and other.symbols <= known.keys():
                top, below = one.arguments
                if {str(top), str(below)} == {a, b}:
                    try:
                        value = evaluate(other, known)
                    except EvaluationError:
                        continue
                    if value:
                        return value if str(top) == a else 1 / value
        try:
            form = linear_form(Apply("-", (left, right)), known)
        except EvaluationError:
            continue
        if form is not None and set(form[0]) == {a, b} and form[1] == 0:
            return -Fraction(form[0][b]) / Fraction(form[0][a])
    return None
