"""The problems and seeds of runs, as rows for the page's charts, table and trees."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from zoped.cli.run_page.contents import RoundView, RunView
from zoped.evals import PassRate
from zoped.programs import GeneratedProblem, Seed
from zoped.symbolic import SymbolicProblem, solve
from zoped.train.curriculum.observed import training_label
from zoped.train.loop.generate import predicted_key
from zoped.train.state import STATE, RunState


def problem_rows(run: RunView, place: int) -> Iterator[dict[str, Any]]:
    """The generated problems of a run, of which `place` is the number on the page. `measured` and
    `training` are [right, asked] before and during the round's training, or null; `predicted` is the
    pass rate that the difficulty model expected before."""
    with RunState(run.folder / STATE) as state:
        for round in run.rounds:
            measured = state.pass_rates(round.student)
            training = state.pass_rates(training_label(round.number))
            predicted = state.meta(predicted_key(round.number)) or {}
            for problem in state.problems(round.number):
                yield {
                    "run": place,
                    "round": round.number,
                    **_problem(problem),
                    "measured": _counts(measured.get(problem.id)),
                    "training": _counts(training.get(problem.id)),
                    "predicted": predicted.get(problem.id),
                }


def seed_rows(run: RunView, place: int) -> Iterator[dict[str, Any]]:
    """The seeds with what the student of each round made of them."""
    with RunState(run.folder / STATE) as state:
        by_round = [(r, state.pass_rates(r.student)) for r in run.rounds if r.student]
    for seed in run.seeds:
        yield {
            "run": place,
            "id": seed.id,
            "text": seed.text,
            "answer": seed.answer,
            "rates": _rates(seed, by_round),
            "symbols": None if seed.symbols is None else _symbols(seed.symbols),
        }


def _rates(
    seed: Seed, by_round: list[tuple[RoundView, dict[str, PassRate]]]
) -> list[tuple[int, int, int]]:
    found = ((round.number, rates.get(seed.id)) for round, rates in by_round)
    return [(number, rate.passes, rate.rollouts) for number, rate in found if rate]


def _problem(problem: GeneratedProblem) -> dict[str, Any]:
    solution = solve(problem.symbols)
    lineage = problem.symbols.lineage
    return {
        "id": problem.id,
        "seed": problem.seed_id,
        "parent": lineage.parent_id or problem.seed_id,
        "move": problem.move,
        "arguments": _told(problem.arguments),
        "topic": problem.symbols.topic,
        "structure": problem.fingerprint,
        "text": problem.text,
        "answer": problem.answer,
        "symbols": _symbols(problem.symbols),
        "steps": [
            f"{step.finds}: {step.text}" if step.finds else step.text for step in solution.steps
        ],
    }


def _symbols(problem: SymbolicProblem) -> dict[str, Any]:
    """As text: the variables' rows, the relations, the question."""
    return {
        "variables": [
            [v.name, "" if v.value is None else str(v.value), v.meaning, v.unit]
            for v in problem.variables
        ],
        "relations": [str(relation) for relation in problem.relations],
        "find": str(problem.target),
        "query": problem.query,
    }


def _counts(rate: PassRate | None) -> list[int] | None:
    return [rate.passes, rate.rollouts] if rate and rate.rollouts else None


def _told(arguments: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {value}" for name, value in arguments.items())
