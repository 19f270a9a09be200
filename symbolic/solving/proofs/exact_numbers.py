"""Real numbers that are known exactly: roots of polynomials, and what algebra says of closed forms."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sympy

from zoped.symbolic.solving.proofs.intervals import enclosed_number, interval

_FORM_SIZE = 60  # operations of a closed form that is still simplified


@dataclass(frozen=True)
class Root:
    """The only root of the irreducible `polynomial` (over the rationals) between two rationals."""

    polynomial: Any
    low: Any
    high: Any

    def refined(self, digits: int) -> tuple[Any, Any]:
        eps = sympy.Rational(1, 10**digits)
        if self.high - self.low <= eps:
            return self.low, self.high
        low, high = self.polynomial.refine_root(self.low, self.high, eps=eps)
        return low, high

    @cached_property
    def closed_form(self) -> Any:
        """The root in radicals without a complex number on the way, or None."""
        polynomial = self.polynomial
        degree = polynomial.degree()
        binomial = len(polynomial.terms()) == 2 and polynomial.eval(0) != 0
        if degree > 4 and not binomial and not _in_a_power(polynomial):
            return None
        for form in sympy.roots(polynomial, multiple=True):
            form = sympy.nsimplify(form) if form.is_Rational else sympy.sqrtdenest(form)
            if form.has(sympy.I) or form.is_real is False or not form.is_number:
                continue
            value = enclosed_number(form, 30)
            low, high = self.refined(20)
            if value is not None and value.a <= interval(high).b and value.b >= interval(low).a:
                return form
        return None


def _in_a_power(polynomial: Any) -> bool:
    """Whether only multiples of some exponent above 1 occur, as in x**6 - 5*x**3 + 6."""
    exponents = [term[0][0] for term in polynomial.terms()]
    return bool(sympy.igcd(*exponents, 0) > 1)


def proved_zero(term: Any) -> bool:
    """Whether a SymPy number is zero, by its own algebra; False is no proof that it is not."""
    if term == 0:
        return True
    if term.free_symbols or term.count_ops() > _FORM_SIZE:
        return False
    try:
        if sympy.expand(term) == 0 or _same_logarithms(term) or sympy.simplify(term) == 0:
            return True
        if term.is_algebraic:
            z = sympy.Symbol("z")
            return bool(sympy.minimal_polynomial(term, z) == z)
    except (NotImplementedError, TypeError, ValueError, sympy.PolynomialError):
        pass
    return False


def _same_logarithms(term: Any) -> bool:
    """Whether the term is a - b of two positive powers with the same logarithm."""
    parts = sympy.Add.make_args(term)
    signs = [part.is_positive for part in parts]
    if len(parts) != 2 or None in signs or signs[0] == signs[1]:
        return False
    if not term.has(sympy.log):
        return False
    a, b = (sympy.log(p if p.is_positive else -p) for p in parts)
    difference = sympy.expand_log(sympy.expand(sympy.expand_log(a - b, force=True)), factor=True)
    return bool(sympy.expand(sympy.fraction(sympy.together(difference))[0]) == 0)


def simplest(term: Any) -> Any:
    """The shortest of the forms that SymPy finds for a number."""
    if term.is_Rational or term.count_ops() > _FORM_SIZE:
        return term
    forms = [term, sympy.simplify(term)]
    forms += [sympy.sqrtdenest(form) for form in forms]
    forms += [sympy.radsimp(form) for form in forms]
    if term.has(sympy.log):
        parts = sympy.fraction(term)
        sign = -1 if parts[1].is_negative else 1
        top, below = (sympy.logcombine(sympy.expand(sign * p), force=True) for p in parts)
        forms.append(top / below)
    return min(forms, key=lambda form: (form.count_ops(), len(str(form))))
