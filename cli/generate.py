"""`zoped generate`: verified problems out of seeds, by any teacher, into JSON Lines and Parquet."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zoped.cli.errors import UserError, speaks_to_the_person

if TYPE_CHECKING:
    from rich.console import Console

    from zoped.cli.console import ConsoleProgress
    from zoped.train.settings import RunSettings
    from zoped.train.state import RunState

ROUND = 0  # of the state: a command without rounds


class Mutation(StrEnum):
    OPERATORS = "operators"
    REWRITE = "rewrite"
    BOTH = "both"


class Verbalization(StrEnum):
    RULES = "rules"
    TEACHER = "teacher"


@speaks_to_the_person(
    on_interrupt="What was accepted is kept; the same command goes on from there."
)
def generate(
    output: Annotated[
        Path, typer.Option("--output", "-o", help="JSON Lines file; added to as problems come.")
    ],
    count: Annotated[int, typer.Option("--count", "-n", min=1, help="Problems wanted.")] = 100,
    seeds: Annotated[
        str, typer.Option(help="Seeds in JSON Lines (docs/seeds.md); `builtin` for Zoped's own.")
    ] = "builtin",
    teacher: Annotated[
        str,
        typer.Option(
            help="Any LiteLLM model, such as openai/gpt-5-mini; `embedded`; or `none`: operators "
            "drawn at random."
        ),
    ] = "embedded",
    api_base: Annotated[
        str | None, typer.Option(help="URL of an OpenAI-compatible server.")
    ] = None,
    temperature: Annotated[float, typer.Option(min=0, max=2)] = 0.7,
    max_tokens: Annotated[int, typer.Option(min=16, help="Longest reply of the teacher.")] = 512,
    mutation: Annotated[
        Mutation, typer.Option(help="What the teacher decides on.")
    ] = Mutation.OPERATORS,
    verbalization: Annotated[
        Verbalization, typer.Option(help="Who writes the English.")
    ] = Verbalization.RULES,
    variants: Annotated[
        int, typer.Option(min=1, max=256, help="Problems tried per decision of the teacher.")
    ] = 8,
    decisions: Annotated[
        int | None,
        typer.Option(min=1, help="Give up after this many decisions; default: 20 per problem."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of everything that is random.")] = 0,
    dataset: Annotated[
        Path | None,
        typer.Option(help="Folder for `datasets.load_dataset` (Parquet); default: beside OUTPUT."),
    ] = None,
) -> None:
    """Grow verified problems from seeds. The same command goes on where it stopped."""
    if output.suffix not in (".jsonl", ".json"):
        raise UserError(f"--output {output}: the name should end in .jsonl")
    dataset = dataset or output.with_suffix("")
    if dataset.is_file():
        raise UserError(f"--dataset {dataset}: is a file; name a folder")
    output.parent.mkdir(parents=True, exist_ok=True)
    from rich.console import Console

    from zoped.cli.console import ConsoleProgress
    from zoped.train.settings import RunSettings
    from zoped.train.state import RunState

    settings = RunSettings.model_validate(
        {
            "seed": seed,
            "seeds": {"path": seeds},
            "teacher": {
                "model": teacher,
                "api_base": api_base,
                "temperature": temperature,
                "max_tokens": max_tokens,
            },
            "generate": {
                "mutation": str(mutation),
                "verbalization": str(verbalization),
                "variants": variants,
                "decisions": decisions or 20 * count,
            },
        }
    )
    console = Console()
    with RunState(output.with_suffix(".state.db")) as state, ConsoleProgress(console) as progress:
        _require_same_command(state, settings, output)
        _generate(settings, count, state, output, progress)
        _write_dataset(output, dataset)
        _show_counts(state, output, dataset, console)


def _generate(
    settings: RunSettings, count: int, state: RunState, output: Path, progress: ConsoleProgress
) -> None:
    from zoped.cli.output_file import OutputFile
    from zoped.train.generation import generate_step, seed_of_lap
    from zoped.train.parts import new_program, run_seeds, teacher_of

    seeds = run_seeds(settings)
    with OutputFile(output, state.problems(ROUND), limit=count) as file:
        if file.is_full:
            return
        program = new_program(settings, seen=state.instance_keys())
        with teacher_of(settings), progress.task("generating problems", total=count) as task:
            task.advance(file.lines)
            for step in range(state.next_step(ROUND), settings.generate.decisions):
                seed = seed_of_lap(seeds, step, run_seed=settings.seed)
                new = generate_step(program, state, seed, round_=ROUND, step=step)
                task.advance(file.add(new))
                if file.is_full:
                    return


def _require_same_command(state: RunState, settings: RunSettings, output: Path) -> None:
    """A state goes on under the settings it was made with; only -n and the limit may change."""
    from zoped.cli.run_folder import flatten

    now = flatten(settings.model_dump(mode="json"))
    del now["generate.decisions"]
    before = state.meta("settings")
    if before is None or state.is_empty():
        if output.exists() and output.stat().st_size:
            raise UserError(f"{output} exists already; give another --output")
        state.set_meta("settings", now)
        return
    differing = [
        f"{name}: {before.get(name)!r} there, {now[name]!r} here"
        for name in now
        if before.get(name) != now[name]
    ]
    if differing:
        raise UserError(
            "\n  ".join([f"{output} was made with other settings:", *differing])
            + "\ngive another --output, or the settings it was made with"
        )


def _write_dataset(output: Path, folder: Path) -> None:
    from zoped.programs.dataset import write_dataset

    write_dataset(output, folder)


def _show_counts(state: RunState, output: Path, dataset: Path, console: Console) -> None:
    from rich.table import Table

    table = Table(title="Generated problems")
    table.add_column("outcome")
    table.add_column("problems", justify="right")
    table.add_row("accepted", f"{len(state.instance_keys()):,}")
    for reason, number in state.rejection_counts().items():
        table.add_row(f"rejected: {reason}", f"{number:,}")
    console.print(table)
    console.print(
        f"{state.teacher_calls(ROUND):,} teacher calls\n"
        f"problems: {output}\ndataset:  {dataset}   (datasets.load_dataset reads it)",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )
