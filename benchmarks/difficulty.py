"""How well the difficulty of a problem is known before it is asked, and what measuring adds.

Problems by operators at random are answered by a student, 16 times each: some to fit the
model on (4 of the answers), others to judge it by. Printed: the log loss of one rollout against
that of the mean pass rate, the coverage of the 90 % intervals, and for the tenth that promises
most, how many groups of eight would carry a gradient, by how much was measured of it first.

    python -m benchmarks.difficulty --problems 1000 > benchmarks/results/difficulty.txt
"""

from __future__ import annotations

import argparse
import os
from random import Random

import numpy as np

from zoped.evals import PassRate, is_right
from zoped.evals.band import DEFAULT_BAND
from zoped.evals.coverage import Candidate, choose_covering
from zoped.evals.difficulty import DifficultyModel, Observation, calibration
from zoped.evals.held_out import elementary_seeds
from zoped.evals.stopping import rounded_prior, stopping_states
from zoped.programs.random_operators import RandomOperators
from zoped.train import load_student
from zoped.train.curriculum.choose import NOTHING, expected_gradient

SAMPLES, GROUP = 16, 8
OPERATORS = [
    "add_distractor",
    "add_step",
    "change_numbers",
    "compare_givens",
    "double_step",
    "multiply_step",
    "one_digit_numbers",
    "remove_step",
    "share_step",
    "split_given",
    "swap_unknown",
    "take_away_step",
    "three_digit_numbers",
    "two_digit_numbers",
]


def made(student, random_seed, count):
    """Problems of elementary seeds, and how many of 16 answers to each are right."""
    operators = RandomOperators(operators=OPERATORS, variants=4, random_seed=random_seed)
    rng, seeds, seen, problems = Random(random_seed), elementary_seeds(), set(), []
    while len(problems) < count:
        problems += operators(rng.choice(seeds), len(seen), seen=seen).accepted
    answers = student.sample([p.text for p in problems], samples=SAMPLES, seed=random_seed)
    right = [
        [is_right(text, p.answer) for text in texts]
        for p, texts in zip(problems, answers, strict=True)
    ]
    return problems, np.array(right)


def chosen(problems, learnable, count, *, covering):
    best = np.argsort(-learnable)[: 2 * count if covering else count]
    if not covering:
        return best
    kinds = [(problems[i].fingerprint, problems[i].move, problems[i].seed_id) for i in best]
    candidates = [Candidate(learnable[i], k) for i, k in zip(best, kinds, strict=True)]
    return best[choose_covering(candidates, count)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--problems", type=int, default=1000)
    parser.add_argument("--student", default="lab")
    arguments = parser.parse_args()
    count = arguments.problems
    student = load_student(arguments.student)
    known, seen = made(student, 1, count)
    unseen, right = made(student, 2, count)
    counts = right.sum(axis=1)
    rates = counts / SAMPLES
    truth = 1 - rates**GROUP - (1 - rates) ** GROUP
    inside = np.mean([DEFAULT_BAND.contains(rate) for rate in rates])
    print(
        f"{arguments.student}, {os.cpu_count()} cores. Of {count} unseen problems {inside:.1%} lie in the band, and"
    )
    print(f"{truth.mean():.2f} of their groups of {GROUP} would carry a gradient.")
    print(
        "\nfitted on  log loss  of the mean  coverage of 90 %  groups of the best tenth  expected"
    )
    for size in (100, 200, 400, count):
        observed = [
            Observation(p, PassRate(int(answers[:4].sum()), 4))
            for p, answers in zip(known[:size], seen, strict=False)
        ]
        model = DifficultyModel(observed)
        beliefs = model.predict(unseen)
        report = calibration(beliefs, [PassRate(int(n), SAMPLES) for n in counts])
        learnable = np.array([expected_gradient(NOTHING, GROUP, b) for b in beliefs])
        best = chosen(unseen, learnable, count // 10, covering=False)
        print(
            f"{size:9d}  {report.log_loss:8.3f}  {report.base_log_loss:11.3f}  "
            f"{report.coverage:16.1%}  {truth[best].mean():24.2f}  {learnable[best].mean():8.2f}"
        )
    print("\nmeasured first (rollouts a chosen problem)   groups   of a rollout   structures")
    wanted = count // 10
    for covering in (False, True):
        for cost in (10, 20, 40, 80):
            spent, after = 0, learnable.copy()
            for i in chosen(unseen, learnable, int(1.5 * wanted), covering=covering):
                stops = stopping_states(DEFAULT_BAND, 2, 12, cost, rounded_prior(beliefs[i]))
                n = 0
                while (int(right[i, :n].sum()), n) not in stops:
                    n += 2
                spent += n
                rate = PassRate(int(right[i, :n].sum()), n)
                after[i] = expected_gradient(rate, GROUP, beliefs[i])
            best = chosen(unseen, after, wanted, covering=covering)
            share, price = truth[best].mean(), spent / wanted
            print(
                f"{'varied' if covering else 'most learnable':14s}  {price:4.1f}"
                f"{share:31.2f}  {share / (GROUP + price):13.3f}"
                f"  {len({unseen[i].fingerprint for i in best}):11d}"
            )


if __name__ == "__main__":
    main()
