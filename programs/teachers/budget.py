"""What calls of the teacher have cost, and what a budget leaves for more of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from threading import RLock

from zoped.foundation.errors import counted
from zoped.programs.teachers.errors import BudgetSpent, TeacherError


@dataclass(frozen=True)
class Spent:
    """Requests made, and what they cost. `dollars` is None where a price is not known; `seconds` are
    those of the requests, added up also where they were under way together."""

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    dollars: float | None = 0.0
    seconds: float = field(default=0.0, compare=False)

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
            self.seconds + other.seconds,
        )

    def __sub__(self, other: Spent) -> Spent:
        known = self.dollars is not None and other.dollars is not None
        return Spent(
            self.calls - other.calls,
            self.prompt_tokens - other.prompt_tokens,
            self.completion_tokens - other.completion_tokens,
            (self.dollars or 0.0) - (other.dollars or 0.0) if known else None,
            self.seconds - other.seconds,
        )

    def __str__(self) -> str:
        price = "price not known" if self.dollars is None else f"${self.dollars:.4f}"
        return f"{counted(self.calls, 'call')}, {counted(self.tokens, 'token')}, {price}"


@dataclass(frozen=True)
class Left:
    """What the limits leave; None where there is no limit."""

    calls: int | None = None
    tokens: int | None = None
    dollars: float | None = None


class CallBudget:
    """Limits (None: no limit), what was spent of them, and the budget that this is a part of.

    `spent` is what an earlier process spent. A part counts in its whole as well, from the moment it
    is made, and keeps within both. Safe for threads: a call is reserved before it is made, with the
    most that it can cost, and settled after it; so no limit is passed, however many are under way.
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
        if max_dollars is not None and spent is not None and spent.dollars is None:
            raise ValueError(
                "max_dollars: what was spent before is not known in dollars, since LiteLLM listed no price "
                "for a model; limit max_calls or max_tokens"
            )
        self.max_calls = max_calls
        self.max_tokens = max_tokens
        self.max_dollars = max_dollars
        self._whole = whole
        self._lock: RLock = RLock() if whole is None else whole._lock
        self._spent = spent or Spent()
        self._in_flight = Spent()  # what the calls under way cost at most
        self._largest = Spent()  # of one call, field by field
        self._waiting: list[Callable[[], None]] = []

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
            money = [b.max_dollars - b._paid for b in chain if b.max_dollars is not None]
            return Left(
                min(calls, default=None), min(tokens, default=None), min(money, default=None)
            )

    def affords(self, calls: int) -> bool:
        """Whether there is room for so many more calls, of the largest size so far."""
        with self._lock:
            return not any(
                budget._lacking(calls, budget._largest_times(calls), budget._in_flight)
                for budget in self._chain()
            )

    @property
    def largest(self) -> Spent:
        """The most that a call has cost, field by field."""
        return self._largest

    @property
    def counts_more_than_calls(self) -> bool:
        """Whether it matters how large a call can be."""
        return any(b.max_tokens is not None or b.max_dollars is not None for b in self._chain())

    @property
    def counts_dollars(self) -> bool:
        """Whether every call needs a price."""
        return any(budget.max_dollars is not None for budget in self._chain())

    def reserve(self, most: Spent, when_settled: Callable[[], None]) -> bool:
        """Count calls that are about to be made and cost `most` at most.

        False where they are paid for only if those under way turn out cheaper than they can be:
        `when_settled` is called when one of them was settled. Raises BudgetSpent where there is no
        room in any case.
        """
        with self._lock:
            chain = list(self._chain())
            for budget in chain:
                if lacking := budget._lacking(most.calls, most, Spent()):
                    raise BudgetSpent(
                        f"the teacher's budget of {lacking} does not pay for another call "
                        f"(spent: {budget._spent})"
                    )
            if any(b._lacking(most.calls, most, b._in_flight) for b in chain):
                chain[-1]._waiting.append(when_settled)
                return False
            for budget in chain:
                budget._spent += Spent(most.calls)
                budget._in_flight += most
            return True

    def settle(self, most: Spent, cost: Spent) -> None:
        """What the reserved calls came to; `cost.calls` is 0 for a reply out of DSPy's cache."""
        with self._lock:
            for budget in self._chain():
                budget._in_flight -= most
                budget._spent += replace(cost, calls=cost.calls - most.calls)
                budget._largest = Spent(
                    1,
                    max(budget._largest.prompt_tokens, cost.prompt_tokens),
                    max(budget._largest.completion_tokens, cost.completion_tokens),
                    max(budget._largest.dollars or 0.0, cost.dollars or 0.0),
                )
            waiting, budget._waiting = budget._waiting, []  # of the outermost
        for settled in waiting:
            settled()

    def require_countable(self, cost: Spent, model: str) -> None:
        """Raises TeacherError where a limit cannot be kept, since it is not told what a call used."""
        if self.counts_more_than_calls and cost.calls and not cost.tokens:
            raise TeacherError(
                f"{model} does not report how many tokens it used, so a budget of tokens or dollars "
                "cannot be kept; give one of calls"
            )

    def _chain(self) -> Iterator[CallBudget]:
        """This budget and those that it is a part of."""
        budget: CallBudget | None = self
        while budget is not None:
            yield budget
            budget = budget._whole

    @property
    def _paid(self) -> float:
        """In dollars. Known wherever they are limited: no call without a price is made there."""
        assert self._spent.dollars is not None
        return self._spent.dollars

    def _largest_times(self, calls: int) -> Spent:
        one = self._largest
        return Spent(
            calls,
            calls * one.prompt_tokens,
            calls * one.completion_tokens,
            calls * (one.dollars or 0),
        )

    def _lacking(self, calls: int, most: Spent, in_flight: Spent) -> str:
        """The limit that so many more calls would pass; "" for none."""
        spent = self._spent
        if self.max_calls is not None and spent.calls + calls > self.max_calls:
            return counted(self.max_calls, "call")
        tokens = spent.tokens + in_flight.tokens + max(most.tokens, 1)
        if self.max_tokens is not None and tokens > self.max_tokens:
            return counted(self.max_tokens, "token")
        more = (in_flight.dollars or 0.0) + (most.dollars or 0.0)
        if self.max_dollars is not None and (
            self._paid >= self.max_dollars or self._paid + more > self.max_dollars
        ):
            return (
                f"${self.max_dollars:,.2f}"
                if self.max_dollars >= 0.01
                else f"${self.max_dollars:f}"
            )
        return ""
