"""docs/configuration.md, made from the settings: python -m zoped.cli.configuration_page > FILE"""

from __future__ import annotations

import builtins
import inspect
import json
import sys
import types
import typing
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from zoped.train.settings import RunSettings

HEAD = """\
# Configuration

`zoped run CONFIG` reads a YAML file. Every field has a default, so a file holds only what differs;
an unknown field or a value out of its limits is an error that names it. The run folder keeps the
resolved configuration in `config.yaml`, and refuses to go on under another one. Files, folders and modules
of yours that it names are looked for beside it and in the current folder.

API keys are read from the environment, under the names that LiteLLM gives them
(`OPENAI_API_KEY`, `ANTHROPIC_API_KEY`, ...), and are never written down.
Runs are tracked in one MLflow store beside the run folders, `runs/mlflow.db`
([compare experiments](compare-experiments.md)); `MLFLOW_TRACKING_URI` names another one, or a server.

This page is made from the code by `python -m zoped.cli.configuration_page`.
"""


def render() -> str:
    """The page as Markdown: the fields of the file, then a section for each section of it."""
    sections = {
        name: field.annotation
        for name, field in RunSettings.model_fields.items()
        if inspect.isclass(field.annotation) and issubclass(field.annotation, BaseModel)
    }
    top = {n: f for n, f in RunSettings.model_fields.items() if n not in sections}
    parts = [HEAD, _table(top)]
    for name, model in sections.items():
        parts += [f"## `{name}`\n", f"{_summary(model)}\n", _table(model.model_fields)]
        for inner, field in model.model_fields.items():
            if part := _section(field):
                title = f"### `{name}.{inner}`\n"
                parts += [title, f"{_summary(part)}\n", _table(part.model_fields)]
    return "\n".join(parts)


def _section(field: FieldInfo) -> type[BaseModel] | None:
    """The section that a field is, also one that may be left out."""
    for kind in (field.annotation, *get_args(field.annotation)):
        if inspect.isclass(kind) and issubclass(kind, BaseModel):
            return kind
    return None


def _summary(model: type[BaseModel]) -> str:
    return inspect.cleandoc(model.__doc__ or "")


def _table(fields: dict[str, FieldInfo]) -> str:
    lines = ["| field | default | type and limits | |", "|---|---|---|---|"]
    for name, field in fields.items():
        value = field.get_default(call_default_factory=True)
        default = json.dumps({} if isinstance(value, BaseModel) else value)
        lines.append(f"| `{name}` | `{default}` | {_limits(field)} | {field.description or ''} |")
    return "\n".join(lines) + "\n"


def _limits(field: FieldInfo) -> str:
    part = _section(field)
    kind = "a section, or nothing" if part else _name(field.annotation)
    signs = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
    limits = [
        f"{sign} {getattr(constraint, key)}"
        for constraint in field.metadata
        for key, sign in signs.items()
        if getattr(constraint, key, None) is not None
    ]
    return ", ".join([kind, *limits]).replace("|", "\\|")


def _name(annotation: Any) -> str:
    """A type in words: "int", "`a` or `b`", "list of str", "str or nothing"."""
    inner = get_args(annotation)
    match get_origin(annotation):
        case typing.Annotated:
            return _name(inner[0])
        case typing.Literal:
            return " or ".join(f"`{choice}`" for choice in inner)
        case typing.Union | types.UnionType:
            return " or ".join(map(_name, inner))
        case builtins.tuple:
            return f"list of {_name(inner[0])}"
        case builtins.dict:
            return f"map from {_name(inner[0])} to {_name(inner[1])}"
    special = {type(None): "nothing", Any: "anything"}
    return special.get(annotation) or str(annotation.__name__)


if __name__ == "__main__":
    sys.stdout.write(render())
