"""A race of candidates under a noisy metric that is measured in batches.

It knows nothing of what a candidate or an example is: `Evaluator` is the only door. Candidates are
measured batch after batch, all on the same examples with the same random streams, so that what
differs between them is not the examples. A candidate whose upper bound lies below the leader's
lower bound drops out. The best two are measured once more on examples that the race did not use,
since the best of several noisy means flatters itself.

The budget is asked before every batch, at its worst case. Where it does not pay for a whole batch,
a smaller one is measured. `state()` is JSON; a search that restores it, with the same candidates,
examples and evaluator, ends as one that was never stopped.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import isfinite
from statistics import fmean, stdev
from typing import Any, Generic, Protocol, TypeVar

C = TypeVar("C")
E = TypeVar("E")
C_contra = TypeVar("C_contra", contravariant=True)
E_contra = TypeVar("E_contra", contravariant=True)

FINALISTS = 2
MOST_LAPS = 16  # passes over the examples; candidates that are not separated by then are equal
SETTLE_STREAM = -1


class OutOfBudget(Exception):
    """Raised by an evaluator that cannot pay for a batch after all: it ends the search."""


class Evaluator(Protocol[C_contra, E_contra]):
    """What the search needs to know of candidates and examples.

    Both methods are called from one thread, one call at a time.
    """

    def evaluate(
        self, candidate: C_contra, examples: Sequence[E_contra], stream: int
    ) -> Sequence[float | None]:
        """The scores of `candidate` on `examples`: one for each, in their order.

        - A score is a finite number, of about 0 to 1; higher is better. The error bars assume
          that scale.
        - A candidate that fails on an example scores 0 there. Do not raise for it.
        - None says that the example does not count for this candidate: it declined the example,
          and nothing was spent.
        - `stream` names a random stream. All candidates get a batch under the same stream, so
          whatever is random should depend on it and on the example alone. The same candidate,
          examples and stream must give the same scores: that is what makes a search resume exactly.
        - `examples` holds no example twice.
        - Raise for what makes going on pointless (a server that is gone). The batch is then as if
          it had never begun: a restored search measures it again. Raise `OutOfBudget` where a batch
          turns out not to be paid for: the search ends with what it has.
        """
        ...

    def affords(self, examples: Sequence[E_contra]) -> bool:
        """Whether measuring one candidate on each of `examples` is within the budget, at worst.

        An example that stands there twice is measured twice. What is afforded must stay so when
        examples are left out.
        """
        ...


@dataclass(frozen=True)
class Score:
    """A mean over examples with its standard error."""

    mean: float
    standard_error: float
    examples: int

    @classmethod
    def of(cls, scores: Sequence[float]) -> Score:
        """Raises ValueError for no scores. One score alone has the largest error there can be."""
        if not scores:
            raise ValueError("no scores to take the mean of")
        n = len(scores)
        # The prior guess of 1/4 for the variance keeps a lucky streak from looking certain.
        spread = stdev(scores) ** 2 if n > 1 else 0.25
        variance = (0.25 + (n - 1) * spread) / n
        return cls(fmean(scores), (variance / n) ** 0.5, n)

    def bounds(self, width: float = 1.0) -> tuple[float, float]:
        """The mean minus and plus `width` standard errors."""
        return self.mean - width * self.standard_error, self.mean + width * self.standard_error


@dataclass
class Entry(Generic[C]):
    """A candidate with its scores: in the race, and `settled` on examples kept out of it."""

    candidate: C
    scores: list[float] = field(default_factory=list)
    batches: int = 0
    settled: list[float] = field(default_factory=list)

    @property
    def score(self) -> Score:
        return Score.of(self.scores)

    @property
    def worth(self) -> float:
        """What entries are ranked by: the mean less half a standard error; once settled, the mean
        over everything measured."""
        if not self.scores:
            return float("-inf")
        return fmean(self.scores + self.settled) if self.settled else self.score.bounds(0.5)[0]


class RacedSearch(Generic[C, E]):
    """Races candidates, settles the best, and ranks them.

    Args:
        evaluator: Measures, and knows the budget.
        candidates: In the order in which they are to be measured, should the budget end early. The
            first is the baseline: it wins ties.
        examples: What the race is run on; no two are the same.
        settle_on: What the finalists are measured on. Keep it apart from `examples` for an honest
            number.
        batch_size: Examples measured at a time, at most.
        random_seed: Of the order of the examples.
        on_change: Called after every batch, when `state()` is consistent: the time to save it.
    """

    def __init__(
        self,
        evaluator: Evaluator[C, E],
        candidates: Sequence[C],
        examples: Sequence[E],
        *,
        settle_on: Sequence[E],
        batch_size: int,
        random_seed: int = 0,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        if not candidates or not examples or not settle_on:
            raise ValueError("give at least one candidate, one example, and one to settle on")
        if batch_size < 1:
            raise ValueError(f"batch_size is {batch_size}; give at least 1")
        self.evaluator = evaluator
        self.examples = examples
        self.batch_size = batch_size
        self.random_seed = random_seed
        self.on_change = on_change
        self.entries = [Entry(candidate) for candidate in candidates]
        self.settle_on = random.Random(f"{random_seed}-settle").sample(
            list(settle_on), min(batch_size, len(settle_on))
        )
        self._batches: list[tuple[int, int]] = []  # each a part of the order of the examples
        self._finalists: list[int] | None = None
        self._settled: list[int] = []
        self._settle_size: int | None = None

    def run(self) -> list[Entry[C]]:
        """The entries, best first. Those that the budget did not reach come last, without scores."""
        try:
            if self._finalists is None:
                self._race()
        except OutOfBudget:
            pass  # the batch that was not paid for does not count; the others do
        if self._finalists is None:
            self._finalists = [i for i in self._order() if self.entries[i].scores][:FINALISTS]
            self.on_change()
        try:
            self._settle()
        except OutOfBudget:
            self.on_change()
        return self.ranked()

    def ranked(self) -> list[Entry[C]]:
        """The entries as they stand, best first; the baseline before what is no better."""
        return [self.entries[i] for i in self._order()]

    def state(self) -> dict[str, Any]:
        """Everything but the candidates, as JSON."""
        entries = [
            {"scores": e.scores, "batches": e.batches, "settled": e.settled} for e in self.entries
        ]
        return {
            "entries": entries,
            "batches": [list(part) for part in self._batches],
            "finalists": self._finalists,
            "settled": self._settled,
            "settle_size": self._settle_size,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from `state()`. Raises ValueError for that of another number of candidates."""
        if len(state["entries"]) != len(self.entries):
            raise ValueError(
                f"the state has {len(state['entries'])} candidates, not {len(self.entries)}"
            )
        for entry, kept in zip(self.entries, state["entries"], strict=True):
            entry.scores, entry.batches = list(kept["scores"]), kept["batches"]
            entry.settled = list(kept["settled"])
        self._batches = [(start, stop) for start, stop in state["batches"]]
        self._finalists, self._settled = state["finalists"], list(state["settled"])
        self._settle_size = state["settle_size"]

    def _race(self) -> None:
        """Batch after batch until one candidate is left, or nothing more is afforded or learnt."""
        while True:
            # A candidate that dropped out and is back in the race catches up on what it missed.
            behind = [i for i in self._alive() if self.entries[i].batches < len(self._batches)]
            if not behind:
                part = self._next_batch()
                if part is None:
                    return
                self._batches.append(part)
                continue
            entry = self.entries[behind[0]]
            batch = self._examples_of(self._batches[entry.batches])
            if not self.evaluator.affords(batch + self._reserve(self._batches[0])):
                return
            entry.scores += self._measured(entry, batch, stream=entry.batches)
            entry.batches += 1
            self.on_change()

    def _settle(self) -> None:
        """The finalists, all on the same examples: as many as are afforded."""
        finalists = self._finalists or []
        if self._settle_size is None:
            sizes = range(len(self.settle_on), 0, -1)
            afforded = (
                n for n in sizes if self.evaluator.affords(self.settle_on[:n] * len(finalists))
            )
            self._settle_size = next(afforded, 0)
        for i in finalists if self._settle_size else []:
            entry = self.entries[i]
            if i not in self._settled:
                examples = self.settle_on[: self._settle_size]
                entry.settled = self._measured(entry, examples, stream=SETTLE_STREAM)
                self._settled.append(i)
                self.on_change()

    def _measured(self, entry: Entry[C], batch: Sequence[E], *, stream: int) -> list[float]:
        scores = self.evaluator.evaluate(entry.candidate, batch, stream)
        if len(scores) != len(batch):
            raise ValueError(f"{len(scores)} scores for {len(batch)} examples")
        wrong = [score for score in scores if score is not None and not isfinite(score)]
        if wrong:
            raise ValueError(f"a score of {wrong[0]}: give a finite number, or None")
        return [score for score in scores if score is not None]

    def _next_batch(self) -> tuple[int, int] | None:
        """The part of the order that is measured next; None when the race is over.

        All that are alive must be afforded, in the first batch the first two; with the settling.
        """
        alive = self._alive()
        start = self._batches[-1][1] if self._batches else 0
        if (self._batches and len(alive) == 1) or start >= MOST_LAPS * len(self.examples):
            return None
        racing = len(alive) if self._batches else min(len(alive), FINALISTS)
        for size in range(min(self.batch_size, len(self.examples)), 0, -1):
            batch = self._examples_of((start, start + size))
            reserve = self._reserve(self._batches[0] if self._batches else (start, start + size))
            if self.evaluator.affords(batch * racing + reserve):
                return start, start + size
        return None

    def _reserve(self, first: tuple[int, int]) -> list[E]:
        """What is kept back for the settling: as many examples as the first batch has."""
        return self.settle_on[: first[1] - first[0]] * min(FINALISTS, len(self.entries))

    def _examples_of(self, part: tuple[int, int]) -> list[E]:
        """The examples of a part of the order: every one comes once before any comes again, and
        none twice in a batch."""
        start, stop = part
        places: list[int] = []
        for lap in range((stop - 1) // len(self.examples) + 1):
            indices = list(range(len(self.examples)))
            random.Random(f"{self.random_seed}-lap-{lap}").shuffle(indices)
            places += indices
        return [self.examples[i] for i in dict.fromkeys(places[start:stop])]

    def _alive(self) -> list[int]:
        """The candidates that may still be the best, by bounds of one standard error."""
        measured = [entry for entry in self.entries if entry.scores]
        floor = max((entry.score.bounds()[0] for entry in measured), default=float("-inf"))
        return [
            i
            for i, entry in enumerate(self.entries)
            if not entry.scores or entry.score.bounds()[1] >= floor
        ]

    def _order(self) -> list[int]:
        return sorted(range(len(self.entries)), key=lambda i: -self.entries[i].worth)
