"""What students of the lab learnt: of problems like those that they were trained on, and of the lab's held-out ones.

    python -m benchmarks.lab_transfer --trained runs/lab/interpolated/lab/adaptive_half/seed-*/rounds/0002/student

The first are 600 by the lab's operators from its seeds, in the sentences of the training, sorted by how the first
student does on them (12 answers); the others have other sentences and second steps by other operators. Four answers a
problem, which are not those that it was sorted by, and the likeliest one; points of pass rate between the first student
and the trained ones.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from itertools import count, islice
from pathlib import Path
from random import Random
from statistics import fmean

from zoped.cli.config import load_config
from zoped.evals import GreedyStudent, accuracy, greedy_accuracy
from zoped.evals.held_out import COUNT, LEVELS, elementary_seeds, held_out_set
from zoped.evals.sampling import Question
from zoped.programs import GeneratedProblem
from zoped.programs.random_operators import RandomOperators
from zoped.train import load_student

SORTED_BY = 12  # answers of the first student
CLASSES = ((0.8, "easy"), (0.2, "in the band"), (0.0, "hard"))


def made() -> Iterator[GeneratedProblem]:
    settings = load_config(Path("configs/lab/base.yaml")).generate
    operators = RandomOperators(operators=settings.operators, variants=6, random_seed=5)
    seeds, rng = elementary_seeds(), Random(1)
    seen = {problem.instance_key for problem in held_out_set("lab", COUNT)}
    for stream in count():
        yield from operators(rng.choice(seeds), stream, seen=seen).accepted


Scores = tuple[Sequence[float], Sequence[float]]  # of sampled answers, and of the likeliest one


def scored(student: GreedyStudent, problems: Sequence[Question]) -> Scores:
    sampled = accuracy(student, problems, samples=4, seed=3)
    return sampled.scores, greedy_accuracy(student, problems).scores


def told(label: str, students: Sequence[Scores], places: Sequence[int]) -> str:
    line = f"  {label:12} {len(places):4} problems"
    for name, of_each in zip(("sampled", "likeliest"), zip(*students, strict=True), strict=True):
        first, *trained = (fmean(scores[i] for i in places) for scores in of_each)
        end = fmean(trained)
        line += f"  {name} {first:6.1%} to {end:6.1%} ({100 * (end - first):+.1f})"
    return line


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--first", default="lab")
    parser.add_argument("--trained", required=True, nargs="+", help="folders of students")
    options = parser.parse_args()
    given = f"--first {options.first}, {len(options.trained)} trained students"
    print(f"python -m benchmarks.lab_transfer, {given}, {os.cpu_count()} cores")
    known, held_out = list(islice(made(), COUNT)), held_out_set("lab", COUNT)
    first = load_student(options.first)
    before = accuracy(first, known, samples=SORTED_BY, seed=2).scores
    kinds = [next(name for least, name in CLASSES if rate >= least) for rate in before]
    students = [first, *map(load_student, options.trained)]
    for title, problems, groups, names in (
        ("the sentences and operators of the training", known, kinds, [n for _, n in CLASSES]),
        (
            "other sentences and operators (held out)",
            held_out,
            [LEVELS["lab"][problem.grade] for problem in held_out],
            list(LEVELS["lab"]),
        ),
    ):
        scores = [scored(student, problems) for student in students]
        print(title)
        for name in names:
            print(told(name, scores, [i for i, group in enumerate(groups) if group == name]))
        print(told("all", scores, range(len(problems))), flush=True)


if __name__ == "__main__":
    sys.exit(main())
