"""`zoped teacher train`: make the embedded reader again, or another one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zoped.cli.console import Told, show_progress
from zoped.cli.errors import UserError, speaks_to_the_person

app = typer.Typer(help="The embedded teacher.", no_args_is_help=True)


@app.callback()
def teacher() -> None:
    """The embedded teacher."""


@app.command("train")
@speaks_to_the_person(
    on_interrupt="What was trained up to the last checkpoint is kept; the same command goes on from there."
)
def train(
    output: Annotated[
        Path,
        typer.Option("--output", "-o", help="Folder for data, checkpoints and reader.gguf."),
    ] = Path("reader"),
    data: Annotated[
        Path | None,
        typer.Option(
            help="Folder with svamp/train.jsonl and gsm8k/train.jsonl (docs/embedded-teacher.md); without "
            "it the reader learns from Zoped's own texts alone."
        ),
    ] = None,
    base: Annotated[
        Path | None,
        typer.Option(
            help="Folder of another Llama to train, as `transformers` saves it; SmolLM2-135M-Instruct if "
            "not given."
        ),
    ] = None,
    public: Annotated[int, typer.Option(min=0, help="Examples of the public files.")] = 640,
    redrawn: Annotated[
        int, typer.Option(min=0, help="Of the public files' texts with other numbers.")
    ] = 0,
    told: Annotated[
        int, typer.Option(min=0, help="Of the public files' texts to be told from symbols.")
    ] = 0,
    stories: Annotated[int, typer.Option(min=0, help="Of relations told in many ways.")] = 480,
    realized: Annotated[int, typer.Option(min=0, help="Of seeds changed by operators.")] = 320,
    rewritten: Annotated[
        int, typer.Option(min=0, help="Of strategies carried out, and texts of what comes of it.")
    ] = 0,
    retold: Annotated[
        float, typer.Option(min=0, max=1, help="Share of the stories that are put into words.")
    ] = 0.2,
    examples: Annotated[
        int | None, typer.Option(min=1, help="Learn from so many of these alone, drawn at random.")
    ] = None,
    rank: Annotated[int, typer.Option(min=1, help="Of the adapter (LoRA).")] = 8,
    learning_rate: Annotated[float, typer.Option(min=1e-7, max=1)] = 8e-4,
    batch: Annotated[
        int, typer.Option(min=1, help="Tokens of a step, those of its examples and their padding.")
    ] = 1000,
    epochs: Annotated[int, typer.Option(min=1, help="Passes over the examples.")] = 1,
    save_every: Annotated[int, typer.Option(min=1, help="Steps between checkpoints.")] = 10,
    stop_at: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Stop after this step and write what was learnt so far; without it the same command goes on.",
        ),
    ] = None,
    threads: Annotated[
        int | None, typer.Option(min=1, help="Cores to train on; all if not given.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the data and the order.")] = 0,
) -> Told:
    """Train SmolLM2-135M to formalize, rewrite and tell word problems, on data made for it.

    As long as the data stays the same, the same command goes on from its last checkpoint. The result is
    a teacher: `teacher: {model: "embedded-reader:OUTPUT/reader.gguf"}`.
    """
    import math

    from zoped.foundation.own_files import held, make_folder, require_only
    from zoped.train.teacher.corpus import counts
    from zoped.train.teacher.make import (
        OWN,
        corpus_of,
        keep_settings,
        make_reader,
        require_installed,
    )
    from zoped.train.teacher.public import require_files
    from zoped.train.teacher.settings import ReaderSettings

    if data is None:
        public = redrawn = told = 0
    parts = public, redrawn, told, stories, realized, rewritten
    if not any(parts):
        raise UserError("there is nothing to learn from; give one of --stories, --realized, ...")
    if base is not None and not (base / "config.json").is_file():
        raise UserError(f"--base {base}: no model there; name a folder with a config.json")
    if data is not None:
        require_files(data)
    require_installed()
    settings = ReaderSettings(
        base=base,
        seed=seed,
        data=data,
        public=public,
        redrawn=redrawn,
        told=told,
        stories=stories,
        realized=realized,
        rewritten=rewritten,
        retold=retold,
        examples=examples,
        rank=rank,
        learning_rate=learning_rate,
        batch=batch,
        epochs=epochs,
        save_every=save_every,
    )
    option = f"--output {output}"
    make_folder(output, option)
    require_only(output, OWN, "zoped teacher train", option)
    with held(output, option), show_progress() as progress:
        keep_settings(output, settings)
        with progress.task("making the examples", total=sum(parts)) as task:
            learnt = corpus_of(output, settings, on_progress=lambda *_: task.advance())
        made = counts(learnt)
        progress.note(", ".join(f"{count:,} {kind}" for kind, count in made.items()))
        if threads is not None:
            import torch

            torch.set_num_threads(threads)
        if base is None:
            from zoped.students.smollm2 import smollm2_folder

            base = smollm2_folder()
        loss, shown = math.nan, 0
        with progress.task("training the reader, percent", total=100) as task:

            def on_progress(done: int, total: int, step_loss: float) -> None:
                nonlocal loss, shown
                loss = step_loss
                task.show({"loss": loss})
                percent = 100 * done // total
                task.advance(percent - shown)
                shown = percent

            reader = make_reader(
                base, learnt, output, settings, stop_at=stop_at, on_progress=on_progress
            )
    size = reader.stat().st_size
    return Told(
        {"reader": reader, "bytes": size, "loss": loss, "examples": made},
        f"{reader}: {size / 1e6:.1f} MB, last loss {loss:.3f}\n"
        f'use it as a teacher: {{model: "embedded-reader:{reader}"}}',
    )
