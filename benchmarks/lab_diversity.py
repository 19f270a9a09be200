"""How varied are the problems that an arm trains on?

    python -m benchmarks.lab_diversity runs/lab/uneven/uneven/{random_filtered,adaptive_seeds}/seed-8/

The problems of all rounds of each run, each once, and as many of each run as the smallest has, drawn at random: entropy
of structures in bits, mean cosine distance and Vendi score of all-MiniLM-L6-v2 embeddings, self-BLEU. The seeds are
told before, all of them.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from random import Random

from zoped.evals.diversity import diversity
from zoped.evals.diversity.measure import Item
from zoped.foundation.json_lines import read_rows
from zoped.train.state import STATE, RunState


def problems_of(run: Path) -> tuple[list[Item], list[Item]]:
    """The seeds of a run, and the different problems that it trained on."""
    files = sorted(run.glob("rounds/*/problems.jsonl"))
    trained = {row["id"] for file in files for _, row in read_rows(file)}
    with RunState(run / STATE) as state:
        seeds = {seed.id: Item(seed.text, seed.symbols) for seed in state.seeds()}
        made = {
            problem.id: Item(problem.text, problem.symbols)
            for number in range(1, len(files) + 1)
            for problem in state.problems(number)
        }
    known = seeds | made
    return list(seeds.values()), [known[id_] for id_ in sorted(trained)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("runs", nargs="+", type=Path, help="folders of runs from the same seeds")
    runs = parser.parse_args().runs
    sets = {"/".join(run.parts[-2:]): problems_of(run) for run in runs}
    size = min(len(trained) for _, trained in sets.values())
    print(
        f"python -m benchmarks.lab_diversity, {os.cpu_count()} cores; {size} problems of each run"
    )
    print(f"{'run':25} problems  structures  entropy  distance  Vendi score  self-BLEU")
    tell("seeds", next(iter(sets.values()))[0], size)
    for name, (_, trained) in sets.items():
        tell(name, trained, size)


def tell(name: str, items: Sequence[Item], size: int) -> None:
    found = diversity(Random(0).sample(items, min(size, len(items))))
    print(
        f"{name:25} {len(items):8} {found.fingerprints:11} {found.entropy['structures']:8.2f}"
        f" {found.mean_cosine_distance:9.2f} {found.vendi_score:12.1f} {found.self_bleu:10.2f}",
        flush=True,
    )


if __name__ == "__main__":
    main()
