"""What the teacher is shown of each step before any tuning: our own problems, worked out."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

import dspy
import yaml

from zoped.signatures import WrittenProblem, as_lines


@cache
def _read() -> dict[str, list[dict[str, str]]]:
    path = resources.files("zoped.programs") / "data" / "demonstrations.yaml"
    return yaml.safe_load(path.read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def written(lines: str) -> WrittenProblem:
    """The problem that the lines of signatures/notation.py write."""
    return WrittenProblem.model_validate(lines)


def demonstrations(step: str) -> list[dspy.Example]:
    """Those of "formalize" or "rewrite", with all fields of its signature."""
    return [_example(step, row) for row in _read()[step]]


def _example(step: str, row: dict[str, Any]) -> dspy.Example:
    if step == "formalize":
        fields = {"text": row["text"], "mistake": row.get("mistake", "")}
        return dspy.Example(**fields, formalization=written(row["symbols"])).with_inputs(*fields)
    fields = {
        "problem": row["text"],
        "symbols": as_lines(written(row["symbols"])),
        "strategy": row["strategy"],
        "second": "",
        "student": row.get("student", ""),
        "made": "",
        "mistake": "",
    }
    return dspy.Example(**fields, rewritten=written(row["rewritten"])).with_inputs(*fields)
