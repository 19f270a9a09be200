"""Progress where there is no terminal: a line now and then, with the numbers and the time left."""

import io

from rich.console import Console

from zoped.cli.console import ConsoleProgress, _Lines


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
