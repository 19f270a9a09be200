"""`zoped operators [NAME]`: the operators, or one of them with what it made of a seed."""

from __future__ import annotations

from typing import Annotated

import typer

from zoped.cli.errors import UserError, speaks_to_the_person


@speaks_to_the_person(on_interrupt="Nothing was changed.")
def show_operators(
    name: Annotated[
        str | None, typer.Argument(help="An operator; all of them if left out.")
    ] = None,
) -> None:
    """List the operators, or show NAME with its arguments and an example."""
    from zoped.cli.operators_page import entry
    from zoped.symbolic import operators

    known = operators()
    if name is not None:
        if name not in known:
            raise UserError(f"no operator {name!r}; `zoped operators` lists them")
        typer.echo(entry(known[name]))
        return
    width = max(map(len, known))
    for operator in known.values():
        typer.echo(f"{operator.name:{width}}  {operator.description}")
