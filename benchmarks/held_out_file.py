"""How held-out problems are kept: what lab_held_out.py, stories_held_out.py and lab_strategies.py write."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from zoped.foundation.files import write_whole
from zoped.symbolic import SymbolicProblem

Row = dict[str, object]


def row(text: str, answer: str, grade: int, problem: SymbolicProblem) -> Row:
    symbols = problem.model_dump(mode="json", exclude_defaults=True)
    return {"text": text, "answer": answer, "grade": grade, "symbols": symbols}


def write_in_turn(path: Path, levels: Iterable[Iterable[Row]]) -> None:
    """One of each level in turn, so that every beginning of the file has as many of each."""
    lines = [json.dumps(kept) for of_each in zip(*levels, strict=True) for kept in of_each]
    write_whole(path, "\n".join(lines) + "\n")
