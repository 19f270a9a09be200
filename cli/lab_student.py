"""`zoped lab-student`: make the lab student again, from nothing."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from zoped.cli.console import Told, show_progress
from zoped.cli.errors import UserError, speaks_to_the_person
from zoped.foundation.own_files import make_folder, replaced, require_own

MAKER = "zoped lab-student"


@speaks_to_the_person(on_interrupt="Nothing was written; the same command starts again.")
def lab_student(
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder for the model and its tokenizer.")
    ] = Path("lab-student"),
    seed: Annotated[int, typer.Option(min=0, help="Of the weights and the problems.")] = 0,
    examples: Annotated[
        int, typer.Option(min=32, help="Problems that it learns from; fewer make it weaker.")
    ] = 16_000,
    stories: Annotated[
        float,
        typer.Option(min=0, max=1, help="Share of them that are stories, not told by the rules."),
    ] = 0.0,
    strategies: Annotated[
        float,
        typer.Option(
            min=0,
            max=1,
            help="Share of the stories that a strategy was carried out on by its rules.",
        ),
    ] = 0.0,
    uneven: Annotated[
        bool,
        typer.Option(
            "--uneven",
            help="It misunderstands some kinds of problems, and makes no slips in others.",
        ),
    ] = False,
) -> Told:
    """Train a student of one million parameters, such as the packaged ones; a few minutes on a CPU."""
    if strategies and not stories:
        raise UserError(
            f"--strategies {strategies}: that is a share of the stories; give --stories too"
        )
    require_own(output, MAKER, f"--output {output}")
    make_folder(output.parent, f"--output {output}")
    from zoped.students.lab import LabSettings, make_lab_student  # which imports torch
    from zoped.students.uneven import uneven_examples, uneven_stories
    from zoped.train.teacher.worked import worked_stories

    # Stories have more words than the rules.
    vocabulary = 2 * LabSettings.vocabulary if stories else LabSettings.vocabulary
    settings = LabSettings(seed=seed, examples=examples, others=stories, vocabulary=vocabulary)
    if uneven:
        settings = replace(settings, slips=0.0)
    batches = settings.epochs * math.ceil(settings.examples / settings.batch)
    loss = math.nan
    with (
        replaced(output, MAKER) as draft,
        show_progress() as progress,
        progress.task("making the lab student", total=batches) as task,
    ):

        def on_progress(done: int, total: int, batch_loss: float) -> None:
            nonlocal loss
            loss = batch_loss
            task.advance()

        others = worked_stories(seed, settings.slips, strategies)
        others = uneven_stories(others, seed) if uneven else others
        stream = uneven_examples(settings) if uneven else None
        make_lab_student(draft, settings, stream=stream, others=others, on_progress=on_progress)
    return Told(
        {"student": output, "loss": loss},
        f"{output}: last loss {loss:.3f}; measure it with: zoped evaluate --student {output}",
    )
