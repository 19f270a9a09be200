"""`zoped generate -o FILE.jsonl`: decision by decision, by any teacher, into JSON Lines and Parquet."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import Self
from uuid import uuid4

import dspy
from rich.console import ConsoleRenderable
from rich.table import Table

from zoped.cli.console import ConsoleProgress, Told, console, show_progress
from zoped.cli.cost_table import cost_table
from zoped.cli.errors import UserError
from zoped.cli.output_file import OutputFile
from zoped.evals.held_out import held_out_keys
from zoped.foundation.errors import counted
from zoped.foundation.own_files import make_folder
from zoped.programs import GeneratedProblem, Seed
from zoped.programs.bulk.dataset import Split, check_dataset_folder, write_dataset
from zoped.programs.formalizing.kept import KeptFormalizations
from zoped.programs.teachers.calls import BudgetSpent, TeacherCalls
from zoped.train.config_file import SPREADING, differences
from zoped.train.loop.checks import check_teacher_is_able
from zoped.train.loop.costs import read_costs, write_costs
from zoped.train.loop.generating.generation import Decisions, Due
from zoped.train.loop.generating.spread import Limits, Upcoming, require_possible, spread_out
from zoped.train.loop.parts import (
    new_program,
    run_generator,
    run_seeds,
    run_teacher,
)
from zoped.train.sections.models import NO_TEACHER
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
) -> Told:
    """Fill `output` up to `count` problems, and `dataset` with the same ones.

    Raises ZopedError for what the person can mend; what is there of another's making is found before
    any work.
    """
    if dataset.resolve() in (output.resolve(), *output.resolve().parents):
        raise UserError(
            f"--dataset {dataset}: --output {output} is or lies in it; name a folder of its own"
        )
    make_folder(output.parent, f"--output {output}")
    with _state_of(output) as state, show_progress() as progress:
        _require_same_command(state, settings, limits, split, output)
        origin = str(state.meta("id"))
        check_dataset_folder(dataset, f"--dataset {dataset}", origin=origin)
        try:
            written, unpaid = _generate(settings, limits, count, state, output, progress)
        finally:  # also where the teacher gave no answer, or the person no more time
            sheet, made = read_costs(state), len(state.instance_keys())
            if sheet.by_step:
                write_costs(costs_file(output), sheet, accepted=made)
        counts = state.rejection_counts()
        parts: list[str | ConsoleRenderable] = [counts_table(written, counts, kept=made - written)]
        if sheet.by_step:
            parts.append(cost_table(sheet, accepted=made))
        if not written:
            for part in parts:
                console().print(part)
        if unpaid and not written:
            raise UserError(f"{output}: no problem came of it: {unpaid}; give a larger budget")
        if not written:
            raise UserError(
                f"{output}: no problem came of {counted(state.next_step(ROUND), 'decision')}; "
                "the table says why they were rejected"
            )
        if unpaid:
            parts.append(
                f"{written:,} of {count:,}: {unpaid}; the same command with a larger budget goes on"
            )
        elif written < count:
            parts.append(
                f"{written:,} of {count:,}: {counted(settings.generate.decisions, 'decision')} gave no more; "
                "the same command with more --decisions goes on"
            )
        elif written > count:
            parts.append(enough_already(output, written, count))
        make_folder(dataset, f"--dataset {dataset}")
        write_dataset(output, dataset, origin=origin, split=split)
        parts.append(
            f"{counted(sheet.total.calls, 'teacher call')}\n"
            f"problems: {output}\ndataset:  {dataset}   (datasets.load_dataset reads it)"
        )
        return Told(
            {
                "problems": output,
                "dataset": dataset,
                "accepted": written,
                "wanted": count,
                "kept": made - written,
                "rejected": {reason: number for reason, number in counts.items() if number},
                "unpaid": unpaid or None,
                "costs": sheet.report(accepted=made),
            },
            parts,
        )


def enough_already(output: Path, there: int, wanted: int) -> str:
    return (
        f"{output} has {counted(there, 'problem')} already, and -n is {wanted:,}: nothing was made"
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
) -> tuple[int, str]:
    """Make what is missing; how many problems the file has at the end, and why the teacher's budget
    allowed no more, if it did not."""
    seeds = run_seeds(settings)
    check_teacher_is_able(settings, seeds)
    require_possible(seeds, limits, count)
    made = state.problems_of_steps(ROUND)
    done = state.next_step(ROUND)
    with (
        OutputFile(output, _by_id(made), limit=count) as file,
        progress.task("generating problems", total=count) as task,
        _Asked(settings, state, progress, formalizations_file(output)) as asked,
    ):

        def results(step: int, seed: Seed) -> Sequence[GeneratedProblem]:
            return made.get(step, ()) if step < done else asked.results(step, seed)

        for problem in spread_out(
            seeds,
            limits,
            results,
            decisions=max(done, settings.generate.decisions),
            random_seed=settings.seed,
            expect=asked.expect,
            ahead=2 * settings.teacher.at_once,
            count=count,
        ):
            file.put(problem)
            task.advance(1)
            if file.is_full:
                break
        return file.lines, asked.unpaid


def _by_id(made: Mapping[int, Sequence[GeneratedProblem]]) -> dict[str, GeneratedProblem]:
    return {problem.id: problem for problems in made.values() for problem in problems}


class _Asked:
    """What takes the decisions; made when the first of them is due. Where the budget ends, nothing
    comes of any more: `unpaid` says so."""

    def __init__(
        self, settings: RunSettings, state: RunState, progress: ConsoleProgress, kept: Path
    ) -> None:
        self.settings = settings
        self.kept = kept
        self.state = state
        self.progress = progress
        self.unpaid = ""
        self._upcoming: Upcoming = []
        self._open = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._open.close()

    def expect(self, upcoming: Upcoming) -> None:
        self._upcoming = upcoming

    def results(self, step: int, seed: Seed) -> Sequence[GeneratedProblem]:
        if self.unpaid:
            return ()
        try:
            due = self._due(step, seed)
            upcoming = (self._due(*following) for following in self._upcoming)
            return self._decisions.take(due, upcoming)
        except BudgetSpent as spent:
            self.unpaid = str(spent)
            return ()

    def _due(self, step: int, seed: Seed) -> Due:
        return Due(step, seed, self._generator)

    @cached_property
    def _teacher(self) -> TeacherCalls | None:
        costs = read_costs(self.state)
        return run_teacher(self.settings, costs=costs, note=self.progress.note)

    @cached_property
    def _generator(self) -> Callable[..., dspy.Prediction]:
        program = new_program(self.settings, kept=self.kept)  # before anything is asked
        return run_generator(self.settings, program, self._teacher)

    @cached_property
    def _decisions(self) -> Decisions:
        return self._open.enter_context(
            Decisions(
                self.state,
                round_number=ROUND,
                seen=self.state.instance_keys() | held_out_keys(),
                teacher=self._teacher,
            )
        )


def state_file(output: Path) -> Path:
    return output.with_suffix(".state.db")


def costs_file(output: Path) -> Path:
    return output.with_suffix(".costs.json")


def formalizations_file(output: Path) -> Path:
    return output.with_suffix(".formalizations.db")


@contextmanager
def _state_of(output: Path) -> Iterator[RunState]:
    """The state beside the file, for this process alone. A command that fails before anything is made
    or paid for leaves neither behind."""
    path = state_file(output)
    ours = [one for one in (path, output) if not one.exists()]
    state = RunState(path, exclusive=True)
    new = False
    try:
        yield state
    finally:
        new = _is_new(state)
        state.close()
        if new:
            for one in ours:
                one.unlink(missing_ok=True)


def _is_new(state: RunState) -> bool:
    """Whether nothing was made, and nothing paid for."""
    return state.is_empty() and not read_costs(state).by_step


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
    for name in ("generate.decisions", *SPREADING):
        now.pop(name, None)
    if settings.generate.program is not None:
        now["generate.program"] = _digest(Path(settings.generate.program))
    before = state.meta("settings")
    if before is None or _is_new(state):
        written = [output] if settings.teacher.model == NO_TEACHER else [output, costs_file(output)]
        for file in written:
            if file.exists() and file.stat().st_size:
                raise UserError(
                    f"{file} exists already, and no {state_file(output).name} says that this command "
                    "made it; give another --output"
                )
        if settings.teacher.model != NO_TEACHER:
            KeptFormalizations(formalizations_file(output)).require_own()
        state.set_meta("settings", now)
        state.set_meta("id", uuid4().hex)
        return
    differing = differences(before, now)
    if differing:
        gone = (
            "" if output.exists() else f" ({output.name} is gone, {state_file(output).name} is not)"
        )
        raise UserError(
            "\n  ".join([f"{output} was made with other settings{gone}:", *differing])
            + f"\ngive another --output, or the settings it was made with; {state_file(output)} keeps "
            f"them: without it, {output.name} and {costs_file(output).name}, the command starts anew"
        )


def _digest(program: Path) -> str:
    try:
        return f"{program.name}, SHA-256 {hashlib.sha256(program.read_bytes()).hexdigest()[:16]}"
    except OSError as error:
        raise UserError(f"--program {program}: {error.strerror}") from None
