"""The problems of a run, or of what `zoped generate` made, as rows for an export."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from zoped.evals.difficulty import DifficultyModel, Observation
from zoped.evals.stopping import Beta
from zoped.foundation.errors import ZopedError, first_fault
from zoped.foundation.json_lines import Malformed
from zoped.foundation.reading.data_rows import data_rows, is_table
from zoped.programs import GeneratedProblem, Seed
from zoped.programs.seeds import builtin_seeds
from zoped.students.prompting import INSTRUCTION
from zoped.symbolic import instance_key
from zoped.train.curriculum.observed import observations
from zoped.train.exchange.row import ProblemRow, with_difficulty
from zoped.train.export import finished_up_to, instruction_of
from zoped.train.results import RoundResults, finished_rounds
from zoped.train.settings import RunSettings
from zoped.train.state import RunState

OWN_SEEDS = ("builtin", "elementary")
OWN_LICENSE = "Apache-2.0"
OF_THE_SEEDS = "other"  # the hub's word for a licence that it has no name for


class ExchangeError(ZopedError, ValueError):
    """What is to be exported or imported cannot be; the message says why."""


@dataclass(frozen=True)
class ProblemSet:
    """`made` says in a sentence how the rows were made, `seeds` of what."""

    rows: tuple[ProblemRow, ...]
    made: str
    seeds: str
    license: str

    def __post_init__(self) -> None:
        if not self.rows:
            raise ExchangeError("there are no problems to export")


def problems_of_run(
    run: Path, settings: RunSettings, *, round_: int | None = None, license: str | None = None
) -> ProblemSet:
    """The problems of the rounds up to `round_` (the last finished one if None), each with the pass
    rate that the student of its round had on it; of those that were not measured, the difficulty
    model's prediction. Raises ExportError."""
    license = license or license_of(settings.seeds.path)
    with finished_up_to(round_, run) as (state, exported):
        seeds = state.seeds()
        known = _Known(
            {s.id: instance_key(s.symbols) for s in seeds if s.symbols is not None},
            instruction_of(run, settings, exported[0].number),
            license,
        )
        rows: list[ProblemRow] = []
        predicted: list[Beta | None] = []
        for results in exported:
            rows += _rows_of_round(state, results, settings, known)
            predicted += _predicted(state, results, seeds)
    kinds = f"{len(exported)} round{'s' if len(exported) > 1 else ''}"
    made = f"{kinds} of `zoped run` for the student `{settings.student.name}`, whose pass rates stand in the rows"
    return ProblemSet(tuple(with_difficulty(rows, predicted)), made, settings.seeds.path, license)


def problems_of_path(path: Path, *, license: str | None = None) -> ProblemSet:
    """What `zoped generate` wrote: a JSON Lines or Parquet file, or a folder. Raises
    ExchangeError with the place of what is no generated problem, and JSONLinesError."""
    own = {seed.id: instance_key(seed.symbols) for seed in builtin_seeds() if seed.symbols}
    found = _generated(path)
    seeds = OWN_SEEDS[0] if all(p.seed_id in own for p in found) else "the maker's own"
    license = license or license_of(seeds)
    known = _Known(own, INSTRUCTION, license)
    rows: dict[str, ProblemRow] = {}
    for problem in found:
        if problem.instance_key not in rows:
            rows[problem.instance_key] = known.row(problem, None)
    made = f"`zoped generate` ({path.name}); no student was measured on them"
    return ProblemSet(tuple(rows.values()), made, seeds, license)


def license_of(seeds: str) -> str:
    """Of what is made from the seeds at this path: theirs applies."""
    return OWN_LICENSE if seeds in OWN_SEEDS else OF_THE_SEEDS


@dataclass(frozen=True)
class _Known:
    """What every row of the set says: `parents` are the seeds' keys by their ids."""

    parents: Mapping[str, str]
    instruction: str
    license: str

    def row(self, problem: GeneratedProblem, round_: int | None) -> ProblemRow:
        return ProblemRow.of(
            problem,
            instruction=self.instruction,
            parent_key=self.parents.get(problem.seed_id),
            round_=round_,
            license=self.license,
        )


def _rows_of_round(
    state: RunState,
    results: RoundResults,
    settings: RunSettings,
    known: _Known,
) -> list[ProblemRow]:
    stored = state.measured(results.number, results.generated.student)
    rows = []
    for each in stored:
        row = known.row(each.problem, results.number)
        if each.pass_rate is not None:
            row = row.measured(
                each.pass_rate,
                student=settings.student.name,
                student_version=results.generated.student,
            )
        rows.append(row)
    return rows


def _predicted(state: RunState, results: RoundResults, seeds: Sequence[Seed]) -> list[Beta | None]:
    """For what was not measured, by everything that the run's students had answered until then."""
    student = results.generated.student
    stored = state.measured(results.number, student)
    unknown = [each.problem for each in stored if each.pass_rate is None]
    if not unknown:
        return [None] * len(stored)
    versions = {r.number: r.generated.student for r in finished_rounds(state)}
    model = DifficultyModel(
        [
            *observations(state, results.number, versions, seeds),
            *(Observation(s.problem, s.pass_rate) for s in stored if s.pass_rate is not None),
        ]
    )
    predicted = iter(model.predict(unknown))
    return [next(predicted) if each.pass_rate is None else None for each in stored]


def _generated(path: Path) -> list[GeneratedProblem]:
    if path.is_dir() and not any(path.rglob("*.parquet")):
        raise ExchangeError(f"{path} holds no Parquet file, and is no run folder")
    found = []
    for number, row in data_rows(path):
        place = f"{path}:{number}"
        if isinstance(row, Malformed):
            raise ExchangeError(f"{place}: {row.message}")
        if is_table(path) and isinstance(row, dict):
            row.pop("topic", None)  # a column of its own, beside that of the symbols
        found.append(_problem(row, place))
    return found


def _problem(row: Any, place: str) -> GeneratedProblem:
    try:
        return GeneratedProblem.model_validate(row)
    except ValidationError as error:
        raise ExchangeError(f"{place}: not a generated problem: {first_fault(error)}") from None
