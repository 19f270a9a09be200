"""Generation by steps: one decision of the teacher on one seed, stored before the next begins."""

from __future__ import annotations

import random
from collections.abc import Sequence

from zoped.programs import GeneratedProblem, GenerateProblem, Seed
from zoped.train.state import RunState

STEPS_PER_ROUND = 1_000_000  # keeps the indices of different rounds apart


def seed_of_lap(seeds: Sequence[Seed], step: int, *, run_seed: int) -> Seed:
    """Every seed once a lap, each lap in an order of its own."""
    lap, i = divmod(step, len(seeds))
    order = list(range(len(seeds)))
    random.Random(f"laps-{run_seed}-{lap}").shuffle(order)
    return seeds[order[i]]


def generate_step(
    program: GenerateProblem,
    state: RunState,
    seed: Seed,
    *,
    round_number: int,
    step: int,
    student_note: str = "",
) -> list[GeneratedProblem]:
    """Do the step and store what came of it; return the problems that are new to the run.

    `student_note` is what the teacher reads about the student on this seed.
    """
    outcome = program(
        seed=seed, index=round_number * STEPS_PER_ROUND + step, student_note=student_note
    )
    return state.record_step(
        round_number,
        step,
        seed_id=seed.id,
        accepted=outcome.accepted,
        rejected=outcome.rejected,
        teacher_calls=outcome.teacher_calls,
    )
