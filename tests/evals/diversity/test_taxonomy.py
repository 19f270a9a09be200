"""Every sub-domain is told from symbols alone: an example of each, and a near miss of some."""

from __future__ import annotations

import pytest

from zoped.evals.diversity import LEAVES, leaves_of
from zoped.symbolic import SymbolicProblem

# Leaf: unknowns (`n:` whole ones), relations, target; a and b are givens, a = 5 and b = 3.
EXAMPLES = {
    "arithmetic/one step": ("x", "x == a + b", "x"),
    "arithmetic/two to four steps": ("x y", "x == a + b; y == x*a", "y"),
    "arithmetic/five steps and more": (
        "x y z u v",
        "x == a + b; y == x*a; z == y - b; u == z + a; v == u*b",
        "v",
    ),
    "arithmetic/quotients": ("x", "x == a/b", "x"),
    "arithmetic/shares": ("x", "x == (3/4)*a", "x"),
    "arithmetic/percentages": ("x", "x == a*b/100", "x"),
    "arithmetic/means": ("x", "x == (a + b + 7)/3", "x"),
    "arithmetic/medians": ("x", "x == median(a, b, 9)", "x"),
    "arithmetic/distances and differences": ("x", "x == abs(b - a)", "x"),
    "arithmetic/rounding": ("x", "x == ceiling(a/b)", "x"),
    "arithmetic/largest and smallest": ("x", "x == max(a, b)", "x"),
    "arithmetic/cases": ("x", "x == (a if a > b else b)", "x"),
    "equations/linear": ("x", "3*x + a == 20", "x"),
    "equations/unknown on both sides": ("x", "3*x + a == x + 20", "x"),
    "equations/quadratic": ("x", "x**2 + b*x == 40", "x"),
    "equations/cubic": ("x", "x**3 == 27*a", "x"),
    "equations/of degree four and more": ("x", "x**4 == 16*a", "x"),
    "equations/rational": ("x", "a/x + b == 4", "x"),
    "equations/with roots": ("x", "sqrt(x + a) == b", "x"),
    "equations/exponential": ("x", "2**x == 32", "x"),
    "equations/logarithmic": ("x", "log(x, 2) == a", "x"),
    "equations/trigonometric": ("x", "sin(x) + 0 == 1/2", "x"),
    "equations/with absolute values": ("x", "abs(x - a) == b", "x"),
    "systems/two linear": ("x y", "x + y == a; x - y == b", "x"),
    "systems/three linear": ("x y z", "x + y == a; y + z == b; x + z == 4", "x"),
    "systems/four linear and more": (
        "x y z u",
        "x + y == a; y + z == b; z + u == 4; x - u == 1; x + z == 2",
        "x",
    ),
    "systems/two nonlinear": ("x y", "x*y == 15; x + y == 8", "x"),
    "systems/three nonlinear and more": ("x y z", "x*y == a; y*z == b; x*z == 4", "x"),
    "systems/fewer equations than unknowns": ("x y", "x + y == a", "2*x + 2*y"),
    "inequalities/linear": ("n:x", "3*x > a; x < 3", "x"),
    "inequalities/nonlinear": ("n:x", "x*x < a*b", "x"),
    "inequalities/several": ("n:x", "3*x > a; x < 3", "x"),
    "optimisation/least whole number": ("n:x", "7*x >= a*10", "x", "minimum"),
    "optimisation/greatest whole number": ("n:x", "7*x <= a*10", "x", "maximum"),
    "optimisation/of real numbers": ("x", "x <= a", "3*x - x**2", "maximum"),
    "optimisation/of several unknowns": ("x y", "x + y == a", "x*y", "maximum"),
    "number theory/remainders": ("x", "x == a % b", "x"),
    "number theory/several remainders": ("n:x", "x % 3 == 2; x % 5 == 1; x < 15", "x"),
    "number theory/whole quotients": ("x", "x == a // b", "x"),
    "number theory/common divisors and multiples": ("x", "x == lcm(a, b)", "x"),
    "number theory/primes": ("n:x", "is_prime(x); x > 13; x < 18", "x"),
    "number theory/digits": ("x", "x == digit_sum(a)", "x"),
    "number theory/lowest terms": ("x", "x == numerator(a/b)", "x"),
    "number theory/linear equations in whole numbers": ("n:x n:y", "3*x + 5*y == 8*a", "x"),
    "number theory/nonlinear equations in whole numbers": ("n:x n:y", "x*y == 7*a", "x + y"),
    "counting/numbers with a property": ("n:x", "x < a*b", "x", "count"),
    "counting/tuples": ("n:x n:y", "x + y == a", "x", "count"),
    "counting/by remainders": ("n:x", "x < 100; x % 3 == 1", "x", "count"),
    "counting/along a range": ("x", "x == count(k*k > a, k, 1, 20)", "x"),
    "counting/orders": ("x", "x == factorial(a)", "x"),
    "counting/choices": ("x", "x == binomial(a, b)", "x"),
    "counting/all different": ("n:x n:y", "different(x, y); x + y == a", "x", "count"),
    "counting/chances": ("x", "x == binomial(a, 2)/binomial(9, 2)", "x"),
    "sequences/sums": ("x", "x == sum(k*k, k, 1, a)", "x"),
    "sequences/products": ("x", "x == product(k + 1, k, 1, a)", "x"),
    "sequences/growth": ("x", "x == 100*2**a", "x"),
    "geometry/squares and cubes": ("x", "x == a**2", "x"),
    "geometry/sums of squares": ("x", "x == a**2 + b**2", "x"),
    "geometry/circles": ("x", "x == pi*a", "x"),
    "geometry/angles": ("x", "x == a*sin(pi/6)", "x"),
    "logic/alternatives": ("n:x", "x < a or x > 90", "x", "count"),
}


def problem(unknowns: str, relations: str, target: str, query: str = "value") -> SymbolicProblem:
    return SymbolicProblem.model_validate(
        {
            "variables": [
                {"name": "a", "value": 5},
                {"name": "b", "value": 3},
                *(
                    {
                        "name": name.removeprefix("n:"),
                        "domain": "positive_integer" if name.startswith("n:") else "real",
                    }
                    for name in unknowns.split()
                ),
            ],
            "constraints": [part.strip() for part in relations.split(";")],
            "target": target,
            "query": query,
        }
    )


@pytest.mark.parametrize("leaf", LEAVES)
def test_every_leaf_has_an_example(leaf):
    assert leaf in leaves_of(problem(*EXAMPLES[leaf]))


def test_there_are_forty_leaves_and_more():
    assert len(LEAVES) >= 40 and EXAMPLES.keys() == LEAVES.keys()
    told = [tuple(leaves_of(problem(*example))) for example in EXAMPLES.values()]
    assert len(set(told)) > 45  # they tell structures apart


@pytest.mark.parametrize(
    ("example", "not_in"),
    [
        (("x", "x == a**2", "x"), "equations/quadratic"),  # nothing is solved for
        (("x y", "x == a + b; y == x*2", "y"), "systems/two linear"),
        (("x", "x == a/b", "x"), "equations/rational"),
        (("x y", "x + y == a; x - y == b", "x"), "systems/two nonlinear"),
        (("x", "3*x + a == 20; b > 1", "x"), "inequalities/linear"),
        (("x", "x == (a + b)/3", "x"), "arithmetic/means"),
        (("x y", "x + y == a; x - y == b", "x"), "number theory/linear equations in whole numbers"),
    ],
)
def test_a_near_miss_is_not_in_it(example, not_in):
    assert not_in not in leaves_of(problem(*example))


def test_names_and_numbers_do_not_count():
    one = problem("x y", "x + y == a; x - y == b", "x")
    other = SymbolicProblem.model_validate_json(
        one.model_dump_json().replace('"x', '"hens').replace("x ", "hens ").replace('"5"', '"77"')
    )
    assert leaves_of(one) == leaves_of(other)
