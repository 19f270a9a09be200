"""`config.yaml` in a run folder: every setting of the run, and what may change between two calls."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from zoped.foundation.errors import first_fault
from zoped.foundation.files import write_whole
from zoped.foundation.reading.yaml_values import load_yaml
from zoped.train.results import Evaluated, Generated
from zoped.train.settings import RunSettings, SettingsError
from zoped.train.state import STATE, RunState

CONFIG = "config.yaml"
WRITTEN_BY = "# Written by `zoped run`"  # how the file starts
# How work is spread and paid for, not what it comes to.
SPREADING = frozenset(
    [
        *("train.gradient_accumulation_steps", "train.gradient_checkpointing", "train.launcher"),
        *("train.processes", "teacher.timeout", "teacher.concurrency", "teacher.budget.calls"),
        *("teacher.budget.tokens", "teacher.budget.dollars", "tracking.traces"),
        *("generate.engine", "generate.address"),
        *("measure.engine", "measure.address", "measure.workers"),
        *("measure.servers", "measure.serve", "measure.concurrency"),
    ]
)


def keep_configuration(folder: Path, settings: RunSettings) -> None:
    """Write the settings into the run folder.

    Raises SettingsError where it has results that were made with other settings. A run that is over
    may be given more rounds, and one whose problems would not be others more decisions; what failed before
    its first result may be given any settings.
    """
    require_configuration(folder, settings)
    write_config(folder / CONFIG, settings)


def require_configuration(folder: Path, settings: RunSettings) -> None:
    """Raise SettingsError as `keep_configuration` does; writes nothing."""
    file = folder / CONFIG
    if file.exists() and (folder / STATE).exists():
        with RunState(folder / STATE) as state:
            if not state.is_empty():
                _require_same(folder, read_config(file), settings, state)


def write_config(path: Path, settings: RunSettings) -> None:
    """Every setting as YAML, written in one step: the file is whole or not there."""
    text = f"{WRITTEN_BY}: every setting of the run in this folder.\n"
    text += yaml.safe_dump(settings.model_dump(mode="json"), sort_keys=False)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        write_whole(path, text)


def flatten(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested sections as dotted names: {"train": {"steps": 8}} -> {"train.steps": 8}."""
    flat: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            flat |= flatten(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def differences(
    before: Mapping[str, Any], now: Mapping[str, Any], may_differ: Collection[str] = SPREADING
) -> list[str]:
    """ "seed: 0 there, 5 here" for every setting, but for those that may differ."""
    return [
        f"{name}: {before.get(name)!r} there, {now.get(name)!r} here"
        for name in sorted(before.keys() | now.keys())
        if before.get(name) != now.get(name) and name not in may_differ
    ]


def read_config(file: Path) -> RunSettings:
    """The settings that `write_config` wrote. Raises SettingsError."""
    try:
        return RunSettings.model_validate(load_yaml(file.read_text(encoding="utf-8")))
    except ValidationError as error:
        raise SettingsError(f"{file}: {first_fault(error)}") from None
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise SettingsError(f"{file}: cannot be read: {error}") from None


def _require_same(folder: Path, old: RunSettings, new: RunSettings, state: RunState) -> None:
    before, now = (flatten(settings.model_dump(mode="json")) for settings in (old, new))
    may_differ = set(SPREADING)
    over = Evaluated.load(state, old.rounds) is not None
    if over and new.rounds > old.rounds:
        may_differ.add("rounds")
        if _begins_with(now["train.steps"], before["train.steps"]):
            may_differ.add("train.steps")
    if new.generate.decisions > old.generate.decisions and _no_round_used_all(state, old):
        may_differ.add("generate.decisions")
    differing = differences(before, now, may_differ)
    if not differing:
        return
    names, more = [line.partition(":")[0] for line in differing], ""
    if not over and names == ["rounds"]:
        more = "; its rounds can be raised when they are over"
    if names == ["generate.decisions"]:
        more = (
            "; its decisions can be raised where no round has ended its generating for want of more"
        )
    raise SettingsError(
        "\n  ".join([f"{folder} was made with another configuration:", *differing])
        + f"\ngive another run folder, or the configuration it was made with{more}"
    )


def _no_round_used_all(state: RunState, settings: RunSettings) -> bool:
    """Whether no round's problems would be others with more `generate.decisions`: where they are taken until
    enough lie in the band, and every round that has its problems needed fewer."""
    made = [number for number, phase, _ in state.phases_done() if phase == Generated.phase]
    most = settings.generate.decisions
    return settings.curriculum.filter == "band" and all(
        state.next_step(number) < most for number in made
    )


def _begins_with(longer: Any, shorter: Any) -> bool:
    """Whether the steps of the rounds that are over are the same."""
    if not (isinstance(longer, list) and isinstance(shorter, list)):
        return False
    return longer[: len(shorter)] == shorter
