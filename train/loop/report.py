"""What a run came to, read from its state alone; a run that is not over has one too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from zoped.programs.teachers.costs import CostSheet
from zoped.train.loop.costs import problems_made, read_costs
from zoped.train.results import NOT_TUNED, Evaluated, RoundResults, finished_rounds
from zoped.train.state import RunState, StoredProblem


@dataclass(frozen=True)
class RoundReport:
    """One finished round. The shares are of the `problems_*` that were made from the same seeds
    before and after the prompts were tuned (the same where they were not): how many of them lie in the band. `gradient_*` are the
    shares of the training's groups that carry a gradient: expected from the pass rates measured
    before it (None where nothing was), and counted by the trainer. `contaminated` problems shared a passage with a test set.
    `student_rollouts` are those that an arm costs: evaluation is left out."""

    number: int
    held_out: Evaluated
    share_before: float | None
    problems_before: int
    share_after: float | None
    problems_after: int
    tuned: bool
    accepted: int
    rejected: Mapping[str, int]
    contaminated: int
    teacher_calls: int
    student_rollouts: int
    gradient_expected: float | None
    gradient_measured: float | None


@dataclass(frozen=True)
class RunReport:
    """`start` is the student before the rounds; `rounds` are those that are over; `examples` are a
    few of the problems that the last of them made; `costs` are the teacher's, of `accepted` problems
    of which `learnable` were in the band."""

    start: Evaluated | None
    rounds: tuple[RoundReport, ...]
    examples: tuple[StoredProblem, ...]
    costs: CostSheet
    accepted: int
    learnable: int


def read_report(state: RunState) -> RunReport:
    """The finished rounds of a run."""
    rounds = finished_rounds(state)
    examples: tuple[StoredProblem, ...] = ()
    if rounds:
        last = rounds[-1]
        examples = _examples(state.measured(last.number, last.generated.student))
    reports = tuple(_round_report(results, state) for results in rounds)
    accepted, learnable = problems_made(state, len(rounds))
    start, costs = Evaluated.load(state, 0), read_costs(state)
    return RunReport(start, reports, examples, costs, accepted, learnable)


def _round_report(results: RoundResults, state: RunState) -> RoundReport:
    measured, tuned, generated = results.measured, results.tuned, results.generated
    trained, evaluated = results.trained, results.evaluated
    asking = (measured, tuned, generated)
    return RoundReport(
        number=results.number,
        held_out=evaluated,
        share_before=measured.band_share,
        problems_before=measured.problems,
        share_after=tuned.band_share,
        problems_after=tuned.problems,
        tuned=tuned.origin != NOT_TUNED,
        accepted=generated.accepted,
        rejected=state.rejection_counts(results.number),
        contaminated=generated.contaminated,
        teacher_calls=sum(phase.teacher_calls for phase in asking),
        student_rollouts=sum(phase.rollouts for phase in (*asking, trained)),
        gradient_expected=generated.gradient_share_expected,
        gradient_measured=trained.gradient_share,
    )


def _examples(stored: list[StoredProblem], count: int = 3) -> tuple[StoredProblem, ...]:
    """The ones nearest to a pass rate of a half, of different topics as far as there are, and then of
    different seeds and moves."""
    left = [s for s in stored if s.pass_rate is not None]
    left.sort(key=lambda s: abs(s.pass_rate.rate - 0.5) if s.pass_rate else 1)
    chosen: list[StoredProblem] = []

    def likeness(one: StoredProblem) -> tuple[bool, int]:
        """To what is chosen: whether it has the topic, and how often its seed and its move."""
        told, problem = [other.problem for other in chosen], one.problem
        return (
            any(problem.symbols.topic == p.symbols.topic for p in told),
            sum((problem.seed_id == p.seed_id) + (problem.move == p.move) for p in told),
        )

    while left and len(chosen) < count:
        chosen.append(min(left, key=likeness))
        left.remove(chosen[-1])
    return tuple(chosen)
