"""`zoped export RUN`: the trained student and the problems, with cards; to the hub with --push."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zoped.cli.console import Told
from zoped.cli.errors import UserError, speaks_to_the_person


@speaks_to_the_person(on_interrupt="The same command starts again.")
def export(
    run: Annotated[Path, typer.Argument(help="Run folder.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Folder for both; default: export/ in the run folder."),
    ] = None,
    round_: Annotated[
        int | None, typer.Option("--round", min=1, help="Whose student; default: the last one's.")
    ] = None,
    push: Annotated[
        str | None,
        typer.Option(
            help="Hub repository OWNER/NAME for the model; the problems go to OWNER/NAME-problems."
        ),
    ] = None,
    private: Annotated[bool, typer.Option(help="Make the repositories private.")] = True,
) -> Told:
    """Write a run's student and problems as folders that anybody can load. Pushes nothing unless
    --push is given."""
    from zoped.cli.config import load_config
    from zoped.train.config_file import CONFIG
    from zoped.train.export import export_run
    from zoped.train.export import push as push_to_hub

    if push is not None and push.count("/") != 1:
        raise UserError(f"--push {push}: write OWNER/NAME")
    if not (run / CONFIG).is_file():
        raise UserError(f"{run} is no run folder: it has no {CONFIG}")
    settings = load_config(run / CONFIG)
    done = export_run(run, settings, output or run / "export", round_=round_)
    addresses = list(push_to_hub(done, push, private=private)) if push is not None else []
    return Told(
        {
            "model": done.model,
            "round": done.round,
            "dataset": done.dataset,
            "problems": done.problems,
            "pushed": addresses,
        },
        [
            f"{done.model}: the student after round {done.round}",
            f"{done.dataset}: {done.problems:,} problems",
            *(f"pushed to {address}" for address in addresses),
        ],
    )
