"""What is raised: how much there is to learn from problems, for what they cost.

An objective of single problems is any function of (`PassRate`, band) to a number from 0 to 1; higher
is better. It is averaged over all attempts, a rejected one counting 0, and repeats are discounted.
`Coverage` is of whole batches, and the default.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from zoped.evals import Band, Decision, PassRate
from zoped.evals.band import DEFAULT_BAND
from zoped.evals.coverage import shares
from zoped.evals.pass_rate import gradient_probability
from zoped.foundation.errors import first_line
from zoped.programs.dotted_path import DottedPathError, import_object

Objective = Callable[[PassRate, Band], float]
TEACHER_CALL_PRICE = 8.0  # in rollouts: about what it takes to measure one problem
SCORED_ROLLOUTS = 32  # a score is coverage for so many rollouts: that is about 0 to 1


def disagreement(rate: PassRate, band: Band) -> float:
    """Twice the chance that two answers differ in being right: 4p(1−p), unbiased; 1 at p = 1/2.

    It is proportional to the variance of a group's rewards, and it tells a problem
    just outside the band from a hopeless one. With a meter that stops early the number of
    rollouts depends on the answers, which leaves a small bias.
    """
    return 2 * gradient_probability(rate.passes, rate.rollouts, 2)


def gradient(group_size: int) -> Objective:
    """The objective that a problem gives a GRPO group of `group_size` a gradient: 1 − p^G − (1−p)^G,
    unbiased. The meter must sample at least `group_size` (its `min_rollouts`)."""

    def gradient(rate: PassRate, band: Band) -> float:
        return gradient_probability(rate.passes, rate.rollouts, group_size)

    gradient.__name__ = f"gradient_{group_size}"
    return gradient


def band(rate: PassRate, band: Band) -> float:
    """1 in the band, 0 outside: what is reported, but blind to how near a miss was."""
    return float(Band.of(band).contains(rate.rate))


def target(rate: PassRate, band: Band) -> float:
    """1 − |p − m|/max(m, 1 − m), with m the middle of the band."""
    low, high = band
    middle = (low + high) / 2
    return 1 - abs(rate.rate - middle) / max(middle, 1 - middle)


@dataclass(frozen=True)
class Coverage:
    """Learnable coverage per cost: the sum over structures of √(Σ learnable), divided by rollouts and
    teacher calls at their price; a batch's, for 32 rollouts.

    `learnable` is what one problem counts: `disagreement`, or `gradient(G)`. As a function it is that.
    """

    learnable: Objective = disagreement

    def __call__(self, rate: PassRate, band: Band) -> float:
        return self.learnable(rate, band)

    @property
    def __name__(self) -> str:
        name = getattr(self.learnable, "__name__", type(self.learnable).__name__)
        return "coverage" if self.learnable is disagreement else f"coverage_{name}"

    def scores(
        self, decisions: Sequence[Decision], band: Band, teacher_call_price: float
    ) -> list[float]:
        """One score a decision, their mean the batch's coverage per cost: its share of the worth,
        for the mean cost of a decision."""
        cost = sum(decision_cost(decision, teacher_call_price) for decision in decisions)
        if not cost:
            return [0.0] * len(decisions)
        worths = shares([learnable_of(decision, self, band) for decision in decisions])
        return [worth * SCORED_ROLLOUTS * len(decisions) / cost for worth in worths]


coverage = Coverage()


def learnable_of(
    decision: Decision, objective: Objective, band: Band | tuple[float, float]
) -> list[tuple[str, float]]:
    """Of each problem its structure, and what it counts."""
    band = Band.of(band)
    return [
        (problem.fingerprint, _value(objective, rate, band))
        for problem, rate in zip(decision.problems, decision.pass_rates, strict=True)
    ]


def decision_cost(decision: Decision, teacher_call_price: float) -> float:
    """In rollouts. A problem that a meter remembers costs what it did when it was measured."""
    rollouts = sum(rate.rollouts for rate in decision.pass_rates)
    return rollouts + teacher_call_price * decision.teacher_calls


OBJECTIVES: dict[str, Objective] = {
    "coverage": coverage,
    "disagreement": disagreement,
    "band": band,
    "target": target,
}
# An estimate of a share that is unbiased may pass 1: with one right answer of two, 4p(1−p) gets 2.
_MOST: dict[Objective, float] = {disagreement: 2.0}
_OWN = "my_objectives.steep for `def steep(rate, band)` in my_objectives.py"


def objective_of(given: Objective | str) -> Objective:
    """The objective, by its name in `OBJECTIVES`, by the dotted path of a function, or as it is.

    Raises ValueError for a name or a path that there is not, for what is no function, and for a function
    that gives anything but numbers from 0 to 1: it is tried on three pass rates.
    """
    if isinstance(given, str) and given in OBJECTIVES:
        return OBJECTIVES[given]
    found: Objective = _at_path(given) if isinstance(given, str) else given
    if not callable(found):
        raise ValueError(f"objective is {given!r}; give a function of (PassRate, Band) or a name")
    try_objective(found, 64, DEFAULT_BAND)
    return found


def _at_path(path: str) -> Any:
    """What a dotted path names. Raises ValueError."""
    if "." not in path:
        raise ValueError(
            f"objective: no {path!r}; there are {', '.join(OBJECTIVES)}, and functions of "
            "(PassRate, Band), such as `gradient(8)`, or their dotted paths"
        )
    try:
        return import_object(path, "objective", example=_OWN)
    except DottedPathError as error:
        raise ValueError(f"objective: {error}, or one of {', '.join(OBJECTIVES)}") from error


def try_objective(objective: Objective, rollouts: int, band: Band | tuple[float, float]) -> None:
    """Raise ValueError where the objective fails for pass rates of so many rollouts, or gives no number
    from 0 to 1."""
    for passes in sorted({0, rollouts // 2, rollouts}):
        _value(objective, PassRate(passes, rollouts), Band.of(band))


def _value(objective: Objective, rate: PassRate, band: Band) -> float:
    name = getattr(objective, "__name__", repr(objective))
    try:
        value = objective(rate, band)
    except Exception as error:
        raise ValueError(
            f"the objective {name} fails for {rate.passes} passes out of {rate.rollouts}: "
            f"{type(error).__name__}: {first_line(error)}"
        ) from error
    alone = objective.learnable if isinstance(objective, Coverage) else objective
    if not isinstance(value, int | float) or not 0 <= value <= _MOST.get(alone, 1.0):
        raise ValueError(
            f"the objective {name} gives {value!r} for {rate.passes} passes out of "
            f"{rate.rollouts}; it must be a number from 0 to 1"
        )
    return value


def decision_scores(
    decisions: Sequence[Decision],
    objective: Objective,
    band: Band | tuple[float, float],
    teacher_call_price: float = TEACHER_CALL_PRICE,
) -> list[float]:
    """One score a decision: its part of the batch's coverage, or the mean of an objective of single
    problems over its attempts, rejected ones counting 0.

    Novelty in the latter: the n-th problem of one structure in the batch counts 1/sqrt(ceil(n/8)) of
    its score, so that a batch which repeats one structure without end is worth less.
    """
    if isinstance(objective, Coverage):
        return objective.scores(decisions, Band.of(band), teacher_call_price)
    seen: Counter[str] = Counter()
    scores, band = [], Band.of(band)
    for decision in decisions:
        total = 0.0
        for problem, rate in zip(decision.problems, decision.pass_rates, strict=True):
            repeats = seen[problem.fingerprint] // 8 + 1
            seen[problem.fingerprint] += 1
            total += _value(objective, rate, band) / repeats**0.5
        scores.append(total / decision.attempts)
    return scores
