"""What a command does when it cannot go on: one message for the person and an exit code."""

from __future__ import annotations

import functools
import inspect
import os
import sys
from collections.abc import Callable
from typing import Annotated, Any, ParamSpec, get_args

import typer
from rich.console import Console

from zoped.cli.console import Told, print_told, said_as
from zoped.foundation.errors import ZopedError
from zoped.foundation.signals import ended_like_ctrl_c

EXIT_BAD_INPUT = 2
EXIT_INTERRUPTED = 130
EXIT_BROKEN_PIPE = 141  # as a shell says of a program that SIGPIPE ended

P = ParamSpec("P")

JSON = Annotated[bool, typer.Option("--json", help="Print the result as one JSON object.")]
QUIET = Annotated[bool, typer.Option("--quiet", "-q", help="Nothing but the result and errors.")]


class UserError(ZopedError):
    """Something the person can mend. The message says what is wrong, where, and what would be
    right; it is all that is shown."""


def speaks_to_the_person(
    *, on_interrupt: str
) -> Callable[[Callable[P, Told]], Callable[..., None]]:
    """A command with --json and --quiet that prints the `Told` which it returns, or ends with one
    message: 2 after a `UserError`, 130 after Ctrl-C or SIGTERM.

    `on_interrupt` tells what was kept and how to go on.
    """

    def decorate(command: Callable[P, Told]) -> Callable[..., None]:
        @functools.wraps(command)
        def run(*args: Any, as_json: bool = False, quiet: bool = False, **kwargs: Any) -> None:
            # Messages hold paths and values: never markup, never cut at the terminal's width.
            console = Console(stderr=True, markup=False, highlight=False, soft_wrap=True)
            try:
                with ended_like_ctrl_c():
                    with said_as(as_json=as_json, quiet=quiet):
                        told = command(*args, **kwargs)
                    print_told(told, as_json=as_json)
                    if told.then is not None:
                        with said_as(as_json=as_json, quiet=quiet):
                            told.then()
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
            if told.error:
                console.print(f"zoped: {told.error}")
                raise typer.Exit(EXIT_BAD_INPUT)
            if told.exit_code:
                raise typer.Exit(told.exit_code)

        _add_options(run, command, as_json=JSON, quiet=QUIET)
        return run

    return decorate


def _add_options(run: Callable[..., None], command: Callable[..., Any], **options: Any) -> None:
    """Typer reads a command's options off its signature: `run` has those of `command`, and these."""
    own = inspect.signature(command, eval_str=True)
    flag = inspect.Parameter.KEYWORD_ONLY
    added = [inspect.Parameter(n, flag, default=False, annotation=o) for n, o in options.items()]
    signature = own.replace(parameters=[*own.parameters.values(), *added], return_annotation=None)
    for parameter in signature.parameters.values():
        kind, *marks = get_args(parameter.annotation) or (None,)
        for mark in marks if kind is bool else ():
            mark.metavar = ""  # else the help says `--json <bool>`, as if it took a value
    run.__signature__ = signature  # type: ignore[attr-defined]
    run.__annotations__ = {name: one.annotation for name, one in signature.parameters.items()}


def _message(error: ZopedError | OSError) -> str:
    """An error of the system's names a file and says what is wrong with it, in two places."""
    if isinstance(error, ZopedError) or error.filename is None:
        return str(error)
    return f"{error.filename}: {error.strerror}"
