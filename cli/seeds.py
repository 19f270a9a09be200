"""`zoped seeds check FILE`: what is wrong with a seed file, line by line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from zoped.cli.console import Told
from zoped.cli.errors import speaks_to_the_person

NOTES = 20  # shown at most
app = typer.Typer(help="Seed problems.", no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback()
def seeds() -> None:
    """Seed problems."""


@app.command("check")
@speaks_to_the_person(on_interrupt="Nothing was changed.")
def check(
    file: Annotated[Path, typer.Argument(help="Seeds in JSON Lines (docs/seeds.md).")],
) -> Told:
    """Say line by line what is wrong with FILE; exit code 2 if anything is."""
    from zoped.programs.seeds import check_seeds, load_seeds

    faults = check_seeds(file)
    wrong = [fault for fault in faults if fault.is_fatal]
    odd = [fault for fault in faults if not fault.is_fatal]
    values: dict[str, Any] = {
        name: [{"line": fault.line, "message": fault.message} for fault in faults]
        for name, faults in (("wrong", wrong), ("notes", odd))
    }
    lines = [f"{file}:{fault.line}: {fault.message}" for fault in wrong]
    lines += [f"{file}:{fault.line}: note: {fault.message}" for fault in odd[:NOTES]]
    if odd[NOTES:]:
        lines.append(f"{file}: {len(odd) - NOTES:,} more notes of this kind")
    if wrong:
        number = len({fault.line for fault in wrong})
        return Told(
            values, lines, error=f"{number:,} line{' is' if number == 1 else 's are'} wrong"
        )
    found = load_seeds(file)
    symbolic = sum(seed.symbols is not None for seed in found)
    end = f"{len(odd):,} to look at" if odd else "all is well"
    lines.append(f"{file}: {len(found):,} seeds, {symbolic:,} with their symbolic form; {end}")
    return Told({"seeds": len(found), "symbolic": symbolic, **values}, lines)
