"""Results that are kept for the last problems: operators ask for the same ones many times."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from zoped.symbolic.problem import SymbolicProblem

_KEPT = 1024
_Result = TypeVar("_Result")


def remembered(
    function: Callable[[SymbolicProblem], _Result],
) -> Callable[[SymbolicProblem], _Result]:
    """The function, which looks at a problem once as long as it is among the last ones.

    By identity, which is many times as fast as comparing problems: the problem is kept beside its
    result, so that no other one can have its id.
    """
    kept: dict[int, tuple[SymbolicProblem, _Result]] = {}

    def looked_up(problem: SymbolicProblem) -> _Result:
        found = kept.get(id(problem))
        if found is not None:
            return found[1]
        result = function(problem)
        if len(kept) >= _KEPT:
            kept.clear()
        kept[id(problem)] = (problem, result)
        return result

    return looked_up
