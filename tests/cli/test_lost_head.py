"""The head of a Ray cluster is killed in the middle: the same command goes on from what was written."""

import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml
from ray.cluster_utils import Cluster

from tests.small_run import SMALL_RUN
from tests.train.loop.test_rounds import Runs, outcome

pytestmark = pytest.mark.slow
WANTED = 700
COMMAND = [sys.executable, "-m", "zoped", "generate", "--quiet", "--teacher", "none"]
OPTIONS = ["-n", str(WANTED), "--seeds", "elementary", "--time-limit", "0"]
# A head that is away for so long is lost: the command need not wait for it as long as it usually does.
AWAY = {"RAY_gcs_rpc_server_reconnect_timeout_s": "1"}
RUN = SMALL_RUN | {
    "meter": {"min_rollouts": 2, "max_rollouts": 8},
    "generate": {"operators": ["one_digit_numbers", "double_step"], "decisions": 24},
}


def rows(folder: Path) -> list[dict[str, object]]:
    return [row for f in sorted(folder.glob("*.parquet")) for row in pq.read_table(f).to_pylist()]


def generate(folder: Path, *more: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([*COMMAND, "-o", str(folder), *OPTIONS, *more])


@contextmanager
def two_machines(port: int | None = None):
    head = {"num_cpus": 1, "include_dashboard": False} | ({"gcs_server_port": port} if port else {})
    cluster = Cluster(initialize_head=True, head_node_args=head)
    try:
        cluster.add_node(num_cpus=1)
        yield cluster
    finally:
        cluster.shutdown()


def head_of(cluster: Cluster) -> list[int]:
    """Every process of it."""
    started = cluster.head_node.all_processes.values()
    return [each.process.pid for processes in started for each in processes]


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    config = tmp_path_factory.mktemp("config") / "run.yaml"
    config.write_text(yaml.safe_dump(RUN))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in AWAY.items():
            patch.setenv(name, value)
        made = Runs(config)
        yield made
        made.close()


def test_the_same_command_goes_on_from_what_was_written(tmp_path, runs):
    """Lost while the student is measured and while walks are made, then while operators are at work."""
    lost = {"events": 2, "delay": 0, "signal": signal.SIGKILL}
    config = tmp_path / "on_ray.yaml"
    with two_machines() as cluster:
        port = int(cluster.address.rpartition(":")[2])
        engine = {"engine": "ray", "address": cluster.address}
        measured, made = RUN["measure"] | engine | {"workers": 1}, RUN["generate"] | engine
        config.write_text(yaml.safe_dump(RUN | {"measure": measured, "generate": made}))
        walks = generate(tmp_path / "walks", "--engine", "ray", "--address", cluster.address)
        while len(list((tmp_path / "walks").glob("train-*.parquet"))) < 2:
            assert walks.poll() is None, "it ended before the head was killed"
            time.sleep(0.01)
        walks.send_signal(signal.SIGSTOP)  # until the other one is as far
        measuring = ["round 1: measuring the student"]
        kill = lost | {"tasks": measuring, "pids": head_of(cluster)}
        run = runs(tmp_path / "run", config=config, kill=kill)
        walks.send_signal(signal.SIGCONT)
        assert run.killed and run.code != 0, run.printed
        assert walks.wait(60) != 0
    with two_machines(port) as cluster:
        assert cluster.address == engine["address"]
        kill = lost | {"tasks": ["round 1: generating"], "pids": head_of(cluster)}
        run = runs(tmp_path / "run", config=config, kill=kill)
        assert run.killed and run.code != 0, run.printed
    for name in ("run", "here"):  # on this machine alone: the one goes on, the other begins
        run = runs(tmp_path / name)
        assert run.code == 0, run.printed
    assert outcome(tmp_path / "run")["problems"]
    assert outcome(tmp_path / "run") == outcome(tmp_path / "here")
    kept = rows(tmp_path / "walks")
    assert 0 < len(kept) < WANTED
    assert generate(tmp_path / "walks").wait(120) == 0
    found = rows(tmp_path / "walks")
    assert found[: len(kept)] == kept
    assert len({row["instance_key"] for row in found}) == WANTED
