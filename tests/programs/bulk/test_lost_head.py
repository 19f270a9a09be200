"""The head of a Ray cluster is killed in the middle: the same command goes on from what was written."""

import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from ray.cluster_utils import Cluster

pytestmark = pytest.mark.slow
WANTED = 700
COMMAND = [sys.executable, "-m", "zoped", "generate", "--quiet", "--teacher", "none"]
OPTIONS = ["-n", str(WANTED), "--seeds", "elementary", "--time-limit", "0"]
# A head that is away for so long is lost: the command need not wait for it as long as it usually does.
ENVIRONMENT = os.environ | {"RAY_gcs_rpc_server_reconnect_timeout_s": "1"}


def rows(folder: Path) -> list[dict[str, object]]:
    return [row for f in sorted(folder.glob("*.parquet")) for row in pq.read_table(f).to_pylist()]


def generate(folder: Path, *more: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([*COMMAND, "-o", str(folder), *OPTIONS, *more], env=ENVIRONMENT)


def kill_head(cluster: Cluster) -> None:
    for processes in cluster.head_node.all_processes.values():
        for each in processes:
            with suppress(ProcessLookupError):
                each.process.kill()


def test_the_same_command_goes_on_from_what_was_written(tmp_path):
    cluster = Cluster(
        initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False}
    )
    try:
        cluster.add_node(num_cpus=1)
        command = generate(tmp_path / "ray", "--engine", "ray", "--address", cluster.address)
        while len(list((tmp_path / "ray").glob("train-*.parquet"))) < 2:
            assert command.poll() is None, "it ended before the head was killed"
            time.sleep(0.01)
        kill_head(cluster)
        assert command.wait(60) != 0
    finally:
        cluster.shutdown()
    kept = rows(tmp_path / "ray")
    assert 0 < len(kept) < WANTED
    assert generate(tmp_path / "ray").wait(120) == 0
    assert generate(tmp_path / "here").wait(120) == 0
    found = rows(tmp_path / "ray")
    assert found[: len(kept)] == kept
    assert found == rows(tmp_path / "here")
    assert len({row["instance_key"] for row in found}) == WANTED
