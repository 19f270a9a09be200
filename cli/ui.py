"""`zoped ui [FOLDER]`: MLflow's pages on the one store of a folder of runs; no network is needed."""

from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zoped.cli.console import Told
from zoped.cli.errors import UserError, speaks_to_the_person
from zoped.foundation.module_process import SAFE, module_command

if TYPE_CHECKING:
    from zoped.cli.tracking_store import Store

ENVIRONMENT = {
    # LiteLLM would fetch its price list when MLflow imports it, and its wait for an answer can hold
    # a lock that MLflow's own import needs: without a network the pages never come.
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "MLFLOW_DISABLE_TELEMETRY": "true",
}
# Eight more processes, each of which imports all of MLflow, wait for jobs of judges, which nothing of
# ours starts. Who has some sets it to true.
JOBS = "MLFLOW_SERVER_ENABLE_JOB_EXECUTION"


@speaks_to_the_person(on_interrupt="MLflow's pages are closed; the runs are kept.")
def ui(
    folder: Annotated[
        Path | None,
        typer.Argument(help="Folder of runs, a run folder, or an mlflow.db; default: runs."),
    ] = None,
    host: Annotated[str, typer.Option(help="Whom to listen to; default: this machine alone.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(min=1, max=65_535, help="Where the pages are.")] = 5000,
) -> Told:
    """Open MLflow on the runs: compare them, look at charts, prompts and problems."""
    store = find_store(folder)
    if store.uri.startswith(("http://", "https://")):
        raise UserError(f"MLFLOW_TRACKING_URI names a server, which has pages of its own: {store}")
    from zoped.cli.tracking_store import find_again
    from zoped.foundation.mlflow_store import another_use

    if fault := another_use(store.database):
        raise UserError(f"{store}: {fault}; name a folder in which `zoped run` has made runs")
    if store.file is not None:
        find_again(store.file)
    require_free(host, port)
    url = f"http://{host}:{port}"
    return Told(
        {"url": url, "store": store.uri},
        f"MLflow on {store}: {url} (Ctrl-C closes it)",
        then=lambda: serve(store, host, port),
    )


def find_store(folder: Path | None) -> Store:
    """The store of what the person names; that of MLFLOW_TRACKING_URI, then `runs/`, where they name
    nothing. Raises UserError where there is none."""
    from zoped.cli.tracking_store import STORE, Store

    if folder is None:
        if named := Store.named_by_environment():
            return named
        folder = Path("runs")
    if folder.is_file():
        return Store.of_file(folder)
    from zoped.train.state import STATE

    # A run's store lies beside it, a lab's beside the lab; an earlier Zoped had one in each run folder.
    places = [folder, *(folder.resolve().parents if (folder / STATE).exists() else ())]
    for place in places:
        if (place / STORE).is_file():
            return Store.in_folder(place)
    raise UserError(
        f"{folder}: there is no {STORE}; name a folder in which `zoped run` has made runs"
    )


def require_free(host: str, port: int) -> None:
    """Raises UserError where nothing can listen there."""
    try:
        with socket.create_server((host, port)):
            pass
    except OSError as error:
        raise UserError(
            f"--port {port}: cannot listen on {host}:{port} ({error.strerror or error}); "
            "give another --port"
        ) from None


def serve(store: Store, host: str, port: int) -> None:
    """MLflow's server, until it ends or we are told to."""
    command = [
        *(*module_command("mlflow"), "ui", "--workers", "1"),
        *("--backend-store-uri", store.uri, "--host", host, "--port", str(port)),
    ]
    if store.artifacts:
        command += ["--default-artifact-root", store.artifacts]
    environment = {JOBS: "false", **os.environ, **ENVIRONMENT, **SAFE}
    server = subprocess.Popen(command, env=environment, start_new_session=True)
    try:
        code = server.wait()
    finally:
        _end(server)
    if code:
        raise UserError(f"MLflow ended with code {code}; what it says is above")


def _end(server: subprocess.Popen[bytes]) -> None:
    """With its workers: they are in its session, which Ctrl-C does not reach."""
    if server.poll() is not None:
        return
    if os.name == "nt":
        server.terminate()
    else:
        import signal

        os.killpg(server.pid, signal.SIGTERM)
    try:
        server.wait(timeout=10)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
