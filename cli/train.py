"""`zoped train CONFIG --problems FILE`: one round of training on problems of your own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from zoped.cli.errors import UserError, speaks_to_the_person


@speaks_to_the_person(
    on_interrupt="Checkpoints are kept; the same command goes on from the last of them."
)
def train(
    config: Annotated[
        Path,
        typer.Argument(
            help="YAML file; its sections student, train and reward are used, and seed."
        ),
    ],
    problems: Annotated[
        Path, typer.Option("--problems", "-p", help="JSON Lines with text and answer.")
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder for the student and its checkpoints.")
    ],
) -> None:
    """Train a student once on a file of problems, without generating any. Resumes when called
    again."""
    from rich.console import Console

    from zoped.cli.config import load_config
    from zoped.cli.console import ConsoleProgress
    from zoped.train.grpo.launcher import launch_round
    from zoped.train.grpo.train_round import RoundJob
    from zoped.train.loop.parts import load_run_student

    settings = load_config(config)
    rows = _problems(problems)
    wanted, steps = settings.train.problems_of(1), settings.train.steps_of(1)
    output.mkdir(parents=True, exist_ok=True)
    chosen = output / "problems.jsonl"
    # The file holds exactly what the steps use: too long a one is cut, a short one is used again.
    lines = [json.dumps(rows[place % len(rows)]) for place in range(wanted)]
    chosen.write_text("\n".join(lines) + "\n", encoding="utf-8")
    console = Console(stderr=True)
    student = load_run_student(settings)
    job = RoundJob.of(
        settings,
        model=student.folder,
        problems=chosen,
        checkpoints=output / "checkpoints",
        output=output / "student",
        round=1,
        rounds=1,
        instruction=student.instruction,
        temperature=student.temperature,
        max_completion_length=student.max_new_tokens,
    )
    del student
    shown = 0
    with (
        ConsoleProgress(console) as progress,
        progress.task(f"{steps} steps of {settings.train.algorithm.upper()}", steps) as task,
    ):

        def on_log(metrics: Mapping[str, float], step: int) -> None:
            nonlocal shown
            task.advance(step - shown)
            shown = step
            if "reward" in metrics:
                progress.note(f"step {step}: reward {metrics['reward']:.3f}")

        launch_round(job, output / "job", on_log=on_log)
    typer.echo(f"{output / 'student'}: trained on {min(len(rows), wanted):,} problems")


def _problems(path: Path) -> list[dict[str, str]]:
    from zoped.programs import load_seeds

    if not path.is_file():
        raise UserError(f"--problems {path}: there is no such file")
    return [{"id": one.id, "text": one.text, "answer": one.answer} for one in load_seeds(path)]
