"""Which groups carried a gradient, in the course of a round, and how the pass rate went away from what was believed.

    python -m benchmarks.lab_gradients runs/lab/interpolated/lab/adaptive_half/seed-*/

Of the problems in each quarter of a round's steps, over all runs that are named: the share whose group had right and
wrong answers, the pass rate, and the one that was believed before the round. Easy problems are those believed to be
solved four times out of five and more.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from statistics import fmean

from zoped.foundation.json_lines import read_rows
from zoped.train.config_file import CONFIG, read_config
from zoped.train.grpo.round_log import group_pass_rates

EASY = 0.8
QUARTERS = 4
Group = tuple[bool, float, float]  # carries a gradient, pass rate, believed pass rate


def groups(run: Path, number: int, steps: range) -> Iterator[tuple[tuple[int, str], Group]]:
    """By quarter and kind."""
    rows = read_rows(run / "rounds" / f"{number:04}" / "problems.jsonl")
    believed = {row["text"]: row["pass_rate"] for _, row in rows}
    for quarter in range(QUARTERS):
        first, end = (len(steps) * (quarter + side) // QUARTERS for side in (0, 1))
        rates = group_pass_rates(run / "checkpoints", steps[first:end])
        for text, rate in rates.items():
            before = next(before for known, before in believed.items() if known in text)
            group = (0 < rate.passes < rate.rollouts, rate.rate, before)
            yield (quarter + 1, "easy" if before >= EASY else "others"), group


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("runs", nargs="+", type=Path, help="folders of runs with the same settings")
    runs = parser.parse_args().runs
    settings = read_config(runs[0] / CONFIG)
    print(f"python -m benchmarks.lab_gradients, {len(runs)} runs, {os.cpu_count()} cores")
    print("round quarter kind    groups  with a gradient  pass rate  believed")
    for number in range(1, settings.rounds + 1):
        steps = settings.train.generations_of(number)
        found: dict[tuple[int, str], list[Group]] = defaultdict(list)
        for run in runs:
            for key, group in groups(run, number, steps):
                found[key].append(group)
        for (quarter, kind), some in sorted(found.items()):
            gradient, rate, before = map(fmean, zip(*some, strict=True))
            told = f"{gradient:15.0%} {rate:11.0%} {before:9.0%}"
            print(f"{number:5} {quarter:7} {kind:7} {len(some):6} {told}")


if __name__ == "__main__":
    sys.exit(main())
