"""Everything that the student ever answered, as observations for the difficulty model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from zoped.evals import as_asked
from zoped.evals.difficulty import Observation, Posed
from zoped.evals.pass_rate import PassRate
from zoped.programs import Seed
from zoped.symbolic import SymbolicProblem
from zoped.train.state import RunState

TRAINING = "training"  # of a round: the student while it trains, half a version old at its end
IMPORTED = "imported"  # measured elsewhere, of the student that a round finds


@dataclass(frozen=True)
class PosedSeed:
    """A seed as the difficulty model reads it, in the words that the student is asked; no move made it."""

    text: str
    answer: str
    symbols: SymbolicProblem
    seed_id: str
    move: str = ""


def posed_seeds(seeds: Sequence[Seed]) -> dict[str, Posed]:
    """The seeds with symbols, by their ids."""
    return {
        seed.id: PosedSeed(as_asked(seed).text, seed.answer, seed.symbols, seed.id)
        for seed in seeds
        if seed.symbols is not None
    }


def observations(
    state: RunState, number: int, versions: Mapping[int, str], seeds: Sequence[Seed]
) -> list[Observation]:
    """Of the seeds with symbols and of the problems of all rounds: what the students of the rounds before
    `number` answered, measured and in training, and what was measured elsewhere, of this round's
    student too; and of the seeds, what this student answered.

    `versions` are the students that the rounds found, by round, with this one's.
    """
    of_seeds = posed_seeds(seeds)
    posed = dict(of_seeds)
    for known in range(1, number + 1):
        posed |= {problem.id: problem for problem in state.problems(known)}
    found: list[Observation] = []
    for earlier in range(1, number):
        age = float(number - earlier)
        for student, years in ((versions[earlier], age), (training_label(earlier), age - 0.5)):
            found += _observed(posed, state.pass_rates(student), years)
    for known in range(1, number + 1):
        found += _observed(posed, state.pass_rates(imported_label(known)), float(number - known))
    return found + _observed(of_seeds, state.pass_rates(versions[number]), 0.0)


def training_label(number: int) -> str:
    """Under which the state keeps the pass rates of the training's own groups in a round."""
    return f"{TRAINING}-{number}"


def imported_label(number: int) -> str:
    """Under which the state keeps pass rates from elsewhere of the student that a round finds."""
    return f"{IMPORTED}-{number}"


def _observed(
    posed: Mapping[str, Posed], rates: Mapping[str, PassRate], age: float
) -> list[Observation]:
    return [Observation(each, rates[id_], age) for id_, each in posed.items() if id_ in rates]
