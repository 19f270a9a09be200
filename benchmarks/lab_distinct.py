"""How many different problems does it take? What the lab student gains when it is trained on few of them, or many.

    python -m benchmarks.lab_distinct --folder runs/lab_distinct --seeds 0 1 2

Problems by the lab's operators that the student solves in 0.2 to 0.8 of twelve answers; of these as many as are asked
for, again and again, for the lab's 48 steps of 16 problems, in one round, and the student halfway to the trained weights.
Gain on the lab's held-out problems, four answers each. The same command goes on with what an earlier one left.
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


def end(folder: Path, problems: list[dict[str, str]], seed: int, student: HFStudent) -> float:
    """Accuracy after training on these problems."""
    result = folder / "accuracy.json"
    if not result.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        settings = load_config(
            Path("configs/lab/base.yaml"),
            [f"seed={seed}", "rounds=1", "train.steps=48", "train.interpolation=0.5"],
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
        held_out = held_out_set("lab", COUNT)
        write_whole(
            result, json.dumps(fmean(rates(load_student(folder / "student"), held_out, 4, 3)))
        )
    return float(json.loads(result.read_text()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--folder", type=Path, default=Path("runs/lab_distinct"))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    student = load_student("lab")
    known = pool(options.folder / "pool.jsonl", student)
    start = fmean(rates(student, held_out_set("lab", COUNT), 4, 3))
    seeds = ", ".join(map(str, options.seeds))
    print(f"python -m benchmarks.lab_distinct, seeds {seeds}, {os.cpu_count()} cores")
    print(f"{len(known)} problems in the band; held-out accuracy at the start {start:.1%}")
    print("different problems   gain in points, by seed   mean")
    for number in NUMBERS:
        gains = []
        for seed in options.seeds:
            chosen = Random(seed).sample(known, number)
            gains.append(
                100 * (end(options.folder / f"{number}-{seed}", chosen, seed, student) - start)
            )
        told = " ".join(f"{gain:+.1f}" for gain in gains)
        print(f"{number:18}   {told:>23}   {fmean(gains):+.1f}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
