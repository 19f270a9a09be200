"""Equations in two whole unknowns with finitely many solutions, compared with brute force."""

from __future__ import annotations

from random import Random

import pytest

from tests.symbolic.solving.test_claims import NATURAL, WHOLE, claim
from zoped.symbolic import parse_expression
from zoped.symbolic.solving.two_whole_unknowns import listed_solutions

WIDTH = 60


@pytest.mark.parametrize(
    ("equation", "domain", "expected"),
    [
        ("x**2 - y**2 == 45", NATURAL, ("unique", "3")),
        ("x**2 - y**2 == 45", WHOLE, ("unique", "12")),
        ("x**2 - y**2 == 46", WHOLE, ("unique", "0")),
        ("x**2 - y**2 == 100000", NATURAL, ("unique", "12")),
        ("x*y + x + y == 34", WHOLE, ("unique", "8")),
        ("1/x + 1/y == 1/4", WHOLE, ("unique", "9")),  # not (0, 0)
        ("x**2 + x*y + y**2 == 49", WHOLE, ("unique", "18")),
        ("x**3 + y**3 == 91", WHOLE, ("unique", "4")),
        ("x**y == 64", WHOLE, ("unique", "6")),
        ("x**2 == y**3", NATURAL, ("many", None)),
        ("x**2 + y**2 == 2*x*y", WHOLE, ("many", None)),
        ("x**2 + y**2 == 0", WHOLE, ("unique", "1")),
    ],
)
def test_counts(equation, domain, expected):
    assert claim(equation, query="count", x=domain, y=domain) == expected


def test_an_optimum_over_them():
    assert claim("x**2 - y**2 == 45", query="maximum", x=NATURAL, y=NATURAL) == ("unique", "23")
    found = claim("x**3 + y**3 == 1729", query="maximum", target="y", x=NATURAL, y=NATURAL)
    assert found == ("unique", "12")


@pytest.mark.parametrize("seed", range(40))
def test_no_solution_of_a_quadratic_equation_is_left_out(seed):
    rng = Random(seed)
    a, b, c = rng.randint(-4, 4), rng.randint(-6, 6), rng.randint(-4, 4)
    d, e, f = rng.randint(-4, 4), rng.randint(-4, 4), rng.randint(-60, 60)
    tree = parse_expression(f"{a}*x**2 + {b}*x*y + {c}*y**2 + {d}*x + {e}*y + {f} == 0")
    cases = listed_solutions(tree, ["x", "y"])
    if cases is None:  # a parabola, or a hyperbola with irrational asymptotes, or two lines
        assert b * b >= 4 * a * c
        return
    assert len({(case["x"], case["y"]) for case in cases}) == len(cases)
    around = range(-WIDTH, WIDTH + 1)
    solutions = {
        (x, y)
        for x in around
        for y in around
        if a * x * x + b * x * y + c * y * y + d * x + e * y + f == 0
    }
    assert solutions <= {(case["x"], case["y"]) for case in cases}
