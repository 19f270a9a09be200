"""How many different problems does it take? What a student gains when it is trained on few of them, or many.

    python -m benchmarks.lab_distinct --folder runs/lab_distinct --seeds 0 1 2
    python -m benchmarks.lab_distinct --folder runs/lab_distinct_uneven --student lab-uneven --interpolation 1

Problems by the lab's operators that the student solves in 0.2 to 0.8 of twelve answers; of these as many as are asked
for, again and again, for the lab's 48 steps of 16 problems, in one round, and the student as far to the trained weights as
`--interpolation` says (halfway). Gain on the lab's held-out problems, by four sampled answers each and by the likeliest
one. The same command goes on with what an earlier one left.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from itertools import islice
from pathlib import Path
from random import Random
from statistics import fmean

from benchmarks.lab_greedy import accuracies
from benchmarks.lab_transfer import SORTED_BY, made, rates
from zoped.cli.config import load_config
from zoped.evals.band import DEFAULT_BAND
from zoped.evals.held_out import COUNT, held_out_set
from zoped.foundation.files import write_whole
from zoped.foundation.json_lines import dump_rows, read_rows
from zoped.students import HFStudent
from zoped.train import RoundJob, load_student
from zoped.train.grpo.train_round import train_round

NUMBERS = (4, 40, 400)
TRIED = 3_000  # of which about one in seven lies in the band


def pool(file: Path, student: HFStudent) -> list[dict[str, str]]:
    """The problems in the band."""
    if not file.is_file():
        problems = list(islice(made(), TRIED))
        found = [
            {"text": problem.text, "answer": problem.answer}
            for problem, rate in zip(problems, rates(student, problems, SORTED_BY, 2), strict=True)
            if DEFAULT_BAND.contains(rate)
        ]
        write_whole(file, dump_rows(found))
    return [row for _, row in read_rows(file)]


def held_out(student: HFStudent) -> tuple[float, float]:
    return accuracies(student, held_out_set("lab", COUNT))


def end(
    folder: Path,
    problems: list[dict[str, str]],
    seed: int,
    student: HFStudent,
    interpolation: float,
) -> tuple[float, float]:
    """Accuracies on the held-out problems after training on these."""
    result = folder / "accuracies.json"
    if not result.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        settings = load_config(
            Path("configs/lab/base.yaml"),
            [
                *(f"seed={seed}", "rounds=1", "train.steps=48"),
                f"train.interpolation={interpolation}",
            ],
        )
        count = settings.train.problems_of(1)
        used = (problems * (1 + count // len(problems)))[:count]
        Random(seed).shuffle(used)
        write_whole(folder / "problems.jsonl", dump_rows(used))
        train_round(
            RoundJob.of_student(
                settings,
                student,
                problems=folder / "problems.jsonl",
                checkpoints=folder / "checkpoints",
                output=folder / "student",
                round=1,
                rounds=1,
            )
        )
        write_whole(result, json.dumps(held_out(load_student(folder / "student"))))
    sampled, likeliest = json.loads(result.read_text())
    return float(sampled), float(likeliest)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--folder", type=Path, default=Path("runs/lab_distinct"))
    parser.add_argument("--student", default="lab")
    parser.add_argument("--interpolation", type=float, default=0.5)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    student = load_student(options.student)
    known = pool(options.folder / "pool.jsonl", student)
    start = held_out(student)
    seeds = ", ".join(map(str, options.seeds))
    given = f"--student {options.student}, --interpolation {options.interpolation}, seeds {seeds}"
    print(f"python -m benchmarks.lab_distinct, {given}, {os.cpu_count()} cores")
    print(
        f"{len(known)} problems in the band; held-out accuracy at the start {start[0]:.1%}, by likeliest answers {start[1]:.1%}"
    )
    print("different problems   gain in points, by seed   mean   by likeliest answers   mean")
    for number in NUMBERS:
        ends = []
        for seed in options.seeds:
            chosen = Random(seed).sample(known, number)
            folder = options.folder / f"{number}-{seed}"
            ends.append(end(folder, chosen, seed, student, options.interpolation))
        cells = []
        for before, after in zip(start, zip(*ends, strict=True), strict=True):
            gains = [100 * (value - before) for value in after]
            cells += [f"{' '.join(f'{gain:+.1f}' for gain in gains):>23}", f"{fmean(gains):+.1f}"]
        print(f"{number:18}   {'   '.join(cells)}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
