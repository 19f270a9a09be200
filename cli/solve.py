"""`zoped solve FILE`: the exact answers of symbolic problems, with the steps."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zoped.cli.errors import UserError, speaks_to_the_person

if TYPE_CHECKING:
    from zoped.symbolic import SymbolicProblem


@speaks_to_the_person(on_interrupt="Nothing was changed.")
def solve(
    file: Annotated[
        Path,
        typer.Argument(
            help="Symbolic problems: one JSON object, or one a line. Seeds and generated problems "
            "are read too, for their `problem`. `-` reads standard input."
        ),
    ],
    time_limit: Annotated[float, typer.Option(min=0.1, help="Seconds per problem.")] = 2.0,
    memory_limit_mb: Annotated[int, typer.Option(min=64, help="MiB per problem.")] = 512,
) -> None:
    """Solve symbolic problems exactly. Exit code 1 when one has no unique answer."""
    from zoped.symbolic import realize
    from zoped.symbolic import solve as solve_problem

    unsolved = 0
    for place, problem in _read(file):
        solution = solve_problem(problem, time_limit=time_limit, memory_limit_mb=memory_limit_mb)
        typer.echo(f"{place}: {realize(problem, 0)}")
        for step in solution.steps:
            typer.echo(f"    {step}")
        if solution.status == "unique":
            typer.echo(f"    answer: {solution.answer}  (by {solution.backend})")
        else:
            unsolved += 1
            detail = f": {solution.detail}" if solution.detail else ""
            typer.echo(f"    no unique answer: {solution.status}{detail}")
    if unsolved:
        raise typer.Exit(1)


def _read(file: Path) -> list[tuple[str, SymbolicProblem]]:
    name = "standard input" if str(file) == "-" else str(file)
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{name}: cannot be read: {error}") from None
    try:
        return [(name, _problem(name, json.loads(text)))]
    except json.JSONDecodeError:
        pass  # not one object, so one a line
    problems = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        place = f"{name}:{number}"
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise UserError(f"{place}: not valid JSON: {error.msg}") from None
        problems.append((place, _problem(place, row)))
    if not problems:
        raise UserError(f"{name}: no problems in it")
    return problems


def _problem(place: str, row: Any) -> SymbolicProblem:
    from pydantic import ValidationError

    from zoped.symbolic import SymbolicProblem

    if isinstance(row, dict) and "target" not in row and "problem" in row:
        row = row["problem"]
        if row is None:
            raise UserError(f"{place}: has no symbolic form to solve (`problem` is null)")
    try:
        return SymbolicProblem.model_validate(row)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in fault["loc"]) or "problem"
        message = fault["msg"].removeprefix("Value error, ")
        raise UserError(f"{place}: {field}: {message}") from None
