"""`zoped export SOURCE`: the trained student and the problems, with cards; to the hub with --push; or the
problems alone as another trainer reads them, with --format."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from zoped.cli.console import Told
from zoped.cli.errors import UserError, speaks_to_the_person
from zoped.foundation.errors import counted


class ExportFormat(StrEnum):
    VERIFIERS = "verifiers"
    REASONING_GYM = "reasoning-gym"
    VERL = "verl"
    NEMO_GYM = "nemo-gym"
    TRL = "trl"
    OPENRLHF = "openrlhf"
    OPEN_INSTRUCT = "open-instruct"


@speaks_to_the_person(on_interrupt="The same command starts again.")
def export(
    source: Annotated[
        Path,
        typer.Argument(help="Run folder; with --format also what `zoped generate` made."),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Folder for it; default: export/ in the run folder, or a folder beside the file.",
        ),
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
    format_: Annotated[
        ExportFormat | None,
        typer.Option("--format", help="The problems alone, for another trainer (docs/use-with)."),
    ] = None,
    name: Annotated[
        str, typer.Option(help="With --format: of the package, server or data source.")
    ] = "zoped-math",
    license_: Annotated[
        str | None,
        typer.Option(
            "--license", help="With --format: of the problems; default: that of Zoped's own seeds."
        ),
    ] = None,
) -> Told:
    """Write a run's student and problems as folders that anybody can load. Pushes nothing unless
    --push is given."""
    if push is not None and push.count("/") != 1:
        raise UserError(f"--push {push}: write OWNER/NAME")
    if format_ is not None:
        if push is not None:
            raise UserError("--push: only without --format; a folder is pushed by `hf upload`")
        return _for_another(source, output, format_.value, name, license_, round_)
    if license_ is not None or name != "zoped-math":
        raise UserError("--name and --license are for --format; choose one")
    return _student_and_problems(source, output, round_, push, private)


def _student_and_problems(
    run: Path, output: Path | None, round_: int | None, push: str | None, private: bool
) -> Told:
    from zoped.train.config_file import CONFIG, read_config
    from zoped.train.export import export_run
    from zoped.train.export import push as push_to_hub
    from zoped.train.run_record import require_run

    require_run(run)
    settings = read_config(run / CONFIG)
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
            f"{done.dataset}: {counted(done.problems, 'problem')}",
            *(f"pushed to {address}" for address in addresses),
        ],
    )


def _for_another(
    source: Path,
    output: Path | None,
    kind: str,
    name: str,
    license: str | None,
    round_: int | None,
) -> Told:
    from zoped.train.config_file import CONFIG, read_config
    from zoped.train.exchange.export import write_export
    from zoped.train.exchange.problem_set import problems_of_path, problems_of_run
    from zoped.train.run_record import require_run, runs_in

    if (source / CONFIG).is_file() or runs_in(source):
        require_run(source)
        settings = read_config(source / CONFIG)
        problems = problems_of_run(source, settings, round_=round_, license=license)
        folder = output or source / "export" / kind
    elif source.exists():
        if round_ is not None:
            raise UserError(f"--round: {source} is no run folder, so it has no rounds")
        problems = problems_of_path(source, license=license)
        folder = output or source.with_name(f"{source.stem}-{kind}")
    else:
        raise UserError(f"{source} is not there")
    write_export(problems, kind, folder, name=name)
    count = len(problems.rows)
    measured = sum(row.pass_mean is not None for row in problems.rows)
    return Told(
        {
            "format": kind,
            "folder": folder,
            "problems": count,
            "measured": measured,
            "license": problems.license,
        },
        f"{folder}: {counted(count, 'problem')} for {kind}, {measured:,} of them with a pass rate",
    )
