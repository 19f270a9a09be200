"""Operators that add a calculation after the answer, or take the last one away."""

from __future__ import annotations

from random import Random

from zoped.symbolic.language.expression import Apply, Symbol, number
from zoped.symbolic.operators.base import Limits, MutationRefused, Operator, register_operator
from zoped.symbolic.operators.editing import (
    asks_one_variable,
    definition,
    fresh_name,
    needed,
    person,
    phrase,
    rebuilt,
    solved_values,
    story_ends_with,
    target_variable,
    things,
    with_stage,
)
from zoped.symbolic.operators.stage import OTHERS, Stage, given, pure_stage, result
from zoped.symbolic.problem import SymbolicProblem
from zoped.symbolic.wording.inflection import is_measure


@register_operator
class AddStep(Stage):
    name = "add_step"
    description = "Add one more step: the answer then grows by a new number."
    arguments = {"amount": Limits(2, 20, "the new number")}

    def apply(self, problem: SymbolicProblem, rng: Random, **arguments: int) -> SymbolicProblem:
        asked = target_variable(problem)
        who = person(problem, asked)
        more, after = fresh_name(problem, "more"), fresh_name(problem, "after")
        noun = things(asked)
        if who and noun and asked.domain.is_integer:
            verb = rng.choice(("gets", "finds") if is_measure(noun) else ("gets", "finds", "buys"))
            given_clause = f"Then {who} [{verb}] # more {noun}"
            clause = f"{who} [has] # {noun} after that"
            meaning = f"{noun} {who} has after that"
            given_meaning = f"more {noun} {who} {verb}"
            statement: str | None = ""
        else:
            given_clause, given_meaning, meaning = None, "number added", "new total"
            clause = "The new total [is] #"
            statement = f"The new total is {{{more}}} more than {phrase(asked)}."
        return with_stage(
            problem,
            result(after, asked, meaning=meaning, clause=clause),
            Apply("+", (Symbol(asked.name), Symbol(more))),
            givens=[
                given(
                    more,
                    arguments["amount"],
                    meaning=given_meaning,
                    clause=given_clause,
                    unit=asked.unit,
                )
            ],
            statement=statement,
        )


@register_operator
class TakeAwayStep(Stage):
    name = "take_away_step"
    description = "Add one more step: a new number is taken away from the answer."
    arguments = {"amount": Limits(1, 20, "the new number")}

    def apply(self, problem: SymbolicProblem, rng: Random, **arguments: int) -> SymbolicProblem:
        asked = target_variable(problem)
        who = person(problem, asked)
        value = solved_values(problem)[asked.name]
        amount = min(arguments["amount"], int(value) - 1)
        if amount < 1:
            raise MutationRefused("too_small", "nothing can be taken away from the answer")
        less, left = fresh_name(problem, "less"), fresh_name(problem, "left")
        noun = things(asked)
        if who and noun and asked.domain.is_integer:
            verb = rng.choice(("loses", "gives away") + (() if is_measure(noun) else ("sells",)))
            given_clause: str | None = f"Then {who} [{verb}] # {noun}"
            clause = f"{who} [has] # {noun} left"
            meaning, given_meaning = f"{noun} {who} has left", f"{noun} {who} {verb}"
            statement: str | None = ""
        else:
            given_clause, given_meaning, meaning = None, "number taken away", "rest"
            clause = "The rest [is] #"
            statement = f"The rest is {{{less}}} less than {phrase(asked)}."
        return with_stage(
            problem,
            result(left, asked, meaning=meaning, clause=clause),
            Apply("-", (Symbol(asked.name), Symbol(less))),
            givens=[
                given(less, amount, meaning=given_meaning, clause=given_clause, unit=asked.unit)
            ],
            statement=statement,
        )


@register_operator
class MultiplyStep(Stage):
    name = "multiply_step"
    description = "Add one more step: the answer is multiplied by a new number."
    arguments = {"times": Limits(2, 9, "the new number")}

    def apply(self, problem: SymbolicProblem, rng: Random, **arguments: int) -> SymbolicProblem:
        asked = target_variable(problem)
        who = person(problem, asked)
        times, product = fresh_name(problem, "times"), fresh_name(problem, "multiple")
        noun = things(asked)
        if who and noun:
            told = problem.model_dump_json()
            free = [name for name in OTHERS if name not in told]
            if not free:
                raise MutationRefused("not_applicable", "no name is left for another person")
            other = rng.choice(free)
            clause, meaning = f"{other} [has] # {noun}", f"{noun} {other} has"
            statement = f"{other} has {{{times}}} times as many {noun} as {who} then has."
        else:
            clause, meaning = "The result [is] #", "result"
            statement = f"The result is {{{times}}} times {phrase(asked)}."
        return with_stage(
            problem,
            result(product, asked, meaning=meaning, clause=clause),
            Apply("*", (Symbol(times), Symbol(asked.name))),
            givens=[given(times, arguments["times"], meaning="factor", clause=None, unit="")],
            statement=statement,
        )


@register_operator
class ShareStep(Stage):
    name = "share_step"
    description = "Add one more step: the answer is shared equally."

    def apply(self, problem: SymbolicProblem, rng: Random, **_: int) -> SymbolicProblem:
        asked = target_variable(problem)
        value = solved_values(problem)[asked.name]
        divisors = [k for k in range(2, 13) if value.denominator == 1 and value % k == 0 and value]
        if not divisors:
            raise MutationRefused("no_numbers", "the answer has no divisor from 2 to 12")
        parts, share = fresh_name(problem, "parts"), fresh_name(problem, "share")
        noun = things(asked)
        if noun and asked.domain.is_integer and story_ends_with(problem, asked):
            statement = f"{{{parts}}} children share these {noun} equally."
            clause, meaning = f"Each child [gets] # {noun}", f"{noun} each child gets"
        else:
            comma = "," if " and " in phrase(asked) else ""
            statement = f"A share is {phrase(asked)}{comma} divided by {{{parts}}}."
            clause, meaning = "A share [is] #", "share"
        return with_stage(
            problem,
            result(share, asked, meaning=meaning, clause=clause),
            Apply("/", (Symbol(asked.name), Symbol(parts))),
            givens=[
                given(parts, rng.choice(divisors), meaning="children", clause=None, unit="child")
            ],
            statement=statement,
        )


@register_operator
class DoubleStep(Stage):
    name = "double_step"
    description = "Ask for twice the answer."

    def apply(self, problem: SymbolicProblem, rng: Random, **_: int) -> SymbolicProblem:
        asked = target_variable(problem)
        return pure_stage(
            problem,
            "double",
            Apply("*", (number(2), Symbol(asked.name))),
            meaning="result",
            clause="The result [is] #",
            statement=f"The result is twice {phrase(asked)}.",
            givens=[],
        )


@register_operator
class HalveStep(Stage):
    name = "halve_step"
    description = "Ask for half of the answer."

    def apply(self, problem: SymbolicProblem, rng: Random, **_: int) -> SymbolicProblem:
        asked = target_variable(problem)
        return pure_stage(
            problem,
            "half",
            Apply("/", (Symbol(asked.name), number(2))),
            meaning="result",
            clause="The result [is] #",
            statement=f"The result is half of {phrase(asked)}.",
            givens=[],
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
        return needed(shorter, Symbol(rng.choice(earlier)))
