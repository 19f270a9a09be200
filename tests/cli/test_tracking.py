"""MLflow: one store, nested runs, resumed runs, and nothing global."""

from __future__ import annotations

import json
import multiprocessing
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient

from zoped.cli.errors import UserError
from zoped.cli.tracking import MlflowTracker, RunIds, open_tracker
from zoped.cli.tracking_outbox import Outbox
from zoped.cli.tracking_store import Store, find_again, make_store


@pytest.fixture(scope="module")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store as it is made, which takes two seconds."""
    file = tmp_path_factory.mktemp("store") / "mlflow.db"
    make_store(file)
    return file


@pytest.fixture(autouse=True)
def local_store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, empty_store: Path) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    shutil.copy(empty_store, tmp_path / "mlflow.db")


def opened(folder: Path, experiment: str = "quick", **options: Any) -> MlflowTracker:
    """The tracker of a run in `folder`, whose store lies beside it."""
    folder.mkdir(exist_ok=True)
    return open_tracker(folder, experiment=experiment, name=folder.name, **options)


def client_of(folder: Path) -> MlflowClient:
    return MlflowClient(Store.beside(folder).uri)


def log_a_round(folder: Path, accuracy: float) -> tuple[str, str]:
    with opened(folder).opened() as parent:
        parent.params({"rounds": 2})
        with parent.run("round 1") as round_, round_.run("generate", tags={"phase": "x"}) as phase:
            phase.metrics({"accuracy": accuracy}, step=1)
            phase.text("Pick an operator.", "prompts/mutate.txt")
            phase.table([{"text": "1 + 1", "answer": "2"}], "problems.json")
            phase.histogram([0.1, 0.5], "pass_rates.png", title="round 1", band=(0.2, 0.8))
        return parent.run_id, phase.run_id


@pytest.mark.slow
def test_a_resumed_run_goes_on_in_the_same_runs_and_doubles_nothing(tmp_path: Path) -> None:
    first = log_a_round(tmp_path / "run", 0.4)
    assert log_a_round(tmp_path / "run", 0.5) == first
    client = client_of(tmp_path / "run")
    phase = client.get_run(first[1])
    assert phase.info.status == "FINISHED"
    assert phase.data.metrics == {"accuracy": 0.5}
    assert (
        client.get_run(phase.data.tags["mlflow.parentRunId"]).data.tags["mlflow.parentRunId"]
        == first[0]
    )
    assert {f.path for f in client.list_artifacts(first[1])} == {
        "prompts",
        "problems.json",
        "pass_rates.png",
    }
    table = json.loads(Path(client.download_artifacts(first[1], "problems.json")).read_text())
    assert table == {"columns": ["text", "answer"], "data": [["1 + 1", "2"]]}
    assert (tmp_path / "mlflow.db").exists()


def test_runs_of_one_folder_of_runs_stand_in_one_store_an_experiment_a_configuration(
    tmp_path: Path,
) -> None:
    for folder, experiment in (("a", "quick"), ("b", "quick"), ("c", "slow")):
        with opened(tmp_path / folder, experiment).opened() as tracker:
            tracker.text("kept", "note.txt")
    client = client_of(tmp_path / "a")
    names = {}
    for experiment in client.search_experiments(filter_string="name != 'Default'"):
        assert experiment.tags["mlflow.experimentKind"] == "custom_model_development"
        runs = client.search_runs([experiment.experiment_id])
        names[experiment.name] = {run.info.run_name for run in runs}
    assert names == {"quick": {"a", "b"}, "slow": {"c"}}
    assert not list(tmp_path.glob("*/mlflow.db"))
    assert len(list((tmp_path / "mlflow-artifacts").rglob("note.txt"))) == 3


def test_the_files_of_a_store_that_was_moved_are_found_again(tmp_path: Path) -> None:
    runs, moved = tmp_path / "runs", tmp_path / "moved with a space"
    runs.mkdir()
    (tmp_path / "mlflow.db").rename(runs / "mlflow.db")
    _, phase_id = log_a_round(runs / "a", 0.5)
    runs.rename(moved)
    log_a_round(moved / "b", 0.6)
    client = client_of(moved / "a")
    files = client.list_artifacts(phase_id, "prompts")
    assert [file.path for file in files] == ["prompts/mutate.txt"]
    place = (moved / "mlflow-artifacts").as_uri()
    assert client.get_run(phase_id).info.artifact_uri.startswith(f"{place}/")
    # Whose files are where it says they are stays as it is.
    before = (moved / "mlflow.db").read_bytes()
    find_again(moved / "mlflow.db")
    assert (moved / "mlflow.db").read_bytes() == before
    assert not runs.exists()


def test_a_copied_store_keeps_the_files_of_its_runs_beside_it(tmp_path: Path) -> None:
    runs, copy = tmp_path / "runs", tmp_path / "copy"
    runs.mkdir()
    (tmp_path / "mlflow.db").rename(runs / "mlflow.db")
    _, first = log_a_round(runs / "a", 0.5)
    shutil.copytree(runs, copy)
    there = sorted((runs / "mlflow-artifacts").rglob("*"))
    _, second = log_a_round(copy / "b", 0.6)
    assert sorted((runs / "mlflow-artifacts").rglob("*")) == there
    shutil.rmtree(runs)
    client = client_of(copy / "b")
    for phase_id in (first, second):
        files = client.list_artifacts(phase_id, "prompts")
        assert [file.path for file in files] == ["prompts/mutate.txt"]
    # One whose files did not come along names them where they are.
    alone = tmp_path / "alone"
    (alone / "mlflow-artifacts").mkdir(parents=True)
    before = Path(shutil.copy(copy / "mlflow.db", alone)).read_bytes()
    find_again(alone / "mlflow.db")
    assert (alone / "mlflow.db").read_bytes() == before


def log_steps(folder: Path, told: Path) -> None:
    """A run with a few hundred records, in a process of its own."""
    said: list[str] = []
    tracker = opened(folder, note=said.append)
    with tracker.opened(), tracker.run("train") as train:
        for step in range(20):
            train.metrics({"loss": 1 / (step + 1), "reward": step}, step=step)
            train.params({f"at.{step}": step})
    told.write_text("\n".join(said))


@pytest.mark.slow
def test_runs_at_once_make_and_share_the_store_and_lose_nothing(tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").unlink()
    fork = multiprocessing.get_context("fork")
    runs = [tmp_path / f"run{i}" for i in range(3)]
    processes = [
        fork.Process(target=log_steps, args=(run, tmp_path / f"{run.name}.said")) for run in runs
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * 3
    assert [(tmp_path / f"{run.name}.said").read_text() for run in runs] == [""] * 3
    client = client_of(runs[0])
    experiment = client.get_experiment_by_name("quick")
    found = client.search_runs([experiment.experiment_id], "attributes.run_name = 'train'")
    assert len(found) == 3
    for run in found:
        assert len(run.data.params) == 20 and run.info.status == "FINISHED"
        history = client.get_metric_history(run.info.run_id, "reward")
        assert [point.value for point in history] == list(range(20))


def test_the_store_of_an_earlier_version_is_told_and_left_as_it_is(tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    (run / "mlflow.db").write_bytes(b"as it was")
    said: list[str] = []
    with opened(run, note=said.append).opened():
        pass
    assert (run / "mlflow.db").read_bytes() == b"as it was"
    assert (
        len(said) == 1 and f"zoped ui {run}" in said[0] and str(tmp_path / "mlflow.db") in said[0]
    )


def test_a_store_that_was_killed_while_it_was_made_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").unlink()
    (tmp_path / "mlflow.db.draft").write_text("half a store")
    (tmp_path / "mlflow.db.draft-journal").write_text("and its journal")
    run_id, _ = log_a_round(tmp_path / "run", 0.4)
    assert client_of(tmp_path / "run").get_run(run_id).info.status == "FINISHED"
    assert not list(tmp_path.glob("mlflow.db.draft*"))


def test_a_setting_that_changed_stands_as_it_is_now_beside_as_it_was(tmp_path: Path) -> None:
    for rounds in (2, 3):
        with opened(tmp_path / "run").opened() as tracker:
            tracker.params({"rounds": rounds, "seed": 0})
    run = client_of(tmp_path / "run").get_run(tracker.run_id)
    assert run.data.params == {"rounds": "2", "seed": "0"}
    assert {k: v for k, v in run.data.tags.items() if k.startswith("now.")} == {"now.rounds": "3"}


def test_ctrl_c_marks_the_run_as_killed(tmp_path: Path) -> None:
    tracker = opened(tmp_path / "run")
    with pytest.raises(KeyboardInterrupt), tracker.opened(), tracker.run("round 1"):
        raise KeyboardInterrupt
    client = client_of(tmp_path / "run")
    assert client.get_run(tracker.run_id).info.status == "KILLED"


def test_the_tracking_uri_of_the_environment_is_honoured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, empty_store: Path
) -> None:
    uri = f"sqlite:///{shutil.copy(empty_store, tmp_path / 'elsewhere.db')}"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    run_id, _ = log_a_round(tmp_path / "run", 0.4)
    assert MlflowClient(uri).get_run(run_id).info.status == "FINISHED"
    assert (tmp_path / "mlflow.db").read_bytes() == empty_store.read_bytes()


def test_a_dead_tracking_server_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    with pytest.raises(UserError, match=r"127\.0\.0\.1:9.*cannot be reached"):
        opened(tmp_path / "run")


@pytest.mark.slow
def test_a_store_that_is_locked_for_a_while_gets_what_was_missed_later(
    tmp_path: Path,
) -> None:
    """A database browser holds the store: the run goes on, says so once, and logs it afterwards."""
    said: list[str] = []
    tracker = opened(tmp_path / "run", note=said.append)
    other = sqlite3.connect(tmp_path / "mlflow.db", isolation_level=None)
    with tracker.opened():
        tracker.metrics({"a": 1.0}, step=1)
        other.execute("BEGIN EXCLUSIVE")
        with tracker.run("round 1") as inner:
            inner.metrics({"b": 2.0}, step=1)
            inner.text("kept", "note.txt")
        assert len(said) == 1 and "does not answer" in said[0] and "locked" in said[0]
        other.execute("ROLLBACK")
        tracker.metrics({"a": 3.0}, step=2)
    assert said[1:] == ["MLflow is back; what was missed is logged"]
    client = client_of(tmp_path / "run")
    assert client.get_run(inner.run_id).data.metrics == {"b": 2.0}
    assert [f.path for f in client.list_artifacts(inner.run_id)] == ["note.txt"]
    run = client.get_run(tracker.run_id)
    assert run.data.metrics == {"a": 3.0} and run.info.status == "FINISHED"
    assert [m.step for m in client.get_metric_history(tracker.run_id, "a")] == [1, 2]


def test_a_server_that_never_comes_back_costs_its_records_alone() -> None:
    said: list[str] = []
    outbox = Outbox(said.append, clock=lambda: 0.0)

    def away() -> None:
        raise ConnectionError("connection refused")

    for _ in range(3):
        outbox.put(away)
    outbox.close()
    assert len(said) == 2 and "connection refused" in said[0]
    assert said[1] == "MLflow: 3 of the run's records could not be logged"


def test_a_deleted_experiment_is_told_with_how_to_restore_it(tmp_path: Path) -> None:
    log_a_round(tmp_path / "run", 0.4)
    client = client_of(tmp_path / "run")
    experiment = client.get_experiment_by_name("quick")
    assert experiment is not None
    client.delete_experiment(experiment.experiment_id)
    with pytest.raises(UserError, match=r"was deleted; restore it .*--experiment-id \d+"):
        opened(tmp_path / "run")


def test_the_experiment_of_the_environment_is_honoured_and_an_empty_uri_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "mine")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "")
    log_a_round(tmp_path / "run", 0.4)
    client = MlflowClient(f"sqlite:///{tmp_path / 'mlflow.db'}")
    assert client.get_experiment_by_name("mine") is not None
    assert client.get_experiment_by_name("quick") is None


@pytest.mark.parametrize("torn", ["", "[1]", '{"sqlite', '{"sqlite": 1}'])
def test_a_torn_note_of_the_runs_is_made_anew(tmp_path: Path, torn: str) -> None:
    ids = RunIds(tmp_path / "tracking.json", "sqlite")
    (tmp_path / "tracking.json").write_text(torn)
    assert ids.get("run") is None
    ids.put("run", "x")
    assert ids.get("run") == "x"


def test_a_damaged_store_or_an_unknown_kind_of_one_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mlflow.db").write_bytes(b"no database, but long enough to be one" * 40)
    with pytest.raises(UserError, match=r"mlflow\.db: MLflow cannot be reached"):
        opened(tmp_path / "run")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "nonsense://x")
    with pytest.raises(UserError, match="nonsense://x: MLflow cannot be reached"):
        opened(tmp_path / "run")
