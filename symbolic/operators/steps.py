"""Operators that add a calculation after the answer, or take the last one away."""

from __future__ import annotations

from fractions import Fraction
from random import Random

from zoped.symbolic.english import capitalize, is_measure
from zoped.symbolic.expression import Apply, Expression, Symbol, number
from zoped.symbolic.operators.base import Limits, MutationRefused, Operator, register_operator
from zoped.symbolic.operators.editing import (
    asks_one_variable,
    definition,
    fresh_name,
    needed,
    nonnegative,
    person,
    phrase,
    rebuilt,
    solved_values,
    story_ends_with,
    target_variable,
    things,
    with_stage,
)
from zoped.symbolic.problem import Domain, SymbolicProblem, Variable

_OTHERS = ("Zoe", "Max", "Ivy", "Sam")


def _given(name: str, value: int, *, meaning: str, clause: str | None, unit: str) -> Variable:
    return Variable(
        name=name,
        meaning=meaning,
        unit=unit,
        domain=Domain.POSITIVE_INTEGER,
        value=Fraction(value),
        clause=clause,
    )


def _result(name: str, like: Variable, *, meaning: str, clause: str | None) -> Variable:
    return Variable(
        name=name, meaning=meaning, unit=like.unit, domain=nonnegative(like.domain), clause=clause
    )


class _Stage(Operator):
    """One more calculation with the answer."""

    def applicable(self, problem: SymbolicProblem) -> bool:
        return asks_one_variable(problem) and len(problem.variables) < 25


@register_operator
class AddStep(_Stage):
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
            _result(after, asked, meaning=meaning, clause=clause),
            Apply("+", (Symbol(asked.name), Symbol(more))),
            givens=[
                _given(
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
class TakeAwayStep(_Stage):
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
            _result(left, asked, meaning=meaning, clause=clause),
            Apply("-", (Symbol(asked.name), Symbol(less))),
            givens=[
                _given(less, amount, meaning=given_meaning, clause=given_clause, unit=asked.unit)
            ],
            statement=statement,
        )


@register_operator
class MultiplyStep(_Stage):
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
            free = [name for name in _OTHERS if name not in told]
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
            _result(product, asked, meaning=meaning, clause=clause),
            Apply("*", (Symbol(times), Symbol(asked.name))),
            givens=[_given(times, arguments["times"], meaning="factor", clause=None, unit="")],
            statement=statement,
        )


@register_operator
class ShareStep(_Stage):
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
            _result(share, asked, meaning=meaning, clause=clause),
            Apply("/", (Symbol(asked.name), Symbol(parts))),
            givens=[
                _given(parts, rng.choice(divisors), meaning="children", clause=None, unit="child")
            ],
            statement=statement,
        )


def _pure_stage(
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
    result = Variable(
        name=fresh_name(problem, base),
        meaning=meaning,
        domain=domain or nonnegative(asked.domain),
        clause=clause,
    )
    return with_stage(problem, result, expression, givens=givens, statement=statement, topic=topic)


@register_operator
class DoubleStep(_Stage):
    name = "double_step"
    description = "Ask for twice the answer."

    def apply(self, problem: SymbolicProblem, rng: Random, **_: int) -> SymbolicProblem:
        asked = target_variable(problem)
        return _pure_stage(
            problem,
            "double",
            Apply("*", (number(2), Symbol(asked.name))),
            meaning="result",
            clause="The result [is] #",
            statement=f"The result is twice {phrase(asked)}.",
            givens=[],
        )


@register_operator
class HalveStep(_Stage):
    name = "halve_step"
    description = "Ask for half of the answer."

    def apply(self, problem: SymbolicProblem, rng: Random, **_: int) -> SymbolicProblem:
        asked = target_variable(problem)
        return _pure_stage(
            problem,
            "half",
            Apply("/", (Symbol(asked.name), number(2))),
            meaning="result",
            clause="The result [is] #",
            statement=f"The result is half of {phrase(asked)}.",
            givens=[],
        )


@register_operator
class PercentStep(_Stage):
    name = "percent_step"
    description = "Add one more step: ask for some percent of the answer."

    def apply(self, problem: SymbolicProblem, rng: Random, **_: int) -> SymbolicProblem:
        asked = target_variable(problem)
        value = solved_values(problem)[asked.name]
        shares = [p for p in (10, 20, 25, 40, 50, 60, 75, 80) if (value * p / 100).denominator == 1]
        if not shares:
            raise MutationRefused("no_numbers", "no percentage of the answer is whole")
        share = fresh_name(problem, "share")
        given = Variable(
            name=share,
            meaning="percentage",
            unit="percent",
            domain=Domain.POSITIVE_INTEGER,
            value=Fraction(rng.choice(shares)),
        )
        return _pure_stage(
            problem,
            "part",
            Apply("/", (Apply("*", (Symbol(asked.name), Symbol(share))), number(100))),
            meaning="part",
            clause="The part [is] #",
            statement=f"A part is {{{share}}} percent of {phrase(asked)}.",
            givens=[given],
            topic="percent",
        )


@register_operator
class LeftoverStep(_Stage):
    name = "leftover_step"
    description = "Add one more step: the answer is packed into boxes; ask how many are left over."
    arguments = {"size": Limits(3, 12, "how many fit into a box")}

    def applicable(self, problem: SymbolicProblem) -> bool:
        return super().applicable(problem) and target_variable(problem).domain.is_integer

    def apply(self, problem: SymbolicProblem, rng: Random, **arguments: int) -> SymbolicProblem:
        asked = target_variable(problem)
        size, noun = fresh_name(problem, "size"), things(asked)
        if noun and story_ends_with(problem, asked):
            meaning, clause = f"{noun} left over", f"There [are] # {noun} left over"
            statement = (
                f"All these {noun} are packed into boxes of {{{size}}}, as many full boxes "
                "as possible."
            )
        else:
            meaning, clause = "remainder", "The remainder [is] #"
            statement = f"{capitalize(phrase(asked))} is divided by {{{size}}} with a remainder."
        return _pure_stage(
            problem,
            "over",
            Apply("%", (Symbol(asked.name), Symbol(size))),
            meaning=meaning,
            clause=clause,
            statement=statement,
            givens=[_given(size, arguments["size"], meaning="box size", clause=None, unit="")],
            domain=Domain.NONNEGATIVE_INTEGER,
            topic="number theory",
        )


@register_operator
class BoxesStep(_Stage):
    name = "boxes_step"
    description = "Add one more step: the answer is packed into boxes; ask how many are needed."
    arguments = {"size": Limits(3, 12, "how many fit into a box")}

    def applicable(self, problem: SymbolicProblem) -> bool:
        return super().applicable(problem) and target_variable(problem).domain.is_integer

    def apply(self, problem: SymbolicProblem, rng: Random, **arguments: int) -> SymbolicProblem:
        asked = target_variable(problem)
        size, noun = fresh_name(problem, "size"), things(asked)
        if noun and story_ends_with(problem, asked):
            meaning, clause = "boxes needed", "There [are] # boxes needed"
            statement = f"One box holds {{{size}}} {noun}, and all these {noun} are packed."
        else:
            meaning, clause = "rounded quotient", "The rounded quotient [is] #"
            statement = (
                f"{capitalize(phrase(asked))} is divided by {{{size}}}, and the quotient is "
                "rounded up to a whole number."
            )
        return _pure_stage(
            problem,
            "boxes",
            Apply("ceiling", (Apply("/", (Symbol(asked.name), Symbol(size))),)),
            meaning=meaning,
            clause=clause,
            statement=statement,
            givens=[_given(size, arguments["size"], meaning="box size", clause=None, unit="")],
            domain=Domain.NONNEGATIVE_INTEGER,
            topic="number theory",
        )


@register_operator
class DivisorStep(_Stage):
    name = "divisor_step"
    description = "Ask for the greatest common divisor of the answer and a new number."
    arguments = {"other": Limits(4, 60, "the new number")}

    def applicable(self, problem: SymbolicProblem) -> bool:
        return super().applicable(problem) and target_variable(problem).domain.is_integer

    def apply(self, problem: SymbolicProblem, rng: Random, **arguments: int) -> SymbolicProblem:
        asked = target_variable(problem)
        other = fresh_name(problem, "other")
        return _pure_stage(
            problem,
            "divisor",
            Apply("gcd", (Symbol(asked.name), Symbol(other))),
            meaning="divisor",
            clause="The divisor [is] #",
            statement=f"The divisor is the greatest common divisor of {{{other}}} and "
            f"{phrase(asked)}.",
            givens=[_given(other, arguments["other"], meaning="number", clause=None, unit="")],
            domain=Domain.POSITIVE_INTEGER,
            topic="number theory",
        )


@register_operator
class SquareStep(_Stage):
    name = "square_step"
    description = "Ask for the area of a square whose side is the answer."

    def apply(self, problem: SymbolicProblem, rng: Random, **_: int) -> SymbolicProblem:
        asked = target_variable(problem)
        return _pure_stage(
            problem,
            "square",
            Apply("**", (Symbol(asked.name), number(2))),
            meaning="area of the square",
            clause="The area of the square [is] #",
            statement=f"The side of a square is {phrase(asked)}.",
            givens=[],
            topic="geometry",
        )


@register_operator
class QuadraticStep(_Stage):
    name = "quadratic_step"
    description = "Hide the answer in a quadratic equation, which must be solved at the end."
    arguments = {"root": Limits(2, 12, "the answer of the new problem")}

    def applicable(self, problem: SymbolicProblem) -> bool:
        return super().applicable(problem) and target_variable(problem).domain.is_integer

    def apply(self, problem: SymbolicProblem, rng: Random, **arguments: int) -> SymbolicProblem:
        asked = target_variable(problem)
        value = solved_values(problem)[asked.name]
        root = arguments["root"]
        # root² + value·root = constant has one positive solution.
        constant = fresh_name(problem, "constant")
        name = fresh_name(problem, "root")
        x = Symbol(name)
        left = Apply("+", (Apply("**", (x, number(2))), Apply("*", (Symbol(asked.name), x))))
        total = int(root * root + value * root)
        if total < 1:
            raise MutationRefused("too_small", "the quadratic has no positive constant")
        staged = _pure_stage(
            problem,
            "root",
            Symbol(constant),
            meaning="positive number",
            clause="The positive number [is] #",
            statement=f"The square of a positive number plus that number times {phrase(asked)} "
            f"is {{{constant}}}.",
            givens=[_given(constant, total, meaning="sum", clause=None, unit="")],
            domain=Domain.POSITIVE_INTEGER,
            topic="quadratic",
        )
        last = staged.constraints[-1].model_copy(
            update={"relation": Apply("==", (left, Symbol(constant)))}
        )
        return rebuilt(staged, constraints=[*staged.constraints[:-1], last])


@register_operator
class LargerCase(_Stage):
    name = "larger_case"
    description = "Split into cases: ask for the larger of the answer and a new number."
    arguments = {"other": Limits(2, 40, "the new number")}

    def apply(self, problem: SymbolicProblem, rng: Random, **arguments: int) -> SymbolicProblem:
        asked = target_variable(problem)
        value = solved_values(problem)[asked.name]
        other = fresh_name(problem, "other")
        # Near the answer, so that the comparison has to be made.
        near = max(1, int(value) + rng.choice((-1, 1)) * rng.randint(1, arguments["other"]))
        if near >= value:
            raise MutationRefused("idle", "the first answer would not matter")
        return _pure_stage(
            problem,
            "larger",
            Apply("max", (Symbol(asked.name), Symbol(other))),
            meaning="larger number",
            clause="The larger number [is] #",
            statement=f"Compare {phrase(asked)} with {{{other}}}.",
            givens=[_given(other, near, meaning="number", clause=None, unit="")],
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
