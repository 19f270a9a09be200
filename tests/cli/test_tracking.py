"""MLflow: nested runs, resumed runs, and nothing global."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from mlflow import MlflowClient

from zoped.cli.errors import UserError
from zoped.cli.tracking import open_tracker, tracking_uri


@pytest.fixture(autouse=True)
def local_store(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)


def log_a_round(folder: Path, accuracy: float) -> tuple[str, str]:
    with open_tracker(folder, name="run").opened() as parent:
        parent.params({"rounds": 2})
        with parent.run("round 1") as round_, round_.run("generate", tags={"phase": "x"}) as phase:
            phase.metrics({"accuracy": accuracy}, step=1)
            phase.text("Pick an operator.", "prompts/mutate.txt")
            phase.table([{"text": "1 + 1", "answer": "2"}], "problems.json")
            phase.histogram([0.1, 0.5], "pass_rates.png", title="round 1", band=(0.2, 0.8))
        return parent.run_id, phase.run_id


def test_a_resumed_run_goes_on_in_the_same_runs_and_doubles_nothing(tmp_path: Path) -> None:
    first = log_a_round(tmp_path, 0.4)
    assert log_a_round(tmp_path, 0.5) == first
    client = MlflowClient(tracking_uri(tmp_path))
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


def test_a_store_that_was_killed_while_it_was_made_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "mlflow.db.draft").write_text("half a store")
    (tmp_path / "mlflow.db.draft-journal").write_text("and its journal")
    run_id, _ = log_a_round(tmp_path, 0.4)
    assert MlflowClient(tracking_uri(tmp_path)).get_run(run_id).info.status == "FINISHED"
    assert not list(tmp_path.glob("mlflow.db.draft*"))


def test_ctrl_c_marks_the_run_as_killed(tmp_path: Path) -> None:
    tracker = open_tracker(tmp_path, name="run")
    with pytest.raises(KeyboardInterrupt), tracker.opened(), tracker.run("round 1"):
        raise KeyboardInterrupt
    client = MlflowClient(tracking_uri(tmp_path))
    assert client.get_run(tracker.run_id).info.status == "KILLED"


def test_the_tracking_uri_of_the_environment_is_honoured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uri = f"sqlite:///{tmp_path / 'elsewhere.db'}"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    folder = tmp_path / "run"
    folder.mkdir()
    run_id, _ = log_a_round(folder, 0.4)
    assert MlflowClient(uri).get_run(run_id).info.status == "FINISHED"
    assert not (folder / "mlflow.db").exists()


def test_a_dead_tracking_server_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    with pytest.raises(UserError, match=r"127\.0\.0\.1:9.*cannot be reached"):
        open_tracker(tmp_path, name="run")
