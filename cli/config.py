"""A YAML file -> settings, or one message that says what to change."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from zoped.cli.errors import UserError
from zoped.train.grpo.trl_options import OptionError
from zoped.train.settings import RunSettings


def load_config(path: Path) -> RunSettings:
    """The settings in the YAML file `path`. Raises UserError naming every wrong field."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UserError(f"{path}: there is no such file{_neighbours(path)}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: cannot be read: {error}") from None
    try:
        data = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise UserError(f"{path}:{line}: not YAML: {error.problem or error.context}") from None
    except yaml.YAMLError as error:
        raise UserError(f"{path}: not YAML: {error}") from None
    return parse_settings({} if data is None else data, source=str(path))


def parse_settings(data: Any, *, source: str) -> RunSettings:
    """`data`, as read from YAML, as settings. Raises UserError naming every wrong field."""
    if not isinstance(data, Mapping):
        raise UserError(f"{source}: expected `field: value` lines, found {_shown(data)}")
    try:
        return RunSettings.model_validate(data)
    except ValidationError as error:
        faults = [text for fault in error.errors(include_url=False) for text in _explain(fault)]
    raise UserError(
        "\n  ".join([f"{source}:", *faults]) if faults[1:] else f"{source}: {faults[0]}"
    )


def _explain(fault: ErrorDetails) -> list[str]:
    location = [str(part) for part in fault["loc"] if part != "[key]"]
    field = ".".join(location)
    kind, value = fault["type"], fault["input"]
    if kind == "extra_forbidden":
        known = _fields_at(location[:-1])
        section = f"`{'.'.join(location[:-1])}`" if location[1:] else "the configuration"
        fields = f"the fields of {section} are {', '.join(known)}"
        return [f"{field}: unknown field{_suggest(location[-1], known)}; {fields}"]
    if kind == "value_error":
        problem = fault["ctx"]["error"]
        if isinstance(problem, OptionError):
            return [f"{field}.{name}: {text}" for name, text in problem.faults.items()]
        return [f"{field}: {problem}" if field else str(problem)]
    allowed = fault["msg"][0].lower() + fault["msg"][1:]
    allowed = allowed.replace("input should be", "it should be").replace(
        "it should be a valid dictionary or instance of", "it should be a section, that is, a"
    )
    return [f"{field}: {_shown(value)} is not allowed; {allowed}"]


def _fields_at(location: Sequence[str]) -> list[str]:
    model: Any = RunSettings
    for part in location:
        model = model.model_fields[part].annotation
        # A section that may be left out is a union with None.
        model = next((kind for kind in get_args(model) if kind is not type(None)), model)
    return list(model.model_fields) if issubclass(model, BaseModel) else []


def _suggest(name: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    return f"; did you mean `{close[0]}`?" if close else ""


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _neighbours(path: Path) -> str:
    folder = path.parent
    if not folder.is_dir():
        return ""
    names = sorted(p.name for p in folder.iterdir() if p.suffix in (".yaml", ".yml"))
    return f"; {folder} has {', '.join(names[:8])}" if names else ""
