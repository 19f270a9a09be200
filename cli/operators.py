"""`zoped operators [NAME]`: the operators, or one of them with what it made of a seed."""

from __future__ import annotations

from typing import Annotated

import typer

from zoped.cli.console import Told
from zoped.cli.errors import UserError, speaks_to_the_person


@speaks_to_the_person(on_interrupt="Nothing was changed.")
def show_operators(
    name: Annotated[
        str | None, typer.Argument(help="An operator; all of them if left out.")
    ] = None,
) -> Told:
    """List the operators, or show NAME with its arguments and an example."""
    from zoped.cli.operators_page import entry
    from zoped.foundation.errors import did_you_mean
    from zoped.symbolic import operators

    known = operators()
    if name is not None:
        if name not in known:
            near = did_you_mean(name, known) or "; `zoped operators` lists them"
            raise UserError(f"no operator {name!r}{near}")
        one = known[name]
        values = {"name": name, "description": one.description, "arguments": one.arguments}
        return Told(values, entry(one))
    width = max(map(len, known))
    return Told(
        {"operators": {name: one.description for name, one in known.items()}},
        [f"{name:{width}}  {one.description}" for name, one in known.items()],
    )
