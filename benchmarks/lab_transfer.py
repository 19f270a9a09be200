"""What students of the lab learnt: of problems like those that they were trained on, and of the lab's held-out ones.

    python -m benchmarks.lab_transfer --trained runs/lab/interpolated/lab/adaptive_half/seed-*/rounds/0002/student

The first are 600 by the lab's operators from its seeds, in the sentences of the training, sorted by how the first
student does on them (12 answers); the others have other sentences and second steps by other operators. Four answers a
problem, which are not those that it was sorted by; points of pass rate between the first student and the trained ones.
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
from zoped.evals import accuracy
from zoped.evals.held_out import COUNT, LEVELS, elementary_seeds, held_out_set
from zoped.evals.sampling import Question, Student
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


def rates(student: Student, problems: Sequence[Question], samples: int, seed: int) -> list[float]:
    return list(accuracy(student, problems, samples=samples, seed=seed).scores)


def told(label: str, first: Sequence[float], trained: Sequence[Sequence[float]]) -> str:
    start, end = fmean(first), fmean(fmean(scores) for scores in trained)
    return f"  {label:12} {len(first):4} problems  {start:6.1%} to {end:6.1%}  ({100 * (end - start):+.1f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--first", default="lab")
    parser.add_argument("--trained", required=True, nargs="+", help="folders of students")
    options = parser.parse_args()
    given = f"--first {options.first}, {len(options.trained)} trained students"
    print(f"python -m benchmarks.lab_transfer, {given}, {os.cpu_count()} cores")
    known, held_out = list(islice(made(), COUNT)), held_out_set("lab", COUNT)
    first = load_student(options.first)
    before = rates(first, known, SORTED_BY, 2)
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
        scores = [rates(student, problems, 4, 3) for student in students]
        print(title)
        for name in names:
            of_kind = [[s for s, g in zip(one, groups, strict=True) if g == name] for one in scores]
            print(told(name, of_kind[0], of_kind[1:]))
        print(told("all", scores[0], scores[1:]), flush=True)


if __name__ == "__main__":
    sys.exit(main())
