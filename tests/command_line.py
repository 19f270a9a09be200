"""The command line, called in this process."""

from __future__ import annotations

from typer.testing import CliRunner

from zoped.cli.main import app


def zoped(*arguments: object, **environment: str) -> tuple[int, str, str]:
    """The exit code, what it printed, and what it said beside that. A fault of ours is raised."""
    result = CliRunner().invoke(app, [*map(str, arguments)], env=environment)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def zoped_says(*arguments: object, **environment: str) -> tuple[int, str]:
    """The same, all that it says together."""
    code, out, err = zoped(*arguments, **environment)
    return code, out + err
