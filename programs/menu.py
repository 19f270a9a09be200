"""The menu of operators that the teacher chooses from, and what tuning makes of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from random import Random
from typing import Any

from dspy.predict.parameter import Parameter

from zoped.programs.student_note import level
from zoped.symbolic import SymbolicProblem, mutate, operators

THEN = "+"


@dataclass(frozen=True)
class Option:
    """An operator of a menu, and `before` it another one, which gives it other numbers ("": none).

    `low` and `high` narrow the limits of the operator's number (0 and 0: they do not).
    """

    operator: str
    low: int = 0
    high: int = 0
    before: str = ""

    @property
    def name(self) -> str:
        """What the teacher calls it, such as "double_step" or "one_digit_numbers+double_step"."""
        return f"{self.before}{THEN}{self.operator}" if self.before else self.operator

    @property
    def narrowed(self) -> bool:
        return self.high > 0

    def applies(self, problem: SymbolicProblem) -> bool:
        """Whether it may apply; False only when it certainly does not."""
        names = [name for name in (self.before, self.operator) if name]
        return all(operators()[name].applicable(problem) for name in names)

    def arguments(self, number: int) -> dict[str, int]:
        """The operator's argument for the teacher's number, which is moved into the limits.

        0 leaves it to chance where the limits are the operator's own. Small models write a number
        for every operator: one that has no argument is not given it.
        """
        limits = operators()[self.operator].arguments
        if not limits or not (number or self.narrowed):
            return {}
        name, limit = next(iter(limits.items()))
        low, high = (self.low, self.high) if self.narrowed else (limit.low, limit.high)
        return {name: min(max(number, low), high)}

    def drawn(self, rng: Random) -> dict[str, int]:
        """The operator's argument drawn within narrowed limits; else each problem draws its own."""
        return self.arguments(rng.randint(self.low, self.high)) if self.narrowed else {}

    def thirds(self) -> tuple[Option, ...]:
        """Small, middle and large numbers, by ratio: ways to use it that differ in difficulty.
        Itself where it has no number."""
        limits = operators()[self.operator].arguments
        if not limits:
            return (self,)
        limit = next(iter(limits.values()))
        low, high = max(1, limit.low), limit.high
        cuts = sorted({low, *(round(low * (high / low) ** (k / 3)) for k in (1, 2)), high + 1})
        return tuple(replace(self, low=a, high=b - 1) for a, b in pairwise(cuts))

    def line(self) -> str:
        """The option in words: name, what it does, the limits of its number."""
        operator = operators()[self.operator]
        limits = "; ".join(
            f"number {self.low or limit.low} to {self.high or limit.high}: {limit.meaning}"
            for limit in operator.arguments.values()
        )
        first = f"{operators()[self.before].description} Then: " if self.before else ""
        return f"{self.name}: {first}{operator.description}{f' ({limits})' if limits else ''}"


def changed(
    problem: SymbolicProblem, name: str, *, seed: str, arguments: Mapping[str, int]
) -> SymbolicProblem:
    """The option called `name` on the problem; raises as `mutate` does."""
    before, _, operator = name.rpartition(THEN)
    if before:
        problem = mutate(problem, before, seed=f"{seed}:before")
    return mutate(problem, operator, seed=seed, **arguments)


class TunedMenu(Parameter):  # type: ignore[misc]  # DSPy has no types
    """The options that tuning left, by the student's level (student_note.py).

    A level that is not there has the whole menu; one without any options is passed over: nothing is
    made for such a student, and no teacher is asked. It is saved and loaded with the program, as the
    demonstrations are, and reset with them.
    """

    def __init__(self) -> None:
        self.by_level: dict[str, tuple[Option, ...]] = {}

    def passes_over(self, student_note: str) -> bool:
        return self.by_level.get(level(student_note)) == ()

    def listed(
        self, problem: SymbolicProblem, student_note: str, menu: Iterable[str]
    ) -> tuple[Option, ...]:
        """What the teacher is shown: the options for such a student, in their order; the whole
        menu where none of them applies to the problem."""
        tuned = self.by_level.get(level(student_note), ())
        if any(option.applies(problem) for option in tuned):
            return tuned
        return tuple(Option(name) for name in menu)

    def reset(self) -> None:
        self.by_level = {}

    def dump_state(self, json_mode: bool = True) -> dict[str, Any]:
        return {"menu": {k: [asdict(o) for o in v] for k, v in sorted(self.by_level.items())}}

    def load_state(self, state: Mapping[str, Any]) -> None:
        self.by_level = {k: tuple(Option(**o) for o in v) for k, v in state["menu"].items()}
