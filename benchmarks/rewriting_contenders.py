"""Optimizers on rewriting, side by side at equal cost: who makes the teacher write what is learnable.

    python -m benchmarks.rewriting_contenders > benchmarks/results/rewriting_contenders.txt

Teacher, student, strategies and seeds are those of benchmarks/instruction_matters.py: a server that does
what strategy and instruction say, with a model's mistakes, and a student with known skills. Each contender of
optimizers/compare gets the same calls of the teacher, the same objective (learnable coverage for its cost) and the
same seeds; reflecting models are the teacher itself. GEPA and critique-and-edit change the instruction
of rewriting, random search the weights of strategies, PassRateTeleprompter weights and demonstrations, and with
a reflecting model the instruction and strategies as well.

Measured on seeds that none of them saw: learnable coverage of a decision, that for 32 rollouts (a call of the teacher
counts 8), and how many different problems in the band come of 1,000 such rollouts. "Behind" is
PassRateTeleprompter's coverage less the contender's, the mean over the paired random seeds with its 95 % interval
(Student's t); calls and rollouts are what tuning spent.
"""

from __future__ import annotations

import io
import logging
import os
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from functools import partial
from random import Random
from statistics import fmean, stdev
from typing import Any

import dspy
from scipy.stats import t as student_t

from tests.obeying import SEEDS, STRATEGIES, measured, notes_of, obeying, pass_rate, worth
from tests.simulated import KnowsMoves
from zoped.optimizers.compare.contenders import (
    Calls,
    Task,
    critique_and_edit,
    dspy_gepa,
    pass_rate_teleprompter,
    random_search,
    untuned,
)
from zoped.optimizers.measuring import examples_of
from zoped.optimizers.objective import TEACHER_CALL_PRICE, coverage, decision_cost
from zoped.programs import GenerateProblem

RANDOM_SEEDS = range(8)
CALLS = 200
LAPS = 2
OURS = "PassRateTeleprompter"
ours = partial(pass_rate_teleprompter, variants=4, batch_size=12)
CONTENDERS: Mapping[str, Callable[[Task], Any]] = {
    OURS: ours,
    f"{OURS}, reflecting": lambda task: ours(task, reflection_lm=task.teacher),
    "CritiqueAndEdit": critique_and_edit,
    "dspy.GEPA": dspy_gepa,
    "random search": random_search,
    "untuned": untuned,
}


def row(name: str, random_seed: int) -> list[float]:
    """Coverage, that for its cost, distinct problems for 1,000 rollouts; calls and rollouts of tuning."""
    order = Random(random_seed).sample(SEEDS, len(SEEDS))
    train, fresh = order[: 2 * len(order) // 3], order[2 * len(order) // 3 :]
    notes = notes_of(order, random_seed)
    program = GenerateProblem(
        mutation="rewrite", variants=4, strategies=STRATEGIES, random_seed=random_seed
    )
    # What is never asked here is nothing to tune.
    program.formalize._compiled = program.verbalize._compiled = True
    del program.mutate.choose
    examples = examples_of(train, notes)
    meter, silence = KnowsMoves(pass_rate, seed=random_seed), io.StringIO()
    calls = Calls()
    with obeying() as teacher, dspy.context(lm=teacher.lm, adapter=teacher.adapter):
        with (
            dspy.context(callbacks=[calls]),
            redirect_stdout(silence),
            redirect_stderr(silence),
        ):
            task = Task(program, examples, meter, teacher.lm, CALLS, random_seed, coverage)
            tuned = CONTENDERS[name](task)
        decisions = measured(tuned, teacher, fresh, notes, laps=LAPS)
    inside = {
        problem.instance_key
        for decision in decisions
        for problem, rate in zip(decision.problems, decision.pass_rates, strict=True)
        if decision.band.contains(rate.rate)
    }
    cost = sum(decision_cost(decision, TEACHER_CALL_PRICE) for decision in decisions)
    return [*worth(decisions), 1_000 * len(inside) / cost, calls.count, meter.rollouts_spent]


def behind(own: list[float], best: list[float]) -> str:
    """How far, on average, with its interval."""
    gaps = [more - less for more, less in zip(best, own, strict=True)]
    half = student_t.ppf(0.975, len(gaps) - 1) * stdev(gaps) / len(gaps) ** 0.5
    return f"{fmean(gaps):+.2f} ({fmean(gaps) - half:+.2f} to {fmean(gaps) + half:+.2f})"


def main() -> None:
    logging.disable(logging.WARNING)  # of replies that cannot be read: they are part of it
    print(f"python -m benchmarks.rewriting_contenders, {os.cpu_count()} cores")
    print(f"{len(SEEDS)} seeds, {len(STRATEGIES)} strategies, {CALLS} teacher calls to tune with;")
    print(f"means over {len(RANDOM_SEEDS)} random seeds")
    print(
        f"{'':33}{'coverage':>9}{'for cost':>9}{'distinct/1,000':>15}{'calls':>6}{'rollouts':>9}"
        "  behind"
    )
    best: list[float] = []
    for name in CONTENDERS:
        rows = [row(name, seed) for seed in RANDOM_SEEDS]
        covered, for_cost, distinct, calls, rollouts = map(fmean, zip(*rows, strict=True))
        own = [values[0] for values in rows]
        best = best or own
        told = "" if name == OURS else behind(own, best)
        print(
            f"{name:33}{covered:9.2f}{for_cost:9.2f}{distinct:15.1f}{calls:6.0f}{rollouts:9,.0f}"
            f"  {told}",
            flush=True,
        )


if __name__ == "__main__":
    main()
