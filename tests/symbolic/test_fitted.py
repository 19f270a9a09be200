"""Numbers for relations that have none yet."""

from __future__ import annotations

import pytest

from zoped.symbolic import check_problem, with_fitting_numbers
from zoped.symbolic.problem import SymbolicProblem


def problem(givens: dict[str, int], unknown: list[str], relations: list[str], target: str):
    variables = [
        {"name": name, "domain": "positive_integer", "value": value}
        for name, value in givens.items()
    ] + [{"name": name, "domain": "positive_integer"} for name in unknown]
    return SymbolicProblem.model_validate(
        {"variables": variables, "constraints": relations, "target": target}
    )


@pytest.mark.parametrize(
    ("givens", "unknown", "relations", "target"),
    [
        # An odd sum with an even difference.
        ({"s": 21, "d": 4}, ["a", "b"], ["a + b == s", "a - b == d"], "a"),
        # 40 is no square.
        ({"area": 40}, ["side"], ["side**2 == area"], "side"),
        # 17 cakes cannot be shared by 3.
        ({"cakes": 17, "people": 3}, ["each"], ["people*each == cakes"], "each"),
        ({"north": 6, "east": 7}, ["way"], ["way**2 == north**2 + east**2"], "way"),
    ],
)
def test_numbers_are_found_near_those_that_did_not_fit(givens, unknown, relations, target):
    start = problem(givens, unknown, relations, target)
    assert check_problem(start).reason == "no_solution"
    fitted = with_fitting_numbers(start)
    assert fitted is not None
    assert check_problem(fitted).solution.status == "unique"
    changed = [v for v in fitted.givens if v.value != givens[v.name]]
    assert 1 <= len(changed) <= 2
    assert all(2 <= v.value <= 5 * givens[v.name] + 10 for v in changed)
    assert fitted.relations == start.relations


def test_the_named_givens_are_changed_first():
    start = problem({"cakes": 18, "people": 4}, ["each"], ["people*each == cakes"], "each")
    for name in ("cakes", "people"):
        fitted = with_fitting_numbers(start, [name])
        assert fitted is not None
        assert fitted.variable(name).value != start.variable(name).value


def test_where_no_numbers_fit_there_is_none():
    start = problem({"s": 5}, ["a"], ["a == a + s"], "a")
    assert with_fitting_numbers(start) is None
    assert with_fitting_numbers(start, time_limit=0) is None


def test_percentages_and_fractions_stay():
    start = SymbolicProblem.model_validate(
        {
            "variables": [
                {"name": "p", "unit": "percent", "domain": "positive_integer", "value": 30},
                {"name": "n", "domain": "positive_integer", "value": 7},
                {"name": "part", "domain": "positive_integer"},
            ],
            "constraints": ["part == n*p/100"],
            "target": "part",
        }
    )
    fitted = with_fitting_numbers(start)
    assert fitted is not None
    assert fitted.variable("p").value == 30
    assert fitted.variable("n").value % 10 == 0
