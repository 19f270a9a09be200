"""Operators that keep the structure and change the numbers."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from random import Random

from zoped.foundation.words import word_set
from zoped.symbolic.language.evaluate import Exact
from zoped.symbolic.language.expression import SERIES, Apply, walk
from zoped.symbolic.niceness import MONEY, Allowance, exact_values
from zoped.symbolic.operators.base import Limits, MutationRefused, Operator, register_operator
from zoped.symbolic.operators.editing import Span, near, rebuilt, redrawn, sizes
from zoped.symbolic.problem import Domain, SymbolicProblem, Variable

_CONTINUOUS = word_set(
    "dollar metre meter kilometre kilometer km m cm centimetre litre liter kg kilogram gram hour "
    "minute mile foot inch pound euro"
)


def _resized(
    problem: SymbolicProblem, rng: Random, low: Fraction, high: Fraction
) -> SymbolicProblem:
    def draw(v: Variable, value: Exact) -> Exact:
        if value == 0:
            return value
        if v.unit == "percent":
            return _percentage(v, value, rng)
        if 0 < value < 1:
            return _part(value, rng)
        return near(value, low, high, rng) or (1 if value > 0 else -1)

    def fits(v: Variable, drawn: Exact) -> bool:
        value = v.value or Fraction(0)
        if 0 < value < 1 <= drawn:
            return False  # a part of something
        return value > 0 and low * value <= drawn <= high * value and v.unit != "percent"

    return redrawn(problem, rng, draw, span=Span(low, high, fits))


def _percentage(variable: Variable, value: Exact, rng: Random) -> Exact:
    """Another percentage of the same grid: tens, fives or ones; the largest stays below 100."""
    grid = next((step for step in (10, 5, 1) if value % step == 0), None)
    if grid is None or is_interest(variable):
        grid = None if grid is None else 1
    if grid is None:
        return value
    top = max(1, min(int(value * 2), 99 if value < 100 else 200) // grid)
    low = min(top, max(1, int(value / 4) // grid))
    return grid * rng.randint(low, top)


def is_interest(variable: Variable) -> bool:
    return "interest" in f"{variable.meaning} {variable.clause or ''}"


def _part(value: Exact, rng: Random) -> Exact:
    """Another proper fraction; its denominator is no larger than 12 or the value's own."""
    denominator = rng.randint(2, max(6, min(12, value.denominator)))
    return Fraction(rng.randint(1, denominator - 1), denominator)


def _within(problem: SymbolicProblem, rng: Random, low: int, high: int) -> SymbolicProblem:
    """Every whole given redrawn from low to high."""
    for name, (least, most) in sizes(problem).items():
        if (problem.variable(name).value or Fraction(0)).denominator == 1:
            if most < low or least > high:
                raise MutationRefused("no_numbers", f"no {name} from {low} to {high} makes sense")

    def draw(v: Variable, value: Exact) -> Exact:
        if value.denominator != 1 or v.unit == "percent":
            return value
        drawn = rng.randint(low, high)
        return -drawn if value < 0 else drawn

    def fits(v: Variable, drawn: Exact) -> bool:
        return drawn.denominator == 1 and low <= drawn <= high and v.unit != "percent"

    return redrawn(problem, rng, draw, span=Span(Fraction(1, 2), Fraction(3), fits))


def _has_whole_givens(problem: SymbolicProblem) -> bool:
    return any(v.value is not None and v.value.denominator == 1 for v in problem.givens)


_OF_WHOLE_NUMBERS = frozenset(
    {"%", "//", "gcd", "lcm", "floor", "ceiling", "factorial", "binomial", "numerator"}
    | {"denominator", "digit_sum", "is_prime", *SERIES}
)
# A quantity that cannot be negative stays so.
_LOOSENED = {
    Domain.POSITIVE_INTEGER: Domain.POSITIVE_REAL,
    Domain.NONNEGATIVE_INTEGER: Domain.POSITIVE_REAL,
    Domain.INTEGER: Domain.RATIONAL,
}


@register_operator
class ChangeNumbers(Operator):
    name = "change_numbers"
    description = "Change every number to another one of about the same size."

    def apply(self, problem: SymbolicProblem, rng: Random, **_: int) -> SymbolicProblem:
        return _resized(problem, rng, Fraction(1, 2), Fraction(2))


@register_operator
class ChangeOneNumber(Operator):
    name = "change_one_number"
    description = "Change just one of the numbers a little."

    def apply(self, problem: SymbolicProblem, rng: Random, **_: int) -> SymbolicProblem:
        if not problem.givens:
            raise MutationRefused("not_applicable", "the problem has no givens")
        chosen = rng.choice(problem.givens).name

        def draw(v: Variable, value: Exact) -> Exact:
            if v.name != chosen:
                return value
            if 0 < value < 1:
                return _part(value, rng)
            changed = value + rng.choice((-3, -2, -1, 1, 2, 3))
            return changed if value < 0 or changed > 0 else value

        return redrawn(problem, rng, draw)


@register_operator
class GrowNumbers(Operator):
    name = "grow_numbers"
    description = "Make the numbers much larger, so that the arithmetic is harder."
    arguments = {"factor": Limits(2, 10, "about how many times larger")}

    def apply(self, problem: SymbolicProblem, rng: Random, **arguments: int) -> SymbolicProblem:
        factor = Fraction(arguments["factor"])
        return _resized(problem, rng, factor * Fraction(2, 3), factor * Fraction(3, 2))


@register_operator
class ShrinkNumbers(Operator):
    name = "shrink_numbers"
    description = "Make the numbers smaller, so that the arithmetic is easier."
    arguments = {"factor": Limits(2, 5, "about how many times smaller")}

    def applicable(self, problem: SymbolicProblem) -> bool:
        return any(v.value is not None and abs(v.value) > 3 for v in problem.givens)

    def apply(self, problem: SymbolicProblem, rng: Random, **arguments: int) -> SymbolicProblem:
        factor = Fraction(1, arguments["factor"])
        return _resized(problem, rng, factor * Fraction(2, 3), min(factor * 2, Fraction(9, 10)))


@register_operator
class OneDigitNumbers(Operator):
    name = "one_digit_numbers"
    description = "Use only numbers with one digit."

    def applicable(self, problem: SymbolicProblem) -> bool:
        return _has_whole_givens(problem)

    def apply(self, problem: SymbolicProblem, rng: Random, **_: int) -> SymbolicProblem:
        return _within(problem, rng, 2, 9)


@register_operator
class TwoDigitNumbers(Operator):
    name = "two_digit_numbers"
    description = "Use numbers with two digits."

    def applicable(self, problem: SymbolicProblem) -> bool:
        return _has_whole_givens(problem)

    def apply(self, problem: SymbolicProblem, rng: Random, **_: int) -> SymbolicProblem:
        return _within(problem, rng, 10, 99)


@register_operator
class ThreeDigitNumbers(Operator):
    name = "three_digit_numbers"
    description = "Use numbers with three digits."

    def applicable(self, problem: SymbolicProblem) -> bool:
        return _has_whole_givens(problem)

    def apply(self, problem: SymbolicProblem, rng: Random, **_: int) -> SymbolicProblem:
        return _within(problem, rng, 100, 999)


@register_operator
class RoundNumbers(Operator):
    name = "round_numbers"
    description = "Use round numbers such as 20, 50 or 80, which are easy to calculate with."

    def applicable(self, problem: SymbolicProblem) -> bool:
        return _has_whole_givens(problem)

    def apply(self, problem: SymbolicProblem, rng: Random, **_: int) -> SymbolicProblem:
        def draw(v: Variable, value: Exact) -> Exact:
            if value.denominator != 1 or v.unit == "percent":
                return value
            return rng.randint(1, 9) * 10 * (-1 if value < 0 else 1)

        return redrawn(problem, rng, draw)


class _Parts(Operator):
    """Givens in continuous units become multiples of 1/denominator."""

    units = _CONTINUOUS

    def applicable(self, problem: SymbolicProblem) -> bool:
        # Remainders, divisors and counts are of whole numbers.
        return (
            problem.query == "value"
            and exact_values(problem).is_complete
            and not any(
                isinstance(node, Apply) and node.operator in _OF_WHOLE_NUMBERS
                for relation in problem.relations
                for node in walk(relation)
            )
            and any(v.unit in self.units for v in problem.givens)
        )

    def _parted(
        self, problem: SymbolicProblem, rng: Random, denominators: tuple[int, ...]
    ) -> SymbolicProblem:
        # Whatever a continuous quantity flows into must be able to be a fraction too.
        loosened = rebuilt(
            problem,
            variables=[
                v.replaced(domain=_LOOSENED.get(v.domain, v.domain))
                if v.unit in self.units or (v.value is None and not v.unit)
                else v
                for v in problem.variables
            ],
        )

        def draw(v: Variable, value: Exact) -> Exact:
            if v.unit not in self.units:
                return value
            denominator = rng.choice(denominators)
            whole = max(1, abs(value.numerator) // value.denominator)
            return Fraction(whole * denominator + rng.randint(1, denominator - 1), denominator)

        def positive(values: Mapping[str, Exact]) -> bool:
            return all(values[v.name] > 0 for v in problem.variables if v.domain is not Domain.REAL)

        return redrawn(loosened, rng, draw, allowance=self.allowance, accept=positive)


@register_operator
class ToDecimals(_Parts):
    name = "to_decimals"
    description = "Use decimal numbers such as 2.5 instead of whole numbers."
    allowance = Allowance(places=2)

    def apply(self, problem: SymbolicProblem, rng: Random, **_: int) -> SymbolicProblem:
        return self._parted(problem, rng, (2, 5, 10))


@register_operator
class ToFractions(_Parts):
    name = "to_fractions"
    description = "Use fractions such as 5/3 instead of whole numbers."
    allowance = Allowance(denominator=12)
    units = _CONTINUOUS - MONEY

    def apply(self, problem: SymbolicProblem, rng: Random, **_: int) -> SymbolicProblem:
        return self._parted(
            problem, rng, (3,)
        )  # others print as decimals, and a text has one of both
