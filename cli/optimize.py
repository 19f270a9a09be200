"""`zoped optimize`: `python -m zoped.optimizers.pass_rate` under its own name, help included."""

from __future__ import annotations

import typer

PASS_THROUGH = {"allow_extra_args": True, "ignore_unknown_options": True}


def optimize(context: typer.Context) -> None:
    """Tune the teacher's prompts for a student and save the program (`--help` has the options)."""
    from zoped.optimizers.pass_rate import main

    main(list(context.args), "zoped optimize")
