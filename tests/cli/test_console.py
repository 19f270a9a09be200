"""Progress where there is no terminal: a line now and then, with the numbers and the time left."""

import io
import os

import pytest
from rich.console import Console
from rich.table import Table

from zoped.cli.console import ConsoleProgress, Told, _print_table, print_told
from zoped.foundation.display import _Lines


def test_a_line_tells_how_far_the_numbers_and_the_time_left():
    now, lines = [0.0], []
    task = _Lines(lines.append, "round 1: GRPO steps", 40, clock=lambda: now[0])
    for step in range(1, 13):
        now[0] = step * 10.0
        task.show({"loss": 0.0123, "reward": 0.4375, "gradient": 0.75, "pass rate": 0.4375})
        task.advance()
    assert lines == [
        f"round 1: GRPO steps: {step}/40, loss 0.0123, reward 0.438, gradient 0.75, "
        f"pass rate 0.438, {left} left"
        for step, left in (
            (3, "6 min 10 s"),
            (6, "5 min 40 s"),
            (9, "5 min 10 s"),
            (12, "4 min 40 s"),
        )
    ]


def test_a_quick_task_is_one_line():
    printed = io.StringIO()
    with ConsoleProgress(Console(file=printed, width=40)) as progress:
        with progress.task("held-out problems", None) as task:
            task.advance()
            task.show({"loss": 1.0})
        progress.note("done [not markup]")
    assert printed.getvalue() == "held-out problems ...\ndone [not markup]\n"


def test_a_terminal_shows_the_numbers_beside_the_bar():
    printed = io.StringIO()
    console = Console(file=printed, width=160, force_terminal=True)
    with ConsoleProgress(console) as progress, progress.task("GRPO steps", 4) as task:
        task.show({"reward": 0.5})
        task.advance(2)
        progress._progress.refresh()
    assert "2/4" in printed.getvalue() and "reward 0.5" in printed.getvalue()


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_nothing_is_cut_off_on_a_narrow_terminal(width: int) -> None:
    printed = io.StringIO()
    console = Console(file=printed, width=width, force_terminal=True, color_system=None)
    name = "round 1: measuring the student on the seeds"
    with ConsoleProgress(console) as progress, progress.task(name, 1280) as task:
        task.advance(640)
        task.show({"loss": 0.00123, "reward": 0.731})
        progress.note("a message of more words than a line of forty columns has room for")
        progress._progress.refresh()
    said = " ".join(printed.getvalue().replace("\r", " ").split())
    assert name in said and "640/1,280" in said and "loss 0.00123, reward 0.731" in said
    assert "a message of more words than a line of forty columns has room for" in said
    assert "…" not in said


@pytest.mark.parametrize("width", [40, 60, 80, 200])
def test_a_wide_table_is_read_on_any_terminal_and_whole_in_a_file(width: int) -> None:
    table = Table("run", *(f"column {n}" for n in range(9)), title="Runs")
    table.add_row("runs/first", *(f"value-{n:02}" for n in range(9)))
    printed = io.StringIO()
    _print_table(table, Console(file=printed, width=width, force_terminal=True, color_system=None))
    said = printed.getvalue()
    assert "Runs" in said and "runs/first" in said and "…" not in said
    assert all(f"column {n}" in said and f"value-{n:02}" in said for n in range(9))
    assert max(map(len, said.splitlines())) <= width


@pytest.mark.parametrize("as_json", [False, True])
def test_a_reader_that_has_had_enough_is_told_alike_by_tables_and_text(
    as_json: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rich would end the process with code 1, which says that something is wrong."""
    table = Table("move")
    table.add_row("add_step")
    read, write = os.pipe()
    os.close(read)
    with pytest.raises(BrokenPipeError), open(write, "w", encoding="utf-8", closefd=False) as out:
        monkeypatch.setattr("sys.stdout", out)
        print_told(Told({"move": "add_step"}, table), as_json=as_json)
    os.close(write)
