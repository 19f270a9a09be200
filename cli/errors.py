"""What a command does when it cannot go on: one message for the person and an exit code."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import typer
from rich.console import Console

from zoped.foundation.errors import ZopedError
from zoped.foundation.signals import ended_like_ctrl_c

EXIT_BAD_INPUT = 2
EXIT_INTERRUPTED = 130
EXIT_BROKEN_PIPE = 141  # as a shell says of a program that SIGPIPE ended

P = ParamSpec("P")
R = TypeVar("R")


class UserError(ZopedError):
    """Something the person can mend. The message says what is wrong, where, and what would be
    right; it is all that is shown."""


def speaks_to_the_person(*, on_interrupt: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A command that ends with one message: 2 after a `UserError`, 130 after Ctrl-C or SIGTERM.

    `on_interrupt` tells what was kept and how to go on.
    """

    def decorate(command: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(command)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            # Messages hold paths and values: never markup, never cut at the terminal's width.
            console = Console(stderr=True, markup=False, highlight=False, soft_wrap=True)
            try:
                with ended_like_ctrl_c():
                    return command(*args, **kwargs)
            except typer.Exit:
                raise
            except BrokenPipeError:
                # Whoever read our output has had enough (`| head`); Python's last flush must not fail.
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
                raise typer.Exit(EXIT_BROKEN_PIPE) from None
            except (ZopedError, OSError) as error:
                console.print(f"zoped: {_message(error)}")
                raise typer.Exit(EXIT_BAD_INPUT) from None
            except KeyboardInterrupt:
                console.print(f"\nzoped: interrupted. {on_interrupt}")
                raise typer.Exit(EXIT_INTERRUPTED) from None

        return run

    return decorate


def _message(error: ZopedError | OSError) -> str:
    """An error of the system's names a file and says what is wrong with it, in two places."""
    if isinstance(error, ZopedError) or error.filename is None:
        return str(error)
    return f"{error.filename}: {error.strerror}"
