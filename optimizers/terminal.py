"""What the scripts of this folder share on the terminal: a progress display, one message a fault."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from zoped.programs.teachers.errors import TeacherError

INTERRUPTED = 130  # exit code after Ctrl-C


def progress_display(unit: str = "") -> Progress:
    """A bar that says what is done, how many `unit`s, how long, and a task's field `shown`."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(unit),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[shown]}"),
        # The stream of now: what a block redirects later is not the display.
        console=Console(file=sys.stdout),
    )


@contextmanager
def one_message(parser: argparse.ArgumentParser, on_interrupt: str) -> Iterator[None]:
    """Bad settings, files, students and teachers end the script with one line and exit code 2;
    Ctrl-C with what was kept, and 130."""
    try:
        yield
    except (ValueError, OSError, TeacherError) as error:
        parser.exit(2, f"{parser.prog}: {error}\n")
    except KeyboardInterrupt:
        parser.exit(INTERRUPTED, f"\n{parser.prog}: interrupted. {on_interrupt}\n")
