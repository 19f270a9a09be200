"""What an operator is, the registry of operators, and `mutate`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import ClassVar

from pydantic import ValidationError

from zoped.foundation.errors import ZopedError, first_fault, first_line
from zoped.symbolic.fingerprint import instance_key
from zoped.symbolic.niceness import NONE_ALLOWED, Allowance, Limit, exact_values, limit_of, uglier
from zoped.symbolic.plausible import constants, implausible
from zoped.symbolic.problem import Lineage, SymbolicProblem

TRIES = 24
MISSES = 3  # draws of arguments that the operator itself refuses
_TOO_LONG = frozenset({"too_long", "string_too_long"})  # pydantic's
# Refusals for what the problem is: other arguments would meet the same.
_WHATEVER_IS_DRAWN = frozenset({"not_applicable", "not_solved", "told_before"})


class MutationRefused(ValueError):
    """The operator does not apply. `reason` is a short code, `detail` a sentence."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class OperatorError(ZopedError, RuntimeError):
    """An operator that is wrong: it raised something else, or returned no problem."""


@dataclass(frozen=True)
class Limits:
    """The whole numbers that an argument may be, both ends included. Raises ValueError for none at all."""

    low: int
    high: int
    meaning: str = ""

    def __post_init__(self) -> None:
        if self.low > self.high:
            raise ValueError(f"limits of {self.low} to {self.high}: give the lower one first")


class Operator(ABC):
    """One idea of how to change a problem.

    `description` is one sentence that a teacher can act on. `arguments` are whole numbers within
    limits; `mutate` draws those that are not given, and a teacher may choose the first. `apply` is a
    pure function of its arguments: all chance comes from `rng`. It raises MutationRefused where it
    does not apply; that its result has one answer is for `check_problem` to see. `allowance` is what
    its results' values may be where the original's are whole numbers.
    """

    name: ClassVar[str]
    description: ClassVar[str]
    arguments: ClassVar[Mapping[str, Limits]] = {}
    allowance: ClassVar[Allowance] = NONE_ALLOWED

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
    if not operator.name.isidentifier():
        raise ValueError(
            f"{operator.__name__} is called {operator.name!r}; a name has letters, digits and "
            "underscores alone, such as add_step"
        )
    if not isinstance(operator.arguments, Mapping) or not all(
        isinstance(limits, Limits) for limits in operator.arguments.values()
    ):
        raise ValueError(
            f"{operator.__name__}: arguments is {operator.arguments!r}; write a dict of limits, such as "
            '{"gone": Limits(2, 9, "how many are given away")}'
        )
    taken = type(_registry[operator.name]) if operator.name in _registry else operator
    if taken.__qualname__ != operator.__qualname__ or (
        _is_own(taken) and taken.__module__ != operator.__module__
    ):
        raise ValueError(f"an operator called {operator.name!r} exists; choose another name")
    try:
        _registry[operator.name] = operator()
    except TypeError as error:
        raise ValueError(f"{operator.__name__}() cannot be made: {error}") from error
    return operator


def _is_own(operator: type[Operator]) -> bool:
    """Whether it is one of Zoped's."""
    return operator.__module__.startswith("zoped.")


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


def applicable(problem: SymbolicProblem, operator: str) -> bool:
    """Whether the operator of that name may apply. Raises OperatorError where it fails."""
    chosen = _registry[operator]
    try:
        return chosen.applicable(problem)
    except Exception as error:
        raise _failed(chosen, problem, error, first_line(error)) from error


def _applied(
    operator: Operator, problem: SymbolicProblem, rng: Random, arguments: Mapping[str, int]
) -> SymbolicProblem:
    try:
        result = operator.apply(problem, rng, **arguments)
        if isinstance(result, SymbolicProblem):
            return result if _is_own(type(operator)) else _read(result)
    except MutationRefused:
        raise
    except ValidationError as error:
        # Values out of a domain and sizes over a limit depend on the problem, the rest on the operator.
        if {fault["type"] for fault in error.errors()} <= {"value_error", *_TOO_LONG}:
            raise
        raise _failed(operator, problem, error, first_fault(error)) from error
    except Exception as error:
        raise _failed(operator, problem, error, first_line(error)) from error
    raise OperatorError(
        f"the operator {_named(operator)} gave {result!r:.80}; it must return a "
        "SymbolicProblem, or raise MutationRefused"
    )


def _read(result: SymbolicProblem) -> SymbolicProblem:
    """The problem with its fields read and checked, which `replaced` and `model_copy` take as they are."""
    for v in result.variables:
        if v.value is not None and not v.domain.contains(v.value):
            raise MutationRefused("not_nice", f"{v.name} = {v.value} is no {v.domain}")
    try:
        return SymbolicProblem.model_validate(dict(vars(result)))
    except ValidationError as error:
        if {fault["type"] for fault in error.errors()} <= _TOO_LONG:
            raise
        raise ValueError(first_fault(error)) from error


def _failed(
    operator: Operator, problem: SymbolicProblem, error: Exception, what: str
) -> OperatorError:
    seed = problem.lineage.seed_id
    where = f" on the seed {seed}" if seed else ""
    return OperatorError(
        f"the operator {_named(operator)} failed{where}: {type(error).__name__}: {what}"
    )


def _named(operator: Operator) -> str:
    return f"{operator.name} ({type(operator).__module__}.{type(operator).__qualname__})"


def mutate(
    problem: SymbolicProblem, operator: str, *, seed: int | str, **arguments: int
) -> SymbolicProblem:
    """Apply the operator called `operator`; the same problem, seed and arguments give the same.

    The operator is applied anew, up to 24 times, until the result is as nice as the problem was and
    makes sense (`niceness`, `plausible`). Raises ValueError for an unknown operator or argument,
    MutationRefused where the operator does not apply, changes nothing or never makes such a result,
    pydantic's ValidationError where the result passes a limit, OperatorError for an operator that is
    wrong.
    """
    try:
        chosen = _registry[operator]
    except KeyError:
        raise ValueError(f"no operator {operator!r}; there are {', '.join(_registry)}") from None
    _check_arguments(chosen, arguments)
    if not applicable(problem, operator):
        raise MutationRefused("not_applicable", f"{operator} does not apply to this problem")
    rng = Random(f"{seed}:{operator}")
    limit = limit_of(problem, chosen.allowance)
    fault = MutationRefused("unchanged", f"{operator} left the problem as it was")
    tried: set[object] = set()
    misses = 0
    for _ in range(TRIES):
        values = {n: rng.randint(each.low, each.high) for n, each in chosen.arguments.items()}
        try:
            result = _applied(chosen, problem, rng, values | arguments)
        except MutationRefused as refusal:
            misses += 1
            if (
                misses == MISSES
                or refusal.reason in _WHATEVER_IS_DRAWN
                or values.keys() <= arguments.keys()
            ):
                raise
            fault = refusal
            continue
        is_same = result == problem or _same_numbers_swapped(result, problem)
        complaint = "" if is_same else _complaint(problem, result, limit)
        if not is_same and not complaint:
            lineage = Lineage(
                seed_id=problem.lineage.seed_id,
                parent_id=problem.lineage.parent_id,
                move=operator,
            )
            return result.replaced(lineage=lineage)
        if complaint:
            fault = MutationRefused("not_nice", complaint)
        key = (result.target, result.relations, tuple(v.value for v in result.variables))
        if key in tried:
            break  # nothing is left to chance
        tried.add(key)
    raise fault


def _check_arguments(chosen: Operator, arguments: Mapping[str, int]) -> None:
    for name, value in arguments.items():
        limit = chosen.arguments.get(name)
        if limit is None:
            known = ", ".join(chosen.arguments) or "none"
            raise ValueError(f"{chosen.name} has no argument {name!r}; its arguments: {known}")
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValueError(f"{chosen.name}: {name} must be a whole number, not {value!r}")
        if not limit.low <= value <= limit.high:
            raise ValueError(
                f"{chosen.name}: {name} = {value} is not in {limit.low} to {limit.high}"
            )


def _complaint(problem: SymbolicProblem, result: SymbolicProblem, limit: Limit) -> str:
    """Why the result is uglier than the problem or makes no sense; "" where neither is so."""
    values = exact_values(result)
    fault = uglier(result, limit, values) or implausible(result, values.known)
    if fault:
        return fault
    fixed = constants(problem)
    if fixed:
        now = {variable.name: variable.value for variable in result.variables}
        for given in problem.givens:
            if given.name in fixed and now.get(given.name, given.value) != given.value:
                return f"{given.name} = {given.value} belongs to a word and stays"
    return ""
