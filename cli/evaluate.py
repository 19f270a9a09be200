"""`zoped evaluate`: a student's accuracy on held-out problems, with its interval."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zoped.cli.console import Told, show_progress
from zoped.cli.errors import speaks_to_the_person


@speaks_to_the_person(on_interrupt="Nothing was written; the same command starts again.")
def evaluate(
    student: Annotated[
        str, typer.Option(help="`lab`, `smollm2`, a Hugging Face id, or a folder.")
    ] = "lab",
    questions: Annotated[
        Path | None,
        typer.Option(
            help="JSON Lines with text and answer: numbers, LaTeX, words, rows of data sets "
            "or what `zoped generate` wrote (docs/seeds.md); default: Zoped's held-out problems."
        ),
    ] = None,
    problems: Annotated[int, typer.Option(min=1, help="How many of them.")] = 400,
    samples: Annotated[int, typer.Option(min=1, max=1024, help="Answers per problem.")] = 1,
    seed: Annotated[int, typer.Option(min=0, help="Of the answers that are sampled.")] = 0,
) -> Told:
    """Measure a student on problems with known answers."""
    from zoped.programs.seeds.word_problems import load_word_problems

    given = load_word_problems(questions)[:problems] if questions else None  # before the weights
    with show_progress() as progress:
        with progress.task("loading", None):
            from zoped.evals import accuracy
            from zoped.evals.held_out import held_out_problems
            from zoped.train import load_student

            found = held_out_problems(problems) if given is None else given
            loaded = load_student(student)
        with progress.task(f"measuring {len(found):,} problems", len(found)) as task:
            loaded.on_answered = task.advance
            result = accuracy(loaded, found, samples=samples, seed=seed)
    low, high = result.interval
    share = result.correct / result.total
    return Told(
        {
            "student": student,
            "problems": len(found),
            "samples": samples,
            "correct": result.correct,
            "answers": result.total,
            "accuracy": share,
            "interval": [low, high],
        },
        f"{student}: {result.correct} of {result.total} answers right, "
        f"{share:.1%} (95 % interval {low:.1%} to {high:.1%})",
    )
