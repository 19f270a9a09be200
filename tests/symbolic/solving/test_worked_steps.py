"""Worked steps: in order, each true by itself, the last one the answer."""

from __future__ import annotations

import contextlib
import json
from fractions import Fraction
from pathlib import Path

import pytest

from zoped.programs import builtin_seeds
from zoped.symbolic import (
    EvaluationError,
    SymbolicProblem,
    evaluate,
    parse_expression,
    solve,
)

BREADTH = [
    SymbolicProblem.model_validate(json.loads(line)["problem"])
    for line in (Path(__file__).parent / "data" / "breadth.jsonl").read_text().splitlines()
]
PROBLEMS = [seed.symbols for seed in builtin_seeds() if seed.symbols is not None] + BREADTH


@pytest.fixture(scope="module")
def solved():
    pairs = [(problem, solve(problem)) for problem in PROBLEMS]
    return [(p, s) for p, s in pairs if s.status == "unique"]


@pytest.mark.slow
def test_every_value_of_the_fast_path_and_of_sympy_has_steps(solved):
    without = [
        (str(p.target), [str(r) for r in p.relations])
        for p, s in solved
        if s.backend in ("linear", "sympy") and not s.steps and p.query == "value"
    ]
    assert without == []


@pytest.mark.slow
def test_the_last_step_is_the_answer(solved):
    for problem, solution in solved:
        if solution.steps:
            assert solution.steps[-1].text.endswith(f"= {solution.answer}"), (problem, solution)


def named_values(results: str) -> dict[str, Fraction | None]:
    """ "a = 24, b = sqrt(2)" as values, None for an irrational one."""
    values: dict[str, Fraction | None] = {}
    for part in results.split(", "):
        name, _, value = part.partition(" = ")
        try:
            values[name] = Fraction(value)
        except ValueError:
            values[name] = None
    return values


@pytest.mark.slow
def test_each_step_is_true(solved):
    """Sums on numbers are evaluated; a stated relation holds at the values that it gives."""
    calculated = stated = 0
    for problem, solution in solved:
        values = {v.name: v.value for v in problem.givens}
        for step in solution.steps:
            relation, gives, results = step.text.partition(" gives ")
            values |= named_values(results) if gives else {step.finds: step.value}
            with contextlib.suppress(EvaluationError):  # irrational on the way
                if gives:
                    tree = parse_expression(relation)
                    if all(values.get(name) is not None for name in tree.symbols):
                        assert evaluate(tree, values) == 1, step
                        stated += 1
                elif step.value is not None:
                    tree = parse_expression(
                        step.text.rpartition(" = ")[0].rpartition("solutions ")[2]
                    )
                    if not tree.symbols:
                        assert evaluate(tree, {}) == step.value, step
                        calculated += 1
    assert calculated > 250 and stated > 10


@pytest.mark.slow
def test_steps_use_only_what_is_known_by_then(solved):
    for problem, solution in solved:
        known = {v.name for v in problem.givens}
        for step in solution.steps:
            relation, gives, results = step.text.partition(" gives ")
            if gives:
                new = {part.partition(" = ")[0].strip() for part in results.split(", ")}
                assert parse_expression(relation).symbols <= known | new
                known |= new
            known.add(step.finds)


@pytest.mark.parametrize(
    "text", ["floor(sqrt(n))", "ceiling(sqrt(n/2) + 0)", "3 - floor(2*floor(sqrt(n)))"]
)
def test_a_rounded_root_is_one_step(text):
    """The root itself may have no exact value."""
    problem = SymbolicProblem.model_validate(
        {
            "variables": [{"name": "n", "value": "20"}, {"name": "x", "domain": "integer"}],
            "constraints": [f"x == {text}"],
            "target": "x",
        }
    )
    solution = solve(problem)
    assert solution.status == "unique"
    if solution.backend == "linear":
        assert solution.steps[-1].finds == "x" and str(solution.steps[-1].value) == solution.answer
