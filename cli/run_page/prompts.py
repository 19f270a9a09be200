"""The prompts of a run, each time they changed, and what changed."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass

from zoped.train.prompt_texts import prompt_texts
from zoped.train.state import RunState

CONTEXT = 3  # lines around a change


@dataclass(frozen=True)
class Line:
    """Of a comparison; `kind` is "same", "new", "gone" or "gap": unchanged lines that are left out."""

    kind: str
    text: str


@dataclass(frozen=True)
class PromptVersion:
    """A part of the program (`mutate.choose`) at a stage ("round 1, before tuning") as it was new
    then: its text, and the lines that differ from the version before, none for the first."""

    part: str
    stage: str
    text: str
    changes: tuple[Line, ...]


def prompt_versions(state: RunState) -> Iterator[PromptVersion]:
    """Every part's first version, and every later one that differs from the one before it."""
    last: dict[str, str] = {}
    for place, (number, stage) in enumerate(state.prompt_versions()):
        for part, text in prompt_texts(state.prompts(number, stage) or {}).items():
            # A part without text, such as a menu before any tuning, is not there at first.
            before = last.get(part, "" if place else None)
            if text == before:
                continue
            changes = () if before is None else tuple(_compared(before, text))
            last[part] = text
            yield PromptVersion(part, f"round {number}, {stage} tuning", text, changes)


def _compared(before: str, after: str) -> Iterator[Line]:
    kinds = {" ": "same", "+": "new", "-": "gone"}
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=CONTEXT)
    for place, line in enumerate(lines):
        if place < 2:
            continue  # names of files
        if line.startswith("@@"):
            if place > 2:
                yield Line("gap", "")
            continue
        yield Line(kinds[line[0]], line[1:])
