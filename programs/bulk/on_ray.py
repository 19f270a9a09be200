"""Units of random walks made on a Ray cluster, in order.

A unit is a function of the settings and its number alone: it does not matter which machine makes it,
nor how often it is begun. A machine or a worker that is lost costs the units that were under way on
it, which are made again elsewhere. Where the head is lost, the command ends; given again, it goes on
from the shards that are there.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from itertools import count
from typing import Any

import pyarrow as pa

from zoped.foundation.ray_cluster import connect, ray_faults
from zoped.programs.bulk.shards import WalkSettings, made_unit

AHEAD = 2  # units under way or waiting to be taken, for each processor of the cluster


def ray_units(
    settings: WalkSettings, first: int, *, address: str | None = None
) -> Iterator[tuple[int, pa.Table, Counter[str]]]:
    """(unit, its problems, the rejections' reasons) from unit `first` on, without end.

    Never more units are under way than twice the processors that the cluster has at the moment: what
    is taken slowly is made slowly. Raises RayError.
    """
    ray = connect(address)
    make = ray.remote(num_cpus=1, max_retries=-1)(made_unit)
    with ray_faults(ray):
        shared = ray.put(settings)
        ahead: deque[tuple[int, Any]] = deque()
        try:
            for unit in count(first):
                ahead.append((unit, make.remote(shared, unit)))
                while len(ahead) >= AHEAD * max(1, int(ray.cluster_resources().get("CPU", 1))):
                    done, waiting = ahead.popleft()
                    table, reasons = ray.get(waiting)
                    yield done, table, reasons
        finally:
            for _, waiting in ahead:  # nobody waits for what is being made ahead
                ray.cancel(waiting, force=True)
