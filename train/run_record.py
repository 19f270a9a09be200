"""A run as it lies in its folder: what it was asked to do, how far it is, what it came to."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from zoped.foundation.errors import ZopedError
from zoped.train.config_file import CONFIG, flatten, read_config
from zoped.train.headline import headline, outcome
from zoped.train.results import (
    Evaluated,
    Generated,
    Measured,
    Trained,
    Tuned,
    finished_rounds,
)
from zoped.train.run_folder import CONFIGURATION, LOCK
from zoped.train.settings import RunSettings, SettingsError
from zoped.train.state import STATE, RunState

SHOWN = 5  # runs that a message names
PHASES = (Measured, Tuned, Generated, Trained, Evaluated)
ACCURACY = ("accuracy", "accuracy_low", "accuracy_high", "gain", "greedy_accuracy", "greedy_gain")


@dataclass(frozen=True)
class RunRecord:
    """`done` of its `settings.rounds` rounds are over. `stands` is how it stands: `over`, `running`,
    or where it stopped. `numbers` are the headline (zoped.train.headline), of the last round that is over;
    the accuracy is that of the last one that was evaluated."""

    folder: Path
    configuration: str
    settings: RunSettings
    done: int
    stands: str
    numbers: dict[str, float]

    @property
    def name(self) -> str:
        return self.folder.resolve().name

    @property
    def flat(self) -> dict[str, Any]:
        """Every setting by its dotted name."""
        return flatten(self.settings.model_dump(mode="json"))


def is_run_folder(folder: Path) -> bool:
    return (folder / CONFIG).is_file() and (folder / STATE).is_file()


def require_run(folder: Path, error: type[ZopedError] = SettingsError) -> None:
    """Raise `error` for what is no run folder, with the runs that may have been meant."""
    if is_run_folder(folder):
        return
    missing = next(name for name in (CONFIG, STATE) if not (folder / name).is_file())
    why = f"it has no {missing}"
    if not folder.is_dir():
        why = "it is a file" if folder.exists() else "there is no such folder"
    around = next(filter(is_run_folder, folder.resolve().parents), None)
    hint = ""
    if inside := runs_in(folder):
        more = ", ..." if inside[SHOWN:] else ""
        hint = f"; name one of the runs in it: {', '.join(map(str, inside[:SHOWN]))}{more}"
    elif around is not None and folder.exists():
        hint = f"; it lies in one: {around}"
    raise error(f"{folder} is no run folder: {why}{hint}")


def runs_in(folder: Path) -> list[Path]:
    """The run folders that lie in the folder, or in the folders in it."""
    found = {file.parent for depth in ("*", "*/*") for file in folder.glob(f"{depth}/{STATE}")}
    return sorted(filter(is_run_folder, found))


def find_runs(folder: Path) -> Iterator[Path]:
    """Every run folder in the folder, itself included, by name; what lies in a run is not looked at."""
    for name, inside, _ in os.walk(folder):
        if is_run_folder(Path(name)):
            yield Path(name)
            inside.clear()
        inside.sort()


def read_record(folder: Path) -> RunRecord:
    """Raises SettingsError where there is no run folder, and StateError for a state that cannot be read."""
    require_run(folder)
    settings = read_config(folder / CONFIG)
    with RunState(folder / STATE) as state:
        done = len(finished_rounds(state))
        numbers = headline(state, done)
        if "accuracy" not in numbers:
            numbers |= _last_accuracy(state, done)
        return RunRecord(
            folder=folder,
            configuration=state.meta(CONFIGURATION) or folder.resolve().name,
            settings=settings,
            done=done,
            stands=_stands(folder, state, settings, done),
            numbers=numbers,
        )


def _last_accuracy(state: RunState, done: int) -> dict[str, float]:
    for number in range(done, -1, -1):
        numbers = outcome(state, number)
        if "accuracy" in numbers:
            return {name: numbers[name] for name in ACCURACY if name in numbers}
    return {}


def _stands(folder: Path, state: RunState, settings: RunSettings, done: int) -> str:
    if _is_running(folder):
        return "running"
    if done >= settings.rounds:
        return "over"
    if Evaluated.load(state, 0) is None:
        return "stopped before its first result"
    phase = next(kind.phase for kind in PHASES if kind.load(state, done + 1) is None)
    return f"stopped in round {done + 1}: {phase}"


def _is_running(folder: Path) -> bool:
    """Whether a process has the folder."""
    if not (folder / LOCK).exists():
        return False
    try:
        with FileLock(folder / LOCK, timeout=0):
            return False
    except Timeout:
        return True
    except OSError:  # nobody can write there
        return False
