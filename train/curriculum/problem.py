"""A problem that a round trains on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from zoped.evals import PassRate
from zoped.evals.stopping import Beta
from zoped.train.state import StoredProblem

Source = Literal["new", "replayed", "seed"]


@dataclass(frozen=True)
class TrainingProblem:
    """A line of a round's training file, with its pass rate at the student that is trained."""

    id: str
    text: str
    answer: str
    pass_rate: PassRate
    source: Source = "new"
    predicted: Beta | None = None  # the pass rate, before anything was measured

    @property
    def expected_pass_rate(self) -> float:
        """The measured rate, or the posterior's mean where something was predicted."""
        if self.predicted is None:
            return self.pass_rate.rate
        total = sum(self.predicted) + self.pass_rate.rollouts
        return (self.predicted[0] + self.pass_rate.passes) / total

    @classmethod
    def of(cls, stored: StoredProblem, source: Source = "new") -> TrainingProblem:
        """Raises ValueError for a problem that was not measured."""
        if stored.pass_rate is None:
            raise ValueError(f"problem {stored.problem.id} has no pass rate")
        problem = stored.problem
        return cls(problem.id, problem.text, problem.answer, stored.pass_rate, source)
