"""Generating and measuring on a Ray cluster of two machines: what one machine makes, kills included."""

import itertools
import os
import signal

import psutil
import pyarrow.parquet as pq
import pytest
import ray
from ray.cluster_utils import Cluster

from zoped.evals import PassRateMeter
from zoped.evals.held_out import elementary_seeds, held_out_set
from zoped.foundation.ray_cluster import RayError, connect
from zoped.programs.bulk.on_ray import ray_units
from zoped.programs.bulk.shards import WalkSettings, made_unit, write_shards
from zoped.students import hugging_face, load_student
from zoped.students.on_ray import RayWorkers

pytestmark = pytest.mark.slow
SETTINGS = WalkSettings(elementary_seeds()[:12], walks_per_unit=50, time_limit=0)


@pytest.fixture(scope="module")
def cluster():
    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    connect(made.address)
    yield made
    ray.shutdown()
    made.shutdown()


def workers() -> list[psutil.Process]:
    """The processes of the cluster that run a task or wait for one."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        name = (process.info["cmdline"] or [""])[0]
        if name.startswith(("ray::made_unit", "ray::_Worker", "ray::IDLE")):
            found.append(process)
    return found


def here(settings, first):
    for unit in itertools.count(first):
        yield unit, *made_unit(settings, unit)


def rows(folder):
    return [row for f in sorted(folder.glob("*.parquet")) for row in pq.read_table(f).to_pylist()]


def test_the_problems_are_those_of_one_machine_whatever_is_lost_on_the_way(cluster, tmp_path):
    write_shards(tmp_path / "here", SETTINGS, 260, units=here)
    second = cluster.add_node(num_cpus=1)
    cluster.wait_for_nodes()
    lost = []

    def lossy(settings, first):
        for made in ray_units(settings, first, address=cluster.address):
            if made[0] == 0:
                for worker in workers():
                    os.kill(worker.pid, signal.SIGKILL)
                    lost.append(worker.pid)
            if made[0] == 1:
                cluster.remove_node(second)
            yield made

    shards = write_shards(tmp_path / "ray", SETTINGS, 260, units=lossy)
    assert lost and len(shards) > 3
    found = rows(tmp_path / "ray")
    assert found == rows(tmp_path / "here")
    assert len({row["instance_key"] for row in found}) == 260


def test_what_was_made_before_a_stop_is_gone_on_from(cluster, tmp_path):
    class Stopped(BaseException):
        pass

    def stopping(settings, first):
        for made in ray_units(settings, first, address=cluster.address):
            if made[0] == 2:
                raise Stopped
            yield made

    with pytest.raises(Stopped):
        write_shards(tmp_path, SETTINGS, 200, units=stopping)
    kept = len(rows(tmp_path))
    assert 0 < kept < 200
    write_shards(tmp_path, SETTINGS, 200, units=here)
    assert len({row["instance_key"] for row in rows(tmp_path)}) == 200


def test_a_student_answers_on_the_cluster_as_on_one_machine(cluster, monkeypatch):
    monkeypatch.setitem(hugging_face.TOKENS_PER_BATCH, "cpu", 2_000)  # several batches
    student = load_student("lab")
    problems = held_out_set("lab", 40)
    measured = PassRateMeter(student, max_rollouts=4).measure(problems)
    on_cluster = RayWorkers(student, address=cluster.address, workers=1)
    asked = []

    def answers(batches):
        asked.append(len(batches))
        for each in workers() if len(asked) == 2 else []:
            os.kill(each.pid, signal.SIGKILL)
        return on_cluster.answers(batches)

    student.answer_batches = answers
    assert PassRateMeter(student, max_rollouts=4).measure(problems) == measured
    assert len(asked) == 2 and asked[0] > 2


def test_a_cluster_that_is_not_there_is_said_to_be(monkeypatch):
    monkeypatch.setattr(ray, "is_initialized", lambda: False)

    def refused(**options):
        raise ConnectionError("nobody listens")

    monkeypatch.setattr(ray, "init", refused)
    with pytest.raises(
        RayError, match=r"no Ray cluster at 10\.0\.0\.1:6379 can be reached: nobody"
    ):
        connect("10.0.0.1:6379")
