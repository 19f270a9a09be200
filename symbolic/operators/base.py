"""What an operator is, the registry of operators, and `mutate`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import ClassVar

from zoped.symbolic.fingerprint import instance_key
from zoped.symbolic.problem import Lineage, SymbolicProblem


class MutationRefused(ValueError):
    """The operator does not apply. `reason` is a short code, `detail` a sentence."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True)
class Limits:
    """The whole numbers that an argument may be, both ends included."""

    low: int
    high: int
    meaning: str = ""


class Operator(ABC):
    """One idea of how to change a problem.

    `description` is one sentence that a teacher can act on. `arguments` are whole numbers within
    limits; `mutate` draws those that are not given. `apply` is a pure function of its arguments:
    all chance comes from `rng`. It raises MutationRefused where it does not apply; that its result
    has one answer is for `check_problem` to see.
    """

    name: ClassVar[str]
    description: ClassVar[str]
    arguments: ClassVar[Mapping[str, Limits]] = {}

    def applicable(self, problem: SymbolicProblem) -> bool:
        """A cheap necessary condition: False only when `apply` would refuse for certain."""
        return True

    @abstractmethod
    def apply(self, problem: SymbolicProblem, rng: Random, **arguments: int) -> SymbolicProblem:
        """The changed problem."""


_registry: dict[str, Operator] = {}


def register_operator(operator: type[Operator]) -> type[Operator]:
    """Class decorator: make the operator known by its name; raises ValueError for a taken name."""
    for attribute in ("name", "description"):
        if not isinstance(getattr(operator, attribute, None), str):
            raise ValueError(
                f"{operator.__name__} needs a {attribute}, a class attribute of type str"
            )
    taken = _registry.get(operator.name)
    if taken is not None and type(taken).__qualname__ != operator.__qualname__:
        raise ValueError(f"an operator called {operator.name!r} exists; choose another name")
    _registry[operator.name] = operator()
    return operator


def operators() -> dict[str, Operator]:
    """All registered operators by name."""
    return dict(_registry)


def _same_numbers_swapped(result: SymbolicProblem, problem: SymbolicProblem) -> bool:
    """Whether the givens only changed places among variables of the same role."""
    values = sorted(v.value for v in problem.givens if v.value is not None)
    if len(result.variables) != len(problem.variables):
        return False
    if values != sorted(v.value for v in result.givens if v.value is not None):
        return False
    return instance_key(result) == instance_key(problem)


def mutate(
    problem: SymbolicProblem, operator: str, *, seed: int | str, **arguments: int
) -> SymbolicProblem:
    """Apply the operator called `operator`; the same problem, seed and arguments give the same.

    Raises ValueError for an unknown operator or argument, MutationRefused where the operator does
    not apply or changes nothing.
    """
    try:
        chosen = _registry[operator]
    except KeyError:
        raise ValueError(f"no operator {operator!r}; there are {', '.join(_registry)}") from None
    rng = Random(f"{seed}:{operator}")
    values = {name: rng.randint(limit.low, limit.high) for name, limit in chosen.arguments.items()}
    for name, value in arguments.items():
        limit = chosen.arguments.get(name)
        if limit is None:
            known = ", ".join(chosen.arguments) or "none"
            raise ValueError(f"{operator} has no argument {name!r}; its arguments: {known}")
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValueError(f"{operator}: {name} must be a whole number, not {value!r}")
        if not limit.low <= value <= limit.high:
            raise ValueError(f"{operator}: {name} = {value} is not in {limit.low} to {limit.high}")
        values[name] = value
    if not chosen.applicable(problem):
        raise MutationRefused("not_applicable", f"{operator} does not apply to this problem")
    result = chosen.apply(problem, rng, **values)
    if result == problem or _same_numbers_swapped(result, problem):
        raise MutationRefused("unchanged", f"{operator} left the problem as it was")
    lineage = Lineage(
        seed_id=problem.lineage.seed_id, parent_id=problem.lineage.parent_id, mutation=operator
    )
    return result.replaced(lineage=lineage)
