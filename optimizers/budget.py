"""A budget in what tuning really costs: teacher calls, student rollouts, minutes."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from zoped.foundation.errors import ZopedError


class BudgetTooSmall(ZopedError, ValueError):
    """Limits that do not pay for anything; the message says the least that works."""


@dataclass
class Budget:
    """Limits (None: no limit) and what was spent.

    Args:
        teacher_calls: Calls of the teacher, at most.
        rollouts: Answers of the student, at most.
        minutes: After so many, nothing more is afforded.
        spent_calls: What an earlier process spent of the same budget; likewise the next two.
    """

    teacher_calls: int | None = None
    rollouts: int | None = None
    minutes: float | None = None
    spent_calls: int = 0
    spent_rollouts: int = 0
    spent_seconds: float = 0.0
    _since: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        limits = {
            "teacher calls": self.teacher_calls,
            "rollouts": self.rollouts,
            "minutes": self.minutes,
        }
        if all(limit is None for limit in limits.values()):
            raise ValueError("give a budget: teacher calls, rollouts or minutes")
        for name, limit in limits.items():
            if limit is not None and limit <= 0:
                raise ValueError(f"a budget of {limit} {name}: give more than 0")

    def spend(self, *, teacher_calls: int, rollouts: int) -> None:
        self.spent_calls += teacher_calls
        self.spent_rollouts += rollouts

    @property
    def seconds(self) -> float:
        return self.spent_seconds + time.monotonic() - self._since

    def affords(self, teacher_calls: int = 0, rollouts: int = 0) -> bool:
        """Whether so much more is within all limits."""
        calls, answers = self.spent_calls + teacher_calls, self.spent_rollouts + rollouts
        return (
            (self.teacher_calls is None or calls <= self.teacher_calls)
            and (self.rollouts is None or answers <= self.rollouts)
            and (self.minutes is None or self.seconds < 60 * self.minutes)
        )
