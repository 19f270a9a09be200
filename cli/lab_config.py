"""A lab's YAML file -> its runs, or one message that says what to change."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from zoped.cli.config import beside, find_modules_in, parse_settings, read_yaml
from zoped.cli.errors import UserError
from zoped.foundation.errors import first_fault
from zoped.train.lab.settings import Lab, LabRun, LabSettings, merged, run_folder


def load_lab(path: Path) -> Lab:
    """The lab that the file describes; its paths are relative to it, its folder to where the command
    is given. Raises UserError for what is wrong with it, or with the settings of a run."""
    data = read_yaml(path)
    if not isinstance(data, Mapping):
        raise UserError(f"{path}: expected `field: value` lines")
    try:
        settings = LabSettings.model_validate(data)
    except ValidationError as error:
        raise UserError(f"{path}: {first_fault(error)}") from None
    find_modules_in(path.parent)
    base, folder = _base(settings, path), Path(settings.folder)
    runs = []
    for seed in settings.seeds:
        for student, of_student in settings.students.items():
            for arm, of_arm in settings.arms.items():
                changes = [beside(path.parent, merged({}, one)) for one in (of_student, of_arm)]
                values = merged(base, *changes, {"seed": seed})
                source = f"{path}: student {student}, arm {arm}"
                run = parse_settings(values, source=source)
                place = run_folder(folder, student, arm, seed)
                runs.append(LabRun(student, arm, seed, run, place))
    return Lab(settings, folder, tuple(runs))


def _base(settings: LabSettings, path: Path) -> dict[str, Any]:
    if not isinstance(settings.base, str):
        return beside(path.parent, settings.base)
    file = path.parent / settings.base
    data = read_yaml(file)
    if not isinstance(data, Mapping):
        raise UserError(f"{file}: expected `field: value` lines")
    return beside(file.parent, data)
