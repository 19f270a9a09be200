"""Run folders as `zoped run` leaves them, written through the state's own interface in no time."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from zoped.evals import Accuracy
from zoped.evals.benchmarks import BenchmarkProblem
from zoped.programs import GenerateProblem
from zoped.programs.teachers.budget import Spent
from zoped.programs.teachers.costs import CostSheet
from zoped.train.config_file import CONFIG, write_config
from zoped.train.loop.costs import SECONDS
from zoped.train.loop.generating.generation import COSTS
from zoped.train.results import BenchmarkScore, Evaluated, Generated, Measured, Trained, Tuned
from zoped.train.run_folder import CONFIGURATION
from zoped.train.scores import HELD_OUT, keep_scores
from zoped.train.settings import RunSettings
from zoped.train.state import STATE, RunState

QUESTIONS = 40


def questions(name: str = "q") -> list[BenchmarkProblem]:
    return [BenchmarkProblem(str(i), f"{name} {i}?", str(i)) for i in range(QUESTIONS)]


def write_run(
    folder: Path,
    *,
    right: Sequence[int] | None,
    seed: int = 0,
    about: str = "q",
    weights: dict[str, dict[str, float]] | None = None,
    keeps_scores: bool = True,
    **settings: Any,
) -> Path:
    """A run of one round: the start has half of the questions right, the end those numbered `right`
    (None: the round is not over)."""
    folder.mkdir(parents=True)
    chosen = RunSettings.model_validate(
        {"seed": seed, "rounds": 1, "teacher": {"model": "none"}} | settings
    )
    write_config(folder / CONFIG, chosen)
    with RunState(folder / STATE) as state:
        state.set_meta(CONFIGURATION, "quick")
        state.set_meta(SECONDS, 90.0)
        state.set_meta(COSTS, CostSheet({"mutate": Spent(7, 100, 20, 0.5)}).dump())
        _evaluated(state, 0, range(0, QUESTIONS, 2), about, keeps_scores)
        if right is None:
            return folder
        Measured(0.5, 10, 0.4, 0.3, 1, 100).save(state, 1)
        program = GenerateProblem()
        for level, moves in (weights or {}).items():
            program.mutate.weights.set(level, moves)
        state.save_prompts(1, "after", program.dump_state())
        Tuned(0.5, 10, "weights", 2, 200).save(state, 1)
        Generated(
            *("s", 30, 5, 0, 12, 0.4, 0.2, 0.8, 16, 0, 0, 0, 0, 0.6, 3, 300),
            distinct=16,
            structures=9,
        ).save(state, 1)
        training = folder / "rounds" / "0001" / "problems.jsonl"
        training.parent.mkdir(parents=True)
        training.write_text('{"id": "x"}\n', encoding="utf-8")
        Trained(2, 1, 64, 0.6, gradient_share=0.5).save(state, 1)
        _evaluated(state, 1, right, about, keeps_scores)
    return folder


def _evaluated(
    state: RunState, number: int, right: Sequence[int], about: str, keeps_scores: bool
) -> None:
    result = Accuracy(tuple(float(i in right) for i in range(QUESTIONS)), 1)
    low, high = result.interval
    benchmarks = {"gsm8k": BenchmarkScore(result.mean, low, high)}
    if keeps_scores:
        keep_scores(state, number, HELD_OUT, questions(about), result)
        keep_scores(state, number, "gsm8k", questions("gsm"), result)
    Evaluated(
        *(result.mean, result.correct, result.total, low, high, QUESTIONS, benchmarks),
        greedy=BenchmarkScore(result.mean / 2, low / 2, high / 2),
    ).save(state, number)
