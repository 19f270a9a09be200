"""A real MLflow server that dies while a run goes on, and comes back."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from mlflow import MlflowClient
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from tests.small_run import SMALL_RUN
from zoped.cli.tracking import open_tracker
from zoped.cli.ui import JOBS
from zoped.train.loop.observe import NullProgress, Task
from zoped.train.rounds import play_rounds
from zoped.train.run_folder import open_run_folder
from zoped.train.settings import RunSettings

SMALL = RunSettings.model_validate(SMALL_RUN)


class Server:
    """`mlflow server` on this machine, which can be killed and started again on the same store."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self.uri = f"http://127.0.0.1:{self._port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self._folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "mlflow", "server", "--workers", "1"),
                    *("--host", "127.0.0.1", "--port", str(self._port)),
                    *("--backend-store-uri", f"sqlite:///{self._folder / 'store.db'}"),
                    *("--artifacts-destination", str(self._folder / "artifacts")),
                ],
                env={**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True", JOBS: "false"},
                stdout=log,
                stderr=log,
                start_new_session=True,  # its workers die with it
            )
        self._wait()

    @retry(wait=wait_fixed(0.1), stop=stop_after_delay(240), retry=retry_if_exception_type(OSError))
    def _wait(self) -> None:
        urllib.request.urlopen(f"{self.uri}/health", timeout=5).close()

    def kill(self) -> None:
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    server = Server(tmp_path)
    server.start()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server.uri)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    yield server
    server.kill()


class Killing(NullProgress):
    """Kills the server when the run begins to generate, starts it again when it evaluates."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.is_back = False

    def task(self, description: str, total: int | None) -> AbstractContextManager[Task]:
        if description.startswith("round 1: generating"):
            self._server.kill()
        if description == "round 1: held-out problems":
            self._server.start()
            self.is_back = True
        return super().task(description, total)


@pytest.mark.slow
def test_a_run_goes_on_when_its_server_dies_and_logs_what_was_missed(
    tmp_path: Path, server: Server
) -> None:
    said: list[str] = []
    progress = Killing(server)
    with open_run_folder(tmp_path / "run", SMALL) as folder:
        tracker = open_tracker(folder, experiment="small", name="run", note=said.append)
        with tracker.opened():
            report = play_rounds(SMALL, folder, tracker=tracker, progress=progress)
    assert progress.is_back
    assert len(said) == 2 and "does not answer" in said[0] and "the run goes on" in said[0]
    assert said[1] == "MLflow is back; what was missed is logged"
    client = MlflowClient(server.uri)
    experiment = client.get_experiment_by_name("small")
    assert experiment is not None
    runs = {run.info.run_name: run for run in client.search_runs([experiment.experiment_id])}
    assert {"run", "round 1", "measure", "generate", "train", "evaluate"} <= runs.keys()
    assert "tune" not in runs, "nothing was tuned"
    assert {run.info.status for run in runs.values()} == {"FINISHED"}
    assert runs["generate"].data.metrics["accepted"] == report.rounds[0].accepted
    assert "train/reward" in " ".join(runs["train"].data.metrics), runs["train"].data.metrics
    accuracy = report.rounds[0].held_out.accuracy
    assert runs["run"].data.metrics["accuracy"] == pytest.approx(accuracy)
