"""The settings that the optimizers of this folder share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from math import isfinite
from pathlib import Path
from typing import Any, Generic, Self, TypeVar

import dspy

from zoped.evals import Band, Decision, Meter
from zoped.foundation.errors import did_you_mean
from zoped.optimizers.budget import Budget
from zoped.optimizers.objective import (
    TEACHER_CALL_PRICE,
    Objective,
    coverage,
    decision_scores,
    objective_of,
)
from zoped.optimizers.proposing.proposals import Feedback, Proposer, feedback


@dataclass(frozen=True, kw_only=True)
class SearchSettings:
    """The settings of `PassRateGEPA`, and of `PassRateTeleprompter` with some more.

    Args:
        objective: What is raised: `coverage` or another `Coverage`, a function of a pass rate and the
            band to a number from 0 to 1, its dotted path, or the name of one of `OBJECTIVES`.
        teacher_call_price: What a call of the teacher costs in rollouts, where `objective` counts
            cost: the smaller the student beside the teacher, the more.
        max_teacher_calls: Calls of the teacher, at most; those of `reflection_lm` are among them.
        max_rollouts: Answers of the student, at most. The meter must say the most that a problem
            can take (`BoundedMeter`).
        max_minutes: No batch is begun after so many minutes. At least one of the three limits.
        batch_size: Seeds measured at a time; fewer where the budget does not pay for so many.
        demos: Demonstrations of a candidate.
        variants: Problems of a decision that are measured, at most; those of one decision are
            strongly correlated.
        reflection_lm: A model that writes further instructions from what happened.
        random_seed: Of everything that is random.
        log_dir: A folder from which a killed search resumes.
    """

    objective: Objective | str = coverage
    teacher_call_price: float = TEACHER_CALL_PRICE
    max_teacher_calls: int | None = 80
    max_rollouts: int | None = None
    max_minutes: float | None = None
    batch_size: int = 8
    demos: int = 3
    variants: int = 8
    reflection_lm: dspy.LM | None = None
    random_seed: int = 0
    log_dir: Path | str | None = None

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            least = {"random_seed": None, "new_strategies": 0}.get(field.name, 1)
            if field.type == "int" and least is not None and value < least:
                raise ValueError(f"{field.name} is {value}; give at least {least}")
        if not (isfinite(self.teacher_call_price) and self.teacher_call_price >= 0):
            raise ValueError(
                f"teacher_call_price is {self.teacher_call_price}; give a number of rollouts from 0 on"
            )
        objective_of(self.objective)
        self.budget()

    @property
    def folder(self) -> Path | None:
        """`log_dir` as a path."""
        return None if self.log_dir is None else Path(self.log_dir)

    @property
    def raised(self) -> Objective:
        """The objective as a function."""
        return objective_of(self.objective)

    def scores(
        self, decisions: Sequence[Decision], band: Band | tuple[float, float]
    ) -> list[float]:
        """One score a decision, by the objective."""
        return decision_scores(decisions, self.raised, band, self.teacher_call_price)

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Self:
        """Raises ValueError for an option that there is not, and for a value that is out of range."""
        known = [field.name for field in fields(cls)]
        for name in options:
            if name not in known:
                near = did_you_mean(name, known) or f"; there are {', '.join(known)}"
                raise ValueError(f"no option `{name}`{near}")
        return cls(**options)

    def budget(self) -> Budget:
        """The limits, of which nothing is spent. Raises ValueError for limits that are none."""
        return Budget(self.max_teacher_calls, self.max_rollouts, self.max_minutes)

    def shown(self) -> dict[str, Any]:
        """The settings as JSON, functions and models by their names; a new dictionary each time."""
        return {
            field.name: _shown(getattr(self, field.name))
            for field in fields(self)
            if field.name != "log_dir"
        }


@dataclass(frozen=True, kw_only=True)
class TeleprompterSettings(SearchSettings):
    """The settings of `PassRateTeleprompter`: those of `SearchSettings`, and how it explores.

    Args:
        candidates: How many are proposed and raced, besides the program as it was.
        exploration_tries: About so many tries of operators before the race, without the teacher;
            each operator at least once for each level of the student.
        skip_below: Seeds of a level (too hard, hard, right, easy) on which nothing scores this share
            of what the best level scores are skipped by the tuned program: it makes nothing of them
            and asks no teacher. 0 skips none.
        prompt_share: Of the teacher's calls, the share that tuning the prompts of Formalize and Verbalize
            by acceptance may take, where the program asks for these steps; 0 leaves them as they are.
        new_strategies: How many strategies `reflection_lm` writes, where strategies are told.
        proposer: Replaces the making of candidates (optimizers/proposing/proposals.py has its contract).
        feedback: What `reflection_lm` reads of a decision.
    """

    candidates: int = 6
    exploration_tries: int = 96
    skip_below: float = 0.5
    prompt_share: float = 0.25
    new_strategies: int = 3
    proposer: Proposer | None = None
    feedback: Feedback = feedback

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, share in (("skip_below", self.skip_below), ("prompt_share", self.prompt_share)):
            if not 0 <= share <= 1:
                raise ValueError(f"{name} is {share}; give 0 to 1")


S = TypeVar("S", bound=SearchSettings)


class Configured(Generic[S]):
    """The constructor of this folder's teleprompters, beside `Teleprompter`: a base of its own between
    them and it would hide them from MLflow, which looks for direct subclasses."""

    settings_type: type[S]

    def __init__(self, meter: Meter, **options: Any) -> None:
        super().__init__()
        self.meter = meter
        self.settings = self.settings_type.of(options)

    def get_params(self) -> dict[str, Any]:
        """The settings, for trackers; a new dictionary each time."""
        return self.settings.shown() | {
            "student": self.meter.student.version,
            "band": list(self.meter.band),
        }


def _shown(value: Any) -> Any:
    if value is None or isinstance(value, int | float | str):
        return value
    return getattr(value, "model", None) or getattr(value, "__name__", type(value).__name__)
