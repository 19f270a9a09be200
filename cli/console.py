"""What a command says: its result on standard output, notes and progress on standard error.

A command returns `Told`. `speaks_to_the_person` (zoped.cli.errors) gives every command the options
--json and --quiet and prints what it returns; `console()` is for all that is said on the way.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, redirect_stdout
from dataclasses import dataclass
from typing import Any

import typer
from rich.console import Console, ConsoleRenderable

from zoped.foundation.display import (
    ConsoleProgress,
    _Lines,
    console,
    said_quietly,
    show_progress,
)

__all__ = ["ConsoleProgress", "Told", "_Lines", "console", "print_told", "said_as", "show_progress"]


@dataclass(frozen=True)
class Told:
    """What a command found.

    `values` is what --json prints, as one JSON object: names that stay, numbers as numbers, paths
    and exact answers as strings, null for what is not known. `text` is the same for people: lines,
    or what Rich can show (tables), one after the other. `error` is for a result that is bad news:
    a line on standard error, and exit code 2.
    """

    values: Mapping[str, Any]
    text: str | ConsoleRenderable | Sequence[str | ConsoleRenderable] = ""
    error: str = ""
    exit_code: int = 0


@contextmanager
def said_as(*, as_json: bool, quiet: bool) -> Iterator[None]:
    """The block's notes and progress as the person asked for them. With `as_json`, what anything in
    it prints goes to standard error: standard output is for the result alone."""
    with said_quietly(quiet), redirect_stdout(sys.stderr) if as_json else nullcontext():
        yield


def print_told(told: Told, *, as_json: bool) -> None:
    """The result on standard output."""
    if as_json:
        from pydantic_core import to_json

        # Infinity and NaN are no JSON.
        text = to_json(dict(told.values), indent=2, inf_nan_mode="null", fallback=str)
        typer.echo(text.decode())
        return
    for part in told.text if isinstance(told.text, list | tuple) else [told.text]:
        if not isinstance(part, str):
            Console().print(part)
        elif part:
            typer.echo(part)
