"""Numbers that fit: a language model finds the relations more easily than the values for them."""

from __future__ import annotations

from collections.abc import Collection
from fractions import Fraction
from itertools import combinations

from zoped.symbolic.operators.editing import with_values
from zoped.symbolic.problem import SymbolicProblem, Variable
from zoped.symbolic.solving.workers import run_in_worker

MOST_SETS = 12  # of givens that are tried


def with_fitting_numbers(
    problem: SymbolicProblem,
    first: Collection[str] = (),
    *,
    others: bool = True,
    time_limit: float = 2.0,
    memory_limit_mb: int = 512,
) -> SymbolicProblem | None:
    """The problem with other whole values for one of its givens, or else for two, so that its relations
    have a solution; None where none are found. Whether it is the only one is for `check_problem` to say.

    Givens in `first` are changed rather than others; these not at all where `others` is False. `time_limit` is
    in seconds of CPU time.
    """
    whole = [v for v in problem.givens if _is_whole(v) and (others or v.name in first)]
    whole.sort(key=lambda v: v.name not in first)
    sets = [[v.name] for v in whole] + [[a.name, b.name] for a, b in combinations(whole, 2)]
    if not sets or time_limit <= 0:
        return None
    reply = run_in_worker(
        problem, time_limit=time_limit, memory_limit_mb=memory_limit_mb, fit=sets[:MOST_SETS]
    )
    if reply["status"] != "fits":
        return None
    return with_values(problem, {name: Fraction(text) for name, text in reply["values"].items()})


def _is_whole(variable: Variable) -> bool:
    return (
        variable.domain.is_integer
        and variable.value is not None
        and variable.value >= 1
        and variable.unit != "percent"
    )
