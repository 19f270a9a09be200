"""The stories of the steps: one file a step in `stories/`, read once."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from functools import cache
from importlib import resources
from typing import Any

from zoped.symbolic.operators.quantity import Kind
from zoped.symbolic.operators.story import Stories, Story

FOLDER = resources.files("zoped.symbolic.operators") / "stories"
MULTIPLES = "multiples"  # the table that the steps with `times` share


@cache
def stories(step: str) -> Stories:
    """What may happen next in the step, by kind of quantity.

    In a file, the stories of a kind stand under its name, with the fields of `Story`. A file with
    `times` ("twice") and `times_of` ("half of") begins with the stories of all multiples. Raises
    FileNotFoundError for a step without a file, ValueError for a kind and TypeError for a field
    that does not exist.
    """
    table = _table(step)
    times, times_of = table.pop("times", ""), table.pop("times_of", "")
    own = _read(table)
    if not times:
        return own
    shared = {
        kind: tuple(
            replace(s, says=s.says.replace("{times}", times).replace("{times_of}", times_of))
            for s in several
        )
        for kind, several in _read(_table(MULTIPLES)).items()
    }
    return {kind: (*shared.get(kind, ()), *own.get(kind, ())) for kind in {**shared, **own}}


def _table(step: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{step}.toml").read_text(encoding="utf-8"))


def _read(table: dict[str, Any]) -> Stories:
    return {Kind(kind): tuple(Story(**story) for story in told) for kind, told in table.items()}


def steps() -> tuple[str, ...]:
    """The steps that have stories."""
    names = {file.name.removesuffix(".toml") for file in FOLDER.iterdir()}
    return tuple(sorted(names - {MULTIPLES}))
