"""Everything that the student ever answered, as observations for the difficulty model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from zoped.evals.difficulty import Observation
from zoped.evals.pass_rate import PassRate
from zoped.programs import GeneratedProblem, Seed
from zoped.symbolic import SymbolicProblem
from zoped.train.state import RunState

TRAINING = "training"  # of a round: the student while it trains, half a version old at its end


@dataclass(frozen=True)
class PosedSeed:
    """A seed as the difficulty model reads it: made by no move."""

    text: str
    answer: str
    symbols: SymbolicProblem
    seed_id: str
    move: str = ""


def seed_observations(seeds: Sequence[Seed], rates: Mapping[str, PassRate]) -> list[Observation]:
    """Of the seeds with symbols, at the present student."""
    return [
        Observation(PosedSeed(seed.text, seed.answer, seed.symbols, seed.id), rates[seed.id])
        for seed in seeds
        if seed.symbols is not None and seed.id in rates
    ]


def earlier_observations(
    state: RunState, number: int, versions: Mapping[int, str]
) -> list[Observation]:
    """Of the problems of the rounds before `number`: measured, and answered in training.

    `versions` are the students that the rounds found, by round.
    """
    found: list[Observation] = []
    for earlier in range(1, number):
        problems = state.problems(earlier)
        age = float(number - earlier)
        for student, years in ((versions[earlier], age), (training_label(earlier), age - 0.5)):
            rates = state.pass_rates(student)
            found += _observed(problems, rates, years)
    return found


def training_label(number: int) -> str:
    """Under which the state keeps the pass rates of the training's own groups in a round."""
    return f"{TRAINING}-{number}"


def _observed(
    problems: Sequence[GeneratedProblem], rates: Mapping[str, PassRate], age: float
) -> list[Observation]:
    return [Observation(p, rates[p.id], age) for p in problems if p.id in rates]
