"""One million distinct verified problems without a teacher: how long, in how much memory?

    python benchmarks/million.py FOLDER [--count N] > benchmarks/results/million.txt

Runs `zoped generate --teacher none -o FOLDER`, kills it with all its processes at 40 %, runs the
same command again to the end, and then reads every shard: the rows, the distinct problems, and the
answers of a sample solved afresh. Memory is the proportional set size of the whole process tree.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import psutil
import pyarrow.parquet as pq

from zoped.symbolic import SymbolicProblem, solve

KILL_AT = 0.4
SAMPLE = 1_000
POLL = 2.0  # seconds


def memory(process: psutil.Process) -> float:
    """Megabytes of the process and all that it started."""
    total = 0
    for one in [process, *process.children(recursive=True)]:
        try:
            total += one.memory_full_info().pss
        except psutil.Error:
            continue  # it has just ended
    return total / 2**20


def rows(folder: Path) -> int:
    return sum(pq.read_metadata(path).num_rows for path in folder.glob("*.parquet"))


def run(command: list[str], folder: Path, kill_at: float) -> tuple[float, list[tuple[int, float]]]:
    """Seconds, and (rows, megabytes) as it went; killed once `kill_at` rows are there."""
    start = time.monotonic()
    with subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL) as child:
        process = psutil.Process(child.pid)
        seen = []
        while child.poll() is None:
            time.sleep(POLL)
            done = rows(folder)
            seen.append((done, memory(process)))
            if done >= kill_at:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
    return time.monotonic() - start, [(n, mb) for n, mb in seen if mb > 0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=1_000_000)
    options = parser.parse_args()
    folder, wanted = options.folder, options.count
    options_of = ["-n", str(wanted), "--time-limit", "0"]
    command = ["zoped", "generate", "--teacher", "none", "-o", str(folder), *options_of]
    print(f"$ python benchmarks/million.py FOLDER --count {wanted}\n{os.cpu_count()} cores")
    print("$ " + " ".join([*command[:5], "FOLDER", *options_of]), flush=True)
    first, before = run(command, folder, KILL_AT * wanted)
    kept = rows(folder)
    print(f"killed after {first / 60:.1f} min with {kept:,} problems in the shards", flush=True)
    second, after = run(command, folder, float("inf"))
    print(f"resumed and done after {second / 60:.1f} min more: {(first + second) / 60:.1f} in all")
    parts = before[len(before) // 4 :], after[len(after) // 2 :]
    for name, part in zip(("first 40 %", "last third"), parts, strict=True):
        print(f"memory, {name}: median {sorted(mb for _, mb in part)[len(part) // 2]:.0f} MB")
    print(f"memory, greatest: {max(mb for _, mb in before + after):.0f} MB")
    keys: set[str] = set()
    structures: set[str] = set()
    total = 0
    rng, checked, wrong = Random(0), 0, 0
    for path in sorted(folder.glob("*.parquet")):
        table = pq.read_table(path, columns=["instance_key", "fingerprint", "answer", "symbols"])
        total += table.num_rows
        keys.update(table["instance_key"].to_pylist())
        structures.update(table["fingerprint"].to_pylist())
        share = max(1, SAMPLE * table.num_rows // wanted)
        for row in rng.sample(range(table.num_rows), min(share, table.num_rows)):
            problem = SymbolicProblem.model_validate_json(table["symbols"][row].as_py())
            checked += 1
            wrong += solve(problem).answer != table["answer"][row].as_py()
    size = sum(path.stat().st_size for path in folder.glob("*.parquet")) / 2**20
    print(f"{total:,} rows, {len(keys):,} distinct, {len(structures):,} structures, {size:.0f} MB")
    print(f"{checked:,} solved afresh: {wrong} with another answer")
    if total != wanted or len(keys) != wanted or wrong:
        sys.exit("not what was asked for")


if __name__ == "__main__":
    main()
