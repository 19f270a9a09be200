"""`solve`: every status for its reason, uniqueness proved, and backends that agree."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zoped.programs import builtin_seeds
from zoped.symbolic import MutationRefused, SymbolicProblem, mutate, solve
from zoped.symbolic.solving.enumeration import solve_by_enumeration
from zoped.symbolic.solving.linear import solve_linear
from zoped.symbolic.solving.sympy_backend import solve_with_sympy
from zoped.symbolic.solving.z3_backend import solve_with_z3


def problem(*constraints, target="x", query="value", **domains) -> SymbolicProblem:
    return SymbolicProblem.model_validate(
        {
            "variables": [{"name": n, "domain": d} for n, d in domains.items()],
            "constraints": constraints,
            "target": target,
            "query": query,
        }
    )


@pytest.mark.parametrize(
    ("given", "status", "answer"),
    [
        (problem("x + y == 10", "x - y == 4", x="real", y="real"), "unique", "7"),
        (problem("3*x == 2", x="rational"), "unique", "2/3"),
        (problem("x**2 == 2", x="positive_real"), "unique", "sqrt(2)"),
        (problem("x**2 == 49", x="positive_integer"), "unique", "7"),
        (problem("x**2 == 49", x="integer"), "many", None),
        (problem("x**2 == 2", x="rational"), "none", None),
        (problem("x + y == 10", x="real", y="real"), "many", None),
        (problem("x + y == 10", target="x + y", x="real", y="real"), "unique", "10"),
        (problem("2*x == 5", x="integer"), "none", None),
        (problem("x == -3", x="positive_real"), "none", None),
        (problem("x == 1", "x == 2", x="real"), "none", None),
        (problem("x == 0", target="1/x", x="real"), "invalid", None),
        (problem("x > 3", "x < 5", x="integer"), "unique", "4"),
        (problem("x > 3", "x < 6", x="integer"), "many", None),
        (problem("x**3 - 6*x**2 + 11*x == 6", "x > 2", x="integer"), "unique", "3"),
        (problem("x*y == 35", "x < y", x="positive_integer", y="positive_integer", target="x + y"),
         "many", None),
        (problem("x*y == 35", "1 < x", "x < y", x="positive_integer", y="positive_integer"),
         "unique", "5"),
        (problem("x % 7 == 3", "x > 20", "x < 30", x="integer"), "unique", "24"),
        (problem("x + 2*y == 7", x="positive_integer", y="positive_integer", query="count"),
         "unique", "3"),
        (problem("4*x >= 30", x="positive_integer", query="minimum"), "unique", "8"),
        (problem("4*x <= 30", x="positive_integer", query="maximum"), "unique", "7"),
        (problem("x >= 3", x="positive_integer", query="maximum"), "many", None),
        (problem("x*y == 24", "x + y <= 11", target="x + y", query="minimum",
                 x="positive_integer", y="positive_integer"), "unique", "10"),
        (problem("2*(x + y) == 20", target="x*y", query="maximum",
                 x="positive_real", y="positive_real"), "unique", "25"),
    ],
    ids=lambda value: None if isinstance(value, SymbolicProblem) else str(value),
)  # fmt: skip
def test_the_status_is_right(given, status, answer):
    solution = solve(given, time_limit=10)
    assert (solution.status, solution.answer) == (status, answer), solution


def test_what_no_backend_decides_is_not_guessed():
    open_problem = problem(
        "x**3 + y**3 + z**3 == 114", x="integer", y="integer", z="integer", target="x"
    )
    assert solve(open_problem, time_limit=0.5).status in ("unsupported", "timeout")


def test_the_same_problem_gets_the_same_answer():
    one = problem("x*y == 36", "x - y == 5", x="positive_integer", y="positive_integer")
    assert solve(one) == solve(one)


@st.composite
def systems(draw):
    """Linear equations with a known solution, often fewer or more than needed."""
    names = "xyz"[: draw(st.integers(1, 3))]
    values = {name: Fraction(draw(st.integers(-9, 9)), draw(st.integers(1, 3))) for name in names}
    rows = []
    for _ in range(draw(st.integers(1, 4))):
        row = {name: draw(st.integers(-5, 5)) for name in names}
        total = sum(row[name] * values[name] for name in names)
        left = " + ".join(f"({c})*{name}" for name, c in row.items())
        rows.append(f"{left} == {total}")
    return problem(*rows, target=names[0], **dict.fromkeys(names, "real")), values


@pytest.mark.slow
@given(systems())
@settings(max_examples=150, deadline=None)
def test_backends_agree_on_linear_systems_and_never_miss_the_solution(case):
    given, values = case
    fast = solve_linear(given)
    assert fast.status in ("unique", "open"), "there is a solution"
    replies = [solve_with_sympy(given), solve_with_z3(given, 5.0)]
    for reply in replies:
        assert reply["status"] in ("unique", "many", "unsupported")
        if reply["status"] == "unique":
            assert Fraction(reply["answer"]) == values[str(given.target)]
    if fast.status == "unique":
        assert fast.values[str(given.target)] == values[str(given.target)]
        assert "many" not in [reply["status"] for reply in replies]
    decided = {reply["status"] for reply in replies} - {"unsupported"}
    assert len(decided) <= 1


@st.composite
def small_searches(draw):
    """Constraints on two whole numbers below 13."""
    a, b = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    relations = [
        "x <= 12",
        "y <= 12",
        draw(st.sampled_from([f"{a}*x + {b}*y == 17", f"x*y == {6 * a}", f"x % {a + 1} == y % 3"])),
        draw(st.sampled_from(["x < y", f"x + y >= {a * b}", f"x - y == {a}"])),
    ]
    query = draw(st.sampled_from(["value", "count", "minimum", "maximum"]))
    target = draw(st.sampled_from(["x", "x + y", "x*y"]))
    whole = dict.fromkeys("xy", "positive_integer")
    return problem(*relations, target=target, query=query, **whole)


@given(small_searches())
@settings(max_examples=60, deadline=None)
def test_z3_and_enumeration_agree_on_whole_numbers(given):
    by_trying = solve_by_enumeration(given)
    by_z3 = solve_with_z3(given, 10.0)
    assert by_trying["status"] in ("unique", "many", "none")
    if by_z3["status"] not in ("unsupported", "timeout"):
        if given.query == "count" and by_trying["answer"] == "0":
            return  # no solution at all: "0 of them" and "none" say the same
        assert (by_z3["status"], by_z3["answer"]) == (by_trying["status"], by_trying["answer"])


@pytest.mark.slow
def test_roots_and_bounds_agree_with_the_heavy_backends():
    names = ["quadratic_step", "square_step", "ask_count", "ask_minimum", "ask_maximum"]
    compared = 0
    for place, seed in enumerate(builtin_seeds()):
        try:
            changed = mutate(seed.symbols, names[place % len(names)], seed=place)
        except MutationRefused:
            continue
        solution = solve(changed)
        if solution.backend != "univariate":
            continue
        for reply in (
            solve_by_enumeration(changed),
            solve_with_z3(changed, 10.0),
            solve_with_sympy(changed),
        ):
            if reply["status"] not in ("unsupported", "timeout"):
                assert (solution.status, solution.answer) == (reply["status"], reply["answer"])
                compared += 1
    assert compared > 30


@pytest.mark.parametrize(
    ("given", "status", "answer"),
    [
        (problem("x*(x + 3) == 40", x="positive_integer"), "unique", "5"),
        (problem("x*(x + 3) == 40", x="integer"), "many", None),
        (problem("x*(x + 3) == 40", target="(x + 3/2)**2", x="integer"), "unique", "169/4"),
        (problem("x**2 == -4", x="real"), "none", None),
        (problem("1/x + 1/6 == 1/2", x="positive_real"), "unique", "3"),
        (problem("(x**2 - 1)/(x - 1) == 2", x="real"), "none", None),
        (problem("x**2 == y", "y == 9", x="positive_integer", y="integer"), "unique", "3"),
        (problem("x**2 == 9", "y**2 == x", x="integer", y="real", target="x + y"), "many", None),
        (problem("3*x >= 10", "x <= 20", x="integer", query="count"), "unique", "17"),
        (problem("3*x > 9", "5*x < 16", x="integer", query="count"), "unique", "0"),
        (problem("10 - 3*x > 0", x="nonnegative_integer", query="maximum"), "unique", "3"),
        (problem("-2*x <= -7", x="integer", query="minimum"), "unique", "4"),
    ],
    ids=lambda value: None if isinstance(value, SymbolicProblem) else str(value),
)
def test_one_unknown_is_solved_exactly(given, status, answer):
    solution = solve(given)
    assert (solution.status, solution.answer) == (status, answer), solution
