"""Operators drawn at random whose decisions are made ahead on a Ray cluster.

What a decision gives depends on what was made before it, which is known only when its turn comes. So it
is made ahead as if nothing had been made, and notes after which problems it asked. Where one of those
was made meanwhile, the decision is taken again when its turn comes, which is rare. What comes is what
one machine makes, in the same order, whoever made it and however often that was tried.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import dspy

from zoped.foundation.ray_cluster import connect, ray_faults
from zoped.programs.random_operators import RandomOperators
from zoped.programs.seeds import Seed

AHEAD = 2  # decisions under way or waiting for their turn, for each processor of the cluster
Asked = tuple[Seed, int, str]  # a seed, the stream of a decision, and the note on the student


class OperatorsOnRay:
    """Called as `RandomOperators`, and gives what they give.

    A worker or a machine that is lost costs the decisions under way on it, which are made again
    elsewhere. Raises RayError.

    Args:
        operators: Whose decisions they are.
        address: Of the cluster, as for `connect`.
    """

    def __init__(self, operators: RandomOperators, *, address: str | None = None) -> None:
        self.operators = operators
        self._ray = connect(address)
        self._made: dict[tuple[str, int, str], Any] = {}
        with ray_faults(self._ray):
            self._shared = self._ray.put(operators)
            self._decide = self._ray.remote(num_cpus=1, max_retries=-1)(_decided)

    def begin(self, seed: Seed, stream: int, student_note: str = "") -> bool:
        """Begin what is likely to be called for; False where enough is under way."""
        name = seed.id, stream, student_note
        if name in self._made:
            return True
        with ray_faults(self._ray):
            most = AHEAD * max(1, int(self._ray.cluster_resources().get("CPU", 1)))
            if len(self._made) >= most:
                return False
            # In a list, so that a worker fetches it once and not with every decision.
            self._made[name] = self._decide.remote([self._shared], seed, stream, student_note)
        return True

    def __call__(
        self,
        seed: Seed,
        stream: int = 0,
        student_note: str = "",
        *,
        seen: set[str] | None = None,
        variants: int | None = None,
    ) -> dspy.Prediction:
        """As `RandomOperators`: at once where it was not begun."""
        seen = set() if seen is None else seen
        made = self._made.pop((seed.id, stream, student_note), None)
        # Another seed had its turn at an earlier stream: nobody will ask for what was begun then.
        self._made = {name: each for name, each in self._made.items() if name[1] > stream}
        if made is not None and variants is None:
            with ray_faults(self._ray):
                prediction, asked = self._ray.get(made)
            if not any(key in seen for key in asked):
                seen.update(problem.instance_key for problem in prediction.accepted)
                return prediction
        return self.operators(seed, stream, student_note, seen=seen, variants=variants)


def in_order(
    operators: RandomOperators | OperatorsOnRay, decisions: Iterable[Asked], *, seen: set[str]
) -> Iterator[dspy.Prediction]:
    """What comes of one decision after the other, those on a cluster begun ahead."""
    waiting: list[Asked] = []
    coming = iter(decisions)
    begin = operators.begin if isinstance(operators, OperatorsOnRay) else None
    while waiting or (waiting := list(islice(coming, 1))):
        while begin is not None and begin(*waiting[-1]) and (more := next(coming, None)):
            waiting.append(more)
        yield operators(*waiting.pop(0), seen=seen)


class _Asked(set[str]):
    """Of nothing that was made before, and of what it was asked after."""

    def __init__(self) -> None:
        super().__init__()
        self.after: set[str] = set()

    def __contains__(self, key: object) -> bool:
        if isinstance(key, str) and not super().__contains__(key):
            self.after.add(key)
        return super().__contains__(key)


_operators: dict[str, RandomOperators] = {}  # of a process of the cluster, by the object's name


def _decided(
    shared: list[Any], seed: Seed, stream: int, student_note: str
) -> tuple[dspy.Prediction, set[str]]:
    """What comes where nothing was made before, and the keys that were asked after."""
    [reference] = shared
    name = reference.hex()
    if name not in _operators:
        import ray

        _operators.clear()
        _operators[name] = ray.get(reference)
    seen = _Asked()
    return _operators[name](seed, stream, student_note, seen=seen), seen.after
