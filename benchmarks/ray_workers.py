"""How much faster two workers of a Ray cluster make problems than one, in one run.

    python benchmarks/ray_workers.py > benchmarks/results/ray_workers.txt

A cluster of two machines with a core each makes units of equal size, on one of them and on both, in
turns, so that other work on the machine weighs on both alike. Told are the seconds of either, their ratio turn
by turn, the same ratio of two plain processes on the same cores, which is what the machine allows at that moment,
and the load.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from statistics import median
from typing import Any

import psutil

from zoped.evals.held_out import elementary_seeds
from zoped.foundation.ray_cluster import connect
from zoped.programs.bulk.shards import WalkSettings, made_unit

WALKS = 250  # of a unit, some seconds of a core


def on_core(node: Any, core: int) -> None:
    """Keep what runs the machine's tasks on one core, as if that were all it has."""
    [raylet] = node.all_processes["raylet"]
    started = psutil.Process(raylet.process.pid)
    for each in (started, *started.children(recursive=True)):
        each.cpu_affinity([core])


def pinned(core: int) -> None:
    psutil.Process().cpu_affinity([core])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--units", type=int, default=20, help="in a turn")
    parser.add_argument("--turns", type=int, default=3)
    options = parser.parse_args()
    os.environ.update(RAY_worker_niceness="0")  # as the process that waits for them
    from ray.cluster_utils import Cluster

    cluster = Cluster(
        initialize_head=True,
        head_node_args={"num_cpus": 1, "include_dashboard": False, "resources": {"head": 1}},
    )
    cluster.add_node(num_cpus=1)
    cluster.wait_for_nodes()
    for core, node in enumerate(cluster.list_all_nodes()):
        on_core(node, core)
    ray = connect(cluster.address)
    walks = WalkSettings(elementary_seeds(), walks_per_unit=WALKS, time_limit=0)
    settings = ray.put(walks)
    make = ray.remote(num_cpus=1)(made_unit)
    first = 4  # from here on all units have as many walks

    def seconds(workers: int) -> float:
        begun = time.monotonic()
        where = make.options(resources={"head": 1}) if workers == 1 else make
        ray.get([where.remote(settings, first + unit) for unit in range(options.units)])
        return time.monotonic() - begun

    context = get_context("spawn")
    alone = [ProcessPoolExecutor(1, context, pinned, (core,)) for core in range(2)]

    def plain_seconds(workers: int) -> float:
        begun = time.monotonic()
        made = [
            alone[unit % workers].submit(made_unit, walks, first + unit)
            for unit in range(options.units)
        ]
        for each in made:
            each.result()
        return time.monotonic() - begun

    seconds(2), plain_seconds(2)  # all have everything imported
    print(f"$ python {' '.join(sys.argv)}")
    print(
        f"{os.cpu_count()} cores; a cluster of two machines with a core each; "
        f"{options.units} units of {WALKS} walks"
    )
    ratios, plain = [], []
    for _ in range(options.turns):
        one, two = seconds(1), seconds(2)
        ratios.append(one / two)
        plain.append(plain_seconds(1) / plain_seconds(2))
        print(
            f"one worker {one:.1f} s, two {two:.1f} s: {ratios[-1]:.2f} times; plain processes "
            f"{plain[-1]:.2f} times; load {os.getloadavg()[0]:.1f}"
        )
    print(
        f"two workers are {median(ratios):.2f} times as fast as one, two plain processes "
        f"{median(plain):.2f} times (medians of {options.turns})"
    )
    for each in alone:
        each.shutdown()
    ray.shutdown()
    cluster.shutdown()


if __name__ == "__main__":
    main()
