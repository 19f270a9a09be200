"""Problems by the million: random walks in several processes, Parquet shards written as they come.

The walks are cut into units; a unit is a function of the settings and its number alone, and the
units' problems are taken in order, so that neither the number of processes nor a kill changes what
comes. A shard is the new problems of one unit. The folder of shards is the whole state.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import threading
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import count, takewhile
from math import ceil, log2
from multiprocessing import resource_tracker
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from zoped.foundation.errors import ZopedError
from zoped.foundation.files import drafted, remove_drafts
from zoped.foundation.module_process import spawned_safely
from zoped.foundation.own_files import held, make_folder, require_only
from zoped.foundation.signals import starting_processes
from zoped.programs.acceptance import Acceptance
from zoped.programs.bulk.dataset import SCHEMA, table_row
from zoped.programs.bulk.random_walk import RandomWalks
from zoped.programs.seeds import Seed

WALKS_PER_UNIT = 10_000
FIRST_UNIT = 100  # walks; each unit has twice as many as the one before, up to the limit
AT_ONCE = 500  # walks whose problems are in memory
BARREN_UNITS = 20  # without a new problem, one after the other: then there are no more
_FACTS = b"zoped"


# From a unit on, in order: its number, its problems, and the rejections' reasons.
Units = Callable[["WalkSettings", int], Iterator[tuple[int, pa.Table, Counter[str]]]]


class ShardError(ZopedError, ValueError):
    """A folder that cannot be resumed; the message says why."""


@dataclass(frozen=True)
class WalkSettings:
    """What the problems are a function of. `operators` None: all of them."""

    seeds: Sequence[Seed]
    seed: int = 0
    longest: int = 3
    variants: int = 2
    operators: tuple[str, ...] | None = None
    time_limit: float = 2.0
    walks_per_unit: int = WALKS_PER_UNIT

    def told(self) -> dict[str, Any]:
        """The settings as JSON, to compare with those that a shard was made with."""
        names = sorted(self.operators) if self.operators else None
        return {
            "seeds": [seed.id for seed in self.seeds],
            "seed": self.seed,
            "longest": self.longest,
            "variants": self.variants,
            "operators": names,
            "time_limit": self.time_limit,
            "walks_per_unit": self.walks_per_unit,
            "first_unit": FIRST_UNIT,
        }

    def walks(self, unit: int) -> range:
        """The walks of a unit, by number. The first units are small: whoever wants fifty problems
        need not wait for ten thousand walks."""
        growing = max(0, ceil(log2(self.walks_per_unit / FIRST_UNIT)))  # units below the limit
        full = max(0, unit - growing)
        first = FIRST_UNIT * (2 ** min(unit, growing) - 1) + full * self.walks_per_unit
        size = min(self.walks_per_unit, FIRST_UNIT * 2 ** min(unit, growing))
        return range(first, first + size)


@dataclass(frozen=True)
class Shard:
    """A file of the folder: the new problems of `unit`, all of them unless `cut`."""

    path: Path
    unit: int
    rows: int
    cut: bool
    reasons: Counter[str]
    settings: Mapping[str, Any]


def shard_folder(folder: Path) -> list[Shard]:
    """The shards in order; raises ShardError for a Parquet file that is none."""
    shards = []
    for path in sorted(folder.glob("train-*.parquet")):
        try:
            schema = pq.read_schema(path)
            facts = json.loads((schema.metadata or {})[_FACTS])
            rows = pq.read_metadata(path).num_rows
        except (pa.ArrowException, KeyError, ValueError, OSError):
            raise ShardError(
                f"{path} was not written by this command; name another folder"
            ) from None
        reasons = Counter(facts["reasons"])
        shards.append(Shard(path, facts["unit"], rows, facts["cut"], reasons, facts["settings"]))
    return shards


def write_shards(
    folder: Path,
    settings: WalkSettings,
    wanted: int,
    *,
    processes: int | None = None,
    units: Units | None = None,
    excluded: Collection[str] = (),
    advance: Callable[[int], object] = lambda rows: None,
) -> list[Shard]:
    """Fill `folder` up to `wanted` distinct problems; return all its shards.

    Goes on where an earlier call with the same settings was stopped, however it was stopped.
    `units` make the units, several processes of this machine where they are not given. No problem has
    one of the `excluded` instance keys.
    `advance` is told of the problems that are there, as they come. Fewer come when the seeds and
    operators have no more. Raises ShardError when the folder holds something else.
    """
    make_folder(folder, str(folder))
    with held(folder, str(folder)):
        make = units or partial(_units, processes=processes or os.cpu_count() or 1)
        return _write_shards(folder, settings, wanted, make, excluded, advance)


def _write_shards(
    folder: Path,
    settings: WalkSettings,
    wanted: int,
    units: Units,
    excluded: Collection[str],
    advance: Callable[[int], object],
) -> list[Shard]:
    shards = _usable(folder, settings, wanted)
    seen = {key for shard in shards for key in _keys(shard.path)}
    apart = set(_numbers(excluded))
    advance(len(seen))
    first = shards[-1].unit + 1 if shards else 0
    barren = len(list(takewhile(lambda shard: not shard.rows, reversed(shards))))
    if len(seen) >= wanted or barren == BARREN_UNITS:
        return shards
    for unit, table, reasons in units(settings, first):
        keys = list(_numbers(table["instance_key"].to_pylist()))
        new = [row for row, key in enumerate(keys) if key not in seen and key not in apart]
        kept = new[: wanted - len(seen)]
        barren = 0 if new else barren + 1
        facts = {"unit": unit, "cut": len(kept) < len(new), "settings": settings.told()}
        reasons["duplicate"] += len(keys) - len(new)
        shards.append(_write(folder, table.take(pa.array(kept, pa.int64())), facts, reasons))
        seen.update(keys[row] for row in kept)
        advance(len(kept))
        del table
        pa.default_memory_pool().release_unused()  # else the folder's size stays in memory
        if len(seen) >= wanted or barren == BARREN_UNITS:
            break
    return shards


def _usable(folder: Path, settings: WalkSettings, wanted: int) -> list[Shard]:
    """The shards to resume from: all of them, except a truncated one, which is written again."""
    shards = shard_folder(folder)
    told = settings.told()
    for shard in shards:
        differing = [name for name in told if told[name] != shard.settings.get(name)]
        if differing:
            raise ShardError(
                f"{shard.path} was made with another value of {', '.join(differing)}; "
                "name another folder, or give the settings that it was made with"
            )
    require_only(folder, {shard.path.name for shard in shards}, "zoped generate", str(folder))
    remove_drafts(folder)
    if shards and shards[-1].cut and sum(shard.rows for shard in shards) < wanted:
        shards.pop().path.unlink()
    return shards


def _keys(path: Path) -> Iterator[int]:
    return _numbers(pq.read_table(path, columns=["instance_key"])["instance_key"].to_pylist())


def _numbers(keys: Iterable[str]) -> Iterator[int]:
    """60 bits of each key: a million of them meet with a chance of 4 in ten million."""
    return (int(key[:15], 16) for key in keys)


def _write(folder: Path, table: pa.Table, facts: dict[str, Any], reasons: Counter[str]) -> Shard:
    path = folder / f"train-{facts['unit']:06}.parquet"
    metadata = json.dumps({**facts, "reasons": reasons}).encode()
    with drafted(path) as draft:
        pq.write_table(table.replace_schema_metadata({_FACTS: metadata}), draft, compression="zstd")
    return Shard(path, facts["unit"], table.num_rows, facts["cut"], reasons, facts["settings"])


def _units(
    settings: WalkSettings, first: int, processes: int
) -> Iterator[tuple[int, pa.Table, Counter[str]]]:
    """The units from `first` on, in order, a few of them made ahead."""
    context = multiprocessing.get_context("spawn")
    others = set(multiprocessing.active_children())
    with spawned_safely():
        resource_tracker.ensure_running()  # with the first process, it would let signals through again
    with ProcessPoolExecutor(processes, context, _start, (settings,)) as pool:
        ahead: deque[tuple[int, Future[tuple[pa.Table, Counter[str]]]]] = deque()
        try:
            for unit in count(first):
                # A pool starts them as it is given work.
                with starting_processes(), spawned_safely():
                    ahead.append((unit, pool.submit(_unit, unit)))
                if len(ahead) > processes:
                    done, future = ahead.popleft()
                    yield done, *future.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in set(multiprocessing.active_children()) - others:
                process.terminate()  # nobody waits for what is being made ahead


_settings: WalkSettings


def _start(settings: WalkSettings) -> None:
    import gc
    import signal

    global _settings
    _settings = settings
    gc.freeze()  # what was imported stays
    gc.set_threshold(50_000)  # problems hold no cycles: to look for them often is lost time
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # where it could not be blocked from the start
    threading.Thread(target=_end_with_parent, name="zoped-parent", daemon=True).start()


def _end_with_parent() -> None:
    """A pool's process waits for work for ever, also where the one that would give it was killed."""
    parent = multiprocessing.parent_process()
    assert parent is not None  # it is spawned
    parent.join()
    os._exit(1)


def _unit(unit: int) -> tuple[pa.Table, Counter[str]]:
    return made_unit(_settings, unit)


def made_unit(settings: WalkSettings, unit: int) -> tuple[pa.Table, Counter[str]]:
    """The problems of a unit, and the reasons of what was rejected."""
    walker = RandomWalks(
        settings.seeds,
        Acceptance(time_limit=settings.time_limit),
        operators=settings.operators,
        longest=settings.longest,
        variants=settings.variants,
        random_seed=settings.seed,
    )
    walks = settings.walks(unit)
    tables: list[pa.Table] = []
    reasons: Counter[str] = Counter()
    for start in walks[::AT_ONCE]:  # rows are a tenth of the problems' size
        made, lost = walker.walks(start, min(AT_ONCE, walks.stop - start))
        tables.append(pa.Table.from_pylist([table_row(p) for p in made], schema=SCHEMA))
        reasons += lost
    return pa.concat_tables(tables).combine_chunks(), reasons
