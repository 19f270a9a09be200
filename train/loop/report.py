"""What a run came to, read from its state alone: also of a run that is not over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from zoped.train.state import RunState, StoredProblem

PHASES = ("measure", "tune", "generate", "train", "evaluate")


@dataclass(frozen=True)
class HeldOut:
    """Accuracy on the held-out problems with its 95 % interval."""

    correct: int
    total: int
    low: float
    high: float

    @property
    def accuracy(self) -> float:
        return self.correct / self.total


@dataclass(frozen=True)
class RoundReport:
    """One finished round. The shares are of the `problems_*` that were made at the same seeds before
    and after the prompts were tuned, how many of them lie in the band. `gradient_*` are the shares of
    the training's groups that carry a gradient: expected from the measured pass rates before, and
    counted by the trainer."""

    number: int
    held_out: HeldOut
    share_before: float
    problems_before: int
    share_after: float
    problems_after: int
    accepted: int
    rejected: Mapping[str, int]
    teacher_calls: int
    student_rollouts: int
    gradient_expected: float | None = None
    gradient_measured: float | None = None


@dataclass(frozen=True)
class RunReport:
    """`start` is the untrained student; `rounds` are those that are over; `examples` are a few of
    the problems that the last of them trained on."""

    start: HeldOut | None
    rounds: tuple[RoundReport, ...]
    examples: tuple[StoredProblem, ...]


def read_report(state: RunState) -> RunReport:
    rounds: list[RoundReport] = []
    examples: tuple[StoredProblem, ...] = ()
    while phases := _finished(state, len(rounds) + 1):
        number = len(rounds) + 1
        rounds.append(
            RoundReport(
                number=number,
                held_out=_held_out(phases["evaluate"]),
                share_before=phases["measure"]["band_share"],
                problems_before=phases["measure"]["problems"],
                share_after=phases["tune"]["band_share"],
                problems_after=phases["tune"]["problems"],
                accepted=phases["generate"]["accepted"],
                rejected=state.rejection_counts(number),
                teacher_calls=sum(p.get("teacher_calls", 0) for p in phases.values()),
                student_rollouts=sum(p.get("rollouts", 0) for p in phases.values()),
                gradient_expected=phases["generate"].get("gradient_share_expected"),
                gradient_measured=phases["train"].get("gradient_share"),
            )
        )
        examples = _examples(state.measured(number, phases["generate"]["student"]))
    start = state.phase_metrics(0, "evaluate")
    return RunReport(_held_out(start) if start else None, tuple(rounds), examples)


def _finished(state: RunState, number: int) -> dict[str, dict[str, Any]] | None:
    phases = {phase: state.phase_metrics(number, phase) for phase in PHASES}
    done = {phase: metrics for phase, metrics in phases.items() if metrics is not None}
    return done if len(done) == len(PHASES) else None


def _held_out(metrics: Mapping[str, Any]) -> HeldOut:
    return HeldOut(metrics["correct"], metrics["total"], metrics["low"], metrics["high"])


def _examples(stored: list[StoredProblem], count: int = 3) -> tuple[StoredProblem, ...]:
    """The ones nearest to a pass rate of a half, of different topics as far as there are."""
    measured = [s for s in stored if s.pass_rate is not None]
    measured.sort(key=lambda s: abs(s.pass_rate.rate - 0.5) if s.pass_rate else 1)
    first_of_topic: dict[str, StoredProblem] = {}
    for candidate in measured:
        first_of_topic.setdefault(candidate.problem.problem.topic, candidate)
    chosen = list(first_of_topic.values())[:count]
    rest = [s for s in measured if s not in chosen]
    return tuple(chosen + rest[: count - len(chosen)])
