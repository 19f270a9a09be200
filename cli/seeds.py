"""`zoped seeds check FILE`: what is wrong with a seed file, line by line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zoped.cli.errors import EXIT_BAD_INPUT, speaks_to_the_person

NOTES = 20  # shown at most
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
    from zoped.programs.seeds import check_seeds, load_seeds

    faults = check_seeds(file)
    wrong = [fault for fault in faults if fault.is_fatal]
    odd = [fault for fault in faults if not fault.is_fatal]
    for fault in wrong:
        typer.echo(f"{file}:{fault.line}: {fault.message}")
    for fault in odd[:NOTES]:
        typer.echo(f"{file}:{fault.line}: note: {fault.message}")
    if odd[NOTES:]:
        typer.echo(f"{file}: {len(odd) - NOTES:,} more notes of this kind")
    if wrong:
        lines = len({fault.line for fault in wrong})
        typer.echo(f"{lines:,} line{' is' if lines == 1 else 's are'} wrong", err=True)
        raise typer.Exit(EXIT_BAD_INPUT)
    found = load_seeds(file)
    symbolic = sum(seed.symbols is not None for seed in found)
    end = f"{len(odd):,} to look at" if odd else "all is well"
    typer.echo(f"{file}: {len(found):,} seeds, {symbolic:,} with their symbolic form; {end}")
