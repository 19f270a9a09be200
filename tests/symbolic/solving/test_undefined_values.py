"""A value at which a term is undefined is no solution, however the term is simplified.

Random relations with divisions inside divisions over small whole numbers, against exact brute force that
shares no code with the solver.
"""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import product
from random import Random

import pytest

from tests.symbolic.solving.fuzz import problem
from tests.symbolic.solving.test_claims import claim
from zoped.symbolic import ExpressionError, solve

LEAST = {"integer": -3, "nonnegative_integer": 0, "positive_integer": 1}
GREATEST = 7


def expression(rng, names, depth):
    if depth == 0 or rng.random() < 0.2:
        return rng.choice([*names, str(rng.randint(0, 4))])
    left, right = (expression(rng, names, rng.randrange(depth)) for _ in range(2))
    operator = rng.choice(["+", "-", "*", "/", "/", "/", "/", "/", "**"])
    return f"({left})**2" if operator == "**" else f"({left}) {operator} ({right})"


def made(rng, size):
    names = "nm"[:size]
    domains = {name: rng.choice([*LEAST]) for name in names}
    relations = [f"{name} <= {GREATEST}" for name in names]
    relations += [f"{n} >= {LEAST[d]}" for n, d in domains.items() if d == "integer"]
    sign = rng.choice(["<=", ">=", "<", ">", "=="])
    relations.append(f"{expression(rng, names, 3)} {sign} {rng.randint(-3, 9)}")
    query = rng.choice(["value", "count", "minimum", "maximum"])
    return domains, relations, names[0], query


def brute_force(domains, relations, target, query):
    """The status and the answer, all of them exact."""
    exact = [re.sub(r"\d+", r"F(\g<0>)", relation) for relation in relations]
    found = []
    for values in product(*(range(LEAST[d], GREATEST + 1) for d in domains.values())):
        at = {name: Fraction(value) for name, value in zip(domains, values, strict=True)}
        try:
            if all(eval(relation, {"F": Fraction}, at) for relation in exact):
                found.append(at[target])
        except ZeroDivisionError:
            continue
    if query == "count":
        return "unique", str(len(found))
    if not found:
        return "none", None
    if query == "value":
        return ("unique", str(found[0])) if len(set(found)) == 1 else ("many", None)
    return "unique", str(min(found) if query == "minimum" else max(found))


def compared(seed, size, time_limit):
    """Of 100 problems that `solve` decides, those that it decides wrongly."""
    rng = Random(f"undefined {seed}")
    decided, wrong = 0, []
    while decided < 100:
        case = made(rng, size)
        try:
            solution = solve(problem(*case), time_limit=time_limit)
        except (ExpressionError, ValueError):
            continue  # a literal division by zero is refused when it is read
        if solution.status in ("unique", "none", "many"):
            decided += 1
            if (solution.status, solution.answer) != brute_force(*case):
                wrong.append((case, solution.backend, solution.status, solution.answer))
    return wrong


@pytest.mark.parametrize("seed", range(8))
def test_the_fast_paths_agree_with_brute_force(seed):
    assert compared(seed, size=1, time_limit=0) == []


@pytest.mark.parametrize("size", [1, 2])
def test_the_other_backends_agree_with_brute_force(size):
    assert compared("workers", size, time_limit=0.5) == []


@pytest.mark.parametrize(
    ("domain", "relation", "query", "answer"),
    [
        ("nonnegative_integer", "1/(1/n) <= 5", "count", "5"),
        ("nonnegative_integer", "1/(1/n) <= 5", "minimum", "1"),
        ("positive_integer", "3/(1/(n - 2)) <= 9", "count", "4"),
        ("nonnegative_integer", "6/(1/n) <= 20", "count", "3"),
        ("positive_integer", "(1/(n - 1))/(2/(n - 1)**2) <= 2", "count", "4"),
        ("nonnegative_integer", "n + 0/(1/n) <= 5", "count", "5"),
        ("nonnegative_integer", "n**2/n <= 5", "count", "5"),
        ("nonnegative_integer", "1/(1/n) == n", "minimum", "1"),
    ],
)
def test_a_divisor_of_a_divisor_is_not_zero(domain, relation, query, answer):
    assert claim(relation, target="n", query=query, n=domain) == ("unique", answer)


@pytest.mark.parametrize(
    ("target", "relations", "query", "expected"),
    [
        ("x + 0*log(x + 2)", ["x >= -5", "x <= 5"], "minimum", ("many", None)),
        ("x + 0*sqrt(x + 2)", ["x >= -5", "x <= 5"], "minimum", ("unique", "-2")),
        ("x", ["sqrt(x + 3)**2 == x + 3", "x >= -5", "x <= 5"], "minimum", ("unique", "-3")),
        ("x", ["0*log(3 - x) <= 1", "x >= -5", "x <= 5"], "maximum", ("many", None)),
        ("y", ["y == 0*sqrt(x + 3) + x", "x >= -5", "x <= 5"], "minimum", ("unique", "-3")),
        ("(0*sqrt(2 - x) if x > -1 else 1) + x", ["x >= 1", "x <= 5"], "maximum", ("unique", "2")),
        ("sqrt(-x)", ["x >= 1", "x <= 2"], "minimum", ("invalid", None)),
        ("0*factorial(x)", ["sqrt(-x)**2 == x**2"], "minimum", ("unique", "0")),
        (
            "x + 0*log(x)",
            ["x**2 + sqrt(x + 3) - sqrt(x + 3) == 2"],
            "minimum",
            ("unique", "sqrt(2)"),
        ),
        # Between whole numbers these have no value.
        ("sum(k, k, 1, x)", ["x >= 0", "x <= 7/2"], "maximum", ("unique", "6")),
        ("x + 0*factorial(x)", ["x >= -5", "x <= 9/2"], "maximum", ("unique", "4")),
        ("x", ["0*factorial(x) == 0", "x >= 3", "x <= 5"], "count", ("unique", "3")),
        ("x", ["sum(1, k, 1, x) == x", "x >= 0", "x <= 7/2"], "maximum", ("unique", "3")),
        ("x", ["0*gcd(x, 2) == 0", "x > 1", "x < 9/2"], "maximum", ("unique", "4")),
    ],
)
def test_an_optimum_is_over_where_terms_that_cancel_have_a_value(
    target, relations, query, expected
):
    unknowns = {"x": "real"} | ({"y": "real"} if target == "y" else {})
    found = claim(*relations, target=target, query=query, **unknowns)
    assert found == expected or found[0] == "unsupported"


@pytest.mark.parametrize(
    ("relations", "query", "domains", "expected"),
    [
        (["x**2 == sum(k, k, 5, 2)*y + 4", "x**3*y == 16"], "value", {"x": "positive_real", "y": "real"}, ("unique", "2")),
        (["sum(1, k, 1, x) == x + 3"], "count", {"x": "integer"}, ("unique", "1")),
        (["sum(1, k, 1, x) == x + 3"], "value", {"x": "integer"}, ("unique", "-3")),
        (["sum(1, k, 1, x) == 0"], "maximum", {"x": "integer"}, ("unique", "0")),
        (["product(2, k, 1, x) == 1"], "count", {"x": "integer"}, ("many", None)),
        (["sum(k, k, 1, x) == 55"], "value", {"x": "real"}, ("unique", "10")),
        (["sum(k, k, 1, x) == 0", "x < 0"], "maximum", {"x": "integer"}, ("unique", "-1")),
    ],
)  # fmt: skip
def test_an_empty_sum_is_zero(relations, query, domains, expected):
    found = claim(*relations, query=query, **domains)
    assert found == expected or found[0] == "unsupported"


def test_a_variable_may_be_called_as_an_index():
    domains = {"x": "integer", "k": "nonnegative_integer", "m": "positive_integer"}
    for index in "kj":
        total = f"sum(x*{index}, {index}, 1, m) <= 100"
        relations = ["x == k + 1", total, "k <= 3", "m <= 50"]
        assert claim(*relations, target="m", query="maximum", **domains) == ("unique", "13")


@pytest.mark.parametrize("relation", ["x == log(1, 1)", "x == log(1, -2)", "x == log(1, b)"])
def test_a_logarithm_has_a_base(relation):
    assert claim(relation, x="real", b=("real", "1"))[0] == "none"


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("floor(x/3) + x/sqrt(x**2 + 1)", ("many", None)),
        ("floor(x/9) + 1/(1 + sqrt(x))", ("many", None)),
        ("floor(x/9) + (sqrt(x) + 1)/(sqrt(x) + 1)", ("unique", "1")),
        ("floor(x/9) + 1/(sqrt(x) - 1)", ("invalid", None)),
    ],
)
def test_a_target_with_a_root_below_is_undefined_only_where_it_is(target, expected):
    found = claim("x >= 1", "x**2 <= 5", target=target, x="positive_integer")
    assert found == expected or found[0] in ("unsupported", "timeout")
