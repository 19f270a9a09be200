"""`zoped optimize`: `python -m zoped.optimizers.pass_rate` as a command, with its own options."""

from __future__ import annotations

import typer

from zoped.cli.errors import speaks_to_the_person

PASS_THROUGH = {"allow_extra_args": True, "ignore_unknown_options": True}


@speaks_to_the_person(on_interrupt="The same command starts again.")
def optimize(context: typer.Context) -> None:
    """Tune the teacher's prompts for a student and save the program (`--help` has the options)."""
    from zoped.optimizers.pass_rate import main

    main(list(context.args))
