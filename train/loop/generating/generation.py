"""Generation by steps: one decision of the teacher on one seed. Several may be under way at once;
what is stored does not depend on the order in which they end."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import dspy

from zoped.foundation.closing import Closing
from zoped.programs import GeneratedProblem, Rejection, Seed
from zoped.programs.bulk.operators_on_ray import OperatorsOnRay
from zoped.programs.teachers.budget import Spent
from zoped.programs.teachers.calls import TeacherCalls
from zoped.programs.teachers.errors import BudgetSpent
from zoped.programs.under_way import UnderWay
from zoped.train.state import RunState

STEPS_PER_ROUND = 1_000_000  # keeps the random streams of different rounds apart
BEFORE = -1  # the step of what was seen before the round
COSTS = "teacher_costs"  # of the state
TOLD = 3  # problems that a rewrite is told were made of its seed before, the latest ones


def seed_of_lap(seeds: Sequence[Seed], step: int, *, run_seed: int) -> Seed:
    """Every seed once a lap, each lap in an order of its own."""
    lap, i = divmod(step, len(seeds))
    return seeds[_order(len(seeds), run_seed, lap)[i]]


@lru_cache(maxsize=64)
def _order(count: int, run_seed: int, lap: int) -> list[int]:
    order = list(range(count))
    random.Random(f"laps-{run_seed}-{lap}").shuffle(order)
    return order


@dataclass(frozen=True)
class Due:
    """A decision to be taken. `student_note` is what the teacher reads about the student on this
    seed."""

    step: int
    seed: Seed
    generator: Callable[..., dspy.Prediction]
    student_note: str = ""


@dataclass(frozen=True)
class Outcome:
    """What a decision came to, as it is stored until those before it are."""

    seed_id: str
    accepted: list[GeneratedProblem]
    rejected: list[Rejection]
    teacher_calls: int
    costs: dict[str, Spent]

    @classmethod
    def of(cls, seed_id: str, made: dspy.Prediction) -> Outcome:
        costs = made.get("costs") or {}
        return cls(seed_id, made.accepted, made.rejected, made.teacher_calls, costs)

    def dump(self) -> str:
        return json.dumps(
            {
                "seed_id": self.seed_id,
                "accepted": [problem.model_dump(mode="json") for problem in self.accepted],
                "rejected": [rejection.model_dump(mode="json") for rejection in self.rejected],
                "teacher_calls": self.teacher_calls,
                "costs": {name: vars(spent) for name, spent in self.costs.items()},
            }
        )

    @classmethod
    def load(cls, text: str) -> Outcome:
        body: dict[str, Any] = json.loads(text)
        return cls(
            body["seed_id"],
            [GeneratedProblem.model_validate(problem) for problem in body["accepted"]],
            [Rejection.model_validate(rejection) for rejection in body["rejected"]],
            body["teacher_calls"],
            {name: Spent(**spent) for name, spent in body["costs"].items()},
        )


class Seen:
    """The instance keys that decision `before` must not make again: those of the steps before it,
    and its own. Other steps that are done are not looked at: which they are is a matter of chance."""

    def __init__(self, steps: dict[str, int], before: int) -> None:
        self._steps = steps
        self._before = before
        self._own: set[str] = set()

    def __contains__(self, key: object) -> bool:
        return key in self._own or (
            isinstance(key, str) and self._steps.get(key, self._before) < self._before
        )

    def add(self, key: str) -> None:
        self._own.add(key)


class Decisions(Closing):
    """Takes decisions, and stores them in the order of their steps.

    With a teacher whose `concurrency` is above 1, up to twice as many are under way: the teacher's
    requests are bounded, and solvers work meanwhile. A decision then knows the problems of the steps
    that were stored at least that many steps before it; a problem that others made meanwhile is found
    when it is stored. What ends early is kept in the state, and not asked for again after a kill.

    Args:
        state: Where what is made is stored.
        round_number: The round that it belongs to.
        seen: Keys that must not be made again; those of new problems are added.
        teacher: Who is asked by the decisions' generators; None where operators are drawn.
    """

    def __init__(
        self,
        state: RunState,
        *,
        round_number: int,
        seen: set[str],
        teacher: TeacherCalls | None,
    ) -> None:
        self.state = state
        self.round_number = round_number
        self.seen = seen
        self.teacher = teacher
        at_once = 1 if teacher is None else teacher.concurrency or 1
        self.ahead = 2 * at_once if at_once > 1 else 0
        self._steps = dict.fromkeys(seen, BEFORE)
        self._made: dict[str, list[tuple[int, str]]] = {}  # by seed, of each step the first text
        for seed_id, text in state.first_texts(before=round_number):
            self._made.setdefault(seed_id, []).append((BEFORE, text))
        for step, problems in state.problems_of_steps(round_number).items():
            self._note(step, problems)
        with state.as_written("kept ahead"):
            self._ended = {s: Outcome.load(b) for s, b in state.kept_ahead(round_number).items()}
        self._unpaid: dict[int, BudgetSpent] = {}
        self._under_way: UnderWay[tuple[int, str], dspy.Prediction] = UnderWay()

    def close(self) -> None:
        """Cancel what is under way, and keep what has ended."""
        with suppress(TimeoutError):  # one that does not end is not waited for
            self._under_way.close()
        for (step, seed_id), made in self._under_way.ended():
            self._keep(step, seed_id, made)
        self.save_costs()

    def take(self, due: Due, upcoming: Iterable[Due] = ()) -> list[GeneratedProblem]:
        """Store what comes of the decision; return the problems that are new to the run.

        `upcoming` are likely to be due next: they are begun. A step that turns out to be another
        seed's is begun anew. Raises BudgetSpent where the budget did not pay for the decision.
        """
        if not self.ahead:
            self._begin_on_cluster(due, upcoming)
            return self._record(due, Outcome.of(due.seed.id, self._decided(due)))
        self._begin(due)
        for following in upcoming:
            if following.step > due.step + self.ahead or len(self._under_way) > self.ahead:
                break
            self._begin(following)
        while due.step not in self._ended:
            if due.step in self._unpaid:
                raise self._unpaid[due.step]
            (step, seed_id), ended = self._under_way.take(while_waiting=self.save_costs)
            try:
                made = ended.result()
            except BudgetSpent as spent:
                self._unpaid[step] = spent
                continue
            self._keep(step, seed_id, made)
        return self._record(due, self._ended.pop(due.step))

    def save_costs(self) -> None:
        if self.teacher is not None:
            self.state.set_meta(COSTS, self.teacher.costs.dump())

    def _begin(self, due: Due) -> None:
        ended = self._ended.get(due.step)
        if ended is not None and ended.seed_id != due.seed.id:
            del self._ended[due.step]
        name = due.step, due.seed.id
        if due.step in self._ended or due.step in self._unpaid or name in self._under_way:
            return
        for other in self._under_way.names():
            if other[0] == due.step:
                self._under_way.drop(other)
        self._under_way.start(name, self._decided_later(due))

    def _begin_on_cluster(self, due: Due, upcoming: Iterable[Due]) -> None:
        """Where operators are drawn on a cluster: begin the decisions, as many as it has room for."""
        if not isinstance(due.generator, OperatorsOnRay):
            return
        for one in (due, *upcoming):
            if isinstance(one.generator, OperatorsOnRay) and not one.generator.begin(
                one.seed, self._stream(one), one.student_note
            ):
                return

    def _decided(self, due: Due) -> dspy.Prediction:
        return due.generator(**self._inputs(due), seen=self.seen)

    def _inputs(self, due: Due) -> dict[str, Any]:
        """What a decision is told. Of what was made of its seed, as with `Seen`, only what was
        certainly stored before it."""
        told = {"seed": due.seed, "stream": self._stream(due), "student_note": due.student_note}
        if not getattr(due.generator, "tells_made", False):
            return told
        before = due.step - self.ahead
        made = [text for step, text in self._made.get(due.seed.id, ()) if step < before]
        return told | {"made": made[-TOLD:]}

    def _note(self, step: int, new: Sequence[GeneratedProblem]) -> None:
        self._steps |= {problem.instance_key: step for problem in new}
        if new:  # the others of a decision are as the first, with other numbers
            self._made.setdefault(new[0].seed_id, []).append((step, new[0].text))

    async def _decided_later(self, due: Due) -> dspy.Prediction:
        generate = getattr(due.generator, "acall", None)
        seen = Seen(self._steps, due.step - self.ahead)
        inputs = self._inputs(due)
        if generate is None:  # operators at random: no call
            return due.generator(**inputs, seen=seen)
        return await generate(**inputs, seen=seen)

    def _stream(self, due: Due) -> int:
        return self.round_number * STEPS_PER_ROUND + due.step

    def _keep(self, step: int, seed_id: str, made: dspy.Prediction) -> None:
        outcome = self._ended[step] = Outcome.of(seed_id, made)
        with self.state.transaction():
            self.state.keep_ahead(self.round_number, step, outcome.dump())
            self.save_costs()

    def _record(self, due: Due, outcome: Outcome) -> list[GeneratedProblem]:
        rejected = list(outcome.rejected)
        with self.state.transaction():
            new = self.state.record_step(
                self.round_number,
                due.step,
                seed_id=due.seed.id,
                accepted=outcome.accepted,
                rejected=rejected,
                teacher_calls=outcome.teacher_calls,
            )
            if self.teacher is not None:
                self.teacher.costs.add_outcomes(outcome.costs)
                self.save_costs()
        self.seen.update(problem.instance_key for problem in new)
        self._note(due.step, new)
        return new
