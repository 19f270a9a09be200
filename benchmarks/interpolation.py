"""What a student can do between its first weights and those that training led to.

    python -m benchmarks.interpolation --first lab --trained runs/quickstart/checkpoints/checkpoint-80

`train.interpolation` leaves a round's student there (WiSE-FT, Wortsman et al. 2022, arXiv 2109.01903). Held-out
accuracy by level, four answers a problem.
"""

from __future__ import annotations

import argparse
import os
import sys
from statistics import fmean

import torch

from zoped.evals import accuracy
from zoped.evals.held_out import COUNT, LEVELS, held_out_set
from zoped.students.hugging_face import HFStudent
from zoped.train import load_student

SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)


Weights = dict[str, torch.Tensor]


def weights_of(student: HFStudent) -> Weights:
    return {name: weight.clone() for name, weight in student.model.state_dict().items()}


def between(student: HFStudent, first: Weights, trained: Weights, share: float) -> HFStudent:
    """The student with weights that are so far on the way from the first ones to the trained ones."""
    student.model.load_state_dict(
        {name: torch.lerp(first[name], trained[name], share) for name in first}
    )
    return student


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--first", required=True, help="`lab`, `lab-stories`, or a folder")
    parser.add_argument("--trained", required=True, nargs="+", help="folders of trained weights")
    parser.add_argument("--held-out", choices=LEVELS, default="builtin")
    parser.add_argument("--samples", type=int, default=4)
    options = parser.parse_args()
    print(f"python -m benchmarks.interpolation {' '.join(sys.argv[1:])}, {os.cpu_count()} cores")
    problems = held_out_set(options.held_out, COUNT)
    student = load_student(options.first)
    first = weights_of(student)
    for folder in options.trained:
        trained = load_student(folder).model.state_dict()
        for share in SHARES:
            found = accuracy(
                between(student, first, trained, share), problems, samples=options.samples, seed=3
            )
            levels = [
                fmean(s for s, p in zip(found.scores, problems, strict=True) if p.grade == grade)
                for grade in range(3)
            ]
            told = ", ".join(
                f"{level} {rate:.1%}"
                for level, rate in zip(LEVELS[options.held_out], levels, strict=True)
            )
            print(f"{share:4}  {found.mean:.1%} right; {told}", flush=True)


if __name__ == "__main__":
    main()
