"""`zoped solve FILE`: the exact answers of symbolic problems, with the steps."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zoped.cli.console import Told
from zoped.cli.errors import UserError, speaks_to_the_person

if TYPE_CHECKING:
    from zoped.symbolic import SymbolicProblem


@speaks_to_the_person(on_interrupt="Nothing was changed.")
def solve(
    file: Annotated[
        Path,
        typer.Argument(
            help="Symbolic problems: one JSON object, or one a line. Seeds and generated problems "
            "are read too, for their `symbols`. `-` reads standard input."
        ),
    ],
    time_limit: Annotated[
        float, typer.Option(min=0.1, help="Seconds of CPU time per problem.")
    ] = 2.0,
    memory_limit_mb: Annotated[int, typer.Option(min=64, help="MiB per problem.")] = 512,
) -> Told:
    """Solve symbolic problems exactly. Exit code 1 when one has no unique answer."""
    from zoped.symbolic import realize
    from zoped.symbolic import solve as solve_problem

    unsolved = 0
    rows: list[dict[str, Any]] = []
    lines: list[str] = []
    for place, text, problem in _read(file):
        solution = solve_problem(problem, time_limit=time_limit, memory_limit_mb=memory_limit_mb)
        text = text or realize(problem, 0)
        steps = [step.text for step in solution.steps]
        rows.append(
            {
                "place": place,
                "text": text,
                "status": solution.status,
                "answer": solution.answer,
                "backend": solution.backend,
                "detail": solution.detail,
                "steps": steps,
            }
        )
        lines += [f"{place}: {text}", *(f"    {step}" for step in steps)]
        if solution.status == "unique":
            lines.append(f"    answer: {solution.answer}  (by {solution.backend})")
        else:
            unsolved += 1
            detail = f": {solution.detail}" if solution.detail else ""
            lines.append(f"    {_NO_ANSWER[solution.status]}{detail}")
    return Told({"problems": rows}, lines, exit_code=1 if unsolved else 0)


_NO_ANSWER = {
    "none": "no answer: none",
    "many": "no unique answer: many",
    "invalid": "no answer: invalid",
    "timeout": "no proved answer: timeout",
    "unsupported": "no proved answer: unsupported",
}


def _read(file: Path) -> list[tuple[str, str, SymbolicProblem]]:
    """(place, the file's own wording or "", problem) of every problem in the file."""
    from zoped.foundation.json_lines import (
        JSONLinesError,
        Malformed,
        parse_row,
        parse_rows,
        read_text,
    )

    name = "standard input" if str(file) == "-" else str(file)
    try:
        text = sys.stdin.read().removeprefix("\ufeff") if str(file) == "-" else read_text(file)
    except (JSONLinesError, UnicodeDecodeError) as error:
        reason = str(error).removeprefix(f"{file}: ")
        raise UserError(f"{name}: cannot be read: {reason}") from None
    whole = parse_row(text)
    if isinstance(whole, Malformed):
        rows = [(f"{name}:{number}", row) for number, row in parse_rows(text)]
    else:
        several = isinstance(whole, list)
        rows = (
            [(f"{name}, problem {n}", row) for n, row in enumerate(whole, start=1)]
            if several
            else [(name, whole)]
        )
    for place, row in rows:
        if isinstance(row, Malformed):
            raise UserError(f"{place}: {row.message}")
    if not rows:
        raise UserError(f"{name}: no problems in it")
    return [(place, *_problem(place, row)) for place, row in rows]


def _problem(place: str, row: Any) -> tuple[str, SymbolicProblem]:
    from pydantic import ValidationError

    from zoped.foundation.errors import first_fault
    from zoped.symbolic import SymbolicProblem

    text = ""
    if not isinstance(row, dict):
        raise UserError(f"{place}: a problem is a JSON object, not {type(row).__name__}")
    if (
        "target" not in row
        and "variables" not in row
        and ({"symbols", "problem", "text"} & row.keys())
    ):
        text = str(row.get("text") or "")
        row = row.get("symbols", row.get("problem"))
        if row is None:
            raise UserError(
                f"{place}: has no symbols to solve: `symbols` is missing or null; "
                "docs/seeds.md says how to write it"
            )
    try:
        return text, SymbolicProblem.model_validate(row)
    except ValidationError as error:
        raise UserError(f"{place}: {first_fault(error, root='symbols')}") from None
