"""`zoped compare RUN RUN...`: what differs between runs in settings and in results, with paired tests."""

from __future__ import annotations

import difflib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zoped.cli.console import Told
from zoped.cli.errors import UserError, speaks_to_the_person
from zoped.foundation.errors import counted

if TYPE_CHECKING:
    from rich.console import ConsoleRenderable
    from rich.table import Table

    from zoped.train.comparison import Against, Comparison, Interval

PERCENT = ("start", "accuracy", "greedy_accuracy", "learnable_share", "gradient_share")
POINTS = ("gain", "greedy_gain")
FIGURES = (".png", ".svg", ".pdf")


@speaks_to_the_person(on_interrupt="Nothing was changed.")
def compare(
    runs: Annotated[
        list[Path],
        typer.Argument(help="Run folders, or folders of them; the first is the reference."),
    ],
    figure: Annotated[
        Path | None, typer.Option(help="Draw it too, into this file (.png, .svg or .pdf).")
    ] = None,
) -> Told:
    """Compare runs: settings, results with intervals, costs, prompts and weights. Runs that differ in
    their seed alone are one arm."""
    from zoped.foundation.own_files import make_folder, require_new
    from zoped.train import comparison
    from zoped.train.run_record import find_runs, is_run_folder

    if figure is not None and figure.suffix.lower() not in FIGURES:
        raise UserError(f"--figure {figure}: name a file that ends in {', '.join(FIGURES)}")
    if figure is not None:
        require_new(figure, f"--figure {figure}")
        make_folder(figure.parent, f"--figure {figure}")
    folders = [
        found
        for run in runs
        for found in ([run] if is_run_folder(run) else list(find_runs(run)) or [run])
    ]
    found = comparison.compare(folders)
    if figure is None:
        return Told(found.as_json(), shown(found))
    from zoped.cli.compare_figure import draw

    draw(found, figure)
    return Told(
        {**found.as_json(), "figure": figure}, [*shown(found), f"the figure is in {figure}"]
    )


def shown(found: Comparison) -> list[str | ConsoleRenderable]:
    """Tables, one after the other, then the prompts; tables without rows are left out."""
    tables = (_arms(found), _settings(found), _results(found), _against(found), _weights(found))
    return [
        *(table for table in tables if table.row_count),
        *(_shown_texts(part, texts) for part, texts in found.texts.items()),
    ]


def _table(title: str, *heads: str) -> Table:
    from rich.table import Table

    table = Table(title=title, title_justify="left")
    for place, head in enumerate(heads):
        table.add_column(head, justify="right" if place else "left", overflow="fold")
    return table


def _arms(found: Comparison) -> Table:
    table = _table("Runs", "arm", "run", "configuration", "seed", "state")
    for arm in found.arms:
        for run in arm.runs:
            record = run.record
            table.add_row(arm.name, run.name, record.configuration, str(run.seed), record.stands)
    return table


def _settings(found: Comparison) -> Table:
    table = _table("Settings that differ", "", *(arm.name for arm in found.arms))
    for name, values in found.settings.items():
        table.add_row(name, *(json.dumps(value, default=str) for value in values))
    return table


def _results(found: Comparison) -> Table:
    from zoped.train.comparison import COSTS, RESULTS, benchmark

    many = any(len(arm.runs) > 1 for arm in found.arms)
    title = "Results and costs" + (", means over seeds with 95 % intervals" if many else "")
    table = _table(title, "", *(arm.name for arm in found.arms))
    told = RESULTS | {name: benchmark(name) for name in found.benchmarks} | COSTS
    for name, value in told.items():
        percent = name in PERCENT or name in found.benchmarks
        means = [arm.mean(value) for arm in found.arms]
        if any(mean is not None for mean in means):
            if name in COSTS:  # sums, not estimates: an interval says nothing of them
                means = [mean and (mean[0], None, None) for mean in means]
            cells = [_interval(mean, percent, name in POINTS) for mean in means]
            table.add_row(
                name.replace("_", " "), *cells, end_section=name in ("greedy_gain", "structures")
            )
    return table


def _interval(mean: Interval | None, percent: bool, points: bool) -> str:
    if mean is None:
        return "-"
    if points:
        shown = [f"{100 * x:+.1f}" for x in mean if x is not None]
    elif percent:
        shown = [f"{x:.1%}" for x in mean if x is not None]
    else:
        digits = 0 if abs(mean[0]) >= 100 else 2
        shown = [f"{x:,.{digits}f}".removesuffix(".00") for x in mean if x is not None]
    return shown[0] if len(set(shown)) == 1 else f"{shown[0]} ({shown[1]} to {shown[2]})"


def _against(found: Comparison) -> Table:
    """Differences in points."""
    table = _table(
        f"Against {found.arms[0].name}, in points",
        *("arm", "on", "difference", "95 %", "p", "better and worse", "of"),
    )
    for each in found.against:
        for row in _against_rows(each):
            table.add_row(each.arm, *row)
    return table


def _against_rows(each: Against) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for name, gain in each.gains.items():
        told = (f"{100 * gain.mean:+.1f}", f"{100 * gain.low:+.1f} to {100 * gain.high:+.1f}")
        rows.append((f"{name}, by seed", *told, "", "", f"{gain.pairs} seeds"))
    for name, on in each.on.items():
        rows.append(
            (
                name.replace("_", " "),
                f"{100 * on.mean:+.1f}",
                f"{100 * on.low:+.1f} to {100 * on.high:+.1f}",
                f"{on.p_value:.3f}" if on.p_value >= 0.001 else "< 0.001",
                f"{on.better} and {on.worse}",
                counted(on.questions, "question"),
            )
        )
    return rows


def _weights(found: Comparison) -> Table:
    table = _table("Weights of moves", "student", "move", *(run.name for run in found.runs))
    for (level, move), values in found.weights.items():
        cells = ["-" if value is None else f"{value:.2f}" for value in values]
        table.add_row(level or "every", move, *cells)
    return table


def _shown_texts(part: str, texts: dict[str, list[str]]) -> str:
    """The first text whole where there are several, the others as what they change in it."""
    if len(texts) == 1:
        return f"{part}: the same in all"
    (first, theirs), *others = texts.items()
    said = [f"\n{part}, {len(texts)} versions\n", f"in {', '.join(theirs)}:", first or "(nothing)"]
    for text, runs in others:
        lines = difflib.unified_diff(first.splitlines(), text.splitlines(), lineterm="", n=1)
        said += [f"\nin {', '.join(runs)}:", *[*lines][2:]]
    return "\n".join(said)
