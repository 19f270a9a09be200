"""The menu of operators that the teacher chooses from, and what tuning makes of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from random import Random
from typing import Any

from dspy.predict.parameter import Parameter
from pydantic import TypeAdapter

from zoped.foundation.errors import ZopedError, first_line
from zoped.programs.student_note import LEVELS, level
from zoped.symbolic import Limits, SymbolicProblem, applicable, mutate, operators


class StateError(ZopedError, ValueError):
    """A saved state that this program cannot load; the message says what it is."""


MUTATIONS = ("operators", "rewrite", "both", "weights")  # what a decision is about
CHAIN_SIGN = "+"  # between the names of operators that are applied one after the other


def chain(names: Iterable[str]) -> str:
    """The name of several operators in a row, such as "one_digit_numbers+double_step"."""
    return CHAIN_SIGN.join(names)


def operators_of(name: str) -> tuple[str, ...]:
    """The operators that a chain's name stands for, in order; one for an operator's own name."""
    return tuple(name.split(CHAIN_SIGN))


@dataclass(frozen=True)
class Option:
    """An operator of a menu; `first` is another one that is applied before it and gives the problem
    other numbers ("": none).

    `low` and `high` narrow the limits of the operator's number (0 and 0: they do not).
    """

    operator: str
    low: int = 0
    high: int = 0
    first: str = ""

    @classmethod
    def of(cls, name: str) -> Option:
        """The option of that name, without narrower limits."""
        *first, operator = operators_of(name)
        return cls(operator, first=chain(first))

    @property
    def operators(self) -> tuple[str, ...]:
        """The names of all that is applied, in order."""
        return operators_of(self.name)

    @property
    def name(self) -> str:
        """What the teacher calls it, such as "double_step" or "one_digit_numbers+double_step"."""
        return chain(name for name in (self.first, self.operator) if name)

    @property
    def narrowed(self) -> bool:
        return self.high > 0

    @property
    def limit(self) -> Limits | None:
        """The operator's own limits of its number, the first of its arguments; None where it has none."""
        return next(iter(operators()[self.operator].arguments.values()), None)

    def applies(self, problem: SymbolicProblem) -> bool:
        """Whether it may apply; False only when it certainly does not."""
        return all(applicable(problem, name) for name in self.operators)

    def changed(
        self, problem: SymbolicProblem, key: str, arguments: Mapping[str, int] | None = None
    ) -> SymbolicProblem:
        """The problem after all operators; `key` seeds what they draw, `arguments` are the last
        one's. Raises as `mutate` does."""
        for name in self.operators[:-1]:
            problem = mutate(problem, name, seed=f"{key}:before")
        return mutate(problem, self.operator, seed=key, **(arguments or {}))

    def arguments(self, number: int) -> dict[str, int]:
        """The operator's first argument for the teacher's number, which is moved into the limits.

        0 leaves it to chance where the limits are the operator's own. Small models write a number
        for every operator: one that has no argument is not given it.
        """
        limit = self.limit
        if limit is None or not (number or self.narrowed):
            return {}
        name = next(iter(operators()[self.operator].arguments))
        low, high = (self.low, self.high) if self.narrowed else (limit.low, limit.high)
        return {name: min(max(number, low), high)}

    def random_arguments(self, rng: Random) -> dict[str, int]:
        """The operator's argument drawn within narrowed limits; else each problem draws its own."""
        return self.arguments(rng.randint(self.low, self.high)) if self.narrowed else {}

    def thirds(self) -> tuple[Option, ...]:
        """Small, middle and large numbers, by ratio: ways to use it that differ in difficulty.
        Itself where it has no number above 0."""
        limit = self.limit
        if limit is None or limit.high < 1:
            return (self,)
        low, high = max(1, limit.low), limit.high
        cuts = sorted({low, *(round(low * (high / low) ** (k / 3)) for k in (1, 2)), high + 1})
        return tuple(replace(self, low=a, high=b - 1) for a, b in pairwise(cuts))

    def line(self) -> str:
        """The option in words: name, what it does, the limits of its number; the name alone where an
        operator is not registered here."""
        known, number = operators(), ""
        if not known.keys() >= set(self.operators):
            return f"{self.name}: not registered here"
        limit = self.limit
        first = "".join(f"{known[name].description} Then: " for name in self.operators[:-1])
        if limit is not None:
            low, high = (self.low, self.high) if self.narrowed else (limit.low, limit.high)
            number = f" (number {low} to {high}: {limit.meaning})"
        return f"{self.name}: {first}{known[self.operator].description}{number}"


class TunedMenu(Parameter):  # type: ignore[misc]  # DSPy has no types
    """What there is to choose from: operators, and what tuning left of them by the student's level.

    A level that is not in `by_level` has all operators; one without any options is skipped: nothing
    is made for such a student, and no teacher is asked. Saved and loaded with the program, as the
    demonstrations are; to reset it undoes the tuning alone.

    Args:
        operators: Names of registered operators.
    """

    def __init__(self, operators: Iterable[str]) -> None:
        self.operators = tuple(operators)
        self.mutation = "operators"  # what the teacher decides on
        self.by_level: dict[str, tuple[Option, ...]] = {}

    def skips(self, student_note: str) -> bool:
        """Whether nothing is made for such a student."""
        return self.by_level.get(level(student_note)) == ()

    def options_for(self, problem: SymbolicProblem, student_note: str) -> tuple[Option, ...]:
        """What the teacher is shown: the options for such a student, in their order; all operators
        where none of them applies to the problem."""
        tuned = self.by_level.get(level(student_note), ())
        if any(option.applies(problem) for option in tuned):
            return tuned
        return tuple(Option(name) for name in self.operators)

    def reset(self) -> None:
        self.by_level = {}

    def dump_state(self, json_mode: bool = True) -> dict[str, Any]:
        return {
            "menu": {k: [asdict(o) for o in v] for k, v in sorted(self.by_level.items())},
            "operators": list(self.operators),
            "mutation": self.mutation,
        }

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Raises StateError for a state that no menu was saved as."""
        try:
            by_level = {k: tuple(map(_saved_option, v)) for k, v in state["menu"].items()}
            names = tuple(state.get("operators", self.operators))
            mutation = str(state.get("mutation", self.mutation))
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise StateError(
                f"mutate.tuned: no menu was saved there ({first_line(error)})"
            ) from error
        for what, found, known in (
            ("level", list(by_level), ("", *LEVELS.values())),
            ("mutation", [mutation], MUTATIONS),
        ):
            if other := [name for name in found if name not in known]:
                raise StateError(f"mutate.tuned: no menu was saved there (no {what} {other[0]!r})")
        options = [option for level in by_level.values() for option in level]
        chosen = {name for option in options for name in option.operators}
        unknown = sorted(chosen.union(names) - operators().keys(), key=str)
        if unknown:
            raise StateError(
                f"mutate.tuned: it has the operator {unknown[0]!r}, which is not registered here; import "
                "the module that registers it first, or name its class in `operators`"
            )
        for option in options:
            limit = option.limit
            if option.narrowed and not (
                limit and limit.low <= option.low <= option.high <= limit.high
            ):
                raise StateError(
                    f"mutate.tuned: {option.name} with a number from {option.low} to {option.high} is "
                    "beyond the operator's limits"
                )
        self.by_level, self.operators, self.mutation = by_level, names, mutation


def _saved_option(saved: Any) -> Option:
    """Raises TypeError or ValueError for what no option was saved as."""
    return _OPTION.validate_python(vars(Option(**saved)))


_OPTION = TypeAdapter(Option)
