"""How much faster two workers of a Ray cluster make problems than one, in one run.

    python benchmarks/ray_workers.py > benchmarks/results/ray_workers.txt

A cluster of two machines with one processor each makes units of equal size, on one of them and on both, in
turns, so that other work on the machine weighs on both alike. Told are the seconds of either, their ratio turn
by turn, and the load.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from statistics import median

from zoped.evals.held_out import elementary_seeds
from zoped.foundation.ray_cluster import connect
from zoped.programs.bulk.shards import WalkSettings, made_unit

WALKS = 250  # of a unit, some seconds of a core


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--units", type=int, default=6, help="in a turn")
    parser.add_argument("--turns", type=int, default=5)
    options = parser.parse_args()
    os.environ.update(RAY_worker_niceness="0")  # as the process that waits for them
    from ray.cluster_utils import Cluster

    cluster = Cluster(
        initialize_head=True,
        head_node_args={"num_cpus": 1, "include_dashboard": False, "resources": {"head": 1}},
    )
    cluster.add_node(num_cpus=1)
    cluster.wait_for_nodes()
    ray = connect(cluster.address)
    settings = ray.put(WalkSettings(elementary_seeds(), walks_per_unit=WALKS, time_limit=0))
    make = ray.remote(num_cpus=1)(made_unit)
    first = 4  # from here on all units have as many walks

    def seconds(workers: int) -> float:
        begun = time.monotonic()
        where = make.options(resources={"head": 1}) if workers == 1 else make
        ray.get([where.remote(settings, first + unit) for unit in range(options.units)])
        return time.monotonic() - begun

    seconds(2)  # both workers have everything imported
    print(f"$ python {' '.join(sys.argv)}")
    print(
        f"{os.cpu_count()} cores; a cluster of two machines of one processor each; {options.units} units of {WALKS} walks"
    )
    ratios = []
    for _ in range(options.turns):
        one, two = seconds(1), seconds(2)
        ratios.append(one / two)
        print(
            f"one worker {one:.1f} s, two {two:.1f} s: {one / two:.2f} times; load {os.getloadavg()[0]:.1f}"
        )
    print(f"two workers are {median(ratios):.2f} times as fast as one (median of {options.turns})")
    ray.shutdown()
    cluster.shutdown()


if __name__ == "__main__":
    main()
