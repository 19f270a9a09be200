"""What the scripts of this folder share: how they are run, what they say when they cannot go on,
and the file that they own."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer
from rich.console import Console

from zoped.foundation.errors import ZopedError
from zoped.foundation.files import write_whole
from zoped.foundation.own_files import OutputError, make_folder
from zoped.foundation.signals import ended_like_ctrl_c
from zoped.foundation.usage import alone
from zoped.programs import GenerateProblem
from zoped.programs.teachers.errors import TeacherError

BAD_INPUT = 2  # exit codes
INTERRUPTED = 130


def run_script(command: Callable[..., Any], arguments: Sequence[str] | None, program: str) -> None:
    """The typer command as a script called `program`. Raises SystemExit unless all went well."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    try:
        alone(command)(args=given, prog_name=program)
    except SystemExit as end:
        if end.code:
            raise


@contextmanager
def one_message(context: typer.Context, on_interrupt: str) -> Iterator[None]:
    """Bad settings, files, students and teachers end the script with one line and exit code 2;
    Ctrl-C or SIGTERM with what was kept, and 130."""
    console = Console(stderr=True, markup=False, highlight=False, soft_wrap=True)
    try:
        with ended_like_ctrl_c():
            yield
    except (ValueError, OSError, ZopedError, TeacherError) as error:
        console.print(f"{context.command_path}: {error}")
        raise typer.Exit(BAD_INPUT) from None
    except KeyboardInterrupt:
        console.print(f"\n{context.command_path}: interrupted. {on_interrupt}")
        raise typer.Exit(INTERRUPTED) from None


def require_own_program(path: Path, settings: Mapping[str, Any]) -> None:
    """Raises OutputError where `path` is no JSON file's name or its folder cannot be written to, or
    where it holds anything but what `save_program` wrote for the same settings."""
    if path.suffix != ".json":
        raise OutputError(f"--output {path}: name a file that ends in .json")
    make_folder(path.parent, f"--output {path}")
    if not path.exists():
        return
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        made = content["metadata"]["made_by"]
        own = made["digest"] == _digest(content)
    except (ValueError, KeyError, TypeError, OSError):
        own, made = False, {}
    if not own:
        raise OutputError(
            f"--output {path}: the file is there, and is not this command's, or was changed since; "
            "name another file, or move it away"
        )
    other = [
        name for name, value in _plain(settings).items() if made["settings"].get(name) != value
    ]
    if other:
        raise OutputError(
            f"--output {path}: the file holds a program tuned with other settings "
            f"({', '.join(other)}); name another file, or move it away"
        )


def save_program(program: GenerateProblem, path: Path, settings: Mapping[str, Any]) -> None:
    """The program as `GenerateProblem.load` reads it, with a note of how it was made."""
    program.save(path)
    content = json.loads(path.read_text(encoding="utf-8"))
    content["metadata"]["made_by"] = {"settings": _plain(settings), "digest": _digest(content)}
    write_whole(path, json.dumps(content, indent=2))


def _plain(settings: Mapping[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(json.dumps(dict(settings), default=str))
    return plain


def _digest(content: Mapping[str, Any]) -> str:
    """Of everything but the metadata."""
    state = {name: value for name, value in content.items() if name != "metadata"}
    return hashlib.sha256(json.dumps(state, sort_keys=True).encode()).hexdigest()
