"""The folder of a run: its resolved configuration, its state, and a lock against a second process.

config.yaml        every setting, defaults included
state.db           seeds, problems, rejections, pass rates, prompts, rounds (SQLite)
costs.json         what the teacher cost, by step and by what came of it
rounds/0001/...    a round's training file and trained student
tracking.json      which MLflow run belongs to which part of the run

Beside the run folders lies `mlflow.db`, the MLflow store of all of them, unless MLFLOW_TRACKING_URI
names another.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from zoped.train.config_file import CONFIG, WRITTEN_BY, keep_configuration, require_configuration
from zoped.train.settings import RunSettings, SettingsError
from zoped.train.state import STATE, RunState

LOCK = "run.lock"
ROUNDS = "rounds"  # what each round made
CONFIGURATION = "configuration"  # in the state: the name of the file that the run was started with


def round_folder(run: Path, number: int) -> Path:
    """Where the round's training file and its trained student lie."""
    return run / ROUNDS / f"{number:04d}"


@contextmanager
def open_run_folder(folder: Path, settings: RunSettings) -> Iterator[Path]:
    """The run folder for these settings: made, or found as an earlier call left it, and held by
    this process alone. Raises SettingsError when it is another run's or no run folder, or when
    another process has it."""
    _require_run_folder(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / LOCK)
        lock.acquire(timeout=0)
    except Timeout:
        raise SettingsError(
            f"another process is running in {folder}; wait for it, or give another --run-dir"
        ) from None
    except OSError as error:
        raise SettingsError(f"{folder}: cannot be written to: {error.strerror or error}") from None
    try:
        keep_configuration(folder, settings)
        yield folder
    finally:
        lock.release()


def require_run_folder(folder: Path, settings: RunSettings) -> None:
    """Raise SettingsError where `open_run_folder` would, but for another process; writes nothing."""
    _require_run_folder(folder)
    require_configuration(folder, settings)


def keep_configuration_name(folder: Path, name: str) -> None:
    """Under which the run is compared with others of the same configuration."""
    with RunState(folder / STATE) as state:
        state.set_meta(CONFIGURATION, name)


def _require_run_folder(folder: Path) -> None:
    """Raise SettingsError where there is anything else. `config.yaml` is a common name: that of
    another is not replaced."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise SettingsError(f"{folder} is a file; give another --run-dir")
    config, state = folder / CONFIG, folder / STATE
    if not config.exists():
        if set(os.listdir(folder)) - {LOCK}:
            raise SettingsError(
                f"{folder} is not empty and holds no {CONFIG}, so it is no run folder; "
                "give another --run-dir"
            )
    elif not (state.is_file() and state.stat().st_size) and not config.read_bytes().startswith(
        WRITTEN_BY.encode()
    ):
        raise SettingsError(
            f"{config} is not of a run's making, and a run keeps its settings under that name; "
            "give another --run-dir"
        )
