"""Operators that add a harder calculation: percent, remainders, divisors, squares, quadratics."""

from __future__ import annotations

from fractions import Fraction
from random import Random

from zoped.symbolic.language.expression import Apply, Symbol, number
from zoped.symbolic.operators.base import Limits, MutationRefused, register_operator
from zoped.symbolic.operators.editing import (
    fresh_name,
    phrase,
    rebuilt,
    solved_values,
    story_ends_with,
    target_variable,
    things,
)
from zoped.symbolic.operators.stage import Stage, WholeStage, given, pure_stage
from zoped.symbolic.problem import Domain, SymbolicProblem, Variable
from zoped.symbolic.wording.inflection import capitalize


@register_operator
class PercentStep(Stage):
    name = "percent_step"
    description = "Add one more step: ask for some percent of the answer."

    def apply(self, problem: SymbolicProblem, rng: Random, **_: int) -> SymbolicProblem:
        asked = target_variable(problem)
        value = solved_values(problem)[asked.name]
        shares = [p for p in (10, 20, 25, 40, 50, 60, 75, 80) if (value * p / 100).denominator == 1]
        if not shares:
            raise MutationRefused("no_numbers", "no percentage of the answer is whole")
        share = fresh_name(problem, "share")
        percentage = Variable(
            name=share,
            meaning="percentage",
            unit="percent",
            domain=Domain.POSITIVE_INTEGER,
            value=Fraction(rng.choice(shares)),
        )
        return pure_stage(
            problem,
            "part",
            Apply("/", (Apply("*", (Symbol(asked.name), Symbol(share))), number(100))),
            meaning="part",
            clause="The part [is] #",
            statement=f"A part is {{{share}}} percent of {phrase(asked)}.",
            givens=[percentage],
            topic="percent",
        )


@register_operator
class LeftoverStep(WholeStage):
    name = "leftover_step"
    description = "Add one more step: the answer is packed into boxes; ask how many are left over."
    arguments = {"size": Limits(3, 12, "how many fit into a box")}

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
        return pure_stage(
            problem,
            "over",
            Apply("%", (Symbol(asked.name), Symbol(size))),
            meaning=meaning,
            clause=clause,
            statement=statement,
            givens=[given(size, arguments["size"], meaning="box size", clause=None, unit="")],
            domain=Domain.NONNEGATIVE_INTEGER,
            topic="number theory",
        )


@register_operator
class BoxesStep(WholeStage):
    name = "boxes_step"
    description = "Add one more step: the answer is packed into boxes; ask how many are needed."
    arguments = {"size": Limits(3, 12, "how many fit into a box")}

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
        return pure_stage(
            problem,
            "boxes",
            Apply("ceiling", (Apply("/", (Symbol(asked.name), Symbol(size))),)),
            meaning=meaning,
            clause=clause,
            statement=statement,
            givens=[given(size, arguments["size"], meaning="box size", clause=None, unit="")],
            domain=Domain.NONNEGATIVE_INTEGER,
            topic="number theory",
        )


@register_operator
class DivisorStep(WholeStage):
    name = "divisor_step"
    description = "Ask for the greatest common divisor of the answer and a new number."
    arguments = {"other": Limits(4, 60, "the new number")}

    def apply(self, problem: SymbolicProblem, rng: Random, **arguments: int) -> SymbolicProblem:
        asked = target_variable(problem)
        other = fresh_name(problem, "other")
        return pure_stage(
            problem,
            "divisor",
            Apply("gcd", (Symbol(asked.name), Symbol(other))),
            meaning="divisor",
            clause="The divisor [is] #",
            statement=f"The divisor is the greatest common divisor of {{{other}}} and "
            f"{phrase(asked)}.",
            givens=[given(other, arguments["other"], meaning="number", clause=None, unit="")],
            domain=Domain.POSITIVE_INTEGER,
            topic="number theory",
        )


@register_operator
class SquareStep(Stage):
    name = "square_step"
    description = "Ask for the area of a square whose side is the answer."

    def apply(self, problem: SymbolicProblem, rng: Random, **_: int) -> SymbolicProblem:
        asked = target_variable(problem)
        return pure_stage(
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
class QuadraticStep(WholeStage):
    name = "quadratic_step"
    description = "Hide the answer in a quadratic equation, which must be solved at the end."
    arguments = {"root": Limits(2, 12, "the answer of the new problem")}

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
        staged = pure_stage(
            problem,
            "root",
            Symbol(constant),
            meaning="positive number",
            clause="The positive number [is] #",
            statement=f"The square of a positive number plus that number times {phrase(asked)} "
            f"is {{{constant}}}.",
            givens=[given(constant, total, meaning="sum", clause=None, unit="")],
            domain=Domain.POSITIVE_INTEGER,
            topic="quadratic",
        )
        last = staged.constraints[-1].replaced(relation=Apply("==", (left, Symbol(constant))))
        return rebuilt(staged, constraints=[*staged.constraints[:-1], last])


@register_operator
class LargerCase(Stage):
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
        return pure_stage(
            problem,
            "larger",
            Apply("max", (Symbol(asked.name), Symbol(other))),
            meaning="larger number",
            clause="The larger number [is] #",
            statement=f"Compare {phrase(asked)} with {{{other}}}.",
            givens=[given(other, near, meaning="number", clause=None, unit="")],
        )
