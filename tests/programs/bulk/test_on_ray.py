"""Generating and measuring on a Ray cluster of two machines: what one machine makes, kills included."""

import itertools
import os
import signal

import psutil
import pyarrow.parquet as pq
import pytest
import ray
from ray.cluster_utils import Cluster
from typer.testing import CliRunner

from zoped.cli.main import app
from zoped.evals.held_out import elementary_seeds
from zoped.foundation.ray_cluster import RayError, connect
from zoped.programs import RandomOperators
from zoped.programs.bulk.on_ray import ray_units
from zoped.programs.bulk.operators_on_ray import OperatorsOnRay, in_order
from zoped.programs.bulk.shards import WalkSettings, made_unit, write_shards
from zoped.students import hugging_face
from zoped.students.on_ray import RayWorkers
from zoped.train import RunSettings
from zoped.train.loop.generate import generate
from zoped.train.loop.measure import measure
from zoped.train.loop.observe import NullProgress, NullTracker
from zoped.train.loop.round import Run
from zoped.train.state import STATE, RunState

pytestmark = pytest.mark.slow
SETTINGS = WalkSettings(elementary_seeds()[:12], walks_per_unit=50, time_limit=0)
ROUND = {
    "teacher": {"model": "none"},
    "seeds": {"path": "elementary"},
    "meter": {"min_rollouts": 2, "max_rollouts": 2},
    "curriculum": {"filter": "difficulty"},
    "generate": {"operators": ["one_digit_numbers", "double_step"], "variants": 2, "pool": 6},
    "train": {"steps": 4, "prompts_per_step": 4},
    "evaluate": {"problems": 10},
}


@pytest.fixture(scope="module")
def cluster():
    os.environ.update(RAY_worker_niceness="0")  # else a busy machine leaves the workers nothing
    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    connect(made.address)
    yield made
    ray.shutdown()
    made.shutdown()


def workers() -> list[psutil.Process]:
    """The processes of the cluster that run a task or wait for one."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        name = (process.info["cmdline"] or [""])[0]
        if name.startswith(("ray::made_unit", "ray::_decided", "ray::_Worker", "ray::IDLE")):
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


def decisions(operators, *, seen):
    asked = ((elementary_seeds()[i % 12], i, "") for i in range(40))
    return [
        (made.move, [p.id for p in made.accepted], [r.reason for r in made.rejected])
        for made in in_order(operators, asked, seen=seen)
    ]


def test_decisions_are_those_of_one_machine_also_where_they_meet_what_was_made(cluster):
    """One operator on few seeds meets its own problems again and again."""
    cluster.add_node(num_cpus=1)
    cluster.wait_for_nodes()
    operators = RandomOperators(operators=["one_digit_numbers"], variants=4, time_limit=0)
    before, after = set(), set()
    here = decisions(operators, seen=before)
    assert any("duplicate" in reasons for _, _, reasons in here)
    on_ray = OperatorsOnRay(operators, address=cluster.address)
    assert decisions(on_ray, seen=after) == here
    assert after == before


@pytest.fixture
def lossy(monkeypatch):
    """Kills every worker of the cluster when some answers are there and others are under way, and when
    some decisions are; the processes that were killed in each."""
    monkeypatch.setitem(hugging_face.TOKENS_PER_BATCH, "cpu", 2_000)  # several batches
    answers, begin, killed = RayWorkers.answers, OperatorsOnRay.begin, {}

    def kill(when):
        if when not in killed:
            killed[when] = [each.pid for each in workers()]
            for pid in killed[when]:
                os.kill(pid, signal.SIGKILL)

    def answered(self, batches):
        batches = list(batches)
        for place, each in enumerate(answers(self, batches)):
            if len(batches) > 4 and place == 0:
                kill("answering")
            yield each

    def begun(self, seed, stream, note=""):
        if len(self._made) == 3:
            kill("deciding")
        return begin(self, seed, stream, note)

    monkeypatch.setattr(RayWorkers, "answers", answered)
    monkeypatch.setattr(OperatorsOnRay, "begin", begun)
    return killed


def test_a_round_trains_on_what_one_machine_makes_whoever_is_killed(cluster, lossy, tmp_path):
    def outcome(name: str, **engine: str) -> tuple[bytes, object, object, dict[str, object]]:
        (tmp_path / name).mkdir()
        measured = engine | ({"workers": 1} if engine else {})
        settings = RunSettings.model_validate(
            ROUND | {"generate": ROUND["generate"] | engine, "measure": measured}
        )
        with RunState(tmp_path / name / STATE) as state:
            round = Run(settings, tmp_path / name, state).round(1)
            measured = measure(round, NullTracker(), NullProgress())
            measured.save(state, 1)
            generated = generate(round, NullTracker(), NullProgress())
            rates = state.pass_rates(round.student.version)
            return round.training_file.read_bytes(), measured, generated, rates

    here = outcome("here")
    assert len(here[0].splitlines()) == 16 and here[1].rollouts and here[2].rollouts and here[3]
    assert not lossy
    assert outcome("ray", engine="ray", address=cluster.address) == here
    assert lossy.keys() == {"answering", "deciding"} and all(lossy.values())


def test_a_file_made_on_the_cluster_is_that_of_one_machine(cluster, tmp_path):
    def made(name: str, *more: str) -> bytes:
        command = ["generate", "--teacher", "none", "-o", str(tmp_path / name), "-n", "30", *more]
        result = CliRunner().invoke(app, [*command, "--time-limit", "0", "--seeds", "elementary"])
        assert result.exit_code == 0, result.output
        return (tmp_path / name).read_bytes()

    on_ray = made("ray.jsonl", "--engine", "ray", "--address", cluster.address)
    assert on_ray == made("here.jsonl")
    # Where it is made is no setting of what is made: the file goes on elsewhere.
    assert made("ray.jsonl") == on_ray


def test_a_cluster_that_is_not_there_is_said_to_be(monkeypatch):
    monkeypatch.setattr(ray, "is_initialized", lambda: False)

    def refused(**options):
        raise ConnectionError("nobody listens")

    monkeypatch.setattr(ray, "init", refused)
    with pytest.raises(
        RayError, match=r"no Ray cluster at 10\.0\.0\.1:6379 can be reached: nobody"
    ):
        connect("10.0.0.1:6379")
