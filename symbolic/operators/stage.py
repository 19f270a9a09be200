"""What the operators that add a calculation share."""

from __future__ import annotations

from fractions import Fraction

from zoped.symbolic.language.expression import Expression
from zoped.symbolic.operators.base import Operator
from zoped.symbolic.operators.editing import (
    asks_one_variable,
    fresh_name,
    nonnegative,
    target_variable,
    with_stage,
)
from zoped.symbolic.problem import Domain, SymbolicProblem, Variable

OTHERS = ("Zoe", "Max", "Ivy", "Sam")


def given(name: str, value: int, *, meaning: str, clause: str | None, unit: str) -> Variable:
    return Variable(
        name=name,
        meaning=meaning,
        unit=unit,
        domain=Domain.POSITIVE_INTEGER,
        value=Fraction(value),
        clause=clause,
    )


def result(name: str, like: Variable, *, meaning: str, clause: str | None) -> Variable:
    return Variable(
        name=name, meaning=meaning, unit=like.unit, domain=nonnegative(like.domain), clause=clause
    )


class Stage(Operator):
    """One more calculation with the answer."""

    def applicable(self, problem: SymbolicProblem) -> bool:
        return asks_one_variable(problem) and len(problem.variables) < 25


class WholeStage(Stage):
    """One more calculation with an answer that is a whole number."""

    def applicable(self, problem: SymbolicProblem) -> bool:
        return super().applicable(problem) and target_variable(problem).domain.is_integer


def pure_stage(
    problem: SymbolicProblem,
    base: str,
    expression: Expression,
    *,
    meaning: str,
    statement: str,
    clause: str,
    givens: list[Variable],
    domain: Domain | None = None,
    topic: str | None = None,
) -> SymbolicProblem:
    """A stage whose result is a bare number."""
    asked = target_variable(problem)
    outcome = Variable(
        name=fresh_name(problem, base),
        meaning=meaning,
        domain=domain or nonnegative(asked.domain),
        clause=clause,
    )
    return with_stage(problem, outcome, expression, givens=givens, statement=statement, topic=topic)
