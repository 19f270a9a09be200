"""`solve`: one exact answer, proved to be the only one, or the reason why not.

The fast paths (exact linear algebra, then roots and bounds in one unknown) run here. What they
cannot decide goes to SymPy, Z3 and exhaustive enumeration in worker processes with an enforced
limit of time and memory.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Literal

from zoped.symbolic.language.evaluate import (
    EvaluationError,
    UndefinedError,
    evaluate,
    few_steps,
)
from zoped.symbolic.language.parse import MAX_DIGITS
from zoped.symbolic.problem import SymbolicProblem, parse_number
from zoped.symbolic.solving.linear import LinearResult, solve_linear
from zoped.symbolic.solving.univariate import OpenError, solutions, targets
from zoped.symbolic.solving.worked_steps import Step, stated_steps, worked_steps
from zoped.symbolic.solving.workers import run_in_worker

Status = Literal["unique", "none", "many", "timeout", "unsupported", "invalid"]
MAX_ANSWER = 200  # characters
_LONG = re.compile(rf"\d{{{MAX_DIGITS + 1}}}")


@dataclass(frozen=True)
class Solution:
    """The outcome of `solve`.

    `answer` is exact text ("7", "3/4", "sqrt(2)") when `status` is "unique", else None.
    `backend` is "linear", "univariate", "sympy", "z3" or "enumeration". `steps` lead to the answer
    where the backend yields them. `values` has every variable in one solution, exact where it is
    rational, else as a float; empty where the backend does not tell.
    """

    status: Status
    answer: str | None = None
    backend: str = ""
    steps: tuple[Step, ...] = ()
    detail: str = ""
    values: Mapping[str, Fraction | float] = field(default_factory=dict)

    @cached_property
    def value(self) -> Fraction | None:
        """The answer as an exact rational; None when there is none or it is irrational."""
        if self.answer is None:
            return None
        try:
            return parse_number(self.answer)
        except ValueError:
            return None


def solve(
    problem: SymbolicProblem,
    *,
    time_limit: float = 2.0,
    memory_limit_mb: int = 512,
    steps: bool = True,
) -> Solution:
    """Find the answer and prove that it is the only one; `steps=False` leaves the steps out.

    Status "unique": the target has the same value in every solution within the domains. "none":
    the constraints contradict each other, the givens or a domain. "many": the target can take
    two values. "timeout": a limit (seconds of CPU time, megabytes) was reached. "unsupported": no backend
    can decide. "invalid": the target is undefined at the solution (a division by zero).
    With a time limit of 0 no worker is asked: only the fast paths answer.
    """
    with few_steps():
        result = solve_linear(problem)
    if problem.query == "value":
        if result.status == "none":
            return Solution("none", backend="linear", detail=result.detail)
        if result.status == "unique":
            try:
                with few_steps():
                    answer = str(evaluate(problem.target, result.values))
            except UndefinedError as error:
                return Solution("invalid", backend="linear", detail=str(error))
            except EvaluationError:
                pass  # irrational: SymPy writes it exactly
            else:
                if _is_huge(answer):
                    return Solution("unsupported", backend="linear", detail="the answer is huge")
                worked = worked_steps(problem, result) if steps else ()
                return Solution("unique", answer, "linear", worked, values=result.values)
    try:
        return _by_univariate(problem, result, steps)
    except OpenError:
        if time_limit <= 0:
            return Solution("timeout", detail="what is left would need a worker process")
    reply = run_in_worker(problem, time_limit=time_limit, memory_limit_mb=memory_limit_mb)
    found: str | None = reply["answer"]
    if found is not None and _is_huge(found):
        return Solution("unsupported", backend=reply["backend"], detail="the answer is huge")
    stated: tuple[Step, ...] = ()
    if steps:
        texts, count = reply.get("values", {}), reply.get("solutions", 1)
        stated = stated_steps(problem, texts, found, count)
    values = {v.name: v.value for v in problem.givens if v.value is not None} | {
        name: value if isinstance(value, float) else Fraction(value)
        for name, value in reply.get("numbers", {}).items()
    }
    return Solution(reply["status"], found, reply["backend"], stated, reply["detail"], values)


def _is_huge(answer: str) -> bool:
    """Whether the expression language would not read the answer back."""
    return len(answer) > MAX_DIGITS and (len(answer) > MAX_ANSWER or bool(_LONG.search(answer)))


def _by_univariate(problem: SymbolicProblem, result: LinearResult, steps: bool) -> Solution:
    """Roots and bounds in one unknown at a time; raises OpenError."""
    with few_steps():
        found = solutions(problem, result)
    if problem.query == "count":
        return Solution("unique", str(len(found)), "univariate")
    if not found:
        return Solution("none", backend="univariate", detail="no value fits all constraints")
    try:
        with few_steps():
            values = set(targets(problem, found))
    except UndefinedError as error:
        return Solution("invalid", backend="univariate", detail=str(error))
    if not values:
        return Solution("invalid", backend="univariate", detail="the target is undefined")
    if problem.query == "value" and len(values) > 1:
        return Solution("many", backend="univariate", detail=f"{problem.target} can differ")
    value = min(values) if problem.query == "minimum" else max(values)
    answer = str(value)
    if _is_huge(answer):
        return Solution("unsupported", backend="univariate", detail="the answer is huge")
    states = steps and problem.query == "value"
    one = {name: str(v) for name, v in found[0].items()} if states else {}
    stated = stated_steps(problem, one, answer, len(found))
    exact = {name: Fraction(v) for name, v in found[0].items()}
    return Solution("unique", answer, "univariate", stated, values=exact)
