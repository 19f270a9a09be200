"""What the runs of a lab came to, read from their folders alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from zoped.foundation.errors import first_fault
from zoped.foundation.json_lines import JSONLinesError, dump_rows, read_rows
from zoped.train.curriculum.structures import structures_of
from zoped.train.results import Evaluated, RoundResults, WarmStarted, finished_rounds
from zoped.train.run_folder import round_folder
from zoped.train.state import STATE, RunState

SECONDS, CPU_SECONDS = "lab_seconds", "lab_cpu_seconds"  # in a run's state, by its processes
BY_ANSWERS = ("gain", "accuracy", "greedy_gain", "greedy_accuracy")
LAB_METRICS = (*BY_ANSWERS, "rollouts", "problems", "structures", "gradient")


@dataclass(frozen=True)
class Point:
    """The held-out accuracy after a round, 0 being the start, on all problems and by level, of sampled
    answers; `greedy` of the likeliest ones, where they were asked for. `rollouts` are what the arm had
    spent until then."""

    round: int
    rollouts: int
    accuracy: float
    levels: dict[str, float]
    greedy: float | None = None


@dataclass(frozen=True)
class RunNumbers:
    """A run, as far as it is. Of its rollouts, those of the evaluation are not part of what the arm
    costs. `problems` and `structures` are the different ones that it trained on; `gradient_*` are
    means over its rounds; seconds are those of its processes, whatever else the machine did."""

    student: str
    arm: str
    seed: int
    finished: bool
    points: Annotated[tuple[Point, ...], Field(min_length=1)]
    measuring: int
    tuning: int
    training: int
    evaluation: int
    teacher_calls: int
    steps: int
    problems: int
    structures: int
    gradient_expected: float | None
    gradient_measured: float | None
    seconds: float
    cpu_seconds: float

    @property
    def rollouts(self) -> int:
        """What the arm costs."""
        return self.measuring + self.tuning + self.training


def metric(run: RunNumbers, name: str, level: str | None = None) -> float | None:
    """A number of a run by the name that claims use; None where it was not measured."""
    if name in BY_ANSWERS:
        first, last = (_accuracy(point, name, level) for point in (run.points[0], run.points[-1]))
        if first is None or last is None:
            return None
        return last - first if name.endswith("gain") else last
    if name == "gradient":
        return run.gradient_measured
    value: float = getattr(run, name)
    return value


def _accuracy(point: Point, name: str, level: str | None) -> float | None:
    if name.startswith("greedy"):
        return point.greedy
    return point.accuracy if level is None else point.levels.get(level)


def read_run(folder: Path, *, student: str, arm: str, seed: int, rounds: int) -> RunNumbers | None:
    """The numbers of the run in `folder`; None before its start was evaluated."""
    if not (folder / STATE).exists():
        return None
    with RunState(folder / STATE) as state:
        start = Evaluated.load(state, 0)
        if start is None:
            return None
        done = finished_rounds(state)
        warm = WarmStarted.load(state, 0)
        problems, structures = _trained_on(state, folder, len(done))
        return RunNumbers(
            student=student,
            arm=arm,
            seed=seed,
            finished=len(done) == rounds,
            points=tuple(_points(start, done)),
            measuring=sum(r.measured.rollouts + r.generated.rollouts for r in done),
            tuning=sum(r.tuned.rollouts for r in done),
            training=sum(r.trained.rollouts for r in done),
            evaluation=(warm.rollouts if warm else 0)
            + start.rollouts
            + sum(r.evaluated.rollouts for r in done),
            teacher_calls=sum(
                phase.teacher_calls for r in done for phase in (r.measured, r.tuned, r.generated)
            ),
            steps=sum(r.trained.steps for r in done),
            problems=problems,
            structures=structures,
            gradient_expected=_mean(r.trained.gradient_share_expected for r in done),
            gradient_measured=_mean(r.trained.gradient_share for r in done),
            seconds=state.meta(SECONDS) or 0.0,
            cpu_seconds=state.meta(CPU_SECONDS) or 0.0,
        )


def _points(start: Evaluated, done: Sequence[RoundResults]) -> Iterable[Point]:
    spent = 0
    yield _point(0, 0, start)
    for results in done:
        spent += sum(phase.rollouts for phase in results.phases[:-1])
        if results.evaluated.accuracy is not None:
            yield _point(results.number, spent, results.evaluated)


def _point(number: int, spent: int, evaluated: Evaluated) -> Point:
    assert evaluated.accuracy is not None
    levels = {name: score.accuracy for name, score in evaluated.levels.items()}
    greedy = evaluated.greedy.accuracy if evaluated.greedy else None
    return Point(number, spent, evaluated.accuracy, levels, greedy)


def _trained_on(state: RunState, folder: Path, rounds: int) -> tuple[int, int]:
    """How many different problems, and of how many structures."""
    numbers = range(1, rounds + 1)
    files = [round_folder(folder, number) / "problems.jsonl" for number in numbers]
    used = {row["id"] for file in files for _, row in read_rows(file)}
    made = [problem for number in numbers for problem in state.problems(number)]
    return len(used), len(structures_of(used, state.seeds(), made))


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def dump_numbers(runs: Sequence[RunNumbers]) -> str:
    """JSON Lines, a run a line."""
    return dump_rows([asdict(run) for run in runs])


def load_numbers(path: Path) -> list[RunNumbers]:
    """A file of `dump_numbers`. Raises JSONLinesError, with the line, for what is no such row."""
    rows = TypeAdapter(RunNumbers)

    def one(number: int, row: Any) -> RunNumbers:
        try:
            return rows.validate_python(row)
        except ValidationError as error:
            raise JSONLinesError(f"{path}:{number}: {first_fault(error)}") from None

    return [one(number, row) for number, row in read_rows(path)]
