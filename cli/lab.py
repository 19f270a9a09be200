"""`zoped lab CONFIG`: arms against each other over random seeds, resumable, with table and figure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zoped.cli.console import Told, show_progress
from zoped.cli.errors import UserError, speaks_to_the_person
from zoped.foundation.errors import ZopedError, counted

if TYPE_CHECKING:
    from zoped.train.lab.results import RunNumbers
    from zoped.train.lab.settings import Lab, LabRun

TABLE, FIGURE, NUMBERS = "results.md", "accuracy.png", "results.jsonl"
MAKER = "zoped lab"


@speaks_to_the_person(
    on_interrupt="What was finished is kept; the same command goes on from there."
)
def lab(
    config: Annotated[Path, typer.Argument(help="YAML file (docs/lab.md).")],
    only: Annotated[
        str | None, typer.Option(metavar="ARM,ARM", help="These arms alone; the report has all.")
    ] = None,
    seeds: Annotated[
        str | None, typer.Option(metavar="N,N", help="These seeds alone; the report has all.")
    ] = None,
    results: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="The results.jsonl of another machine: its runs count as done. May be repeated.",
        ),
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
    runs = _chosen(found, only, seeds)
    elsewhere = _elsewhere(found, results or ())
    _require_nothing_lost(found, elsewhere)
    if not report:
        _require_names(config, [run for run in runs if not _is_over(run, elsewhere)])
    if dry_run:
        return _plan(found, runs, elsewhere)
    failed = [] if report else _run(found, runs, elsewhere)
    told = _report(found, elsewhere, title=config.stem)
    if not failed:
        return told
    names = [run.name for run in failed]
    error = f"{len(failed)} of {counted(len(runs), 'run')} failed: {'; '.join(names)}"
    return Told({**told.values, "failed": names}, told.text, error=error)


def _chosen(lab: Lab, only: str | None, seeds: str | None) -> list[LabRun]:
    arms = _named("--only", "arm", only, lab.settings.arms)
    numbers = _named("--seeds", "seed", seeds, map(str, lab.settings.seeds))
    return [run for run in lab.runs if run.arm in arms and str(run.seed) in numbers]


def _named(option: str, kind: str, value: str | None, there: Iterable[str]) -> list[str]:
    known = list(there)
    names = known if value is None else [name.strip() for name in value.split(",")]
    for name in names:
        if name not in known:
            raise UserError(
                f"{option} {value}: there is no {kind} {name!r}; there are {', '.join(known)}"
            )
    return names


def _elsewhere(lab: Lab, files: Sequence[Path]) -> dict[str, RunNumbers]:
    """The runs that are over on other machines, by name."""
    from zoped.train.lab.results import load_numbers

    runs = {(run.student, run.arm, run.seed): run for run in lab.runs}
    found: dict[str, RunNumbers] = {}
    for file in files:
        for there in load_numbers(file):
            run = runs.get((there.student, there.arm, there.seed))
            if run is None:
                raise UserError(
                    f"{file}: the lab has no run with student {there.student}, arm {there.arm}, "
                    f"seed {there.seed}"
                )
            if not there.finished:
                continue
            other = _numbers(run, found)
            if other is not None and other.finished and other != there:
                raise UserError(
                    f"{file}: {run.name}: is over twice, with other numbers; keep one of the two"
                )
            found[run.name] = there
    return found


def _require_nothing_lost(lab: Lab, elsewhere: Mapping[str, RunNumbers]) -> None:
    """Raise UserError where the results would replace a file that is not as this command left it, or
    rows that are kept nowhere else."""
    from zoped.foundation.own_files import listed, require_own_files
    from zoped.train.lab.results import load_numbers
    from zoped.train.lab.settings import run_folder
    from zoped.train.state import STATE

    require_own_files(lab.folder, (TABLE, NUMBERS, FIGURE), MAKER)
    file = lab.folder / NUMBERS
    kept = {(row.student, row.arm, row.seed) for row in elsewhere.values()}
    lost = [
        str(folder)
        for row in (load_numbers(file) if file.exists() else ())
        if row.finished and (row.student, row.arm, row.seed) not in kept
        for folder in [run_folder(lab.folder, row.student, row.arm, row.seed)]
        if not (folder / STATE).exists()
    ]
    if lost:
        raise UserError(
            f"{file} has {counted(len(lost), 'run')} that would be lost, since {listed(lost)} "
            f"{'is' if len(lost) == 1 else 'are'} not here; give --results {file} to keep what is of "
            "this lab, or move the file away"
        )


def _numbers(run: LabRun, elsewhere: Mapping[str, RunNumbers]) -> RunNumbers | None:
    from zoped.train.lab.results import read_run

    return elsewhere.get(run.name) or read_run(
        run.folder, student=run.student, arm=run.arm, seed=run.seed, rounds=run.settings.rounds
    )


def _is_over(run: LabRun, elsewhere: Mapping[str, RunNumbers]) -> bool:
    done = _numbers(run, elsewhere)
    return done is not None and done.finished


def _require_names(config: Path, runs: Sequence[LabRun]) -> None:
    """Raise UserError where something that an arm names is not there, before any run begins."""
    from zoped.train.loop.checks import check_names

    arms = {(run.student, run.arm): run for run in runs}  # of all seeds the names are the same
    for (student, arm), run in arms.items():
        try:
            check_names(run.settings)
        except ZopedError as error:
            raise UserError(f"{config}: student {student}, arm {arm}: {error}") from None


def _plan(lab: Lab, runs: Sequence[LabRun], elsewhere: Mapping[str, RunNumbers]) -> Told:
    """Each run with how far it is; then what makes an arm."""
    from rich.table import Table

    from zoped.train.config_file import flatten
    from zoped.train.lab.settings import merged

    table = Table(
        "seed",
        "student",
        "arm",
        "so far",
        "folder",
        title=counted(len(runs), "run"),
    )
    rows = []
    for run in runs:
        done = _numbers(run, elsewhere)
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


def _run(lab: Lab, runs: Sequence[LabRun], elsewhere: Mapping[str, RunNumbers]) -> list[LabRun]:
    """Those that are not over; returns those that failed."""
    from zoped.train.lab.processes import Processes

    todo = [run for run in runs if not _is_over(run, elsewhere)]
    with (
        show_progress() as progress,
        progress.task(f"{len(todo)} of {counted(len(runs), 'run')} to do", len(todo)) as task,
    ):

        def on_end(run: LabRun, why: str) -> None:
            task.advance()
            done = _numbers(run, elsewhere)
            if why:
                progress.note(f"{run.name}: failed: {why}")
            elif done is not None:
                first, last = done.points[0].accuracy, done.points[-1].accuracy
                progress.note(
                    f"{run.name}: {first:.1%} to {last:.1%}, {counted(done.rollouts, 'rollout')}, "
                    f"{done.seconds / 60:.1f} minutes"
                )

        return Processes(lab.settings.jobs, on_end).run(todo)


def _report(lab: Lab, elsewhere: Mapping[str, RunNumbers], *, title: str) -> Told:
    from zoped.cli.tracking_lab import track_lab
    from zoped.foundation.own_files import replace_own_files
    from zoped.train.lab.figure import draw
    from zoped.train.lab.report import render
    from zoped.train.lab.results import dump_numbers

    numbers = [found for run in lab.runs if (found := _numbers(run, elsewhere)) is not None]
    text = render(lab.settings, numbers, title=title)
    lab.folder.mkdir(parents=True, exist_ok=True)
    files = {TABLE: text.encode(), NUMBERS: dump_numbers(numbers).encode()}
    figure = BytesIO()
    if draw(lab.settings, numbers, figure):
        files[FIGURE] = figure.getvalue()
    replace_own_files(lab.folder, files, MAKER)
    written = list(files)
    lines = [text, f"written to {lab.folder}: {', '.join(written)}"]
    store = track_lab(lab, title)
    if store is not None:
        lines.append(f"in MLflow: {store.how_to_look}")
    return Told({"folder": lab.folder, "written": written, "runs": numbers}, lines)
