"""A YAML file -> settings, or one message that says what to change."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from zoped.cli.console import say
from zoped.cli.errors import UserError
from zoped.foundation.errors import ZopedError, did_you_mean, first_line, not_utf8
from zoped.foundation.reading.yaml_values import PlainLoader, load_yaml
from zoped.train.grpo.settings import TrainSettings
from zoped.train.grpo.trl_options import OptionError, check_options
from zoped.train.settings import RunSettings

Fault = tuple[str, str]  # a field's dotted name, "" for the whole, and what is wrong with it
# Fields that may name a file or a folder beside the YAML file.
PATHS = (
    "student.name",
    "teacher.formalizations",
    "seeds.path",
    "generate.program",
    "generate.strategies",
    "train.launcher",
    "contamination.files",
)


class _Loader(PlainLoader):
    """YAML's plain values, but a field given twice is a fault, a value within itself too, and 1e-6 is
    a number (YAML 1.1 wants the dot in it)."""

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self.deep_construct = True  # what is within a value is made first

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        known: dict[Any, int] = {}
        for key, _ in node.value:
            name, line = key.value, key.start_mark.line + 1
            if (
                isinstance(key, yaml.ScalarNode)
                and name != "<<"
                and known.setdefault(name, line) < line
            ):
                raise yaml.constructor.ConstructorError(
                    problem=f"`{name}` is given twice, in line {known[name]} too; keep one of them",
                    problem_mark=key.start_mark,
                )
        return super().construct_mapping(node, deep)


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"[-+]?[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+\Z"),
    list("-+0123456789"),
)


def load_config(path: Path, overrides: Sequence[str] = ()) -> RunSettings:
    """The settings in the YAML file `path`, changed by `overrides` such as "train.steps=20".

    Paths in the file are relative to it where there is such a file or folder; so are the modules
    that it names. Raises UserError naming every wrong field.
    """
    data = load_values(path)
    if not data:
        others = " that --set does not give" if overrides else ""
        say(f"{path} is empty: all settings{others} are the defaults")
    for override in overrides:
        _override(data, override)
    return parse_settings(data, source=str(path), given=given_by(overrides))


def given_by(overrides: Sequence[str]) -> dict[str, str]:
    """How the person gave a setting: "train.steps" -> "--set train.steps=20"."""
    return {one.partition("=")[0].strip(): f"--set {one}" for one in overrides}


@contextmanager
def told_as_given(given: Mapping[str, str]) -> Iterator[None]:
    """An error that the block raises about a setting, whose name it starts with, is told about what
    the person wrote instead: an option, or a --set."""
    try:
        yield
    except ZopedError as error:
        field, _, text = str(error).partition(": ")
        if field not in given:
            raise
        raise UserError(f"{given[field]}: {text}") from None


def load_values(path: Path) -> dict[str, Any]:
    """What the YAML file says, its paths led there from here, its folder known to Python. Raises
    UserError."""
    data = read_yaml(path)
    if not isinstance(data, Mapping):
        raise UserError(f"{path}: expected `field: value` lines, found {_shown(data)}")
    find_modules_in(path.parent)
    return beside(path.parent, data)


def read_yaml(path: Path) -> Any:
    """What the file holds, an empty mapping where it holds nothing. Raises UserError."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UserError(f"{path}: there is no such file{_neighbours(path)}") from None
    except IsADirectoryError:
        raise UserError(f"{path} is a folder; name a YAML file") from None
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: {not_utf8(error)}") from None
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from None
    try:
        data = load_yaml(text, _Loader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise UserError(f"{path}:{line}: not YAML: {error.problem or error.context}") from None
    except yaml.YAMLError as error:
        raise UserError(f"{path}: not YAML: {error}") from None
    except ValueError as error:  # a number or a date that Python cannot hold
        raise UserError(f"{path}: a value cannot be read: {first_line(error)}") from None
    return {} if data is None else data


def _override(data: dict[str, Any], override: str) -> None:
    """Put the value of "train.steps=20" into its place; the value is read as YAML."""
    field, sign, written = override.partition("=")
    names = field.strip().split(".")
    if not sign or not all(names):
        raise UserError(f"--set {override}: write FIELD=VALUE, such as train.steps=20")
    try:
        value = load_yaml(written, _Loader)
    except (yaml.YAMLError, ValueError) as error:
        raise UserError(f"--set {override}: the value is not YAML ({first_line(error)})") from None
    place = data
    for name in names[:-1]:
        inner = place.get(name)
        place[name] = dict(inner) if isinstance(inner, Mapping) else {}
        place = place[name]
    place[names[-1]] = value


def beside(folder: Path, data: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of the data in which paths that exist beside the file lead there from here."""
    changed = {k: dict(v) if isinstance(v, Mapping) else v for k, v in data.items()}
    for field in PATHS:
        section, _, name = field.partition(".")
        inner = changed.get(section)
        if isinstance(inner, dict) and name in inner:
            value = inner[name]
            many = isinstance(value, list)
            found = [_path_beside(folder, one) for one in (value if many else [value])]
            inner[name] = found if many else found[0]
    return changed


def _path_beside(folder: Path, value: Any) -> Any:
    # `lab` and `gsm8k` are names, whatever lies beside the file; `./lab` is a folder.
    if not isinstance(value, str) or not ("/" in value or Path(value).suffix):
        return value
    kind, sign, file = value.rpartition("accelerate:")
    return f"{kind}{sign}{folder / file}" if (folder / file).exists() else value


def find_modules_in(folder: Path) -> None:
    """Python finds the user's own modules in `folder`, in processes that are started too."""
    name = str(folder.resolve())
    if name not in sys.path:
        sys.path.append(name)
    known = os.environ.get("PYTHONPATH", "")
    if name not in known.split(os.pathsep):
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [known, name]))


def parse_settings(
    data: Any, *, source: str, given: Mapping[str, str] | None = None
) -> RunSettings:
    """`data`, as read from YAML, as settings. Raises UserError naming every wrong field.

    `given` says of the fields that are not the `source`'s how the person gave them; without a file,
    the `source` is empty.
    """
    if not isinstance(data, Mapping):
        raise UserError(f"{source}: expected `field: value` lines, found {_shown(data)}")
    try:
        # Strictly, so that `true` is no number and "2" is none; as JSON, so that a list is a tuple.
        return RunSettings.model_validate_json(json.dumps(data, default=str), strict=True)
    except TypeError as error:
        raise UserError(f"{source}: the name of a field is no word: {error}") from None
    except ValidationError as error:
        faults = [found for fault in error.errors(include_url=False) for found in _explain(fault)]
        faults += [fault for fault in _option_faults(data.get("train")) if fault not in faults]
    told: dict[str, list[str]] = {}
    for field, text in faults:
        blamed, text = _blamed(field, text, source, given or {})
        told.setdefault(blamed, []).append(text)
    raise UserError(
        "\n".join(
            "\n  ".join([f"{blamed}:", *texts]) if texts[1:] else f"{blamed}: {texts[0]}"
            for blamed, texts in told.items()
        )
    )


def _blamed(field: str, text: str, source: str, given: Mapping[str, str]) -> tuple[str, str]:
    """Where a fault was written, and the fault without what that says already."""
    if field in given:
        return given[field], text
    whole = f"{field}: {text}" if field else text
    for name, how in given.items():
        if field.startswith(f"{name}."):
            return how, whole
    # What is wrong with a section may lie at any of its fields; with the whole, at those it names.
    within = [
        how
        for name, how in given.items()
        if (name.startswith(f"{field}.") if field else name in text)
    ]
    return " and ".join(filter(None, (source, *within))) or "the options", whole


def _option_faults(train: Any) -> list[Fault]:
    """What is wrong with TRL's options under `train:`, also where another field of it is wrong."""
    own = TrainSettings.model_fields
    if not isinstance(train, Mapping):
        return []
    options = {str(name): value for name, value in train.items() if name not in own}
    algorithm = train.get("algorithm")
    try:
        check_options("rloo" if algorithm == "rloo" else "grpo", options, own)
    except OptionError as error:
        return _lines(error, "train")
    return []


def _lines(error: OptionError, section: str) -> list[Fault]:
    return [(f"{section}.{name}", text) for name, text in error.faults.items()]


def _explain(fault: ErrorDetails) -> list[Fault]:
    location = [str(part) for part in fault["loc"] if part != "[key]"]
    field = ".".join(location)
    kind, value = fault["type"], fault["input"]
    if kind == "extra_forbidden":
        known = _fields_at(location[:-1])
        section = f"`{'.'.join(location[:-1])}`" if location[1:] else "the configuration"
        fields = f"; the fields of {section} are {', '.join(known)}"
        return [(field, f"unknown field{did_you_mean(location[-1], known) or fields}")]
    if kind == "value_error":
        problem = fault["ctx"]["error"]
        if isinstance(problem, OptionError):
            return _lines(problem, field)
        return [(field, str(problem))]
    if kind == "model_type":
        known = _fields_at(location)
        how = f"`{field}: {{{known[0]}: ...}}`"
        return [(field, f"{_shown(value)} is not allowed; it is a section, written as in {how}")]
    allowed = fault["msg"][0].lower() + fault["msg"][1:]
    allowed = allowed.replace("input should be", "it should be")
    return [(field, f"{_shown(value)} is not allowed; {allowed}")]


def _fields_at(location: Sequence[str]) -> list[str]:
    model: Any = RunSettings
    for part in location:
        model = model.model_fields[part].annotation
        # A section that may be left out is a union with None.
        model = next((kind for kind in get_args(model) if kind is not type(None)), model)
    return list(model.model_fields) if issubclass(model, BaseModel) else []


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _neighbours(path: Path) -> str:
    folder = path.parent
    if not folder.is_dir():
        return ""
    names = sorted(p.name for p in folder.iterdir() if p.suffix in (".yaml", ".yml"))
    return f"; {folder} has {', '.join(names[:8])}" if names else ""
