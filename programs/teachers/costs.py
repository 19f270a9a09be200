"""What a teacher's calls came to, by the step that made them and by what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from threading import Lock
from typing import Any, Self

from zoped.programs.teachers.budget import Spent

STEPS = (
    *("check", "formalize", "mutate", "rewrite", "verbalize", "round trip", "reflection", "other"),
)
ACCEPTED = "accepted"


@dataclass
class CostSheet:
    """Calls, tokens, seconds and dollars by step, and by outcome: `accepted`, or the reason of a
    rejection. What led to no problem (tuning, the check of the teacher) has no outcome. Safe for
    threads."""

    by_step: dict[str, Spent] = field(default_factory=dict)
    by_outcome: dict[str, Spent] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock, repr=False, compare=False)

    def add_step(self, step: str, spent: Spent) -> None:
        self._add(self.by_step, step, spent)

    def add_outcomes(self, spent: Mapping[str, Spent]) -> None:
        for outcome, cost in spent.items():
            self._add(self.by_outcome, outcome, cost)

    def _add(self, sheet: dict[str, Spent], name: str, spent: Spent) -> None:
        with self._lock:
            sheet[name] = sheet.get(name, Spent()) + spent

    @property
    def total(self) -> Spent:
        with self._lock:
            return sum(self.by_step.values(), Spent())

    def dump(self) -> dict[str, dict[str, dict[str, Any]]]:
        """As JSON has it; `load` reads it."""
        with self._lock:
            return {
                "by_step": {name: asdict(spent) for name, spent in self.by_step.items()},
                "by_outcome": {name: asdict(spent) for name, spent in self.by_outcome.items()},
            }

    @classmethod
    def load(cls, dumped: Mapping[str, Any] | None) -> Self:
        """What `dump` gave; an empty sheet for None."""

        def part(name: str) -> dict[str, Spent]:
            return {key: Spent(**spent) for key, spent in (dumped or {}).get(name, {}).items()}

        return cls(part("by_step"), part("by_outcome"))

    def report(self, *, accepted: int, learnable: int | None = None) -> dict[str, Any]:
        """The sheet with its totals: all, and each accepted and each learnable problem."""
        total = self.total
        each = {"accepted": accepted, "learnable": learnable}
        return {
            **self.dump(),
            "total": asdict(total),
            "problems": each,
            **{
                f"per_{name}_problem": per(total, count) if count else None
                for name, count in each.items()
            },
        }


def per(total: Spent, count: int) -> dict[str, float | None]:
    """A share of the total: calls, tokens, seconds, dollars."""
    return {
        "calls": total.calls / count,
        "tokens": total.tokens / count,
        "seconds": total.seconds / count,
        "dollars": None if total.dollars is None else total.dollars / count,
    }
