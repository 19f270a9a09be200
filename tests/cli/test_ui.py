"""`zoped ui`: MLflow's pages come up on the one store, without a network."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed
from typer.testing import CliRunner

from zoped.cli.errors import UserError
from zoped.cli.main import app
from zoped.cli.tracking import open_tracker
from zoped.cli.ui import find_store

# Loaded by every Python that the command starts: nothing but this machine can be reached, and who
# tries is written down.
NO_NETWORK = """
import os, socket
HERE = ("127.0.0.1", "localhost", "::1", "0.0.0.0", None, "")
def only_here(real):
    def checked(*args, **kwargs):
        address = next(a for a in args if isinstance(a, (tuple, str)) or a is None)
        host = address[0] if isinstance(address, tuple) else address
        if host not in HERE and not str(host).startswith("/"):
            with open(os.environ["ASKED"], "a") as asked:
                asked.write(f"{host}\\n")
            raise OSError(101, "Network is unreachable")
        return real(*args, **kwargs)
    return checked
socket.getaddrinfo = only_here(socket.getaddrinfo)
connect = socket.socket.connect
socket.socket.connect = lambda self, address: only_here(lambda a: connect(self, a))(address)
"""


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@retry(wait=wait_fixed(0.2), stop=stop_after_delay(240), retry=retry_if_exception_type(OSError))
def page(url: str, body: dict[str, object] | None = None) -> bytes:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=60) as reply:
        return bytes(reply.read())


@pytest.mark.slow
def test_the_pages_come_up_without_a_network_and_show_the_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    run = tmp_path / "runs" / "quick"
    run.mkdir(parents=True)
    with open_tracker(run, experiment="quick", name="quick, seed 0").opened() as tracker:
        tracker.metrics({"accuracy": 0.5}, step=1)
    (tmp_path / "sitecustomize.py").write_text(NO_NETWORK, encoding="utf-8")
    environment = {k: v for k, v in os.environ.items() if "proxy" not in k.lower()}
    environment.pop("LITELLM_LOCAL_MODEL_COST_MAP", None)
    environment |= {"PYTHONPATH": str(tmp_path), "ASKED": str(tmp_path / "asked")}
    port = free_port()
    command = [sys.executable, "-m", "zoped.cli.main", "ui", "--port", str(port)]
    with (tmp_path / "log").open("w") as log:
        ui = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=log, stderr=log)
    try:
        address = f"http://127.0.0.1:{port}"
        assert b"<title>MLflow</title>" in page(address)
        found = json.loads(page(f"{address}/api/2.0/mlflow/runs/search", {"experiment_ids": ["1"]}))
        assert [r["info"]["run_name"] for r in found["runs"]] == ["quick, seed 0"]
    finally:
        ui.send_signal(signal.SIGINT)
        code = ui.wait(timeout=60)
    said = (tmp_path / "log").read_text()
    assert code == 130 and f"mlflow.db: {address} (Ctrl-C closes it)" in said, said
    assert not (tmp_path / "asked").exists(), (tmp_path / "asked").read_text()
    with socket.create_server(("127.0.0.1", port)):  # nobody listens any more
        pass


def test_where_there_is_no_store_and_where_somebody_listens_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(tmp_path)

    def ui(*arguments: object) -> str:
        result = CliRunner().invoke(app, ["ui", *map(str, arguments)])
        assert result.exit_code == 2
        return result.stderr

    assert "runs: there is no mlflow.db; name a folder in which `zoped run` has made runs" in ui()
    assert "nowhere: there is no mlflow.db" in ui("nowhere")
    (tmp_path / "mlflow.db").touch()
    lab_run = tmp_path / "lab" / "tuned" / "seed-0"
    lab_run.mkdir(parents=True)
    (lab_run / "state.db").touch()
    assert find_store(lab_run).file == tmp_path / "mlflow.db"
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert f"--port {port}: cannot listen on 127.0.0.1:{port}" in ui(".", "--port", port)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://me:secret@tracking.example:5000")
    said = ui()
    assert "names a server" in said and "tracking.example:5000" in said and "secret" not in said


@pytest.mark.parametrize("kind", ["database", "text"])
def test_a_file_that_is_no_store_of_mlflows_is_told_and_left_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    file = tmp_path / "state.db"
    if kind == "database":
        with closing(sqlite3.connect(file)) as database:
            database.execute("CREATE TABLE problems (id)")
    else:
        file.write_text("no database, but long enough to be one" * 40)
    before = file.read_bytes()
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    with monkeypatch.context() as named:
        for arguments in (["ui", str(file)], ["ui"]):
            result = CliRunner().invoke(app, arguments)
            assert result.exit_code == 2 and "it is no store of MLflow's" in result.stderr
            named.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{file}")
        with pytest.raises(UserError, match="it is no store of MLflow's"):
            open_tracker(tmp_path / "run", experiment="quick", name="run")
    assert file.read_bytes() == before
