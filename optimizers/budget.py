"""A budget in what tuning really costs: teacher calls, student rollouts, minutes."""

from __future__ import annotations

import time
from dataclasses import dataclass, field


@dataclass
class Budget:
    """Limits (None: no limit) and what was spent. A resumed search starts from what it had spent."""

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

    def affords(self, decisions: int) -> bool:
        """Whether so many more decisions of the teacher, one call each, are within all limits."""
        if self.teacher_calls is not None and self.spent_calls + decisions > self.teacher_calls:
            return False
        if self.rollouts is not None and self.spent_rollouts >= self.rollouts:
            return False
        return self.minutes is None or self.seconds < 60 * self.minutes
