"""Rows of GSM8K, SVAMP and Alg514: formalized, solved, mutated, over a real socket.

The teacher writes the symbols from the rows' own equations, so what is tested is everything of
ours around it: reading the rows, the wire, the schema, the solver, the operators, the texts.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import dspy
import pytest

from tests.openai_server import API_KEY, openai_server
from tests.published import published
from zoped.programs import GenerateProblem, Reason, Seed, load_seeds
from zoped.programs.teachers.load import load_teacher
from zoped.symbolic import check_problem

ROWS = 25
_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?")


def rows_of(name: str) -> list[dict[str, Any]]:
    path = published(name, "test.jsonl")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()[:ROWS]]


def written(row: dict[str, Any]) -> dict[str, Any]:
    """What a good teacher writes for the row: every number of its equations is a given, and a
    result that a later equation uses (GSM8K) is that step's unknown."""
    variables: list[dict[str, str]] = []
    constraints: list[str] = []
    results: dict[str, str] = {}

    def variable(name: str, value: str = "") -> str:
        if all(known["name"] != name for known in variables):
            variables.append(
                {"name": name, "meaning": f"quantity {name}", "unit": "", "domain": "real"}
                | {"value": value}
            )
        return name

    def given(match: re.Match[str]) -> str:
        return results.get(match[0]) or variable(f"given_{len(variables)}", match[0])

    chained = row["id"].startswith("gsm8k")
    for number, equation in enumerate(row["equations"]):
        left, right = equation.split("=")
        if chained:
            formula = _NUMBER.sub(given, left)
            results[right.strip()] = variable(f"step_{number}")
            constraints.append(f"step_{number} == {formula}")
        else:
            for name in re.findall(r"[A-Za-z_]\w*", equation):
                variable(name)
            constraints.append(f"{_NUMBER.sub(given, left)} == {_NUMBER.sub(given, right)}")
    unknowns = [known["name"] for known in variables if not known["value"]]
    return {
        "variables": variables,
        "constraints": constraints,
        "target": unknowns[-1] if chained else unknowns[0],
        "query": "value",
    }


def outcomes(
    name: str, rows: list[dict[str, Any]], tmp_path: Path, spoil: bool = False
) -> list[tuple[Seed, dspy.Prediction]]:
    path = tmp_path / f"{name}.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")

    def reply(body: dict[str, Any]) -> str:
        prompt = body["messages"][-1]["content"]
        if "`formalization`" not in prompt:
            return '{"choice": {"operator": "change_numbers", "number": 0}}'
        row = next(row for row in rows if row["question"].strip() in prompt)
        symbols = written(row)
        if spoil:
            symbols["target"] = f"{symbols['target']} + 1"
        return json.dumps({"formalization": symbols})

    with openai_server(reply) as server:
        lm = load_teacher("openai/scripted", api_base=server.url, api_key=API_KEY)
        program = GenerateProblem(variants=3)
        with dspy.context(lm=lm, adapter=dspy.JSONAdapter()):
            return [(seed, program(seed=seed)) for seed in load_seeds(path)]


@pytest.mark.parametrize("name, share", [("gsm8k", 0.8), ("svamp", 0.9), ("alg514", 0.8)])
def test_real_rows_grow_verified_problems(name: str, share: float, tmp_path: Path) -> None:
    made = outcomes(name, rows_of(name), tmp_path)
    formalized = [outcome for _, outcome in made if outcome.symbols is not None]
    reasons = Counter(r.reason for _, outcome in made for r in outcome.rejected)
    assert len(formalized) >= share * len(made), reasons
    accepted = [problem for _, outcome in made for problem in outcome.accepted]
    assert len(accepted) >= len(formalized), reasons
    for problem in accepted:
        assert check_problem(problem.symbols).solution.answer == problem.answer


def test_a_formalization_with_another_answer_is_rejected(tmp_path: Path) -> None:
    made = outcomes("svamp", rows_of("svamp")[:8], tmp_path, spoil=True)
    assert all(outcome.accepted == [] for _, outcome in made)
    reasons = Counter(r.reason for _, outcome in made for r in outcome.rejected)
    assert reasons[Reason.WRONG_ANSWER] >= 6
