"""`zoped runs [FOLDER]`: the runs in a folder, and what each came to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zoped.cli.console import Told
from zoped.cli.errors import UserError, speaks_to_the_person
from zoped.foundation.errors import counted

if TYPE_CHECKING:
    from zoped.train.run_record import RunRecord


@speaks_to_the_person(on_interrupt="Nothing was changed.")
def runs(
    folder: Annotated[Path, typer.Argument(help="Where to look, folders in it too.")] = Path(
        "runs"
    ),
) -> Told:
    """List the runs: configuration, seed, state, rounds, accuracy and costs."""
    from zoped.foundation.errors import ZopedError
    from zoped.train.run_record import find_runs, read_record

    if not folder.is_dir():
        raise UserError(f"{folder}: there is no such folder; `zoped run` makes `runs`")
    records, faults = [], []
    for found in find_runs(folder):
        try:
            records.append(read_record(found))
        except ZopedError as error:
            faults.append(str(error))
    if not records and not faults:
        told = f"{folder} has no runs; `zoped run CONFIG` makes one"
        return Told({"runs": [], "unreadable": []}, told)
    return Told(
        {"runs": [as_row(record) for record in records], "unreadable": faults},
        [*([_table(records)] if records else []), *(f"cannot be read: {one}" for one in faults)],
    )


def as_row(record: RunRecord) -> dict[str, Any]:
    """For JSON: shares from 0 to 1; a number that was not measured is left out."""
    return {
        "run": str(record.folder),
        "configuration": record.configuration,
        "seed": record.settings.seed,
        "state": record.stands,
        "rounds_done": record.done,
        "rounds": record.settings.rounds,
        **record.numbers,
    }


def _table(records: list[RunRecord]) -> Any:
    from rich.table import Table

    table = Table(
        "run",
        "configuration",
        "seed",
        "state",
        title=counted(len(records), "run"),
    )
    for head in (
        "rounds",
        "accuracy",
        "95 %",
        "gain",
        "greedy",
        "greedy gain",
        "learnable",
        "coverage",
        "rollouts",
        "calls",
    ):
        table.add_column(head, justify="right")
    for head in ("dollars", "minutes"):
        table.add_column(head, justify="right")
    for record in records:
        n = record.numbers
        cells = [
            f"{record.done} of {record.settings.rounds}",
            _cell(n, "accuracy", "{:.1%}"),
            f"{n['accuracy_low']:.1%} to {n['accuracy_high']:.1%}" if "accuracy_low" in n else "-",
            f"{100 * n['gain']:+.1f}" if "gain" in n else "-",
            _cell(n, "greedy_accuracy", "{:.1%}"),
            f"{100 * n['greedy_gain']:+.1f}" if "greedy_gain" in n else "-",
            _cell(n, "learnable_share", "{:.0%}"),
            *(_cell(n, name, "{:,.0f}") for name in ("coverage", "rollouts", "teacher_calls")),
            _cell(n, "dollars", "{:.2f}"),
            _cell(n, "minutes", "{:.1f}"),
        ]
        named = (str(record.folder), record.configuration, str(record.settings.seed), record.stands)
        table.add_row(*named, *cells)
    return table


def _cell(numbers: dict[str, float], name: str, shape: str) -> str:
    return shape.format(numbers[name]) if name in numbers else "-"
