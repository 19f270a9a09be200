"""Does the quickstart teach? The whole loop over several seeds, and what the student gained.

    python benchmarks/quickstart_seeds.py --seeds 0 1 2

runs `zoped run configs/quickstart.yaml` once a seed (each resumes if it was stopped), and prints the
gain on the held-out problems with its paired 95 % interval over them, by sampled and by the likeliest
answers. The table goes to benchmarks/results/quickstart_seeds.txt.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path
from statistics import fmean

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import yaml

from zoped.evals import paired_difference
from zoped.evals.held_out import held_out_set, overlap
from zoped.train.headline import minutes_of_work
from zoped.train.lab.comparison import mean_interval
from zoped.train.loop.report import read_report
from zoped.train.scores import GREEDY, HELD_OUT, kept_scores
from zoped.train.state import STATE, RunState

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "quickstart_seeds.txt"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--config", type=Path, default=ROOT / "configs" / "quickstart.yaml")
    parser.add_argument("--folder", type=Path, default=ROOT / "runs" / "seeds")
    parser.add_argument(
        "--read",
        action="store_true",
        help="run nothing: the folder has the runs, as of a lab's arm",
    )
    options = parser.parse_args()
    lines = [
        f"$ python benchmarks/quickstart_seeds.py {' '.join(sys.argv[1:])}",
        f"{os.cpu_count()} cores",
        f"seed   {'sampled, gain (95 %)':44}   {'likeliest, gain (95 %)':44}   rollouts  minutes",
    ]
    gains: list[tuple[float, float]] = []
    for seed in options.seeds:
        line, gain = one_seed(options, seed)
        gains.append(gain)
        lines.append(line)
        print(line, flush=True)
        RESULTS.write_text("\n".join(lines) + "\n")
    if len(gains) > 1:
        for name, values in zip(("sampled", "likeliest"), zip(*gains, strict=True), strict=True):
            mean, low, high = mean_interval(values)
            lines.append(
                f"{name} answers: {100 * mean:+.1f} points, 95 % over seeds {100 * low:+.1f} to {100 * high:+.1f}"
            )
    RESULTS.write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


def one_seed(options: argparse.Namespace, seed: int) -> tuple[str, tuple[float, float]]:
    """The row, and what was gained by sampled and by the likeliest answers."""
    settings = yaml.safe_load(options.config.read_text()) | {"seed": seed}
    folder = options.folder / f"seed-{seed}"
    if not options.read:
        options.folder.mkdir(parents=True, exist_ok=True)
        config = options.folder / f"seed-{seed}.yaml"
        config.write_text(yaml.safe_dump(settings))
        run = [sys.executable, "-m", "zoped.cli.main", "run", str(config), "--run-dir", str(folder)]
        subprocess.run(run, check=True, stdout=subprocess.DEVNULL)

    wanted = settings["evaluate"]
    held_out = held_out_set(wanted["held_out"], wanted["problems"])
    with RunState(folder / STATE) as state:
        report, minutes = read_report(state), minutes_of_work(state) or 0.0
        last = len(report.rounds)
        made = [p for round_ in range(1, last + 1) for p in state.problems(round_)]
        scores = {
            name: [kept_scores(state, round_, name) for round_ in (0, last)]
            for name in (HELD_OUT, GREEDY)
        }
    shared = overlap(held_out, made)
    if shared:
        sys.exit(f"{len(shared)} held-out problems are in the training data")
    cells, gains = [], []
    for before, after in scores.values():
        first, end = ([side[id_] for id_ in before] for side in (before, after))
        low, high = paired_difference(first, end)
        gains.append(fmean(end) - fmean(first))
        cells.append(
            f"{fmean(first):.1%} to {fmean(end):.1%}   {gains[-1]:+.1%} ({low:+.1%} to {high:+.1%})"
        )
    rollouts = sum(entry.student_rollouts for entry in report.rounds)
    row = f"{seed:4d}   {'   '.join(f'{cell:44}' for cell in cells)}   {rollouts:8,}  {minutes:.1f}"
    return row, (gains[0], gains[1])


if __name__ == "__main__":
    main()
