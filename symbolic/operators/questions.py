"""Operators that ask something else about the answer: how many, the least, the greatest."""

from __future__ import annotations

from fractions import Fraction
from random import Random

from zoped.symbolic.language.expression import Apply, Expression, Symbol
from zoped.symbolic.operators.base import Limits, Operator, register_operator
from zoped.symbolic.operators.editing import (
    asks_one_variable,
    fresh_name,
    phrase,
    rebuilt,
    target_variable,
)
from zoped.symbolic.problem import Constraint, Domain, SymbolicProblem, Variable


class _AboutMultiples(Operator):
    """Asks about a whole number whose multiple is compared with the answer."""

    def applicable(self, problem: SymbolicProblem) -> bool:
        return asks_one_variable(problem) and len(problem.variables) < 25

    def _ask(
        self, problem: SymbolicProblem, step: int, relation: str, words: str, query: str
    ) -> SymbolicProblem:
        asked = target_variable(problem)
        n, size = fresh_name(problem, "n"), fresh_name(problem, "step")
        unknown = Variable(name=n, meaning="positive whole number", domain=Domain.POSITIVE_INTEGER)
        given = Variable(
            name=size, meaning="factor", domain=Domain.POSITIVE_INTEGER, value=Fraction(step)
        )
        multiple = Apply("*", (Symbol(size), Symbol(n)))
        target: Expression = Symbol(n)
        return rebuilt(
            problem,
            variables=[*problem.variables, given, unknown],
            constraints=[
                *problem.constraints,
                Constraint(
                    relation=Apply(relation, (multiple, Symbol(asked.name))),
                    statement=f"A positive whole number multiplied by {{{size}}} is {words} {phrase(asked)}.",
                ),
            ],
            target=target,
            query=query,
            topic="number theory",
        )


@register_operator
class AskCount(_AboutMultiples):
    name = "ask_count"
    description = "Ask how many whole numbers satisfy a condition with the answer."
    arguments = {"step": Limits(2, 9, "the factor in the condition")}

    def apply(self, problem: SymbolicProblem, rng: Random, **arguments: int) -> SymbolicProblem:
        return self._ask(problem, arguments["step"], "<=", "at most", "count")


@register_operator
class AskMinimum(_AboutMultiples):
    name = "ask_minimum"
    description = "Ask for the least whole number that satisfies a condition with the answer."
    arguments = {"step": Limits(2, 9, "the factor in the condition")}

    def apply(self, problem: SymbolicProblem, rng: Random, **arguments: int) -> SymbolicProblem:
        return self._ask(problem, arguments["step"], ">=", "at least", "minimum")


@register_operator
class AskMaximum(_AboutMultiples):
    name = "ask_maximum"
    description = "Ask for the greatest whole number that satisfies a condition with the answer."
    arguments = {"step": Limits(2, 9, "the factor in the condition")}

    def apply(self, problem: SymbolicProblem, rng: Random, **arguments: int) -> SymbolicProblem:
        return self._ask(problem, arguments["step"], "<=", "at most", "maximum")
