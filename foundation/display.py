"""Progress on the terminal: what is happening, how far it is, how long it will take."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from typing import Self

from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, Progress, SpinnerColumn, Task, TaskID
from rich.table import Column, Table
from rich.text import Text

from zoped.foundation.closing import Closing

LINE_EVERY = 30.0  # seconds between the lines of a task where there is no terminal
_quiet: ContextVar[bool] = ContextVar("quiet", default=False)


@contextmanager
def said_quietly(quiet: bool) -> Iterator[None]:
    """What `console` and `show_progress` give inside the block says nothing, if `quiet`."""
    before = _quiet.set(quiet)
    try:
        yield
    finally:
        _quiet.reset(before)


def console() -> Console:
    """Where notes and progress go: standard error, as standard output is for results."""
    return Console(stderr=True, quiet=_quiet.get())


def show_progress() -> ConsoleProgress:
    """Bars on a terminal, lines without one."""
    return ConsoleProgress(console())


class _Tasks(Progress):
    """Each task as its name, a bar with counts and times, and its latest numbers, one below the other:
    on a narrow terminal nothing has to give way but the bar."""

    def make_tasks_table(self, tasks: Iterable[Task]) -> Table:
        spinner, bar = (column for column in self.columns if not isinstance(column, str))
        table = Table.grid(expand=True)
        for task in tasks:
            name = Table.grid("", Column(ratio=1), padding=(0, 1), pad_edge=False, expand=True)
            name.add_row(spinner(task), Text(task.description))
            line = Table.grid(
                Column(ratio=1),
                Column(no_wrap=True),
                Column(no_wrap=True),
                padding=(0, 1),
                expand=True,
            )
            line.add_row(bar(task), Text(_counts(task), style="progress.download"), _times(task))
            table.add_row(name)
            table.add_row(Padding(line, (0, 0, 0, 2)))
            if shown := task.fields["shown"]:
                table.add_row(Padding(Text(shown, style="dim"), (0, 0, 0, 2)))
        return table


def _counts(task: Task) -> str:
    return f"{task.completed:,.0f}" + (f"/{task.total:,.0f}" if task.total is not None else "")


def _times(task: Task) -> Text:
    """How long it has taken, and how long it will."""
    text = Text(_clock(task.elapsed or 0), style="progress.elapsed")
    if task.time_remaining is not None and not task.finished:
        text.append(f", {_clock(task.time_remaining)} left", style="progress.remaining")
    return text


def _clock(seconds: float) -> str:
    return str(timedelta(seconds=round(seconds)))


class _Bar:
    """A task as a bar."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress = progress
        self._task = task

    def advance(self, amount: int = 1) -> None:
        self._progress.advance(self._task, amount)

    def show(self, values: Mapping[str, float]) -> None:
        self._progress.update(self._task, shown=_numbers(values))


class _Lines:
    """A task as a line now and then: how far, the latest numbers, the time left."""

    def __init__(
        self,
        note: Callable[[str], None],
        description: str,
        total: int | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._note = note
        self._description = description
        self._total = total
        self._clock = clock
        self._begun = self._told = clock()
        self._done = 0
        self._shown = ""

    def advance(self, amount: int = 1) -> None:
        self._done += amount
        now = self._clock()
        if now - self._told < LINE_EVERY:
            return
        self._told = now
        of = f"/{self._total}" if self._total else ""
        parts = [f"{self._description}: {self._done}{of}"]
        parts += [self._shown] if self._shown else []
        if self._total and self._done:
            left = (now - self._begun) / self._done * (self._total - self._done)
            parts.append(f"{_duration(left)} left")
        self._note(", ".join(parts))

    def show(self, values: Mapping[str, float]) -> None:
        self._shown = _numbers(values)


def _numbers(values: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:.3g}" for name, value in values.items())


def _duration(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds} s"


class ConsoleProgress(Closing):
    """A `Progress` (zoped.train.loop.observe) with rich bars; plain lines where there is no terminal."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._progress = _Tasks(
            SpinnerColumn(),
            BarColumn(bar_width=None),
            console=console,
            transient=True,
            disable=not console.is_terminal,
            expand=True,
        )

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def close(self) -> None:
        self._progress.stop()

    @contextmanager
    def task(self, description: str, total: int | None) -> Iterator[_Bar | _Lines]:
        if not self.console.is_terminal:
            self.note(f"{description} ...")
            yield _Lines(self.note, description, total)
            return
        task = self._progress.add_task(description, total=total, shown="")
        try:
            yield _Bar(self._progress, task)
        finally:
            self._progress.remove_task(task)

    def note(self, message: str) -> None:
        # A log keeps a message on its line; on a terminal it ends between words.
        whole = not self.console.is_terminal
        self.console.print(message, markup=False, highlight=False, soft_wrap=whole)
