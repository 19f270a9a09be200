"""Operators that add a calculation after the answer, or take the last one away."""

from __future__ import annotations

from fractions import Fraction
from random import Random

from zoped.symbolic.language.expression import Apply, Symbol, number
from zoped.symbolic.niceness import Allowance
from zoped.symbolic.operators.base import Limits, MutationRefused, Operator, register_operator
from zoped.symbolic.operators.editing import (
    asks_one_variable,
    definition,
    fresh_name,
    needed,
    rebuilt,
    solved_values,
    target_variable,
)
from zoped.symbolic.operators.quantity import COUNTS, Kind
from zoped.symbolic.operators.stage import Stage, asked_kind
from zoped.symbolic.operators.story import story_stage
from zoped.symbolic.operators.story_tables import stories
from zoped.symbolic.problem import SymbolicProblem

_OF_ITS_ORDER = frozenset({Kind.DURATION, Kind.AMOUNT, Kind.PRICE})


@register_operator
class AddStep(Stage):
    name = "add_step"
    description = "Add one more step: the answer then grows by a new number."
    arguments = {"amount": Limits(2, 20, "the new number")}

    def apply(self, problem: SymbolicProblem, rng: Random, **arguments: int) -> SymbolicProblem:
        asked, more = target_variable(problem), fresh_name(problem, "more")
        amount = arguments["amount"]
        if asked_kind(problem) in _OF_ITS_ORDER:  # 15 hours more than a break of 2 are absurd
            most = max(2, int(2 * solved_values(problem)[asked.name]))
            amount = min(amount, rng.randint(2, most))
        return story_stage(
            problem,
            stories("add"),
            rng,
            base="after",
            expression=Apply("+", (Symbol(asked.name), Symbol(more))),
            new=(more, amount),
        )


@register_operator
class TakeAwayStep(Stage):
    name = "take_away_step"
    description = "Add one more step: a new number is taken away from the answer."
    arguments = {"amount": Limits(1, 20, "the new number")}

    def apply(self, problem: SymbolicProblem, rng: Random, **arguments: int) -> SymbolicProblem:
        asked, less = target_variable(problem), fresh_name(problem, "less")
        value = solved_values(problem)[asked.name]
        if value < 3:
            raise MutationRefused("too_small", "nothing can be taken away from the answer")
        amount = arguments["amount"]
        if amount >= value - 1:
            amount = rng.randint(1, int(value) // 2)
        return story_stage(
            problem,
            stories("take_away"),
            rng,
            base="left",
            expression=Apply("-", (Symbol(asked.name), Symbol(less))),
            new=(less, amount),
        )


@register_operator
class MultiplyStep(Stage):
    name = "multiply_step"
    description = "Add one more step: the answer is multiplied by a new number."
    arguments = {"times": Limits(2, 9, "the new number")}

    def apply(self, problem: SymbolicProblem, rng: Random, **arguments: int) -> SymbolicProblem:
        asked, times = target_variable(problem), fresh_name(problem, "times")
        return story_stage(
            problem,
            stories("multiply"),
            rng,
            base="multiple",
            expression=Apply("*", (Symbol(times), Symbol(asked.name))),
            new=(times, arguments["times"]),
        )


@register_operator
class ShareStep(Stage):
    name = "share_step"
    description = "Add one more step: the answer is shared equally."

    def apply(self, problem: SymbolicProblem, rng: Random, **_: int) -> SymbolicProblem:
        asked, parts = target_variable(problem), fresh_name(problem, "parts")
        value = solved_values(problem)[asked.name]
        divisors = [k for k in range(2, 13) if value.denominator == 1 and value % k == 0]
        if asked_kind(problem) in COUNTS:  # 1 apple for each of 11 children is no sharing
            divisors = [k for k in divisors if value // k > 1]
        if not divisors or not value:
            raise MutationRefused("no_numbers", "the answer has no divisor from 2 to 12")
        return story_stage(
            problem,
            stories("share"),
            rng,
            base="share",
            expression=Apply("/", (Symbol(asked.name), Symbol(parts))),
            new=(parts, rng.choice(divisors)),
        )


@register_operator
class DoubleStep(Stage):
    name = "double_step"
    description = "Ask for twice the answer."

    def apply(self, problem: SymbolicProblem, rng: Random, **_: int) -> SymbolicProblem:
        asked = target_variable(problem)
        return story_stage(
            problem,
            stories("double"),
            rng,
            base="double",
            expression=Apply("*", (number(2), Symbol(asked.name))),
        )


@register_operator
class HalveStep(Stage):
    name = "halve_step"
    description = "Ask for half of the answer."
    allowance = Allowance(places=1)

    def apply(self, problem: SymbolicProblem, rng: Random, **_: int) -> SymbolicProblem:
        asked = target_variable(problem)
        value = solved_values(problem)[asked.name]
        is_whole = asked_kind(problem) in COUNTS | {Kind.AGE}
        if is_whole and Fraction(value, 2).denominator != 1:
            raise MutationRefused("no_numbers", "half of the answer is not whole")
        return story_stage(
            problem,
            stories("halve"),
            rng,
            base="half",
            expression=Apply("/", (Symbol(asked.name), number(2))),
        )


@register_operator
class RemoveStep(Operator):
    name = "remove_step"
    description = "Remove the last step: ask for an earlier quantity instead, which is easier."

    def applicable(self, problem: SymbolicProblem) -> bool:
        return asks_one_variable(problem) and len(problem.unknowns) > 1

    def apply(self, problem: SymbolicProblem, rng: Random, **_: int) -> SymbolicProblem:
        asked = target_variable(problem)
        defined = definition(problem, asked.name)
        if defined is None:
            raise MutationRefused("not_applicable", "the answer is not the end of a chain of steps")
        index, right = defined
        unknown = {v.name for v in problem.unknowns}
        earlier = sorted(name for name in right.symbols if name in unknown)
        if not earlier:
            raise MutationRefused("not_applicable", "there is only one step")
        shorter = rebuilt(
            problem,
            variables=[v for v in problem.variables if v.name != asked.name],
            constraints=[c for i, c in enumerate(problem.constraints) if i != index],
        )
        if any(asked.name in relation.symbols for relation in shorter.relations):
            raise MutationRefused("not_applicable", "the answer is used in another relation")
        result = needed(shorter, Symbol(rng.choice(earlier)))
        if _orphaned(problem, result):
            raise MutationRefused("not_applicable", "the sentence of a number would be gone")
        return result


def _orphaned(problem: SymbolicProblem, shorter: SymbolicProblem) -> bool:
    """Whether a given has lost the sentence that told what it is."""
    gone = [c.statement or "" for c in problem.constraints if c not in shorter.constraints]
    return any(f"{{{v.name}}}" in statement for v in shorter.givens for statement in gone)
