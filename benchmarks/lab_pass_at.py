"""Does training narrow what a student can do? pass@1, 8 and 32 on the lab's held-out problems, before and after.

    python -m benchmarks.lab_pass_at --trained runs/lab/ten_rounds/lab/*/seed-0/rounds/0010/student

32 answers a problem, unbiased (Chen et al. 2021, arXiv 2107.03374). In brackets the difference from the first student,
its 95 % interval paired by problem.
"""

from __future__ import annotations

import argparse
import os
from itertools import product
from statistics import fmean

from benchmarks.interpolation import between, weights_of
from zoped.evals import accuracy, paired_difference
from zoped.evals.evaluation.scores import pass_at_k
from zoped.evals.held_out import COUNT, held_out_set
from zoped.students.hugging_face import HFStudent
from zoped.train import load_student

SAMPLES = 32
KS = (1, 8, 32)


def pass_at(student: HFStudent) -> dict[int, list[float]]:
    """By k, of every problem."""
    problems = held_out_set("lab", COUNT)
    found = accuracy(student, problems, samples=SAMPLES, seed=4)
    right = [round(score * SAMPLES) for score in found.scores]
    return {k: [pass_at_k(count, SAMPLES, k) for count in right] for k in KS}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--first", default="lab")
    parser.add_argument("--trained", required=True, nargs="+", help="folders of students")
    parser.add_argument(
        "--interpolation",
        type=float,
        nargs="+",
        default=[1.0],
        help="how far from the first one's weights to the trained one's, as train.interpolation",
    )
    options = parser.parse_args()
    print(f"python -m benchmarks.lab_pass_at, {os.cpu_count()} cores")
    student = load_student(options.first)
    before, first = pass_at(student), weights_of(student)
    print(options.first, *(f"pass@{k} {fmean(before[k]):.1%}" for k in KS), sep="  ")
    for name, share in product(options.trained, options.interpolation):
        after = pass_at(between(student, first, weights_of(load_student(name)), share))
        told = []
        for k in KS:
            low, high = (100 * end for end in paired_difference(before[k], after[k]))
            told.append(f"pass@{k} {fmean(after[k]):.1%} ({low:+.1f} to {high:+.1f})")
        where = name if share == 1 else f"{name}, interpolation {share}"
        print(where, *told, sep="  ", flush=True)


if __name__ == "__main__":
    main()
