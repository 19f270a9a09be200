"""Progress on the terminal: what is happening, how far it is, how long it will take."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Column

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


class ConsoleProgress:
    """A `Progress` (zoped.train.loop.observe) with rich bars; plain lines where there is no terminal."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._progress = Progress(
            SpinnerColumn(),
            # Whatever else has to go on a narrow terminal, the counts and the times stay.
            TextColumn("{task.description}", table_column=Column(ratio=1, no_wrap=True)),
            BarColumn(bar_width=max(4, min(24, console.width // 5))),
            MofNCompleteColumn(table_column=Column(no_wrap=True)),
            TimeElapsedColumn(table_column=Column(no_wrap=True)),
            TextColumn("left", table_column=Column(no_wrap=True)),
            TimeRemainingColumn(table_column=Column(no_wrap=True, min_width=7)),
            TextColumn("{task.fields[shown]}", table_column=Column(no_wrap=True, max_width=30)),
            console=console,
            transient=True,
            disable=not console.is_terminal,
            expand=True,
        )

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
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
        self.console.print(message, markup=False, highlight=False, soft_wrap=True)
