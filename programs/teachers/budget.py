"""What calls of the teacher have cost, and what a budget leaves for more of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from threading import RLock

from zoped.programs.teachers.errors import BudgetSpent, TeacherError


@dataclass(frozen=True)
class Spent:
    """Requests made, and what they cost. `dollars` is None where a price is not known."""

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    dollars: float | None = 0.0

    @property
    def tokens(self) -> int:
        return self.prompt_tokens + self.completion_tokens

    def __add__(self, other: Spent) -> Spent:
        known = self.dollars is not None and other.dollars is not None
        return Spent(
            self.calls + other.calls,
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            (self.dollars or 0.0) + (other.dollars or 0.0) if known else None,
        )

    def __str__(self) -> str:
        price = "price not known" if self.dollars is None else f"${self.dollars:.4f}"
        return f"{self.calls:,} calls, {self.tokens:,} tokens, {price}"


@dataclass(frozen=True)
class Left:
    """What the limits leave; None where there is no limit."""

    calls: int | None = None
    tokens: int | None = None
    dollars: float | None = None


class CallBudget:
    """Limits (None: no limit), what was spent of them, and the budget that this is a part of.

    `spent` is what an earlier process spent. A part counts in its whole as well, from the moment it
    is made, and keeps within both. Safe for threads: a call is reserved before it is made, and
    settled after it.
    """

    def __init__(
        self,
        *,
        max_calls: int | None = None,
        max_tokens: int | None = None,
        max_dollars: float | None = None,
        spent: Spent | None = None,
        whole: CallBudget | None = None,
    ) -> None:
        limits = {"max_calls": max_calls, "max_tokens": max_tokens, "max_dollars": max_dollars}
        for name, limit in limits.items():
            if limit is not None and limit < 0:
                raise ValueError(f"{name} is {limit}; give 0 or more, or None for no limit")
        self.max_calls = max_calls
        self.max_tokens = max_tokens
        self.max_dollars = max_dollars
        self._whole = whole
        self._lock: RLock = RLock() if whole is None else whole._lock
        self._spent = spent or Spent()
        self._in_flight = 0
        self._largest_tokens, self._largest_dollars = 0, 0.0  # of one call

    @property
    def spent(self) -> Spent:
        with self._lock:
            return self._spent

    @property
    def left(self) -> Left:
        """By the tightest limit of this budget and of those that it is a part of."""
        with self._lock:
            chain = list(self._chain())
            calls = [b.max_calls - b._spent.calls for b in chain if b.max_calls is not None]
            tokens = [b.max_tokens - b._spent.tokens for b in chain if b.max_tokens is not None]
            money = [
                b.max_dollars - (b._spent.dollars or 0.0)
                for b in chain
                if b.max_dollars is not None
            ]
            return Left(
                min(calls, default=None), min(tokens, default=None), min(money, default=None)
            )

    def affords(self, calls: int) -> bool:
        """Whether there is room for so many more calls, of the largest size so far."""
        with self._lock:
            return not any(budget._lacking(calls) for budget in self._chain())

    def reserve(self, calls: int) -> None:
        """Count calls that are about to be made; raises BudgetSpent when there is no room."""
        with self._lock:
            for budget in self._chain():
                if lacking := budget._lacking(calls):
                    raise BudgetSpent(
                        f"the teacher's budget of {lacking} does not pay for another call "
                        f"(spent: {budget._spent})"
                    )
            for budget in self._chain():
                budget._spent += Spent(calls)
                budget._in_flight += calls

    def settle(self, calls: int, cost: Spent) -> None:
        """What the reserved calls came to; `cost.calls` is 0 for a reply out of DSPy's cache."""
        with self._lock:
            for budget in self._chain():
                budget._in_flight -= calls
                budget._spent += replace(cost, calls=cost.calls - calls)
                budget._largest_tokens = max(budget._largest_tokens, cost.tokens)
                budget._largest_dollars = max(budget._largest_dollars, cost.dollars or 0.0)

    def require_countable(self, cost: Spent, model: str) -> None:
        """Raises TeacherError where a limit cannot be kept, since the cost of a call is not known."""
        for budget in self._chain():
            if budget.max_dollars is not None and cost.dollars is None:
                raise TeacherError(
                    f"LiteLLM lists no price for {model}, so max_dollars cannot be kept; limit "
                    "max_calls or max_tokens"
                )
            if budget.max_tokens is not None and cost.calls and not cost.tokens:
                raise TeacherError(
                    f"{model} does not report how many tokens it used, so max_tokens cannot be enforced; "
                    "limit max_calls"
                )

    def _chain(self) -> Iterator[CallBudget]:
        """This budget and those that it is a part of."""
        budget: CallBudget | None = self
        while budget is not None:
            yield budget
            budget = budget._whole

    def _lacking(self, calls: int) -> str:
        """The limit that so many more calls would pass; "" for none."""
        spent, more = self._spent, self._in_flight + calls
        if self.max_calls is not None and spent.calls + calls > self.max_calls:
            return f"{self.max_calls:,} calls"
        tokens = spent.tokens + more * self._largest_tokens
        if self.max_tokens is not None and max(tokens, spent.tokens + 1) > self.max_tokens:
            return f"{self.max_tokens:,} tokens"
        paid = spent.dollars or 0.0
        if self.max_dollars is not None and (
            paid >= self.max_dollars or paid + more * self._largest_dollars > self.max_dollars
        ):
            return f"${self.max_dollars:,.2f}"
        return ""
