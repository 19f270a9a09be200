"""A limit that a proof rests on is borne out by values, and a wrong one is not."""

from __future__ import annotations

import pytest
import sympy

from zoped.symbolic.solving.proofs.intervals import Undecided
from zoped.symbolic.solving.proofs.limits import is_approached, one_sided_limit

x = sympy.Symbol("x", real=True)
FAR = sympy.oo


@pytest.mark.parametrize(
    ("term", "end", "side", "limit"),
    [
        (x * sympy.exp(-x), FAR, "-", 0),
        (sympy.log(x) / x, FAR, "-", 0),
        (1 / sympy.log(x), FAR, "-", 0),
        (sympy.log(sympy.log(x)), FAR, "-", FAR),
        (2**x / x**9, FAR, "-", FAR),
        (2**x, -FAR, "+", 0),
        (sympy.Rational(1, 2) ** x, -FAR, "+", FAR),
        (x * sympy.log(x), sympy.Integer(0), "+", 0),
        (sympy.log(x), sympy.Integer(0), "+", -FAR),
        ((1 + 1 / x) ** x, FAR, "-", sympy.E),
        ((sympy.exp(x) - 1) / x, sympy.Integer(0), "+", 1),
        (1 / (x - sympy.sqrt(2)), sympy.sqrt(2), "-", -FAR),
    ],
)
def test_a_limit_is_confirmed_and_its_neighbours_are_not(term, end, side, limit):
    limit = sympy.sympify(limit)
    assert one_sided_limit(term, x, end, side) == limit
    wrong = [FAR, -FAR, sympy.Integer(-7)] + ([limit + 1, -limit] if limit.is_finite else [])
    for claimed in wrong:
        if claimed != limit:
            assert not is_approached(term, x, end, side, claimed)


def test_what_has_no_limit_is_undecided():
    with pytest.raises(Undecided):
        one_sided_limit(sympy.sin(x), x, FAR, "-")
