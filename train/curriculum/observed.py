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
IMPORTED = "imported"  # measured elsewhere, of the student that a round finds


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
    """Of the problems of the rounds before `number`: measured, answered in training, and measured
    elsewhere, of this round's student too.

    `versions` are the students that the rounds found, by round.
    """
    found: list[Observation] = []
    for earlier in range(1, number):
        problems = state.problems(earlier)
        age = float(number - earlier)
        for student, years in ((versions[earlier], age), (training_label(earlier), age - 0.5)):
            rates = state.pass_rates(student)
            found += _observed(problems, rates, years)
    for known in range(1, number + 1):
        if rates := state.pass_rates(imported_label(known)):
            for earlier in range(1, number + 1):
                found += _observed(state.problems(earlier), rates, float(number - known))
    return found


def training_label(number: int) -> str:
    """Under which the state keeps the pass rates of the training's own groups in a round."""
    return f"{TRAINING}-{number}"


def imported_label(number: int) -> str:
    """Under which the state keeps pass rates from elsewhere of the student that a round finds."""
    return f"{IMPORTED}-{number}"


def _observed(
    problems: Sequence[GeneratedProblem], rates: Mapping[str, PassRate], age: float
) -> list[Observation]:
    return [Observation(p, rates[p.id], age) for p in problems if p.id in rates]
