"""`zoped generate -o FILE.jsonl`: decision by decision, by any teacher, into JSON Lines and Parquet."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from functools import cache
from pathlib import Path
from uuid import uuid4

import dspy
from rich.console import Console
from rich.table import Table

from zoped.cli.console import ConsoleProgress
from zoped.cli.errors import UserError
from zoped.cli.output_file import OutputFile
from zoped.foundation.own_files import make_folder
from zoped.programs import GeneratedProblem, Seed
from zoped.programs.bulk.dataset import Split, check_dataset_folder, write_dataset
from zoped.train.config_file import differences
from zoped.train.loop.generation import generate_step
from zoped.train.loop.parts import (
    check_teacher_is_able,
    new_program,
    run_generator,
    run_seeds,
    run_teacher,
)
from zoped.train.loop.spread import Limits, require_possible, spread_out
from zoped.train.settings import RunSettings
from zoped.train.state import RunState

ROUND = 0  # of the state: a command without rounds


def generate_file(
    settings: RunSettings,
    limits: Limits,
    split: Split | None,
    count: int,
    output: Path,
    dataset: Path,
) -> None:
    """Fill `output` up to `count` problems, and `dataset` with the same ones.

    Raises ZopedError for what the person can mend; what is there of another's making is found before
    any work.
    """
    console = Console()
    if dataset.resolve() in (output.resolve(), *output.resolve().parents):
        raise UserError(
            f"--dataset {dataset}: --output {output} is or lies in it; name a folder of its own"
        )
    make_folder(output.parent, f"--output {output}")
    with _state_of(output) as state, ConsoleProgress(console) as progress:
        _require_same_command(state, settings, limits, split, output)
        origin = str(state.meta("id"))
        check_dataset_folder(dataset, f"--dataset {dataset}", origin=origin)
        written = _generate(settings, limits, count, state, output, progress)
        counts = state.rejection_counts()
        made = len(state.instance_keys())
        console.print(counts_table(written, counts, kept=made - written))
        if not written:
            raise UserError(
                f"{output}: no problem came of {state.next_step(ROUND):,} decisions; "
                "the table says why they were rejected"
            )
        if written < count:
            progress.note(
                f"{written:,} of {count:,}: {settings.generate.decisions:,} decisions gave no more; "
                "the same command with more --decisions goes on"
            )
        make_folder(dataset, f"--dataset {dataset}")
        write_dataset(output, dataset, origin=origin, split=split)
        progress.note(
            f"{state.teacher_calls(ROUND):,} teacher calls\n"
            f"problems: {output}\ndataset:  {dataset}   (datasets.load_dataset reads it)"
        )


def counts_table(accepted: int, rejections: Mapping[str, int], *, kept: int = 0) -> Table:
    """What was written and what was rejected why; `kept` are made, but more than were wanted."""
    table = Table(title="Generated problems")
    table.add_column("outcome")
    table.add_column("problems", justify="right")
    table.add_row("accepted", f"{accepted:,}")
    if kept:
        table.add_row("kept for a larger -n", f"{kept:,}")
    for reason, number in sorted(rejections.items(), key=lambda item: -item[1]):
        if number:
            table.add_row(f"rejected: {reason}", f"{number:,}")
    return table


def _generate(
    settings: RunSettings,
    limits: Limits,
    count: int,
    state: RunState,
    output: Path,
    progress: ConsoleProgress,
) -> int:
    """Make what is missing; how many problems the file has at the end."""
    seeds = run_seeds(settings)
    check_teacher_is_able(settings, seeds)
    require_possible(seeds, limits, count)
    made = state.problems_of_steps(ROUND)
    done = state.next_step(ROUND)
    seen = state.instance_keys()

    @cache
    def generator() -> Callable[..., dspy.Prediction]:
        program = new_program(settings, kept=output.with_suffix(".formalizations.db"))
        return run_generator(settings, program, run_teacher(settings))

    def results(step: int, seed: Seed) -> Sequence[GeneratedProblem]:
        if step < done:
            return made.get(step, ())
        return generate_step(generator(), state, seed, round_number=ROUND, step=step, seen=seen)

    by_id = {problem.id: problem for problems in made.values() for problem in problems}
    with (
        OutputFile(output, by_id, limit=count) as file,
        progress.task("generating problems", total=count) as task,
    ):
        for problem in spread_out(
            seeds,
            limits,
            results,
            decisions=max(done, settings.generate.decisions),
            random_seed=settings.seed,
        ):
            file.put(problem)
            task.advance(1)
            if file.is_full:
                break
        return file.lines


def state_file(output: Path) -> Path:
    return output.with_suffix(".state.db")


@contextmanager
def _state_of(output: Path) -> Iterator[RunState]:
    """The state beside the file, for this process alone. A command that fails before its first
    decision leaves neither behind."""
    path = state_file(output)
    ours = [one for one in (path, output) if not one.exists()]
    state = RunState(path, exclusive=True)
    empty = False
    try:
        yield state
    finally:
        empty = state.is_empty()
        state.close()
        if empty:
            for one in ours:
                one.unlink(missing_ok=True)


def _require_same_command(
    state: RunState,
    settings: RunSettings,
    limits: Limits,
    split: Split | None,
    output: Path,
) -> None:
    """A state goes on under the settings it was made with; only -n and the limit may change."""
    from zoped.train.config_file import flatten

    now = flatten(
        settings.model_dump(mode="json")
        | limits.model_dump(mode="json")
        | (asdict(split) if split else {})
    )
    del now["generate.decisions"]
    if settings.generate.program is not None:
        now["generate.program"] = _digest(Path(settings.generate.program))
    before = state.meta("settings")
    if before is None or state.is_empty():
        if output.exists() and output.stat().st_size:
            raise UserError(
                f"{output} exists already, and no {state_file(output).name} says that this command "
                "made it; give another --output"
            )
        state.set_meta("settings", now)
        state.set_meta("id", uuid4().hex)
        return
    differing = differences(before, now)
    if differing:
        raise UserError(
            "\n  ".join([f"{output} was made with other settings:", *differing])
            + f"\ngive another --output, or the settings it was made with; {state_file(output)} keeps "
            "them: without it and the file, the command starts anew"
        )


def _digest(program: Path) -> str:
    try:
        return f"{program.name}, SHA-256 {hashlib.sha256(program.read_bytes()).hexdigest()[:16]}"
    except OSError as error:
        raise UserError(f"--program {program}: {error.strerror}") from None
