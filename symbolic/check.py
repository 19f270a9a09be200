"""Well-posedness: exactly one answer, of sane size, to which every given matters."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import partial

from zoped.symbolic.language.expression import Symbol
from zoped.symbolic.plausible import implausible
from zoped.symbolic.problem import SymbolicProblem, Variable
from zoped.symbolic.solving.linear import solve_linear
from zoped.symbolic.solving.sensitivity import sensitive_givens
from zoped.symbolic.solving.solve import Solution, solve

MAX_ANSWER_DIGITS = 12  # of the numerator and of the denominator
_REASONS = {"none": "no_solution", "many": "many_solutions"}


@dataclass(frozen=True)
class Check:
    """`reason` is None when the problem is well-posed.

    Otherwise "no_solution", "many_solutions", "timeout", "unsupported", "invalid", "answer_size",
    "implausible" or "idle_given", with a sentence of `detail`. `solution` has no worked steps: `solve` writes
    them.
    """

    solution: Solution
    reason: str | None = None
    detail: str = ""


def check_problem(
    problem: SymbolicProblem,
    *,
    time_limit: float = 2.0,
    memory_limit_mb: int = 512,
    sense: bool = True,
) -> Check:
    """Solve the problem and see that it is fit to be asked.

    `sense=False` leaves out what only a new problem has to be: a given text may well end with 0
    pens left.
    """
    decide = partial(solve, time_limit=time_limit, memory_limit_mb=memory_limit_mb, steps=False)
    solution = decide(problem)
    if solution.status != "unique":
        return Check(solution, _REASONS.get(solution.status, solution.status), solution.detail)
    value = solution.value
    if value is not None and max(abs(value.numerator), value.denominator) >= 10**MAX_ANSWER_DIGITS:
        return Check(solution, "answer_size", f"the answer {solution.answer} is too long")
    if sense:
        fault = implausible(problem, _rational(solution.values, problem))
        if fault:
            return Check(solution, "implausible", fault)
    for given, matters in _mattering(problem, solution, decide):
        if not matters and not given.distractor:
            return Check(solution, "idle_given", f"{given.name} does not change the answer")
        if matters and given.distractor:
            return Check(solution, "idle_given", f"the distractor {given.name} changes the answer")
    return Check(solution)


def idle_givens(
    problem: SymbolicProblem,
    solution: Solution,
    *,
    time_limit: float = 2.0,
    memory_limit_mb: int = 512,
) -> frozenset[str]:
    """The givens that do not change the answer, which is `solution`."""
    decide = partial(solve, time_limit=time_limit, memory_limit_mb=memory_limit_mb, steps=False)
    return frozenset(g.name for g, matters in _mattering(problem, solution, decide) if not matters)


def _mattering(
    problem: SymbolicProblem, solution: Solution, decide: Callable[[SymbolicProblem], Solution]
) -> Iterator[tuple[Variable, bool]]:
    """Each given, and whether the answer depends on it."""
    moving = sensitive_givens(problem, solution.values) if problem.query == "value" else set()
    for given in problem.givens:
        yield given, given.name in moving or _matters(problem, given, solution, decide)


def _rational(
    values: Mapping[str, Fraction | float], problem: SymbolicProblem
) -> dict[str, Fraction]:
    known = {name: value for name, value in values.items() if isinstance(value, Fraction)}
    return known | {v.name: v.value for v in problem.givens if v.value is not None}


def _matters(
    problem: SymbolicProblem,
    given: Variable,
    solution: Solution,
    decide: Callable[[SymbolicProblem], Solution],
) -> bool:
    """Whether some other value of the given changes the outcome (the answer or its existence).

    A given that is in use counts as one that matters where no other value can be decided.
    """
    used = any(given.name in relation.symbols for relation in problem.relations)
    if not used and given.name not in problem.target.symbols:
        return False
    undecided = True
    for value in _other_values(given):
        if _excludes(problem, solution, {given.name: value}):
            return True
        outcome = decide(_with_value(problem, given, value))
        if outcome.status in ("timeout", "unsupported"):
            continue
        if (outcome.status, outcome.answer) != (solution.status, solution.answer):
            return True
        undecided = False
    return undecided


def _excludes(problem: SymbolicProblem, solution: Solution, changed: dict[str, Fraction]) -> bool:
    """Whether propagation alone shows that the target loses its answer with `changed` givens."""
    answer = solution.value
    if problem.query == "count" or answer is None or not isinstance(problem.target, Symbol):
        return False
    return solve_linear(problem, changed | {problem.target.name: answer}).status == "none"


def _other_values(given: Variable) -> list[Fraction]:
    value = given.value or Fraction(0)
    candidates = (value + 1, value * 2 + 3, value - 1)
    return [candidate for candidate in candidates if given.domain.contains(candidate)]


def _with_value(problem: SymbolicProblem, given: Variable, value: Fraction) -> SymbolicProblem:
    variables = tuple(v.replaced(value=value) if v is given else v for v in problem.variables)
    return problem.replaced(variables=variables)
