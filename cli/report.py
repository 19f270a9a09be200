"""`zoped report RUN...`: one page of HTML on a run, or on several side by side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from zoped.cli.console import Told
from zoped.cli.errors import UserError, speaks_to_the_person

FILE = "report.html"
MADE_BY = "<!doctype html>\n<!-- Written by `zoped report` -->"


@speaks_to_the_person(on_interrupt="Nothing was written.")
def report(
    runs: Annotated[
        list[Path], typer.Argument(help="Run folders of `zoped run`.", metavar="RUN...")
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="HTML file; default: report.html in the run folder, or here for several runs.",
        ),
    ] = None,
) -> Told:
    """Write a page that shows runs: accuracy, problems and where they come from, prompts, costs.

    It is one file that needs no network. A run that is not over can be looked at too."""
    from zoped.cli.run_page.contents import read_run
    from zoped.cli.run_page.page import render
    from zoped.foundation.files import write_whole
    from zoped.foundation.own_files import make_folder
    from zoped.train.run_record import require_run

    for run in runs:
        require_run(run)
    if len({run.resolve() for run in runs}) < len(runs):
        raise UserError("a run is named twice; name each one once")
    path = output or (runs[0] / FILE if len(runs) == 1 else Path(FILE))
    _require_own(path)
    make_folder(path.parent, f"--output {path}")
    views = [read_run(run, name) for run, name in zip(runs, names(runs), strict=True)]
    page = render(views)
    write_whole(path, f"{MADE_BY}\n{page}")
    size = path.stat().st_size
    values = {"report": path, "bytes": size, "runs": [view.name for view in views]}
    return Told(values, f"{path}: {size / 1e6:.1f} MB; open it in a browser")


def names(runs: Sequence[Path]) -> list[str]:
    """The shortest ends of the paths that tell the runs apart."""
    parts = [run.resolve().parts for run in runs]
    for length in range(1, max(map(len, parts)) + 1):
        found = ["/".join(part[-length:]) for part in parts]
        if len(set(found)) == len(found):
            break
    return found


def _require_own(path: Path) -> None:
    """Raise UserError where the page would replace what another wrote."""
    if path.is_dir():
        raise UserError(f"--output {path} is a folder; name a file such as {path / FILE}")
    if path.exists() and not path.read_bytes().startswith(MADE_BY.encode()):
        raise UserError(
            f"{path} is there and was not written by `zoped report`; give another --output"
        )
