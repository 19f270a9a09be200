"""Optima on circles and ellipses, and of functions of sines and cosines."""

from __future__ import annotations

import math
from random import Random

import pytest

from tests.symbolic.solving.test_claims import POSITIVE, REAL, claim
from zoped.symbolic import parse_expression
from zoped.symbolic.solving.export import expression_to_sympy


@pytest.mark.parametrize(
    ("curve", "target", "query", "answer"),
    [
        ("x**2 + y**2 == 25", "3*x + 4*y", "maximum", "25"),
        ("x**2 + y**2 == 1", "x + y", "maximum", "sqrt(2)"),
        ("x**2 + y**2 <= 1", "x + y", "maximum", "sqrt(2)"),
        ("4*x**2 + 9*y**2 == 36", "x + y", "maximum", "sqrt(13)"),
        ("x**2 + x*y + y**2 == 3", "x*y", "maximum", "1"),
        ("x**2 + y**2 == 6*x + 8*y", "x**2 + y**2", "maximum", "100"),
        ("x**2 + y**2 == 4", "x**2*y", "maximum", "16*sqrt(3)/9"),
    ],
)
def test_on_an_ellipse(curve, target, query, answer):
    found = claim(curve, target=target, query=query, x=REAL, y=REAL)
    assert found == ("unique", answer)


@pytest.mark.parametrize(
    ("target", "query", "answer"),
    [
        ("sin(x)", "maximum", "1"),
        ("3*sin(x) + 4*cos(x)", "maximum", "5"),
        ("sin(x) + cos(x)", "maximum", "sqrt(2)"),
        ("sin(x)**2 + 3", "minimum", "3"),
        ("cos(2*x) + 2*sin(x)", "maximum", "3/2"),
        ("5 + 2*sin(x/2)", "minimum", "3"),
    ],
)
@pytest.mark.parametrize("domain", [REAL, POSITIVE])
def test_of_sines_and_cosines(target, query, answer, domain):
    assert claim(target=target, query=query, x=domain) == ("unique", answer)


def test_what_is_no_closed_curve_has_no_optimum_there():
    hyperbola = claim("x**2 - y**2 == 1", target="x + y", query="maximum", x=REAL, y=REAL)
    assert hyperbola[0] != "unique"
    assert claim(target="x + sin(x)", query="maximum", x=REAL)[0] != "unique"
    assert claim("x**2 + y**2 == -4", query="maximum", x=REAL, y=REAL) == ("none", None)
    one_sided = claim("x**2 + y**2 == 1", target="x + y", query="minimum", x=POSITIVE, y=POSITIVE)
    assert one_sided[0] != "unique"  # it comes near 1


@pytest.mark.parametrize("seed", range(12))
def test_no_point_of_a_circle_is_better(seed):
    rng = Random(seed)
    a, b, d, e = (rng.randint(-4, 4) for _ in range(4))
    target = f"{a}*x + {b}*y + {d}*x*y + {e}*y**2"
    status, answer = claim("x**2 + y**2 == 4", target=target, query="maximum", x=REAL, y=REAL)
    if status != "unique":
        return
    best = max(
        a * 2 * math.cos(t)
        + b * 2 * math.sin(t)
        + 4 * math.sin(t) * (d * math.cos(t) + e * math.sin(t))
        for t in (k * math.tau / 20_000 for k in range(20_000))
    )
    assert math.isclose(
        float(expression_to_sympy(parse_expression(answer), {})), best, abs_tol=1e-5
    )


@pytest.mark.parametrize("names", ["uv", "cs", "sc", "sx"])
def test_the_names_of_the_unknowns_do_not_matter(names):
    a, b = names
    relation, target = f"{a}**2 + 4*{b}**2 == 4", f"3*{a} + {b}"
    found = claim(relation, target=target, query="maximum", **dict.fromkeys(names, "real"))
    assert found == ("unique", "sqrt(37)")
