"""Whether it matters what the teacher is told: learnable coverage with tuned strategies, untuned ones,
and the tuned ones shuffled.

    python -m benchmarks.instruction_matters > benchmarks/results/instruction_matters.txt

The teacher is a server that does what strategy and instruction say, with a model's mistakes (four
replies of ten, fewer where the instruction warns of them or a demonstration shows how); the student is
simulated, with a known skill for each kind of step (both in tests/obeying.py). Of sixteen strategies,
each named with the step that it adds, three add one that this student does now and then (a remainder, a
common divisor, rounding up to whole boxes); the others add what it always or never does, or ask otherwise.

Seeds are divided by the random seed: two thirds to tune on, the others to measure on. "Coverage" is
learnable coverage of one decision; "for its cost" is that for 32 rollouts, a call of the teacher
counting 8. "Shuffled" gives each weight to another strategy: the mean of three shufflings. Below the table
are the geometric means of the ratios, with 95 % intervals over the paired random seeds (Student's t).
"""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from math import exp, log
from random import Random
from statistics import fmean, stdev

from scipy.stats import t as student_t

from tests.obeying import SEEDS, STRATEGIES, notes_of, obeying, pass_rate, shuffled, worth
from tests.obeying import measured as made
from tests.simulated import KnowsMoves
from zoped.optimizers import PassRateTeleprompter
from zoped.optimizers.measuring import examples_of
from zoped.programs import GenerateProblem

RANDOM_SEEDS = range(16)
CALLS = 200
LAPS = 2


def measured(random_seed: int) -> tuple[list[float], str]:
    """Coverage and that for its cost, untuned, tuned and shuffled; and what was best."""
    order = Random(random_seed).sample(SEEDS, len(SEEDS))
    train, fresh = order[: 2 * len(order) // 3], order[2 * len(order) // 3 :]
    notes = notes_of(order, random_seed)
    untuned = GenerateProblem(
        mutation="rewrite", variants=4, strategies=STRATEGIES, random_seed=random_seed
    )
    trainset = examples_of(train, notes)
    with obeying() as teacher:
        tuned = PassRateTeleprompter(
            KnowsMoves(pass_rate, seed=random_seed),
            max_teacher_calls=CALLS,
            max_rollouts=40_000,
            exploration_tries=400,
            variants=4,
            batch_size=12,
            random_seed=random_seed,
        ).compile(untuned, trainset=trainset, teacher=teacher)
        before, after, *mixed = (
            worth(made(program, teacher, fresh, notes, laps=LAPS))
            for program in (untuned, tuned, *(shuffled(tuned, k) for k in range(3)))
        )
    other = [fmean(column) for column in zip(*mixed, strict=True)]
    return [*before, *after, *other], tuned.tuning["origin"]


def ratios(above: Sequence[float], below: Sequence[float]) -> str:
    """The geometric mean of above/below with its interval, and the least."""
    logs = [log(a / b) for a, b in zip(above, below, strict=True)]
    middle = fmean(logs)
    half = student_t.ppf(0.975, len(logs) - 1) * stdev(logs) / len(logs) ** 0.5
    return (
        f"{exp(middle):.1f} ({exp(middle - half):.1f} to {exp(middle + half):.1f}), "
        f"at least {exp(min(logs)):.1f}"
    )


def main() -> None:
    logging.disable(logging.WARNING)  # of replies that cannot be read: they are part of it
    print(f"python -m benchmarks.instruction_matters, {os.cpu_count()} cores")
    print(f"{len(SEEDS)} seeds, {len(STRATEGIES)} strategies, {CALLS} teacher calls to tune with")
    print("          untuned           tuned        shuffled")
    print("seed coverage for cost coverage for cost coverage for cost   times  what was best")
    rows = []
    for seed in RANDOM_SEEDS:
        values, origin = measured(seed)
        rows.append(values)
        numbers = " ".join(f"{value:8.2f}" for value in values)
        print(f"{seed:4} {numbers} {values[2] / values[0]:7.1f}  {origin}", flush=True)
    before, before_cost, after, after_cost, mixed, _ = zip(*rows, strict=True)
    print(f"tuned over untuned: {ratios(after, before)}")
    print(f"tuned over untuned, for cost: {ratios(after_cost, before_cost)}")
    print(f"tuned over shuffled: {ratios(after, mixed)}")
    print(f"shuffled over untuned: {ratios(mixed, before)}")


if __name__ == "__main__":
    main()
