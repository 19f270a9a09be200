"""`zoped optimize`: `python -m zoped.optimizers.pass_rate` under its own name, help included."""

from __future__ import annotations

import functools
import io
from contextlib import redirect_stdout
from typing import Any

import typer

from zoped.cli.console import Told
from zoped.cli.errors import speaks_to_the_person
from zoped.foundation.usage import alone

# The options are read off the script's own command, which takes seconds to import.
PASS_THROUGH = {"allow_extra_args": True, "ignore_unknown_options": True}


def optimize(context: typer.Context) -> None:
    """Tune the teacher's prompts for a student and save the program (`--help` has the options)."""
    from zoped.optimizers.pass_rate import optimize as tune

    @functools.wraps(tune)
    def told(*arguments: Any, **options: Any) -> Told:
        said = io.StringIO()
        with redirect_stdout(said):  # the script prints what people want to know
            values = tune(*arguments, **options)
        return Told(values, said.getvalue().rstrip())

    command = speaks_to_the_person(on_interrupt="Nothing is saved.")(told)
    alone(command)(args=context.args, prog_name="zoped optimize")
