"""How a command is called; one that is called wrongly says so as every other error does: one plain line,
exit code 2."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

import typer
from pydantic import ValidationError
from rich.console import Console
from typer.core import TyperCommand, TyperGroup
from typer.exceptions import TyperException

from zoped.foundation.errors import did_you_mean


class Group(TyperGroup):
    """A command with subcommands, for `Typer(cls=...)` of the outermost one."""

    def main(self, *args: Any, standalone_mode: bool = True, **extra: Any) -> Any:
        return _in_one_line(super().main, *args, standalone_mode=standalone_mode, **extra)


class _Command(TyperCommand):
    def main(self, *args: Any, standalone_mode: bool = True, **extra: Any) -> Any:
        return _in_one_line(super().main, *args, standalone_mode=standalone_mode, **extra)


def alone(command: Callable[..., Any]) -> Any:
    """The command line of one command without others beside it; called with `args` and `prog_name`."""
    app = typer.Typer(
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode="markdown",
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.command(cls=_Command)(command)
    return typer.main.get_command(app)


def in_parts(values: Sequence[str] | None) -> list[str] | None:
    """An option that is given several times, or once with commas."""
    parts = [part.strip() for value in values or () for part in value.split(",")]
    return [part for part in parts if part] or None


def _in_one_line(
    main: Callable[..., Any],
    args: Sequence[str] | None = None,
    prog_name: str | None = None,
    *,
    standalone_mode: bool,
    **extra: Any,
) -> Any:
    """As Typer's `main`, whose errors are boxes in a terminal's width with the usage above them."""
    given = {"args": args, "prog_name": prog_name, **extra}
    if not standalone_mode:
        return main(**given, standalone_mode=False)
    try:
        ended = main(**given, standalone_mode=False)
        # What a command returns is no exit code, unless it is one.
        sys.exit(ended if isinstance(ended, int) else 0)
    except TyperException as error:
        words = sys.argv[1:] if args is None else args
        if said := _line(error, _called(prog_name or "", words)):
            Console(stderr=True, markup=False, highlight=False, soft_wrap=True).print(said)
        sys.exit(error.exit_code)
    except typer.Abort:
        sys.exit(1)


def _line(error: TyperException, called: str) -> str:
    """ "zoped run: missing argument 'config'; `zoped run --help` tells ..."; empty where Typer has shown
    the help instead, since nothing was asked for."""
    context: typer.Context | None = getattr(error, "ctx", None)
    path = context.command_path if context else called
    message = " ".join(_message(error).split()).rstrip(".")
    if not message:
        return ""
    end = " " if message.endswith("?") else "; "
    return f"{path}: {message[0].lower()}{message[1:]}{end}`{path} --help` tells what it takes"


def _message(error: TyperException) -> str:
    known = getattr(error, "possibilities", None)
    if known is not None:  # Typer lists what is like the option by the alphabet
        return error.message + did_you_mean(error.option_name, known, quote="")  # type: ignore[attr-defined]
    cause = error.__cause__
    if isinstance(error, typer.BadParameter) and isinstance(cause, ValidationError):
        fault = cause.errors(include_url=False)[0]
        name = error.param.opts[0] if error.param else ""
        return f"{name} {fault['input']}: {fault['msg'].removeprefix('Value error, ')}".strip()
    return error.format_message()


def _called(program: str, words: Sequence[str]) -> str:
    """The program and the command that is its first word, where an error does not know its command."""
    first = [words[0]] if words and not words[0].startswith("-") else []
    return " ".join([program, *first])
