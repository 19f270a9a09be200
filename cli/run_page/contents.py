"""What a run folder holds, as the report tells it; a run that is not over has a report too."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from zoped.cli.errors import UserError
from zoped.cli.run_page.prompts import PromptVersion, prompt_versions
from zoped.foundation.reading.yaml_values import load_yaml
from zoped.programs import Seed
from zoped.programs.teachers.costs import CostSheet
from zoped.train.config_file import CONFIG, flatten
from zoped.train.curriculum.observed import TRAINING
from zoped.train.headline import minutes_of_work
from zoped.train.loop.costs import read_costs
from zoped.train.results import (
    Evaluated,
    Generated,
    Measured,
    PhaseResult,
    Trained,
    Tuned,
    WarmStarted,
)
from zoped.train.run_record import require_run
from zoped.train.state import STATE, RunState

PHASES: tuple[type[PhaseResult], ...] = (Measured, Tuned, Generated, Trained, Evaluated)


@dataclass(frozen=True)
class RoundView:
    """A round, as far as it is: None for a phase that is not over. `student` is the version that the
    round found, "" before anything was measured of it."""

    number: int
    student: str
    measured: Measured | None
    tuned: Tuned | None
    generated: Generated | None
    trained: Trained | None
    evaluated: Evaluated | None

    @property
    def next_phase(self) -> str | None:
        """The first that is not over."""
        phases = (self.measured, self.tuned, self.generated, self.trained, self.evaluated)
        names = (kind.phase for kind in PHASES)
        return next((n for n, found in zip(names, phases, strict=True) if found is None), None)


@dataclass(frozen=True)
class RunView:
    """A run. `rejections` are rows of round, reason, move, number and an example; `weights` are the
    moves' by round, stage ("before" or "after" tuning) and level of the student."""

    name: str
    folder: Path
    settings: dict[str, Any]
    warm: WarmStarted | None
    start: Evaluated | None
    rounds: tuple[RoundView, ...]
    seeds: tuple[Seed, ...]
    costs: CostSheet
    rejections: tuple[tuple[int, str, str, int, str], ...]
    prompts: tuple[PromptVersion, ...]
    weights: tuple[tuple[int, str, str, str, float], ...]
    minutes: float | None

    @property
    def planned(self) -> int:
        """Rounds that the configuration asks for."""
        return int(self.settings.get("rounds", len(self.rounds)))

    @property
    def finished(self) -> tuple[RoundView, ...]:
        return tuple(r for r in self.rounds if r.next_phase is None)

    @property
    def standing(self) -> str:
        """How far it is, in words."""
        done = len(self.finished)
        if done >= self.planned:
            return f"over: {done} round{'' if done == 1 else 's'}"
        if self.start is None:
            return "begun: the student's start is not evaluated yet"
        current = self.rounds[done] if done < len(self.rounds) else None
        phase = (current and current.next_phase) or Measured.phase
        return f"not over: round {done + 1} of {self.planned}, the next phase is '{phase}'"

    @property
    def evaluations(self) -> list[tuple[int, Evaluated]]:
        """Of the start (0) and of the rounds that were evaluated."""
        found = [(0, self.start), *((r.number, r.evaluated) for r in self.rounds)]
        return [(n, e) for n, e in found if e is not None and e.accuracy is not None]

    @property
    def rollouts(self) -> int:
        """The student's answers, those of the evaluation left out."""
        phases = [(r.measured, r.tuned, r.generated, r.trained) for r in self.rounds]
        return sum(p.rollouts for found in phases for p in found if p is not None)

    @property
    def accepted(self) -> int:
        return sum(r.generated.accepted for r in self.rounds if r.generated)

    @property
    def learnable(self) -> int:
        """Those of them that lay in the band."""
        return sum(r.generated.in_band for r in self.rounds if r.generated)


def read_run(folder: Path, name: str) -> RunView:
    """The run in `folder`. Raises UserError for a folder that is no run's."""
    require_run(folder, UserError)
    settings = _settings(folder / CONFIG)
    with RunState(folder / STATE) as state:
        return RunView(
            name=name,
            folder=folder,
            settings=settings,
            warm=WarmStarted.load(state, 0),
            start=Evaluated.load(state, 0),
            rounds=tuple(_rounds(state)),
            seeds=tuple(state.seeds()),
            costs=read_costs(state),
            rejections=tuple(state.rejections()),
            prompts=tuple(prompt_versions(state)),
            weights=tuple(_weights(state)),
            minutes=minutes_of_work(state),
        )


def _settings(file: Path) -> dict[str, Any]:
    """As they are written: another version's may have other fields."""
    try:
        found = load_yaml(file.read_text(encoding="utf-8"))
    except (ValueError, yaml.YAMLError) as error:
        raise UserError(f"{file}: cannot be read: {error}") from None
    if not isinstance(found, dict):
        raise UserError(f"{file} holds no settings of a run")
    return flatten(found)


def _rounds(state: RunState) -> list[RoundView]:
    """Those of which anything is there."""
    begun = {number for number, _ in state.prompt_versions()}
    begun |= {number for number, _, _ in state.phases_done()}
    versions = [v for v in state.students() if not v.startswith(f"{TRAINING}-")]
    found = []
    for number in range(1, max(begun, default=0) + 1):
        generated = Generated.load(state, number)
        # A student is first measured by the round that finds it.
        expected = versions[number - 1] if number <= len(versions) else ""
        found.append(
            RoundView(
                number,
                generated.student if generated else expected,
                Measured.load(state, number),
                Tuned.load(state, number),
                generated,
                Trained.load(state, number),
                Evaluated.load(state, number),
            )
        )
    return found


def _weights(state: RunState) -> list[tuple[int, str, str, str, float]]:
    found = []
    for number, stage in state.prompt_versions():
        program = state.prompts(number, stage) or {}
        by_level = program.get("mutate.weights", {}).get("weights", {})
        for level, weights in by_level.items():
            found += [(number, stage, level, move, weight) for move, weight in weights.items()]
    return found
