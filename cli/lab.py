"""`zoped lab CONFIG`: arms against each other over random seeds, resumable, with table and figure."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zoped.cli.console import Told, show_progress
from zoped.cli.errors import UserError, speaks_to_the_person

if TYPE_CHECKING:
    from zoped.train.lab.results import RunNumbers
    from zoped.train.lab.settings import Lab, LabRun

TABLE, FIGURE, NUMBERS = "results.md", "accuracy.png", "results.jsonl"


@speaks_to_the_person(
    on_interrupt="What was finished is kept; the same command goes on from there."
)
def lab(
    config: Annotated[Path, typer.Argument(help="YAML file (docs/lab.md).")],
    only: Annotated[
        str | None, typer.Option(metavar="ARM,ARM", help="These arms alone; the report has all.")
    ] = None,
    report: Annotated[
        bool, typer.Option("--report", help="Run nothing: table and figure alone.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be run, and stop.")
    ] = False,
) -> Told:
    """Run every arm with every random seed, and compare them. The same command goes on."""
    from zoped.cli.lab_config import load_lab

    found = load_lab(config)
    runs = _chosen(found, only)
    if dry_run:
        return _plan(found, runs)
    failed = [] if report else _run(found, runs)
    told = _report(found, title=config.stem)
    if not failed:
        return told
    names = [run.name for run in failed]
    error = f"{len(failed)} of {len(runs)} runs failed: {'; '.join(names)}"
    return Told({**told.values, "failed": names}, told.text, error=error)


def _chosen(lab: Lab, only: str | None) -> list[LabRun]:
    arms = list(lab.settings.arms) if only is None else [name.strip() for name in only.split(",")]
    unknown = [arm for arm in arms if arm not in lab.settings.arms]
    if unknown:
        known = lab.settings.arm_names
        raise UserError(f"--only {only}: there is no arm {unknown[0]!r}; there are {known}")
    return [run for run in lab.runs if run.arm in arms]


def _numbers(lab: Lab, run: LabRun) -> RunNumbers | None:
    from zoped.train.lab.results import read_run

    return read_run(
        run.folder, student=run.student, arm=run.arm, seed=run.seed, rounds=run.settings.rounds
    )


def _plan(lab: Lab, runs: Sequence[LabRun]) -> Told:
    """Each run with how far it is; then what makes an arm."""
    from rich.table import Table

    from zoped.train.config_file import flatten
    from zoped.train.lab.settings import merged

    table = Table("seed", "student", "arm", "so far", "folder", title=f"{len(runs)} runs")
    rows = []
    for run in runs:
        done = _numbers(lab, run)
        so_far = "new" if done is None else "over" if done.finished else f"{done.steps} GRPO steps"
        row = (str(run.seed), run.student, run.arm, so_far, str(run.folder))
        table.add_row(*row)
        rows.append(dict(zip(("seed", "student", "arm", "so_far", "folder"), row, strict=True)))
    lines = []
    for kind, all_of_kind in (("student", lab.settings.students), ("arm", lab.settings.arms)):
        for name, changes in all_of_kind.items():
            flat = flatten(merged({}, changes))
            told = ", ".join(f"{field}: {value}" for field, value in flat.items())
            lines.append(f"{kind} {name}: {told or 'the base'}")
    return Told({"runs": rows}, [table, *lines])


def _run(lab: Lab, runs: Sequence[LabRun]) -> list[LabRun]:
    """Those that are not over; returns those that failed."""
    from zoped.train.lab.processes import Processes

    todo = [run for run in runs if not ((done := _numbers(lab, run)) and done.finished)]
    with (
        show_progress() as progress,
        progress.task(f"{len(todo)} of {len(runs)} runs to do", len(todo)) as task,
    ):

        def on_end(run: LabRun, why: str) -> None:
            task.advance()
            done = _numbers(lab, run)
            if why:
                progress.note(f"{run.name}: failed: {why}")
            elif done is not None:
                first, last = done.points[0].accuracy, done.points[-1].accuracy
                progress.note(
                    f"{run.name}: {first:.1%} to {last:.1%}, {done.rollouts:,} rollouts, "
                    f"{done.seconds / 60:.1f} minutes"
                )

        return Processes(lab.settings.jobs, on_end).run(todo)


def _report(lab: Lab, *, title: str) -> Told:
    from zoped.cli.tracking_lab import track_lab
    from zoped.foundation.files import write_whole
    from zoped.train.lab.figure import draw
    from zoped.train.lab.report import render
    from zoped.train.lab.results import write_numbers

    numbers = [found for run in lab.runs if (found := _numbers(lab, run)) is not None]
    text = render(lab.settings, numbers, title=title)
    lab.folder.mkdir(parents=True, exist_ok=True)
    write_whole(lab.folder / TABLE, text)
    write_numbers(lab.folder / NUMBERS, numbers)
    written = [TABLE, NUMBERS] + [FIGURE] * draw(lab.settings, numbers, lab.folder / FIGURE)
    lines = [text, f"written to {lab.folder}: {', '.join(written)}"]
    store = track_lab(lab, title)
    if store is not None:
        lines.append(f"in MLflow: {store.how_to_look}")
    return Told({"folder": lab.folder, "written": written, "runs": numbers}, lines)
