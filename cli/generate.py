"""`zoped generate`: verified problems out of seeds, by any teacher, into JSON Lines and Parquet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zoped.cli.errors import UserError, speaks_to_the_person

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

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
        Path,
        typer.Option(
            "--output",
            "-o",
            help="JSON Lines file, added to as problems come; or, with --teacher none, a folder "
            "of Parquet shards, made by several processes: for problems by the million.",
        ),
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
        int | None,
        typer.Option(
            min=1,
            max=256,
            help="Problems tried per decision of the teacher; default: 8. Into a folder: problems "
            "with numbers of their own that a walk makes; default: 2.",
        ),
    ] = None,
    decisions: Annotated[
        int | None,
        typer.Option(min=1, help="Give up after this many decisions; default: 20 per problem."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of everything that is random.")] = 0,
    dataset: Annotated[
        Path | None,
        typer.Option(help="Folder for `datasets.load_dataset` (Parquet); default: beside OUTPUT."),
    ] = None,
    longest: Annotated[
        int, typer.Option(min=1, max=8, help="Into a folder: operators in a row, at most.")
    ] = 3,
    time_limit: Annotated[
        float,
        typer.Option(
            min=0,
            max=60,
            help="Into a folder: seconds for a problem's solver process; 0 keeps what the fast "
            "paths solve, many times as fast.",
        ),
    ] = 2.0,
    processes: Annotated[
        int | None, typer.Option(min=1, help="Into a folder; default: one a core.")
    ] = None,
) -> None:
    """Grow verified problems from seeds. The same command goes on where it stopped."""
    if output.suffix not in (".jsonl", ".json"):
        if output.suffix or output.is_file():
            raise UserError(f"--output {output}: name a .jsonl file, or a folder without a suffix")
        if teacher != "none":
            raise UserError(
                f"--output {output}: a folder of shards needs --teacher none; "
                "with a teacher, name a .jsonl file"
            )
        _walk_into(output, count, seeds, seed, longest, variants or 2, time_limit, processes)
        return
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
                "variants": variants or 8,
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
    from zoped.train.loop.generation import generate_step, seed_of_lap
    from zoped.train.loop.parts import new_program, run_seeds, teacher_of

    seeds = run_seeds(settings)
    with OutputFile(output, state.problems(ROUND), limit=count) as file:
        if file.is_full:
            return
        program = new_program(settings, seen=state.instance_keys())
        with teacher_of(settings), progress.task("generating problems", total=count) as task:
            task.advance(file.lines)
            for step in range(state.next_step(ROUND), settings.generate.decisions):
                seed = seed_of_lap(seeds, step, run_seed=settings.seed)
                new = generate_step(program, state, seed, round_number=ROUND, step=step)
                task.advance(file.add(new))
                if file.is_full:
                    return


def _walk_into(
    folder: Path,
    count: int,
    seeds: str,
    seed: int,
    longest: int,
    variants: int,
    time_limit: float,
    processes: int | None,
) -> None:
    """Random walks from the seeds that have symbols, as Parquet shards."""
    from rich.console import Console

    from zoped.cli.console import ConsoleProgress
    from zoped.programs.bulk.shards import WalkSettings, write_shards
    from zoped.train.loop.parts import run_seeds
    from zoped.train.settings import RunSettings

    known = run_seeds(RunSettings.model_validate({"seeds": {"path": seeds}}))
    usable = [s for s in known if s.problem is not None]
    if not usable:
        raise UserError(
            f"--seeds {seeds}: none of the {len(known)} seeds has its symbols; without a teacher "
            "nothing can write them (docs/seeds.md)"
        )
    settings = WalkSettings(
        usable, seed=seed, longest=longest, variants=variants, time_limit=time_limit
    )
    console = Console()
    with ConsoleProgress(console) as progress, progress.task("generating problems", count) as task:
        shards = write_shards(folder, settings, count, processes=processes, advance=task.advance)
    rows = sum(shard.rows for shard in shards)
    reasons: Counter[str] = sum((shard.reasons for shard in shards), Counter())
    console.print(_counts_table(rows, reasons))
    if rows < count:
        progress.note(f"these seeds and operators have no more: {rows:,} of {count:,}")
    progress.note(f"dataset: {folder}   (datasets.load_dataset reads it)")


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
    from zoped.programs.bulk.dataset import write_dataset

    write_dataset(output, folder)


def _show_counts(state: RunState, output: Path, dataset: Path, console: Console) -> None:
    console.print(_counts_table(len(state.instance_keys()), state.rejection_counts()))
    console.print(
        f"{state.teacher_calls(ROUND):,} teacher calls\n"
        f"problems: {output}\ndataset:  {dataset}   (datasets.load_dataset reads it)",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )


def _counts_table(accepted: int, rejections: Mapping[str, int]) -> Table:
    from rich.table import Table

    table = Table(title="Generated problems")
    table.add_column("outcome")
    table.add_column("problems", justify="right")
    table.add_row("accepted", f"{accepted:,}")
    for reason, number in sorted(rejections.items(), key=lambda item: -item[1]):
        if number:
            table.add_row(f"rejected: {reason}", f"{number:,}")
    return table
