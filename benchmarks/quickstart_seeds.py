"""Does the quickstart teach? The whole loop over several seeds, and what the student gained.

    python benchmarks/quickstart_seeds.py --seeds 0 1 2

runs `zoped run configs/quickstart.yaml` once a seed (each resumes if it was stopped), then asks the
first and the last student the same held-out problems, several times each, and prints the gain with
its paired 95 % interval. The table goes to benchmarks/results/quickstart_seeds.txt.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import yaml

from zoped.evals import accuracy, paired_difference
from zoped.evals.held_out import held_out_problems, overlap
from zoped.train import load_student
from zoped.train.loop.report import read_report
from zoped.train.state import STATE, RunState

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "quickstart_seeds.txt"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--config", type=Path, default=ROOT / "configs" / "quickstart.yaml")
    parser.add_argument("--folder", type=Path, default=ROOT / "runs" / "seeds")
    parser.add_argument("--samples", type=int, default=4, help="answers to each held-out problem")
    options = parser.parse_args()
    lines = [
        f"$ python benchmarks/quickstart_seeds.py --seeds {' '.join(map(str, options.seeds))}",
        f"{os.cpu_count()} cores; {options.samples} answers to each held-out problem",
        "seed  start   end    gain   95 % interval     in band untuned/tuned by round    minutes",
    ]
    for seed in options.seeds:
        lines.append(one_seed(options, seed))
        print(lines[-1], flush=True)
        RESULTS.write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


def one_seed(options: argparse.Namespace, seed: int) -> str:
    settings = yaml.safe_load(options.config.read_text()) | {"seed": seed}
    options.folder.mkdir(parents=True, exist_ok=True)
    config = options.folder / f"seed-{seed}.yaml"
    config.write_text(yaml.safe_dump(settings))
    folder = options.folder / f"seed-{seed}"
    started = time.monotonic()
    command = [sys.executable, "-m", "zoped.cli.main", "run", str(config), "--run-dir", str(folder)]
    subprocess.run(command, check=True)
    minutes = (time.monotonic() - started) / 60

    held_out = list(held_out_problems(settings["evaluate"]["problems"]))
    with RunState(folder / STATE) as state:
        report = read_report(state)
        made = [p for round_ in range(1, len(report.rounds) + 1) for p in state.problems(round_)]
    shared = overlap(held_out, made)
    if shared:
        sys.exit(f"{len(shared)} held-out problems are in the training data")
    first = load_student(settings["student"]["name"])
    last = load_student(folder / "rounds" / f"{len(report.rounds):04d}" / "student")
    before, after = (
        accuracy(student, held_out, samples=options.samples, seed=99) for student in (first, last)
    )
    low, high = paired_difference(list(before.scores), list(after.scores))
    shares = ", ".join(f"{r.share_before:.0%}/{r.share_after:.0%}" for r in report.rounds)
    return (
        f"{seed:4d}  {before.mean:.1%}  {after.mean:.1%}  {after.mean - before.mean:+.1%}"
        f"  {low:+.1%} to {high:+.1%}   {shares:32s}  {minutes:.1f}"
    )


if __name__ == "__main__":
    main()
