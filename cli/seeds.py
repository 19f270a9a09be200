"""`zoped seeds check FILE`: what is wrong with a seed file, line by line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zoped.cli.errors import EXIT_BAD_INPUT, UserError, speaks_to_the_person

app = typer.Typer(help="Seed problems.", no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback()
def seeds() -> None:
    """Seed problems."""


@app.command("check")
@speaks_to_the_person(on_interrupt="Nothing was changed.")
def check(
    file: Annotated[Path, typer.Argument(help="Seeds in JSON Lines (docs/seeds.md).")],
) -> None:
    """Say line by line what is wrong with FILE; exit code 2 if anything is."""
    from zoped.programs.seeds import SeedError, check_seeds, load_seeds

    try:
        faults = check_seeds(file)
    except SeedError as error:
        raise UserError(str(error)) from None
    for fault in faults:
        typer.echo(f"{file}:{fault.line}: {fault.message}")
    if faults:
        typer.echo(f"{len(faults)} of the lines are wrong", err=True)
        raise typer.Exit(EXIT_BAD_INPUT)
    found = load_seeds(file)
    symbolic = sum(seed.problem is not None for seed in found)
    typer.echo(f"{file}: {len(found)} seeds, {symbolic} with their symbolic form; all is well")
