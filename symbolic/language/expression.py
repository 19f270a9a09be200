"""The expression language: a small, exact, safe subset of Python expressions.

An expression is a tree of `Number`, `Symbol`, `Constant` and `Apply` nodes and nothing else.
`parse_expression` reads text into one, `evaluate` gives its exact value; printing is `str`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import count
from typing import Any

RELATIONS = ("==", "!=", "<", "<=", ">", ">=")
CONNECTIVES = ("and", "or", "not")
CONSTANTS = ("pi",)
# What binds an index: sum(term, index, first, last); `count` counts the indices at which the
# first argument, a condition, is true.
SERIES = ("sum", "product", "count")
# name -> (fewest, most) arguments
FUNCTIONS: dict[str, tuple[int, int]] = {
    "sqrt": (1, 1),
    "abs": (1, 1),
    "floor": (1, 1),
    "ceiling": (1, 1),
    "gcd": (2, 8),
    "lcm": (2, 8),
    "factorial": (1, 1),
    "binomial": (2, 2),
    "min": (2, 16),
    "max": (2, 16),
    "log": (1, 2),
    "exp": (1, 1),
    "sin": (1, 1),
    "cos": (1, 1),
    "tan": (1, 1),
    "sum": (4, 4),
    "product": (4, 4),
    "count": (4, 4),
    "numerator": (1, 1),
    "denominator": (1, 1),
    "digit_sum": (1, 1),
    "median": (2, 40),
    "mean": (2, 40),
    "is_prime": (1, 1),
    "different": (2, 30),
}
# Functions that are true or false: 1 or 0 as numbers.
CONDITIONS = frozenset({"is_prime", "different"})
_PRECEDENCE = dict.fromkeys(RELATIONS, 0) | {
    "if": -4,
    "or": -3,
    "and": -2,
    "not": -1,
    "+": 1,
    "-": 1,
    "*": 2,
    "/": 2,
    "//": 2,
    "%": 2,
    "neg": 3,
    "**": 4,
}
_ATOM = 5


class Expression:
    """A node. `str()` prints it so that `parse_expression(str(e)) == e`."""

    @cached_property
    def symbols(self) -> frozenset[str]:
        """Names of the free variables."""
        return frozenset(_free_symbols(self, frozenset()))

    def __getstate__(self) -> dict[str, Any]:
        """What the node is, without what was found out about it: a process finds that out anew."""
        fields: Mapping[str, Any] = self.__dataclass_fields__  # type: ignore[attr-defined]
        return {name: self.__dict__[name] for name in fields}

    def __str__(self) -> str:
        return _print(self)[0]


@dataclass(frozen=True)
class Number(Expression):
    """An exact rational."""

    value: Fraction

    @cached_property
    def exact(self) -> int | Fraction:
        """The value, as an `int` where it is whole."""
        return self.value.numerator if self.value.denominator == 1 else self.value

    def __str__(self) -> str:
        return str(self.value)


@dataclass(frozen=True)
class Symbol(Expression):
    """A variable."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Constant(Expression):
    """A named real number: `pi`."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Apply(Expression):
    """An operator, relation or function over its arguments.

    `operator` is one of `+ - * / ** // % neg`, a relation, `and`, `or`, `not`, `if` (condition,
    value, value otherwise), or a name in `FUNCTIONS`. What is true has the value 1, else 0.
    """

    operator: str
    arguments: tuple[Expression, ...]

    def __str__(self) -> str:
        return _print(self)[0]

    @property
    def is_relation(self) -> bool:
        return self.operator in RELATIONS

    @property
    def is_condition(self) -> bool:
        """Whether it is true or false, rather than a quantity."""
        return self.is_relation or self.operator in CONNECTIVES or self.operator in CONDITIONS


def negate(expression: Expression) -> Expression:
    """−expression, folded when it is a number."""
    if isinstance(expression, Number):
        return Number(-expression.value)
    return Apply("neg", (expression,))


def number(value: int | Fraction) -> Number:
    """A `Number` node."""
    return Number(Fraction(value))


def children(expression: Expression) -> tuple[Expression, ...]:
    """The arguments of an `Apply`, nothing otherwise."""
    return expression.arguments if isinstance(expression, Apply) else ()


def walk(expression: Expression) -> Iterator[Expression]:
    """Every node, parents before children."""
    stack = [expression]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(children(node)))


def count_nodes(expression: Expression) -> int:
    return sum(1 for _ in walk(expression))


def depth(expression: Expression) -> int:
    """1 for a leaf."""
    return 1 + max((depth(child) for child in children(expression)), default=0)


def substitute(expression: Expression, replacements: Mapping[str, Expression]) -> Expression:
    """Replace free variables by expressions. The index of a sum or product stays bound, under another
    name where an expression that comes into its term has a variable of that name."""
    if isinstance(expression, Symbol):
        return replacements.get(expression.name, expression)
    if not isinstance(expression, Apply):
        return expression
    if expression.operator in SERIES:
        term, index, first, last = expression.arguments
        bound = index.name if isinstance(index, Symbol) else ""
        inner = {n: value for n, value in replacements.items() if n != bound and n in term.symbols}
        taken = {n for value in inner.values() for n in value.symbols}
        if bound in taken:
            taken |= term.symbols
            free = next(n for n in (f"{bound}{i}" for i in count(2)) if n not in taken)
            index = inner[bound] = Symbol(free)
        arguments: tuple[Expression, ...] = (
            substitute(term, inner),
            index,
            substitute(first, replacements),
            substitute(last, replacements),
        )
    else:
        arguments = tuple(substitute(child, replacements) for child in expression.arguments)
    if expression.operator == "neg":
        return negate(arguments[0])
    if expression.operator == "/":
        left, right = arguments
        if isinstance(left, Number) and isinstance(right, Number) and right.value != 0:
            return Number(left.value / right.value)
    return Apply(expression.operator, arguments)


def _free_symbols(expression: Expression, bound: frozenset[str]) -> Iterator[str]:
    if isinstance(expression, Symbol):
        if expression.name not in bound:
            yield expression.name
    elif isinstance(expression, Apply):
        if expression.operator in SERIES:
            term, index, first, last = expression.arguments
            yield from _free_symbols(term, bound | {str(index)})
            yield from _free_symbols(first, bound)
            yield from _free_symbols(last, bound)
        else:
            for child in expression.arguments:
                yield from _free_symbols(child, bound)


def _print(expression: Expression) -> tuple[str, int]:
    """Text and precedence."""
    if isinstance(expression, Number):
        value = expression.value
        if value < 0:
            return str(value), _PRECEDENCE["neg"] if value.denominator == 1 else 1
        return str(value), _ATOM if value.denominator == 1 else _PRECEDENCE["/"]
    if not isinstance(expression, Apply):
        return str(expression), _ATOM
    op, arguments = expression.operator, expression.arguments
    if op in FUNCTIONS:
        return f"{op}({', '.join(str(argument) for argument in arguments)})", _ATOM
    level = _PRECEDENCE[op]
    if op == "neg":
        return f"-{_wrap(arguments[0], level)}", level
    if op == "not":
        return f"not {_wrap(arguments[0], level)}", level
    if op == "if":
        condition, then, otherwise = arguments
        first, rest = _wrap(then, level + 1), _wrap(otherwise, level)
        return f"{first} if {_wrap(condition, level + 1)} else {rest}", level
    left, right = arguments
    if op in RELATIONS:
        return f"{_wrap_side(left)} {op} {_wrap_side(right)}", level
    if op in CONNECTIVES:
        return f"{_wrap(left, level)} {op} {_wrap(right, level + 1)}", level
    if op == "**":
        return f"{_wrap(left, _ATOM)}**{_wrap(right, _ATOM)}", level
    space = " " if level == 1 else ""
    return f"{_wrap(left, level)}{space}{op}{space}{_wrap(right, level + 1)}", level


def _wrap_side(expression: Expression) -> str:
    """A side of a comparison: another one inside it, or anything weaker, needs brackets."""
    text, own = _print(expression)
    return f"({text})" if own <= 0 else text


def _wrap(expression: Expression, level: int) -> str:
    text, own = _print(expression)
    # A rational or negative literal next to another operator would be read as an operation.
    literal = isinstance(expression, Number) and own != _ATOM
    return f"({text})" if own < level or literal else text
