"""Learnable and varied: coverage with diminishing returns, and the greedy choice by it.

The worth of a set is the sum, over its structures, moves and seeds, of the square root of how
learnable the problems of each add up to be. A greedy choice of n problems is worth at least
1 − 1/e of the best one (Nemhauser, Wolsey and Fisher 1978: the worth is monotone and submodular),
and shares the places out over structures in proportion to how learnable they are. The lazy form
(Minoux 1978) looks at few candidates a step.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt

WEIGHTS = (1.0, 0.5, 1.0)  # of a structure, a move and a seed


def concave(learnable: float) -> float:
    """What problems of one kind are worth that are so learnable together: the square root."""
    return sqrt(learnable)


def shares(sets: Sequence[Iterable[tuple[str, float]]]) -> list[float]:
    """What each set of problems has of the worth of all: they add up to the sum over structures of
    `concave` of how learnable the problems of each are together.

    A set has of a structure's worth what it has of its learnable problems, l·√S/S, which is twice the
    slope of the worth there: the marginal coverage. A problem is its structure, and how learnable it
    is, from 0 on.
    """
    listed = [list(problems) for problems in sets]
    totals: dict[str, float] = defaultdict(float)
    for problems in listed:
        for structure, learnable in problems:
            totals[structure] += learnable
    return [
        sum(each * concave(totals[kind]) / totals[kind] for kind, each in problems if each)
        for problems in listed
    ]


@dataclass(frozen=True)
class Candidate:
    """`learnable` is the problem's expected gradient probability; `kinds` are its structure, its
    move and its seed."""

    learnable: float
    kinds: tuple[str, str, str]


class Covered:
    """How learnable what was chosen adds up to be, by structure, by move and by seed."""

    def __init__(self, chosen: Iterable[Candidate] = ()) -> None:
        self._sums: dict[tuple[int, str], float] = {}
        for candidate in chosen:
            self.add(candidate)

    def gain(self, candidate: Candidate) -> float:
        """What the candidate adds to the worth."""
        total = 0.0
        for place, kind in enumerate(candidate.kinds):
            before = self._sums.get((place, kind), 0.0)
            gained = concave(before + candidate.learnable) - concave(before)
            total += WEIGHTS[place] * gained
        return total

    def add(self, candidate: Candidate) -> None:
        for place, kind in enumerate(candidate.kinds):
            self._sums[place, kind] = self._sums.get((place, kind), 0.0) + candidate.learnable

    @property
    def worth(self) -> float:
        return sum(WEIGHTS[place] * concave(total) for (place, _), total in self._sums.items())


def choose_covering(
    candidates: Sequence[Candidate], count: int, *, covered: Covered | None = None
) -> list[int]:
    """The places of up to `count` candidates, in the order in which they were chosen. `covered` is
    what was chosen before; it is added to."""
    covered = covered or Covered()
    queue = [(-covered.gain(each), i) for i, each in enumerate(candidates)]
    heapq.heapify(queue)
    chosen: list[int] = []
    while queue and len(chosen) < count:
        _, i = queue[0]
        gain = -covered.gain(candidates[i])
        # Gains only fall: one that is still the least in the queue is the best there is.
        if len(queue) > 1 and (gain, i) > min(queue[1:3]):
            heapq.heapreplace(queue, (gain, i))
            continue
        heapq.heappop(queue)
        chosen.append(i)
        covered.add(candidates[i])
    return chosen
