"""Operators that add a harder calculation: percent, remainders, divisors, squares, quadratics."""

from __future__ import annotations

from fractions import Fraction
from math import gcd
from random import Random

from zoped.symbolic.language.expression import Apply, Symbol, number, walk
from zoped.symbolic.niceness import Allowance, exact_values
from zoped.symbolic.operators.base import Limits, MutationRefused, register_operator
from zoped.symbolic.operators.editing import (
    fresh_name,
    rebuilt,
    solved_values,
    target_variable,
)
from zoped.symbolic.operators.quantity import COUNTS, MONEY, Kind
from zoped.symbolic.operators.stage import Stage, WholeStage, asked_kind
from zoped.symbolic.operators.story import story_stage
from zoped.symbolic.operators.story_tables import stories
from zoped.symbolic.problem import Domain, SymbolicProblem

LARGEST_SIDE = 200
_PERCENTAGES = (10, 20, 25, 30, 40, 50, 60, 75, 80)


@register_operator
class PercentStep(Stage):
    name = "percent_step"
    description = "Add one more step: ask for some percent of the answer."
    allowance = Allowance(places=2)

    def apply(self, problem: SymbolicProblem, rng: Random, **_: int) -> SymbolicProblem:
        asked, share = target_variable(problem), fresh_name(problem, "share")
        value, kind = solved_values(problem)[asked.name], asked_kind(problem)
        grid = 1 if kind in COUNTS | {Kind.AGE} else 100 if kind in MONEY else 10
        shares = [p for p in _PERCENTAGES if (value * p * grid / 100).denominator == 1]
        whole = [p for p in shares if (value * p / 100).denominator == 1]
        if not shares:
            raise MutationRefused("no_numbers", "no percentage of the answer is a nice number")
        return story_stage(
            problem,
            stories("percent"),
            rng,
            base="part",
            expression=Apply("/", (Apply("*", (Symbol(asked.name), Symbol(share))), number(100))),
            new=(share, rng.choice(whole or shares)),
            new_unit="percent",
            topic="percent",
        )


@register_operator
class LeftoverStep(WholeStage):
    name = "leftover_step"
    description = "Add one more step: the answer is packed into boxes; ask how many are left over."
    arguments = {"size": Limits(3, 12, "how many fit into a box")}

    def apply(self, problem: SymbolicProblem, rng: Random, **arguments: int) -> SymbolicProblem:
        asked, size = target_variable(problem), fresh_name(problem, "size")
        value = solved_values(problem)[asked.name]
        if value < arguments["size"] or value % arguments["size"] == 0:
            raise MutationRefused("no_numbers", "no full box, or nothing left over")
        return story_stage(
            problem,
            stories("leftover"),
            rng,
            base="over",
            expression=Apply("%", (Symbol(asked.name), Symbol(size))),
            new=(size, arguments["size"]),
            domain=Domain.NONNEGATIVE_INTEGER,
            topic="number theory",
        )


@register_operator
class BoxesStep(WholeStage):
    name = "boxes_step"
    description = "Add one more step: the answer is packed into boxes; ask how many are needed."
    arguments = {"size": Limits(3, 12, "how many fit into a box")}

    def apply(self, problem: SymbolicProblem, rng: Random, **arguments: int) -> SymbolicProblem:
        asked, size = target_variable(problem), fresh_name(problem, "size")
        if solved_values(problem)[asked.name] <= arguments["size"]:
            raise MutationRefused("too_small", "one box would do")
        return story_stage(
            problem,
            stories("boxes"),
            rng,
            base="boxes",
            expression=Apply("ceiling", (Apply("/", (Symbol(asked.name), Symbol(size))),)),
            new=(size, arguments["size"]),
            domain=Domain.POSITIVE_INTEGER,
            topic="number theory",
        )


@register_operator
class DivisorStep(WholeStage):
    name = "divisor_step"
    description = "Ask for the greatest common divisor of the answer and a new number."
    arguments = {"other": Limits(4, 60, "the new number")}

    def apply(self, problem: SymbolicProblem, rng: Random, **arguments: int) -> SymbolicProblem:
        asked, other = target_variable(problem), fresh_name(problem, "other")
        if gcd(int(solved_values(problem)[asked.name]), arguments["other"]) == 1:
            raise MutationRefused("no_numbers", "the two numbers have no common divisor")
        return story_stage(
            problem,
            stories("divisor"),
            rng,
            base="divisor",
            expression=Apply("gcd", (Symbol(asked.name), Symbol(other))),
            new=(other, arguments["other"]),
            domain=Domain.POSITIVE_INTEGER,
            topic="number theory",
        )


@register_operator
class SquareStep(Stage):
    name = "square_step"
    description = "Ask for the area of a square whose side is the answer, or for its square."

    def apply(self, problem: SymbolicProblem, rng: Random, **_: int) -> SymbolicProblem:
        asked = target_variable(problem)
        squared = Apply("**", (Symbol(asked.name), number(2)))
        if any(node == squared for relation in problem.relations for node in walk(relation)):
            raise MutationRefused("not_applicable", "the problem speaks of the square already")
        if exact_values(problem).known.get(asked.name, 0) > LARGEST_SIDE:
            raise MutationRefused("too_large", f"the side of a square is at most {LARGEST_SIDE}")
        return story_stage(
            problem,
            stories("square"),
            rng,
            base="square",
            expression=Apply("**", (Symbol(asked.name), number(2))),
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
        total = int(root * root + value * root)
        if value < 1:
            raise MutationRefused("too_small", "the quadratic has no positive constant")
        staged = story_stage(
            problem,
            stories("quadratic"),
            rng,
            base="root",
            expression=Symbol(constant),
            new=(constant, total),
            domain=Domain.POSITIVE_INTEGER,
            topic="quadratic",
        )
        x = staged.target
        left = Apply("+", (Apply("**", (x, number(2))), Apply("*", (Symbol(asked.name), x))))
        last = staged.constraints[-1].replaced(relation=Apply("==", (left, Symbol(constant))))
        return rebuilt(staged, constraints=[*staged.constraints[:-1], last])


@register_operator
class LargerCase(Stage):
    name = "larger_case"
    description = "Split into cases: ask for the larger of the answer and a new number."
    arguments = {"other": Limits(2, 40, "the new number")}

    def apply(self, problem: SymbolicProblem, rng: Random, **arguments: int) -> SymbolicProblem:
        asked, other = target_variable(problem), fresh_name(problem, "other")
        value = solved_values(problem)[asked.name]
        # Near the answer, so that the comparison has to be made; below it, so that it matters.
        near = int(value) - rng.randint(1, max(1, min(arguments["other"], int(value) // 2)))
        if near < 2 or Fraction(near) >= value:
            raise MutationRefused("too_small", "there is no number below the answer")
        return story_stage(
            problem,
            stories("larger"),
            rng,
            base="larger",
            expression=Apply("max", (Symbol(asked.name), Symbol(other))),
            new=(other, near),
        )
