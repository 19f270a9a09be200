"""What a command alone comes to, as a run of MLflow: where a store is named, and there alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from mlflow import MlflowClient

from tests.command_line import zoped
from zoped.cli.console import said_as
from zoped.cli.tracking import open_result
from zoped.cli.tracking_result import numbers_in


def test_what_is_said_of_the_store_is_not_said_with_quiet(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for quiet, told in ((False, "MLflow is back\n"), (True, "")):
        with said_as(as_json=False, quiet=quiet):
            tracker = open_result(f"sqlite:///{tmp_path}/a.db", experiment="e", name="n")
            tracker._outbox.tell("MLflow is back")
        assert capsys.readouterr().err == told


@pytest.mark.slow
def test_generating_and_evaluating_are_runs_with_what_they_came_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    uri = "sqlite:///all.db"
    asked = ["--problems", "2", "--samples", "2", "--cache", "a.db", "--json"]
    code, out, err = zoped("evaluate", *asked, "--tracking-uri", uri)
    assert code == 0, err
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    for made in ("made.jsonl", "folder"):
        assert zoped("generate", "--teacher", "none", "-n", "2", "-o", made)[0] == 0
    client = MlflowClient(uri)
    runs = {
        run.info.run_name: run
        for run in client.search_runs([e.experiment_id for e in client.search_experiments()])
    }
    assert runs.keys() == {"lab", "made.jsonl", "folder"}
    assert {run.info.status for run in runs.values()} == {"FINISHED"}
    told = json.loads(out)["benchmarks"]["held_out"]
    metrics = runs["lab"].data.metrics
    assert metrics["held_out/pass_1"] == told["pass@1"]["value"]
    assert metrics["held_out/majority_2/low"] == told["majority@2"]["low"]
    assert runs["lab"].data.params["samples"] == "2" and runs["lab"].data.params["version"]
    for name in ("made.jsonl", "folder"):
        assert runs[name].data.metrics["accepted"] == 2 and runs[name].data.params["count"] == "2"


def test_numbers_alone_are_metrics_by_names_that_mlflow_takes() -> None:
    found = numbers_in({"a": {"pass@1": {"value": 0.5, "low": 0.25}, "right": [1, 2]}, "b": True})
    assert found == {"a/pass_1": 0.5, "a/pass_1/low": 0.25}


def test_a_store_that_does_not_answer_is_told_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "none").write_text("a file")
    uri = f"sqlite:///{tmp_path}/none/all.db"
    code, out, err = zoped(
        *("generate", "--teacher", "none", "-n", "1", "-o", "x.jsonl", "--tracking-uri", uri)
    )
    assert code == 2 and not out and err.count("\n") == 1 and f"zoped: {uri}: MLflow" in err, err
    assert not list(tmp_path.glob("x*"))
