"""What the operators that add a calculation share."""

from __future__ import annotations

from zoped.symbolic.operators.base import Operator
from zoped.symbolic.operators.conditions import condition_told
from zoped.symbolic.operators.editing import asks_one_variable, target_variable
from zoped.symbolic.operators.quantity import Kind, asked_quantity
from zoped.symbolic.problem import SymbolicProblem


def asked_kind(problem: SymbolicProblem) -> Kind:
    """The kind of the quantity that the problem asks for, once a condition of its question is told."""
    return asked_quantity(condition_told(problem)).kind


class Stage(Operator):
    """One more calculation with the answer."""

    def applicable(self, problem: SymbolicProblem) -> bool:
        return (
            asks_one_variable(problem)
            and len(problem.variables) < 25
            and asked_kind(problem) is not Kind.OTHER
        )


class WholeStage(Stage):
    """One more calculation with an answer that is a whole number."""

    def applicable(self, problem: SymbolicProblem) -> bool:
        return super().applicable(problem) and target_variable(problem).domain.is_integer
