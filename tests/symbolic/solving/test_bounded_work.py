"""What runs in the caller's own process, where no limit of time holds, stays small whatever is asked.

Without their limits these run for hours or fill the memory.
"""

from __future__ import annotations

from fractions import Fraction

import pytest

from zoped.symbolic import SymbolicProblem, solve
from zoped.symbolic.niceness import exact_values
from zoped.symbolic.solving.sensitivity import sensitive_givens

NINES = "9" * 40
UNKNOWN = {"name": "x", "domain": "real"}


def problem(relations, target="x", query="value", variables=(UNKNOWN,)):
    return SymbolicProblem.model_validate(
        {"variables": variables, "constraints": relations, "target": target, "query": query}
    )


def squares(count):
    return problem(["(" * count + f"x - x + {NINES}" + ")**2" * count + " == x"])


def doubled(count):
    """Each unknown is the square of the one before, which no single relation shows."""
    variables = [{"name": f"x{i}", "domain": "real"} for i in range(count + 1)]
    steps = [f"(x{i + 1} + x{i})*x{i} - x{i + 1}*(x{i} - 1) == 0" for i in range(count)]
    return problem([f"x0 == {NINES}", *steps], f"x{count}", variables=variables)


def long_sums(term):
    variables = [{"name": f"x{i}"} for i in range(28)]
    relations = [f"x{i} == sum({term}, k, {i}, 50000)" for i in range(28)]
    return problem(relations, "x3", variables=variables)


@pytest.mark.parametrize(
    "made",
    [
        squares(34),
        doubled(28),
        long_sums("is_prime(k + 10**20)"),
        long_sums("binomial(5000, 900) % 7"),
        problem(
            ["x <= 2000"],
            "sum(k % x, k, 1, 90000)",
            "maximum",
            [{"name": "x", "domain": "positive_integer"}],
        ),
    ],
    ids=["squares", "doubled", "primes", "binomials", "a sum for each value"],
)
def test_the_fast_paths_leave_large_work_to_a_worker(made):
    assert solve(made, time_limit=0).status == "timeout"
    assert made.query != "value" or not exact_values(made).is_complete


def test_a_long_sum_is_still_worked_out():
    made = problem(["x == sum(k, k, 1, 90000)"])
    assert solve(made, time_limit=5).answer == "4050045000"
    few = problem(["x == sum(k, k, 1, 1000)"])
    assert solve(few, time_limit=0).answer == "500500"


@pytest.mark.parametrize("count", [3, 12, 34])
def test_powers_of_powers_are_not_differentiated(count):
    relation = "0*" + "(" * count + "x" + "**12)" * count + " + x == g"
    made = problem([relation], variables=[UNKNOWN, {"name": "g", "value": "5"}])
    found = sensitive_givens(made, {"x": Fraction(5), "g": Fraction(5)})
    assert found == ({"g"} if count == 3 else set())
