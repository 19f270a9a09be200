"""The tree of a closed form as an answer writes it, and its exact value where it is rational."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import comb, factorial, isqrt

MAX_BITS = 4_096  # of any exact numerator or denominator
MAX_FACTORIAL = 300


class Expression:
    """A node: a `Number`, a `Symbol`, a `Constant` or an `Apply`."""

    @cached_property
    def symbols(self) -> frozenset[str]:
        """The names of the variables."""
        return frozenset(node.name for node in walk(self) if isinstance(node, Symbol))

    @cached_property
    def operators(self) -> frozenset[str]:
        return frozenset(node.operator for node in walk(self) if isinstance(node, Apply))


@dataclass(frozen=True)
class Number(Expression):
    value: Fraction


@dataclass(frozen=True)
class Symbol(Expression):
    name: str


@dataclass(frozen=True)
class Constant(Expression):
    """`pi`, `e` or `i`."""

    name: str


@dataclass(frozen=True)
class Apply(Expression):
    """`+ - * / **`, `neg`, or a function by its name, over its arguments."""

    operator: str
    arguments: tuple[Expression, ...]


def walk(expression: Expression) -> Iterator[Expression]:
    """Every node, parents before children."""
    stack = [expression]
    while stack:
        node = stack.pop()
        yield node
        if isinstance(node, Apply):
            stack.extend(node.arguments)


def count_nodes(expression: Expression) -> int:
    return sum(1 for _ in walk(expression))


def negate(expression: Expression) -> Expression:
    """-expression, folded where it is a number."""
    if isinstance(expression, Number):
        return Number(-expression.value)
    return Apply("neg", (expression,))


def applied(operator: str, left: Expression, right: Expression) -> Expression | None:
    """The operation; a quotient of two numbers is a number, and None where it does not exist."""
    if operator == "/" and isinstance(left, Number) and isinstance(right, Number):
        return Number(left.value / right.value) if right.value else None
    return Apply(operator, (left, right))


def open_calculations(expression: Expression) -> int:
    """How many operations on rational numbers are written but not carried out: 1 in 2*pi + 3*4."""
    return sum(
        1
        for node in walk(expression)
        if isinstance(node, Apply) and node.operator != "neg" and exact(node) is not None
    )


def exact(expression: Expression, point: dict[str, Fraction] | None = None) -> Fraction | None:
    """The value, the variables set to those of `point`, where it is rational, exists and is within
    the limits of size; else None."""
    if isinstance(expression, Number):
        return expression.value
    if isinstance(expression, Symbol):
        return (point or {}).get(expression.name)
    if not isinstance(expression, Apply):
        return None
    values = []
    for argument in expression.arguments:
        value = exact(argument, point)
        if value is None:
            return None
        values.append(value)
    result = _exact(expression.operator, values)
    if result is None or max(result.numerator.bit_length(), result.denominator.bit_length()) > (
        MAX_BITS
    ):
        return None
    return result


def _exact(op: str, a: list[Fraction]) -> Fraction | None:
    if op == "+":
        return a[0] + a[1]
    if op == "-":
        return a[0] - a[1]
    if op == "*":
        return a[0] * a[1]
    if op == "/":
        return a[0] / a[1] if a[1] else None
    if op == "neg":
        return -a[0]
    if op == "abs":
        return abs(a[0])
    if op == "**":
        return _exact_power(a[0], a[1])
    if op == "root":
        return _exact_root(a[0], a[1])
    if op == "factorial" and a[0].denominator == 1 and 0 <= a[0] <= MAX_FACTORIAL:
        return Fraction(factorial(int(a[0])))
    if op == "binomial" and all(v.denominator == 1 and 0 <= v <= MAX_FACTORIAL for v in a):
        return Fraction(comb(int(a[0]), int(a[1])))
    return None


def _exact_power(base: Fraction, exponent: Fraction) -> Fraction | None:
    if exponent.denominator != 1:
        root = _exact_root(base, Fraction(exponent.denominator)) if base >= 0 else None
        return None if root is None else _exact_power(root, Fraction(exponent.numerator))
    size = max(base.numerator.bit_length(), base.denominator.bit_length())
    if abs(exponent) * max(size - 1, 1) > MAX_BITS or (not base and exponent < 0):
        return None
    return base ** int(exponent)


def _exact_root(value: Fraction, degree: Fraction) -> Fraction | None:
    if degree.denominator != 1 or not 2 <= degree <= 64:
        return None
    n = int(degree)
    if value < 0:
        inner = _exact_root(-value, degree) if n % 2 else None
        return None if inner is None else -inner
    above, below = _whole_root(value.numerator, n), _whole_root(value.denominator, n)
    return Fraction(above, below) if above is not None and below is not None else None


def _whole_root(value: int, degree: int) -> int | None:
    if value < 2:
        return value
    if degree == 2:
        root = isqrt(value)
    else:
        root = 1 << -(-value.bit_length() // degree)
        while True:  # Newton's method on whole numbers, from above
            better = ((degree - 1) * root + value // root ** (degree - 1)) // degree
            if better >= root:
                break
            root = better
    return root if root**degree == value else None
