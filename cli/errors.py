"""What a command does when it cannot go on: one message for the person and an exit code."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import typer
from rich.console import Console

EXIT_BAD_INPUT = 2
EXIT_INTERRUPTED = 130

P = ParamSpec("P")
R = TypeVar("R")


class UserError(Exception):
    """Something the person can mend. The message says what is wrong, where, and what would be
    right; it is all that is shown."""


def speaks_to_the_person(*, on_interrupt: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A command that ends with one message: 2 after a `UserError`, 130 after Ctrl-C.

    `on_interrupt` tells what was kept and how to go on.
    """

    def decorate(command: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(command)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            # Messages hold paths and values: never markup, never cut at the terminal's width.
            console = Console(stderr=True, markup=False, highlight=False, soft_wrap=True)
            try:
                return command(*args, **kwargs)
            except typer.Exit:
                raise
            except Exception as error:
                if not isinstance(error, _known_errors()):
                    raise
                console.print(f"zoped: {error}")
                raise typer.Exit(EXIT_BAD_INPUT) from None
            except KeyboardInterrupt:
                console.print(f"\nzoped: interrupted. {on_interrupt}")
                raise typer.Exit(EXIT_INTERRUPTED) from None

        return run

    return decorate


def _known_errors() -> tuple[type[Exception], ...]:
    """What the parts raise for the person to mend; imported only when something was raised."""
    from zoped.evals.benchmarks import BenchmarkError
    from zoped.programs.bulk.shards import ShardError
    from zoped.programs.seeds import SeedError
    from zoped.programs.teachers.errors import TeacherError
    from zoped.students.hugging_face import StudentError
    from zoped.train.curriculum.choose import NothingToTrainOn
    from zoped.train.export import ExportError
    from zoped.train.grpo.faults import MachineFault
    from zoped.train.grpo.rewards import RewardError
    from zoped.train.grpo.train_round import TrainingError
    from zoped.train.settings import SettingsError

    return (
        UserError,
        BenchmarkError,
        SeedError,
        ShardError,
        TeacherError,
        StudentError,
        SettingsError,
        RewardError,
        NothingToTrainOn,
        TrainingError,
        MachineFault,
        ExportError,
    )
