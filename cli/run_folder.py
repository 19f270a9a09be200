"""The folder of a run: its resolved configuration, its state, and a lock against a second process.

config.yaml        every setting, defaults included
state.db           seeds, problems, rejections, pass rates, prompts, rounds (SQLite)
rounds/0001/...    a round's training file and trained student
mlflow.db          MLflow's store, unless MLFLOW_TRACKING_URI names another
tracking.json      which MLflow run belongs to which part of the run
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from filelock import FileLock, Timeout

from zoped.cli.config import load_config
from zoped.cli.errors import UserError
from zoped.foundation.files import write_whole
from zoped.train.settings import RunSettings

CONFIG = "config.yaml"
LOCK = "run.lock"


@contextmanager
def open_run_folder(folder: Path, settings: RunSettings) -> Iterator[Path]:
    """The run folder for these settings: made, or found as an earlier call left it, and held by
    this process alone. Raises UserError when it is another run's, or another process has it."""
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
        if config.exists() and _has_results(folder):
            _require_same(folder, load_config(config), settings)
        write_config(config, settings)
        yield folder
    finally:
        lock.release()


def write_config(path: Path, settings: RunSettings) -> None:
    """Every setting as YAML, written in one step: the file is whole or not there."""
    write_whole(path, yaml.safe_dump(settings.model_dump(mode="json"), sort_keys=False))


def _has_results(folder: Path) -> bool:
    """A run that failed before its first result (a mistyped model, say) binds nobody."""
    from zoped.train.state import STATE, RunState

    if not (folder / STATE).exists():
        return False
    with RunState(folder / STATE) as state:
        return not state.is_empty()


def flatten(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested sections as dotted names: {"train": {"steps": 8}} -> {"train.steps": 8}."""
    flat: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            flat |= flatten(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat


# What may change between two calls: how a step's work is spread, not what it comes to.
SPREADING = frozenset(
    f"train.{name}"
    for name in ("gradient_accumulation_steps", "gradient_checkpointing", "launcher", "processes")
)


def _require_same(folder: Path, old: RunSettings, new: RunSettings) -> None:
    before = flatten(old.model_dump(mode="json"))
    now = flatten(new.model_dump(mode="json"))
    differing = [
        f"{name}: {before.get(name)!r} there, {now.get(name)!r} here"
        for name in sorted(before.keys() | now.keys())
        if before.get(name) != now.get(name) and name not in SPREADING
    ]
    if differing:
        raise UserError(
            "\n  ".join([f"{folder} was made with another configuration:", *differing])
            + "\ngive another --run-dir, or the configuration it was made with"
        )
