"""The folder of a run: its resolved configuration, its state, and a lock against a second process.

config.yaml        every setting, defaults included
state.db           seeds, problems, rejections, pass rates, prompts, rounds (SQLite)
rounds/0001/...    a round's training file and trained student
mlflow.db          MLflow's store, unless MLFLOW_TRACKING_URI names another
tracking.json      which MLflow run belongs to which part of the run
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from zoped.cli.errors import UserError
from zoped.train.config_file import CONFIG, flatten, keep_configuration, write_config
from zoped.train.settings import RunSettings, SettingsError

__all__ = ["CONFIG", "LOCK", "flatten", "open_run_folder", "write_config"]
LOCK = "run.lock"


@contextmanager
def open_run_folder(folder: Path, settings: RunSettings) -> Iterator[Path]:
    """The run folder for these settings: made, or found as an earlier call left it, and held by
    this process alone. Raises UserError when it is another run's or no run folder, or when another
    process has it."""
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{folder} is a file; give another --run-dir")
    config = folder / CONFIG
    if not config.exists() and folder.exists() and set(os.listdir(folder)) - {LOCK}:
        raise UserError(
            f"{folder} is not empty and holds no {CONFIG}, so it is no run folder; "
            "give another --run-dir"
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{folder}: cannot be made: {error.strerror}") from None
    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise UserError(
            f"another process is running in {folder}; wait for it, or give another --run-dir"
        ) from None
    try:
        try:
            keep_configuration(folder, settings)
        except SettingsError as error:
            raise UserError(str(error)) from None
        yield folder
    finally:
        lock.release()
