"""The figure of docs/results.md: a lab's accuracy against rollouts, of the arms that the page is about.

    python -m benchmarks.lab_figure uneven docs/images/lab-uneven.png \
        --arms random_filtered adaptive_full seeds numbers random_seeds adaptive_seeds

It reads what is stored in benchmarks/results/lab; `zoped lab` itself draws every arm.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from zoped.cli.lab_config import load_lab
from zoped.train.lab.figure import draw
from zoped.train.lab.results import load_numbers


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("lab", help="a file's name in configs/lab, without its ending")
    parser.add_argument("figure", type=Path)
    parser.add_argument("--arms", nargs="+", required=True)
    options = parser.parse_args()
    settings = load_lab(Path("configs/lab") / f"{options.lab}.yaml").settings
    arms = {arm: settings.arms[arm] for arm in options.arms}
    runs = load_numbers(Path("benchmarks/results/lab") / options.lab / "results.jsonl")
    draw(settings.model_copy(update={"arms": arms}), runs, options.figure)


if __name__ == "__main__":
    main()
