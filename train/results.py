"""What each phase of a round came to: one frozen record a phase, kept in the run's state by name.

`metrics()` are its numbers, for a tracker; `load` gives the record of a phase that is over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar, Self

from zoped.evals.band import Band
from zoped.train.state import RunState


@dataclass(frozen=True)
class PhaseResult:
    """A phase that is over. `phase` is the name under which it is stored and tracked."""

    phase: ClassVar[str]

    @classmethod
    def load(cls, state: RunState, number: int) -> Self | None:
        """The result of round `number`; None while the phase is not over."""
        values = state.phase_metrics(number, cls.phase)
        with state.as_written(f"phase {cls.phase} of round {number}"):
            return None if values is None else cls._of(values)

    @classmethod
    def _of(cls, values: dict[str, Any]) -> Self:
        """Raises TypeError for the values of another version."""
        return cls(**values)

    def save(self, state: RunState, number: int) -> None:
        """Mark the phase as over."""
        state.finish_phase(number, self.phase, asdict(self))

    def metrics(self) -> dict[str, float]:
        """Its numbers by name; what was not measured is left out."""
        return {k: v for k, v in asdict(self).items() if isinstance(v, int | float)}


@dataclass(frozen=True)
class WarmStarted(PhaseResult):
    """The supervised fine-tuning before the rounds; `rollouts` are those of the evaluation before it."""

    phase: ClassVar[str] = "warm_start"
    examples: int
    steps: int
    accuracy_before: float
    rollouts: int = 0


@dataclass(frozen=True)
class Measured(PhaseResult):
    """What the program made for the student as the round found both: `band_share` of `problems`
    lie in the band. Means are None where nothing was measured."""

    phase: ClassVar[str] = "measure"
    band_share: float | None
    problems: int
    mean_pass_rate: float | None
    mean_pass_rate_on_seeds: float | None
    teacher_calls: int
    rollouts: int


NOT_TUNED = "not tuned"


@dataclass(frozen=True)
class Tuned(PhaseResult):
    """The same of the tuned program, on the same seeds. `origin` names the candidate that won, or is
    NOT_TUNED."""

    phase: ClassVar[str] = "tune"
    band_share: float | None
    problems: int
    origin: str
    teacher_calls: int
    rollouts: int


@dataclass(frozen=True)
class Generated(PhaseResult):
    """The round's problems, measured at the student version `student`, and what it trains on.

    `in_band` of the `accepted` lie in the band, `band_share` of those that were measured. Of the `training_problems`, `from_outside` lie
    outside it, `repeated` are second uses, `replayed` come from earlier rounds and `seeds` are
    seeds. `contaminated` of the `rejected` shared a passage with a test set. `wrong_answers` is the share
    that a solver contradicts, of texts that nothing else proves; None for other problems.
    """

    phase: ClassVar[str] = "generate"
    student: str
    accepted: int
    rejected: int
    contaminated: int
    in_band: int
    band_share: float | None
    band_low: float
    band_high: float
    training_problems: int
    from_outside: int
    repeated: int
    replayed: int
    seeds: int
    gradient_share_expected: float | None
    teacher_calls: int
    rollouts: int
    distinct: int = 0
    structures: int = 0
    difficulty: Mapping[str, Any] | None = None
    wrong_answers: float | None = None

    def metrics(self) -> dict[str, float]:
        numbers = super().metrics()
        for name, value in (self.difficulty or {}).items():
            if isinstance(value, int | float):
                numbers[f"difficulty_{name}"] = value
        return numbers

    @property
    def band(self) -> Band:
        return Band(self.band_low, self.band_high)


@dataclass(frozen=True)
class Trained(PhaseResult):
    """The round's training. Rewards and pass rates are means over its first and last quarter;
    `gradient_share` is the measured share of groups that carried a gradient. The learning-rate
    schedule was made for `schedule_rounds`."""

    phase: ClassVar[str] = "train"
    steps: int
    schedule_rounds: int
    rollouts: int
    gradient_share_expected: float | None
    reward_at_start: float | None = None
    reward_at_end: float | None = None
    pass_rate_at_start: float | None = None
    pass_rate_at_end: float | None = None
    gradient_share: float | None = None


@dataclass(frozen=True)
class BenchmarkScore:
    """Accuracy on a test set, or on a level of the held-out problems, with its 95 % interval."""

    accuracy: float
    low: float
    high: float


@dataclass(frozen=True)
class Evaluated(PhaseResult):
    """Accuracy on the held-out problems with its 95 % interval, on each of their levels, and on the
    configured test sets, by sampled answers; `greedy` is that of the likeliest answers to the held-out
    problems. None where the round was not to be evaluated (`evaluate.every`, `evaluate.greedy`)."""

    phase: ClassVar[str] = "evaluate"
    accuracy: float | None
    correct: int
    total: int
    low: float | None
    high: float | None
    rollouts: int
    benchmarks: Mapping[str, BenchmarkScore] = field(default_factory=dict)
    levels: Mapping[str, BenchmarkScore] = field(default_factory=dict)
    greedy: BenchmarkScore | None = None

    @classmethod
    def none(cls) -> Self:
        """The result of a round that is not evaluated."""
        return cls(accuracy=None, correct=0, total=0, low=None, high=None, rollouts=0)

    @classmethod
    def _of(cls, values: dict[str, Any]) -> Self:
        for kind in ("benchmarks", "levels"):
            scores = values.get(kind, {})
            values[kind] = {name: BenchmarkScore(**score) for name, score in scores.items()}
        greedy = values.get("greedy")
        values["greedy"] = BenchmarkScore(**greedy) if greedy else None
        return cls(**values)

    def metrics(self) -> dict[str, float]:
        numbers = super().metrics()
        scores = {**self.levels, **self.benchmarks}
        if self.greedy is not None:
            scores["greedy"] = self.greedy
        for name, score in scores.items():
            numbers |= {name: score.accuracy, f"{name}_low": score.low, f"{name}_high": score.high}
        return numbers


@dataclass(frozen=True)
class RoundResults:
    """All phases of one round that is over."""

    number: int
    measured: Measured
    tuned: Tuned
    generated: Generated
    trained: Trained
    evaluated: Evaluated

    @classmethod
    def load(cls, state: RunState, number: int) -> Self | None:
        """None while the round is not over."""
        measured, tuned = Measured.load(state, number), Tuned.load(state, number)
        generated, trained = Generated.load(state, number), Trained.load(state, number)
        evaluated = Evaluated.load(state, number)
        if not (measured and tuned and generated and trained and evaluated):
            return None
        return cls(number, measured, tuned, generated, trained, evaluated)

    @property
    def phases(self) -> tuple[Measured, Tuned, Generated, Trained, Evaluated]:
        return self.measured, self.tuned, self.generated, self.trained, self.evaluated


def finished_rounds(state: RunState) -> list[RoundResults]:
    """The rounds that are over, in order."""
    found: list[RoundResults] = []
    while (results := RoundResults.load(state, len(found) + 1)) is not None:
        found.append(results)
    return found
