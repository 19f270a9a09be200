"""The part of a round's data that was there before: problems of earlier rounds, and seeds."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from zoped.evals import Band, PassRate, PassRateMeter, as_asked
from zoped.evals.held_out import HeldOutProblem, normalized
from zoped.programs import Seed
from zoped.programs.acceptance import IsContaminated
from zoped.train.curriculum.choose import expected_gradient, in_band, read_training_file
from zoped.train.curriculum.problem import TrainingProblem
from zoped.train.state import RunState

MEASURED_AGAIN = 3  # times as many earlier problems as wanted, at most


def trained_on(files: Sequence[Path]) -> list[TrainingProblem]:
    """Every generated problem of earlier rounds' training files, once."""
    problems = {p.id: p for file in files for p in read_training_file(file)}
    return [problem for problem in problems.values() if problem.source == "new"]


def replayed_problems(
    pool: Sequence[TrainingProblem],
    count: int,
    *,
    band: Band,
    state: RunState,
    meter: Callable[[str], PassRateMeter],
    seed: int,
) -> tuple[list[TrainingProblem], int]:
    """Up to `count` problems of the pool that lie in the band at the present student, and the rollouts
    of all that were measured for it.

    They are measured again, `count` at a time; what was measured is in `state`, so a killed round
    measures the same parts. `meter(part)` makes the meter of a part.
    """
    pool = random.Random(seed).sample(pool, len(pool)) if count else []
    kept: list[TrainingProblem] = []
    rollouts = 0
    for start in range(0, min(len(pool), MEASURED_AGAIN * count), max(count, 1)):
        part = pool[start : start + count]
        measuring = meter(f"replay-{start}")
        student = measuring.student.version
        known = state.pass_rates(student)
        new = [problem for problem in part if problem.id not in known]
        if new:
            state.save_pass_rates([p.id for p in new], measuring.measure(new), student)
            known = state.pass_rates(student)
        again = [replace(p, pass_rate=known[p.id], source="replayed") for p in part]
        rollouts += sum(problem.pass_rate.rollouts for problem in again)
        kept += [problem for problem in again if in_band(problem, band)]
        if len(kept) >= count:
            break
    return kept[:count], rollouts


def seeds_to_train_on(
    seeds: Sequence[Seed],
    on_seeds: Mapping[str, PassRate],
    count: int,
    *,
    group_size: int,
    held_out: Sequence[HeldOutProblem],
    is_contaminated: IsContaminated = lambda text: False,
) -> list[TrainingProblem]:
    """`count` uses of seeds, in the words in which they were measured: of each as many as go with the
    chance that a group of `group_size` answers to it carries a gradient. None of a seed that is a
    held-out problem, or that is too near to a tested text.

    Uses are shared out by largest remainders (Hamilton's method).
    """
    texts = {normalized(problem.text) for problem in held_out} if count else set()
    asked = [(s, as_asked(s)) for s in (seeds if count else ()) if s.id in on_seeds]
    fitting = [
        TrainingProblem(s.id, question.text, question.answer, on_seeds[s.id], "seed")
        for s, question in asked
        if normalized(question.text) not in texts and not is_contaminated(question.text)
    ]
    chances = [expected_gradient(problem.pass_rate, group_size) for problem in fitting]
    total = sum(chances)
    shares = [count * chance / total for chance in chances]
    uses = [int(share) for share in shares]
    by_remainder = sorted(range(len(shares)), key=lambda i: uses[i] - shares[i])
    for i in by_remainder[: count - sum(uses)]:
        uses[i] += 1
    return [problem for problem, n in zip(fitting, uses, strict=True) for _ in range(n)]
