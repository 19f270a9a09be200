"""Intervals around SymPy numbers, rounded outwards: nothing is concluded from a float."""

from __future__ import annotations

from typing import Any

import sympy
from mpmath import iv, libmp

from zoped.symbolic.language.evaluate import UndefinedError

DIGITS = (25, 60, 160)


class Undecided(Exception):  # a state of knowledge, not a fault
    """No proof either way."""


def interval(value: Any) -> Any:
    return iv.mpf(int(value.p)) / iv.mpf(int(value.q))


def floor(value: Any) -> int:
    """The floor of an end of an interval."""
    return int(libmp.to_int(value._mpi_[0], "f"))


def rational_end(value: Any) -> Any:
    """An end of an interval as a SymPy rational."""
    p, q = libmp.to_rational(value._mpi_[0])
    return sympy.Rational(int(p), int(q))


def enclosed_number(term: Any, digits: int) -> Any:
    """An interval around a SymPy number; None where none can be given."""
    iv.dps = digits
    try:
        return enclosed_term(term, None, None)
    except (Undecided, UndefinedError):
        return None


def enclosed_at(term: Any, x: Any, ends: tuple[Any, Any], digits: int) -> Any:
    """An interval around a SymPy term where `x` lies between rationals or infinities, or None."""
    iv.dps = digits
    low, high = (
        interval(e) if e.is_Rational else iv.mpf(str(e).replace("oo", "inf")) for e in ends
    )
    try:
        around = enclosed_term(term, x, iv.mpf([low.a, high.b]))
    except (Undecided, UndefinedError, ValueError, ZeroDivisionError, OverflowError):
        return None
    return around if around.a <= around.b else None  # not so where an end is no number


def enclosed_term(term: Any, x: Any, at: Any) -> Any:
    if term.is_Rational:
        return interval(term)
    if term == x:
        return at
    if term is sympy.pi:
        return iv.pi
    if term is sympy.E:
        return iv.exp(iv.mpf(1))
    if term in (sympy.nan, sympy.zoo, sympy.oo, -sympy.oo):
        raise UndefinedError("division by zero")
    a = [enclosed_term(argument, x, at) for argument in term.args]
    if term.is_Add:
        return sum(a[1:], a[0])
    if term.is_Mul:
        total = a[0]
        for factor in a[1:]:
            total = total * factor
        return total
    if term.is_Pow:
        return _enclose_power(term.exp, a)
    simple = {sympy.exp: iv.exp, sympy.sin: iv.sin, sympy.cos: iv.cos, sympy.Abs: abs}
    if term.func in simple:
        return simple[term.func](a[0])
    if term.func is sympy.log and a[0].a > 0:
        return iv.log(a[0])
    if term.func is sympy.tan and not iv.cos(a[0]).a <= 0 <= iv.cos(a[0]).b:
        return iv.sin(a[0]) / iv.cos(a[0])
    raise Undecided


def _enclose_power(exponent: Any, a: list[Any]) -> Any:
    base = a[0]
    if exponent.is_Integer:
        n = int(exponent)
        if n < 0:
            if base.a <= 0 <= base.b:
                raise Undecided
            return 1 / base**-n
        return base**n
    if base.b < 0:
        raise UndefinedError("a root of a negative number")
    if base.a <= 0 and not (exponent.is_Rational and exponent > 0):
        raise Undecided
    if base.a <= 0:
        if base.a < 0:
            raise Undecided
        top = iv.exp(a[1] * iv.log(iv.mpf(base.b))).b if base.b > 0 else 0
        return iv.mpf([0, top])
    return iv.exp(a[1] * iv.log(base))
