"""How much of a gain is being surer? Students on held-out problems: four sampled answers, and the likeliest one.

    python -m benchmarks.lab_greedy --trained runs/lab_distinct/*/student

A student that only gets surer of what it would say gains in sampled answers and not in the likeliest one.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from statistics import fmean

from zoped.evals import GreedyStudent, Question, accuracy, greedy_accuracy
from zoped.evals.held_out import COUNT, LEVELS, held_out_set
from zoped.train import load_student


def accuracies(student: GreedyStudent, problems: Sequence[Question]) -> tuple[float, float]:
    """By four sampled answers to each problem, and by the likeliest one."""
    sampled = accuracy(student, problems, samples=4, seed=3).mean
    return sampled, greedy_accuracy(student, problems).mean


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--first", default="lab")
    parser.add_argument("--trained", required=True, nargs="+", help="folders of students")
    parser.add_argument("--held-out", choices=LEVELS, default="lab")
    options = parser.parse_args()
    problems = held_out_set(options.held_out, COUNT)
    given = f"--first {options.first} --held-out {options.held_out}, {len(options.trained)} trained"
    print(f"python -m benchmarks.lab_greedy, {given}, {os.cpu_count()} cores")
    found = []
    for name in (options.first, *options.trained):
        sampled, likeliest = accuracies(load_student(name), problems)
        found.append((sampled, likeliest))
        print(f"sampled {sampled:.1%}  likeliest {likeliest:.1%}  {name}", flush=True)
    for kind, (before, *after) in zip(
        ("sampled", "likeliest"), zip(*found, strict=True), strict=True
    ):
        print(f"{kind}: {before:.1%} to {fmean(after):.1%} ({100 * (fmean(after) - before):+.1f})")


if __name__ == "__main__":
    sys.exit(main())
