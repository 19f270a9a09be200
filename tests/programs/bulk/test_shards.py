"""Shards: the same problems however many processes and kills, each once, all verified."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time

import psutil
import pyarrow.parquet as pq
import pytest
from datasets import load_dataset

from zoped.programs import builtin_seeds
from zoped.programs.acceptance import Acceptance
from zoped.programs.bulk.random_walk import RandomWalks
from zoped.programs.bulk.shards import ShardError, WalkSettings, write_shards
from zoped.symbolic import SymbolicProblem, check_problem

SEEDS = [seed for seed in builtin_seeds() if seed.symbols is not None]
SETTINGS = WalkSettings(SEEDS, seed=3, time_limit=0, walks_per_unit=60)


def rows(folder):
    files = sorted(folder.glob("*.parquet"))
    return [row for file in files for row in pq.read_table(file).to_pylist()]


def test_walks_are_verified_problems_of_the_depth_that_they_say():
    made, reasons = RandomWalks(SEEDS, Acceptance(time_limit=0), random_seed=1).walks(0, 80)
    assert len(made) + sum(reasons.values()) >= 70 and len(made) > 30
    for problem in made[:20]:
        assert problem.depth == problem.move.count("+") + 1 <= 3
        check = check_problem(problem.symbols)
        # Without a solver it stays open whether a given matters to a least value.
        assert check.reason in (None, "idle_given") and check.solution.answer == problem.answer
    fresh = RandomWalks(SEEDS, Acceptance(time_limit=0), random_seed=1)
    again = [p.id for n in range(80) for p in fresh.walk(n).accepted]
    assert again == [problem.id for problem in made]


@pytest.mark.slow
def test_processes_and_growing_in_parts_change_nothing(tmp_path):
    write_shards(tmp_path / "one", SETTINGS, 90, processes=1)
    told = []
    write_shards(tmp_path / "parts", SETTINGS, 25, processes=2, advance=told.append)
    assert sum(told) == 25
    write_shards(tmp_path / "parts", SETTINGS, 90, processes=2)
    one, parts = rows(tmp_path / "one"), rows(tmp_path / "parts")
    assert one == parts and len({row["instance_key"] for row in one}) == 90
    dataset = load_dataset(str(tmp_path / "one"), split="train")
    assert dataset.num_rows == 90
    SymbolicProblem.model_validate_json(dataset[0]["symbols"])


def _make(folder):
    write_shards(folder, SETTINGS, 100_000, processes=1)


@pytest.mark.slow
def test_a_killed_writer_leaves_whole_shards_to_go_on_from(tmp_path):
    process = multiprocessing.get_context("spawn").Process(target=_make, args=(tmp_path / "k",))
    process.start()
    end = time.monotonic() + 120
    while len(list((tmp_path / "k").glob("*.parquet"))) < 2 and time.monotonic() < end:
        time.sleep(0.1)
    its_own = psutil.Process(process.pid).children(recursive=True)
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    assert its_own and not psutil.wait_procs(its_own, timeout=60)[1]
    (tmp_path / "k" / ".train-000009.parquet.1.draft").write_bytes(b"half")
    kept = len(rows(tmp_path / "k"))
    write_shards(tmp_path / "k", SETTINGS, kept + 30, processes=1)
    write_shards(tmp_path / "whole", SETTINGS, kept + 30, processes=1)
    assert rows(tmp_path / "k") == rows(tmp_path / "whole")
    assert not list((tmp_path / "k").glob(".*.draft"))


@pytest.mark.slow
def test_it_ends_when_there_is_nothing_more(tmp_path):
    few = WalkSettings(
        SEEDS[:1], longest=1, operators=("double_step",), time_limit=0, walks_per_unit=150
    )
    shards = write_shards(tmp_path, few, 10_000, processes=1)
    made = rows(tmp_path)
    assert 0 < len(made) == len({row["instance_key"] for row in made}) < 10_000
    assert sum(shard.rows for shard in shards) == len(made)


def test_a_folder_of_something_else_is_refused(tmp_path):
    write_shards(tmp_path / "a", SETTINGS, 10, processes=1)
    other = WalkSettings(SEEDS, seed=4, time_limit=0, walks_per_unit=60)
    with pytest.raises(ShardError, match="another value of seed"):
        write_shards(tmp_path / "a", other, 20, processes=1)
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "train-000000.parquet").write_bytes(b"mine")
    with pytest.raises(ShardError, match="not written by this command"):
        write_shards(tmp_path / "b", SETTINGS, 20, processes=1)


def test_ctrl_c_while_a_process_starts_is_answered_in_one_line(tmp_path):
    command = [sys.executable, "-m", "zoped.cli.main", "generate", "--teacher", "none"]
    command += ["-n", "100000", "-o", str(tmp_path / "out"), "--processes", "1"]
    maker = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    while maker.poll() is None and not _imports_in_a_process_of(maker.pid):
        time.sleep(0.01)
    os.killpg(maker.pid, signal.SIGINT)  # as a terminal does
    said = maker.communicate()[1]
    assert maker.returncode == 130, said
    assert said.count("interrupted") == 1 and "Traceback" not in said, said


def _imports_in_a_process_of(parent):
    """Whether one of its processes is at the imports of what it is to do: more than Python alone."""
    children = psutil.Process(parent).children()
    started = [child for child in children if "spawn_main" in " ".join(child.cmdline())]
    return any(child.memory_info().rss > 40e6 for child in started)
