"""What the lab's arms teach of the problems that operators make: the lab's held-out set is for the most part its
seeds in other sentences, and an arm that trains on the seeds alone has an easy time there.

    python -m benchmarks.lab_made configs/lab/uneven.yaml

asks the last student of every run that is over 600 problems by the lab's operators from its seeds, in the
sentences of the training (none is held out, and none of the arms trained on them but by chance), four
answers each and the likeliest one. Runs that are in `--rows` already are not asked again; `--report`
asks nobody. The table has an arm's gain over random seeds, and its paired difference to others.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from statistics import fmean
from typing import Any

from benchmarks.lab_transfer import CLASSES, SORTED_BY, Scores, made, scored
from zoped.cli.lab_config import load_lab
from zoped.evals import accuracy
from zoped.evals.held_out import COUNT
from zoped.train import load_student
from zoped.train.lab.comparison import difference, mean_interval
from zoped.train.lab.settings import Lab, LabRun

Rows = dict[tuple[str, int], dict[str, Any]]
FIRST = ("", -1)  # the student that all runs start with


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("lab", type=Path)
    parser.add_argument("--rows", type=Path, help="JSON Lines; made.jsonl in the lab's folder")
    parser.add_argument("--seeds", help="these random seeds alone, as in 0,1")
    parser.add_argument("--against", nargs="*", default=["random_filtered", "seeds"])
    parser.add_argument("--report", action="store_true")
    options = parser.parse_args()
    lab = load_lab(options.lab)
    path = options.rows or lab.folder / "made.jsonl"
    if not options.report:
        wanted = options.seeds and {int(seed) for seed in options.seeds.split(",")}
        ask(lab, path, wanted)
    report(options.lab, kept(path), options.against)


def ask(lab: Lab, path: Path, seeds: set[int] | None) -> None:
    problems = list(islice(made(), COUNT))
    todo = {FIRST: lab.runs[0].settings.student.name} | {
        (run.arm, run.seed): str(last(run))
        for run in lab.runs
        if last(run).is_dir() and (seeds is None or run.seed in seeds)
    }
    for key in sorted(todo.keys() - kept(path).keys()):
        student = load_student(todo[key])
        row = {"arm": key[0], "seed": key[1], "scores": list(map(list, scored(student, problems)))}
        if key == FIRST:
            row["sorted_by"] = list(accuracy(student, problems, samples=SORTED_BY, seed=2).scores)
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")


def last(run: LabRun) -> Path:
    """Where the run leaves its student when it is over."""
    return run.folder / "rounds" / f"{run.settings.rounds:04d}" / "student"


def kept(path: Path) -> Rows:
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return {(row["arm"], row["seed"]): row for row in map(json.loads, lines)}


def report(lab: Path, rows: Rows, against: list[str]) -> None:
    print(f"python -m benchmarks.lab_made {lab}  ({os.cpu_count()} cores)")
    first = rows[FIRST]
    kinds = [next(n for least, n in CLASSES if rate >= least) for rate in first["sorted_by"]]
    places: dict[str, Sequence[int]] = {"all": range(COUNT)} | {
        name: [i for i, kind in enumerate(kinds) if kind == name] for _, name in CLASSES
    }
    arms = list(dict.fromkeys(arm for arm, _ in rows if arm))
    for title, which in (("sampled", 0), ("likeliest", 1)):
        print(f"\n{title} answers")
        for name, of in places.items():
            before = mean(first["scores"], which, of)
            print(f"  {name}, {len(of)} problems, at the start {before:.1%}")
            gains = {
                arm: {
                    s: mean(r["scores"], which, of) - before
                    for (a, s), r in rows.items()
                    if a == arm
                }
                for arm in arms
            }
            for arm in arms:
                centre, low, high = (100 * x for x in mean_interval(list(gains[arm].values())))
                line = f"    {arm:20} {len(gains[arm])} seeds  {centre:+5.1f} ({low:+.1f} to {high:+.1f})"
                for other in against:
                    found = difference(gains[arm], gains.get(other, {}))
                    if other != arm and found is not None:
                        line += f"  against {other} {found.told(percent=True)}"
                print(line)


def mean(scores: Scores, which: int, places: Sequence[int]) -> float:
    return fmean(scores[which][i] for i in places)


if __name__ == "__main__":
    sys.exit(main())
