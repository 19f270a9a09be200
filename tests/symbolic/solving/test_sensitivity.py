"""What the derivative says of the givens, against trying other values."""

from fractions import Fraction

import pytest

from zoped.programs import builtin_seeds
from zoped.symbolic import SymbolicProblem, check_problem, solve
from zoped.symbolic.check import _other_values, _with_value
from zoped.symbolic.solving.sensitivity import sensitive_givens

SEEDS = [s.symbols for s in builtin_seeds() if s.symbols is not None and s.symbols.query == "value"]


def problem(givens, unknowns, constraints, target):
    return SymbolicProblem.model_validate(
        {
            "variables": [{"name": n, "value": v, "domain": "real"} for n, v in givens.items()]
            + [{"name": n, "domain": "positive_real"} for n in unknowns],
            "constraints": constraints,
            "target": target,
        }
    )


@pytest.mark.slow
def test_a_given_that_is_named_changes_the_outcome_of_every_seed():
    named = 0
    for seed in SEEDS:
        solution = solve(seed)
        for name in sensitive_givens(seed, solution.values):
            given = seed.variable(name)
            outcomes = [solve(_with_value(seed, given, v)) for v in _other_values(given)]
            assert any(
                (o.status, o.answer) != (solution.status, solution.answer) for o in outcomes
            ), (seed, name)
            named += 1
    assert named > 100


@pytest.mark.parametrize(
    ("givens", "unknowns", "constraints", "target", "expected"),
    [
        ({"a": 2, "b": 3}, ["x"], ["x == a + b"], "x", {"a", "b"}),
        ({"a": 2, "b": 3}, ["x"], ["x == a + b - b"], "x", {"a"}),
        ({"a": 2, "b": 0}, ["x"], ["x == a*b + 1"], "x", {"b"}),  # at b = 0 a does nothing
        ({"a": 5, "b": 1}, ["x", "y"], ["x + y == a", "x - y == b"], "x", {"a", "b"}),
        ({"a": 5, "b": 1}, ["x", "y"], ["x + y == a", "x - y == b"], "x + y", {"a"}),
        ({"a": 9}, ["x"], ["x**2 == a"], "x", {"a"}),
        ({"a": 7, "b": 3}, ["x"], ["x == max(a, b)"], "x", {"a"}),
        ({"a": 3, "b": 3}, ["x"], ["x == max(a, b)"], "x", set()),  # has no derivative
        ({"a": 7, "b": 3}, ["x"], ["x == a % b"], "x", set()),
        ({"r": 3}, ["x"], ["x == pi*r**2"], "x", {"r"}),
        ({"a": 7}, ["x"], ["x**2 == a"], "x", {"a"}),  # irrational
    ],
)
def test_known_cases(givens, unknowns, constraints, target, expected):
    case = problem(givens, unknowns, constraints, target)
    assert sensitive_givens(case, solve(case).values) == expected


def test_a_double_root_is_left_open():
    case = problem({"a": 3}, ["x"], ["(x - a)**2 == 0"], "x")
    assert sensitive_givens(case, {"a": Fraction(3), "x": Fraction(3)}) == set()


def test_a_given_without_a_derivative_is_still_found_by_trying():
    assert check_problem(problem({"a": 7, "b": 3}, ["x"], ["x == a % b"], "x")).reason is None
    idle = problem({"a": 7, "b": 3}, ["x"], ["x == a % b + 0*b - b + b", "x <= 9"], "x + b - b")
    assert check_problem(idle).reason is None  # b is the divisor
    idle = problem({"a": 7, "b": 3}, ["x"], ["x == a % 4 + b - b"], "x")
    assert check_problem(idle).reason == "idle_given"
