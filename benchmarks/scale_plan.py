"""What a hundred million problems cost, from rates that are measured here, on one core.

    python benchmarks/scale_plan.py > benchmarks/results/scale_plan.txt

Rates are per second of processor time, so that a busy machine does not change them; a cluster's hours are those of
its cores when they do nothing else.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq

from zoped.evals.difficulty import DifficultyModel, Observation, features
from zoped.evals.pass_rate import PassRate
from zoped.programs import GeneratedProblem, builtin_seeds
from zoped.programs.acceptance import Acceptance
from zoped.programs.bulk.random_walk import RandomWalks
from zoped.programs.bulk.shards import WalkSettings, made_unit

CORES = (8, 64, 512)
FULL = 20  # a unit's number: the first ones are smaller


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--problems", type=int, default=100_000_000)
    parser.add_argument("--walks", type=int, default=10_000)
    options = parser.parse_args()
    seeds = [seed for seed in builtin_seeds() if seed.symbols is not None]
    settings = WalkSettings(seeds, seed=5, time_limit=0, walks_per_unit=options.walks)
    print(
        f"$ python benchmarks/scale_plan.py --problems {options.problems} --walks {options.walks}"
    )
    print(f"one of {os.cpu_count()} cores, in seconds of its time")

    start = time.process_time()
    table, reasons = made_unit(settings, FULL)
    made = table.num_rows
    rate = made / (time.process_time() - start)
    print(f"made, solved and checked: {rate:,.0f} problems a second; lost {dict(reasons)}")

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "unit.parquet"
        pq.write_table(table, file, compression="zstd")
        size = file.stat().st_size / made
    print(f"stored: {size:.0f} bytes a problem (Parquet, zstd), {made:,} problems a shard")

    keys = [int(key[:15], 16) for key in table["instance_key"].to_pylist()]
    known = set(keys)
    held = sys.getsizeof(known) / len(known) + sys.getsizeof(keys[0])
    print(f"remembered by whoever writes the shards: {held:.0f} bytes a problem")

    made_again, _ = RandomWalks(seeds, Acceptance(time_limit=0), random_seed=9).walks(0, 1_500)
    problems: list[GeneratedProblem] = made_again[:1_500]
    start = time.process_time()
    for problem in problems:
        features(problem)
    described = len(problems) / (time.process_time() - start)
    observed = [Observation(p, PassRate(i % 9, 8)) for i, p in enumerate(problems[:1_000])]
    model = DifficultyModel(observed)
    start = time.process_time()
    model.predict(problems)
    predicted = len(problems) / (time.process_time() - start)
    print(
        f"difficulty: {described:,.0f} described a second, {predicted:,.0f} predicted after that\n"
    )

    wanted = options.problems
    hours = Counter(
        {
            "made": wanted / rate / 3600,
            "described and predicted": wanted * (1 / described + 1 / predicted) / 3600,
        }
    )
    print(f"{wanted:,} problems")
    for name, spent in hours.items():
        each = ", ".join(f"{spent / cores:.2g} h on {cores}" for cores in CORES)
        print(f"  {name}: {spent:.0f} core hours: {each} cores")
    print(f"  storage {wanted * size / 1e9:.1f} GB in {wanted / made:,.0f} shards")
    print(f"  memory of the writer {wanted * held / 1e9:.1f} GB")


if __name__ == "__main__":
    main()
