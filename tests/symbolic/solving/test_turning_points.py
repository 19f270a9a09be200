"""All roots of powers, exponentials and logarithms, between the zeros of derivatives."""

from __future__ import annotations

import pytest

from tests.symbolic.solving.test_claims import POSITIVE, REAL, claim


@pytest.mark.parametrize(
    ("equation", "domain", "status", "answer"),
    [
        ("x**(8 - x) == 64", POSITIVE, "many", None),  # 2 and 5.58...
        ("x**(6 - x) == 16", POSITIVE, "many", None),
        ("x**x == 27", POSITIVE, "unique", "3"),
        ("x**x == 1/2", POSITIVE, "none", None),
        ("x**(1/x) == 1/4", POSITIVE, "unique", "1/2"),
        ("x**3 == 3**x", POSITIVE, "many", None),
        ("x**log(x) == 1", POSITIVE, "unique", "1"),
        ("x*log(x) == exp(1)", POSITIVE, "unique", "exp(1)"),
        ("x - log(x) == 1", POSITIVE, "unique", "1"),  # it touches the line
        ("x - log(x) == 1/2", POSITIVE, "none", None),
        ("x - log(x) == 2", POSITIVE, "many", None),
        ("2**x == x**2", REAL, "many", None),
        ("2**x*x**2 == 2", REAL, "unique", "1"),
        ("2**x + 3**x == 5**x", REAL, "unique", "1"),
        ("exp(x) == 1 + x", REAL, "unique", "0"),
        ("exp(x) == x", REAL, "none", None),
        ("x*exp(x) == -1/10", REAL, "many", None),
        ("log(x + 3) - log(x) == log(2)", REAL, "unique", "3"),
        ("log(x*(x - 3)) == log(4)", REAL, "many", None),
        ("sin(x) == x", REAL, "unique", "0"),
        ("cos(x) == 2*x + 1", REAL, "unique", "0"),
        ("2**x == 3**(x - 1)", REAL, "unique", "log(3)/log(3/2)"),
        ("5**(x + 1) == 2**(3*x)", REAL, "unique", "log(5)/log(8/5)"),
        ("exp(x) == 2 - x", REAL, "unsupported", None),  # one root without a closed form
        ("x**x == 1/4", REAL, "unsupported", None),  # -2 is a root; whole ones below 0 are not seen
    ],
)
def test_roots_between_turning_points(equation, domain, status, answer):
    assert claim(equation, x=domain) == (status, answer)


def test_what_else_is_asked_of_a_root_without_a_closed_form():
    assert claim("x**(8 - x) == 64", "x < 5", x=POSITIVE) == ("unique", "2")
    assert claim("x**(8 - x) == 64", "x > 5", x=POSITIVE)[0] == "unsupported"
    assert claim("x**(8 - x) == 64", query="count", x=POSITIVE) == ("unique", "2")
    assert claim("exp(x) == 2 - x", query="count", x=REAL) == ("unique", "1")
    assert claim("exp(x) == 2 - x", "x*x == 4", x=REAL) == ("none", None)
    assert claim("2**x == y", "y == x**2", "y < 10", x=REAL, y=POSITIVE)[0] == "many"


@pytest.mark.parametrize(
    ("target", "query", "constraints", "domain", "expected"),
    [
        ("sqrt(x)*(5 - x)", "maximum", [], REAL, ("unique", "10*sqrt(15)/9")),
        ("sqrt(x)*(5 - x)", "minimum", [], REAL, ("many", None)),
        ("sqrt(x)*(5 - x)", "minimum", ["x <= 6"], REAL, ("unique", "-sqrt(6)")),
        ("x*exp(-x)", "maximum", [], POSITIVE, ("unique", "exp(-1)")),
        ("x*exp(-x)", "minimum", [], POSITIVE, ("many", None)),  # it comes near 0
        ("x*exp(-x)", "minimum", ["x >= 0"], REAL, ("unique", "0")),
        ("log(x)/x", "maximum", [], REAL, ("unique", "exp(-1)")),
        ("2**x", "maximum", ["x <= 3"], REAL, ("unique", "8")),
        ("2**x", "minimum", ["x <= 3"], REAL, ("many", None)),  # it comes near 0
        ("(1/2)**x", "maximum", ["x <= 3"], REAL, ("many", None)),
        ("(1/2)**x", "minimum", ["x <= 3"], REAL, ("unique", "1/8")),
        ("x - log(x)", "minimum", [], REAL, ("unique", "1")),
        ("sqrt(4 - x**2)", "maximum", [], REAL, ("unique", "2")),
        ("x", "maximum", ["sqrt(x) <= 3"], REAL, ("unique", "9")),
        ("x", "maximum", ["log(x, 2) <= 3"], POSITIVE, ("unique", "8")),
    ],
)
def test_optima_at_turning_points(target, query, constraints, domain, expected):
    assert claim(*constraints, target=target, query=query, x=domain) == expected
