"""The tables that `zoped run` ends with."""

from pathlib import Path

import pytest
from rich.console import Console

from tests.train.compared_runs import write_run
from zoped.cli.run import shown
from zoped.train.loop.report import read_report
from zoped.train.results import NOT_TUNED, Tuned
from zoped.train.state import STATE, RunState


@pytest.mark.parametrize(("origin", "is_tuned"), [("weights", True), (NOT_TUNED, False)])
def test_before_and_after_tuning_are_told_where_there_was_any(
    tmp_path: Path, origin: str, is_tuned: bool
) -> None:
    folder = write_run(tmp_path / "run", right=range(30))
    with RunState(folder / STATE) as state:
        Tuned(0.4, 10, origin, 0, 0).save(state, 1)
        report = read_report(state)
    console = Console(width=120)
    with console.capture() as said:
        for part in shown(report):
            console.print(part)
    table = said.get()
    assert ("before tuning" in table) == ("  after" in table) == is_tuned
    assert "in the band" in table
