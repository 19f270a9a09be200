"""A run as it is compared: its numbers, its scores by question, its prompts and weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from zoped.foundation.errors import ZopedError
from zoped.train.config_file import SPREADING
from zoped.train.lab.results import RunNumbers, read_run
from zoped.train.prompt_texts import move_weights, prompt_texts
from zoped.train.results import BenchmarkScore, Evaluated
from zoped.train.run_record import RunRecord, read_record
from zoped.train.scores import GREEDY, HELD_OUT, kept_scores
from zoped.train.state import STATE, RunState


class ComparisonError(ZopedError, ValueError):
    """Runs that cannot be compared; the message says which and why."""


@dataclass(frozen=True)
class ComparedRun:
    """A run with its scores by question, of the last round that was evaluated, on the held-out
    problems (`held_out`) and on each test set; its prompts and weights as the last round left them."""

    record: RunRecord
    numbers: RunNumbers
    scores: Mapping[str, Mapping[str, float]]
    benchmarks: Mapping[str, BenchmarkScore]
    texts: Mapping[str, str]
    weights: Mapping[str, Mapping[str, float]]

    @property
    def name(self) -> str:
        return str(self.record.folder)

    @property
    def seed(self) -> int:
        return self.record.settings.seed

    @cached_property
    def asked(self) -> dict[str, Any]:
        """What makes an arm: every setting that decides, but the seed."""
        flat = self.record.flat
        return {k: v for k, v in flat.items() if k not in SPREADING and k != "seed"}


def minutes(run: ComparedRun) -> float | None:
    """Of work; an earlier Zoped kept it for the runs of a lab alone."""
    return run.record.numbers.get("minutes") or run.numbers.seconds / 60 or None


def read_compared(folder: Path) -> ComparedRun:
    """Raises ComparisonError for a run without results, SettingsError and StateError."""
    record = read_record(folder)
    settings = record.settings
    numbers = read_run(
        folder,
        student=settings.student.name,
        arm=record.configuration,
        seed=settings.seed,
        rounds=settings.rounds,
    )
    if numbers is None or len(numbers.points) < 2:
        raise ComparisonError(
            f"{folder} has no results yet: no round is over and evaluated ({record.stands})"
        )
    last = numbers.points[-1].round
    with RunState(folder / STATE) as state:
        evaluated = Evaluated.load(state, last)
        benchmarks = evaluated.benchmarks if evaluated else {}
        names = (HELD_OUT, GREEDY, *benchmarks)
        versions = state.prompt_versions()
        program = (state.prompts(*versions[-1]) if versions else None) or {}
        return ComparedRun(
            record=record,
            numbers=numbers,
            scores={name: kept_scores(state, last, name) for name in names},
            benchmarks=benchmarks,
            texts=prompt_texts(program),
            weights=move_weights(program),
        )
