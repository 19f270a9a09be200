"""Generation by steps: one decision of the teacher on one seed, stored before the next begins."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import dspy

from zoped.programs import GeneratedProblem, Seed
from zoped.train.state import RunState

STEPS_PER_ROUND = 1_000_000  # keeps the random streams of different rounds apart


def seed_of_lap(seeds: Sequence[Seed], step: int, *, run_seed: int) -> Seed:
    """Every seed once a lap, each lap in an order of its own."""
    lap, i = divmod(step, len(seeds))
    order = list(range(len(seeds)))
    random.Random(f"laps-{run_seed}-{lap}").shuffle(order)
    return seeds[order[i]]


def generate_step(
    generator: Callable[..., dspy.Prediction],
    state: RunState,
    seed: Seed,
    *,
    round_number: int,
    step: int,
    seen: set[str],
    student_note: str = "",
) -> list[GeneratedProblem]:
    """Do the step and store what came of it; return the problems that are new to the run.

    `seen` are the keys of the problems that must not be made again; those of new ones are added.
    `student_note` is what the teacher reads about the student on this seed.
    """
    outcome = generator(
        seed=seed,
        stream=round_number * STEPS_PER_ROUND + step,
        student_note=student_note,
        seen=seen,
    )
    return state.record_step(
        round_number,
        step,
        seed_id=seed.id,
        accepted=outcome.accepted,
        rejected=outcome.rejected,
        teacher_calls=outcome.teacher_calls,
    )
