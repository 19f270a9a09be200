"""What a command says: its result on standard output, notes and progress on standard error.

A command returns `Told`. `speaks_to_the_person` (zoped.cli.errors) gives every command the options
--json and --quiet and prints what it returns; `say` and `console()` are for all that is said on the way.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, redirect_stdout
from dataclasses import dataclass
from typing import Any

import typer
from rich.console import Console, ConsoleRenderable, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from zoped.foundation.display import ConsoleProgress, console, said_quietly, show_progress

__all__ = ["ConsoleProgress", "Told", "console", "print_told", "said_as", "say", "show_progress"]

MUCH_TOO_WIDE = 1.3  # times the terminal: a table that is a little too wide is wrapped


@dataclass(frozen=True)
class Told:
    """What a command found.

    `values` is what --json prints, as one JSON object: names that stay, numbers as numbers, paths
    and exact answers as strings, null for what is not known. `text` is the same for people: lines,
    or what Rich can show (tables), one after the other. `error` is for a result that is bad news:
    a line on standard error, and exit code 2. `then` is what the command does when all is told: a
    server tells where it is, and serves.
    """

    values: Mapping[str, Any]
    text: str | ConsoleRenderable | Sequence[str | ConsoleRenderable] = ""
    error: str = ""
    exit_code: int = 0
    then: Callable[[], object] | None = None


@contextmanager
def said_as(*, as_json: bool, quiet: bool) -> Iterator[None]:
    """The block's notes and progress as the person asked for them. With `as_json`, what anything in
    it prints goes to standard error: standard output is for the result alone."""
    with said_quietly(quiet), redirect_stdout(sys.stderr) if as_json else nullcontext():
        yield


def say(message: str) -> None:
    """A note, whole and as it is written: on standard error, and nowhere with --quiet."""
    console().print(message, markup=False, highlight=False, soft_wrap=True)


class _Output(Console):
    """Standard output; Rich's own would end the process with code 1 where nobody reads any more."""

    def on_broken_pipe(self) -> None:
        raise  # noqa: PLE0704 - the BrokenPipeError that this is called for


def print_told(told: Told, *, as_json: bool) -> None:
    """The result on standard output."""
    if as_json:
        from pydantic_core import to_json

        # Infinity and NaN are no JSON.
        text = to_json(dict(told.values), indent=2, inf_nan_mode="null", fallback=str)
        typer.echo(text.decode())
        return
    for part in told.text if isinstance(told.text, list | tuple) else [told.text]:
        if isinstance(part, Table):
            _print_table(part, _Output())
        elif not isinstance(part, str):
            _Output().print(part)
        elif part:
            typer.echo(part)


def _print_table(table: Table, console: Console) -> None:
    """Whole in a file or a pipe; on a terminal that is much too narrow, a row as lines of its own."""
    whole = console.measure(table, options=console.options.update(max_width=10_000)).maximum
    if not console.is_terminal:
        _Output(width=max(console.width, whole)).print(table)
    elif whole <= MUCH_TOO_WIDE * console.width:
        console.print(table)
    else:
        console.print(_as_lists(table), highlight=False)


def _as_lists(table: Table) -> Group:
    """ "column  value" for each row, below its first cell."""
    titles = [column.header for column in table.columns[1:]]
    parts: list[RenderableType] = [table.title] if table.title else []
    for first, *cells in zip(*(column.cells for column in table.columns), strict=True):
        rows = Table.grid(padding=(0, 2))
        for title, cell in zip(titles, cells, strict=True):
            rows.add_row(title, cell)
        parts += [Text(""), first, Padding(rows, (0, 0, 0, 2))]
    return Group(*parts)
