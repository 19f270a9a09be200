"""`zoped observe FOLDER FILE`: pass rates that were measured elsewhere, for the difficulty model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zoped.cli.console import Told, console
from zoped.cli.errors import UserError, speaks_to_the_person
from zoped.foundation.errors import counted


@speaks_to_the_person(on_interrupt="The same command starts again.")
def observe(
    folder: Annotated[Path, typer.Argument(help="Run folder, or the folder of `zoped serve`.")],
    profile: Annotated[
        Path,
        typer.Argument(
            help="NeMo Gym's reward profile or rollouts, traces of verifiers and prime-rl, or a CSV or "
            "JSON Lines with key (or question), passes and rollouts."
        ),
    ],
    rollouts: Annotated[
        int | None, typer.Option(min=1, help="Of how many, where the file says a share alone.")
    ] = None,
    round_: Annotated[
        int | None,
        typer.Option(
            "--round",
            min=1,
            help="The round that finds the student whose answers they are; default: the one after "
            "the last finished round.",
        ),
    ] = None,
) -> Told:
    """Let the difficulty model learn from pass rates of exported problems that another trainer
    measured."""
    from zoped.train.config_file import CONFIG, read_config
    from zoped.train.exchange.observe import is_live, observe_in_run, observe_live
    from zoped.train.exchange.profile import read_profile
    from zoped.train.run_record import require_run, runs_in

    read = read_profile(profile, rollouts=rollouts)
    if (folder / CONFIG).is_file():
        settings = read_config(folder / CONFIG)
        done = observe_in_run(folder, settings, read, round_=round_)
        if settings.curriculum.filter != "difficulty":
            console().print(
                f"{folder} chooses without a difficulty model (curriculum.filter: "
                f"{settings.curriculum.filter}): only its exports will use these pass rates"
            )
    elif not is_live(folder):
        if runs_in(folder) or not folder.exists():
            require_run(folder)
        raise UserError(f"{folder} is neither a run folder nor one of `zoped serve`")
    elif round_ is not None:
        raise UserError("--round: only for a run folder; live problems have no rounds")
    else:
        done = observe_live(folder, read)
    whose = "" if done.round is None else f", of the student that round {done.round} finds"
    return Told(
        {
            "problems": done.known,
            "unknown": done.unknown,
            "rollouts": done.rollouts,
            "round": done.round,
        },
        f"{folder}: {counted(done.rollouts, 'rollout')} of {counted(done.known, 'problem')}{whose}; problems "
        f"of the file that are not there: {done.unknown:,}",
    )
