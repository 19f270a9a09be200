"""Whether a term grows or falls with one unknown, read off its form; a proof or no statement."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from zoped.symbolic.language.evaluate import EvaluationError, evaluate
from zoped.symbolic.language.expression import (
    RELATIONS,
    SERIES,
    Apply,
    Constant,
    Expression,
    Number,
    Symbol,
    walk,
)
from zoped.symbolic.problem import Domain

# Never constant on an interval unless constant everywhere (analytic where it is defined).
_ANALYTIC = frozenset(["+", "-", "*", "/", "**", "neg", "sqrt", "exp", "log"])
_UNORDERED = frozenset([*RELATIONS, "if", "and", "or", "not"])
LEAST = {
    Domain.POSITIVE_INTEGER: Fraction(1),
    Domain.NONNEGATIVE_INTEGER: Fraction(0),
    Domain.POSITIVE_REAL: Fraction(0),
}


def is_analytic(tree: Expression, name: str) -> bool:
    """Whether a monotone term of this form is strictly monotone."""
    return all(
        node.operator in _ANALYTIC
        for node in walk(tree)
        if isinstance(node, Apply) and name in node.symbols
    )


def direction(tree: Expression, name: str, domain: Domain) -> int | None:
    """1: never falls as `name` grows through its domain; -1: never rises; 0: constant.

    None where the form does not show it. Holds wherever the term is defined.
    """
    low = LEAST.get(domain)
    lows = {} if low is None else {name: low}
    is_open = frozenset([name]) if domain is Domain.POSITIVE_REAL else frozenset()
    return Shape(lows, is_open).direction(tree, name)


class Shape:
    """Directions and signs of terms over a box: `lows` bounds variables from below, those in
    `is_open` strictly."""

    def __init__(self, lows: Mapping[str, Fraction], is_open: frozenset[str] = frozenset()) -> None:
        self.lows = lows
        self.open = is_open
        self.directions: dict[tuple[Expression, str], int | None] = {}
        self.signs: dict[Expression, int | None] = {}

    def direction(self, e: Expression, name: str) -> int | None:
        if name not in e.symbols:
            return 0
        key = (e, name)
        if key not in self.directions:
            self.directions[key] = self._direction(e, name)
        return self.directions[key]

    def _direction(self, e: Expression, name: str) -> int | None:
        if isinstance(e, Symbol):
            return 1
        if not isinstance(e, Apply):
            return None
        if e.operator in SERIES:
            return self.series(e, name)
        if e.operator in _UNORDERED:
            return None
        d = [self.direction(a, name) for a in e.arguments]
        a = e.arguments
        match e.operator:
            case "+" | "min" | "max" | "mean" | "median":
                return _same(d)
            case "-":
                return _same([d[0], _flip(d[1])])
            case "neg":
                return _flip(d[0])
            case "*":
                return self.product(a, d)
            case "/" | "//":
                if d[1] == 0 and (s := self.sign(a[1])):
                    return d[0] if s > 0 else _flip(d[0])
                if e.operator == "/" and self.sign(a[1]) == 1 and self.sign(a[0]) in (1, 0):
                    return _same([d[0], _flip(d[1])])
            case "**":
                return self.power(a, d)
            case "sqrt" | "exp" | "floor" | "ceiling" | "factorial":
                return d[0]
            case "log":
                if len(a) == 1 or (d[1] == 0 and self.above_one(a[1])):
                    return d[0]
            case "binomial":
                return d[0] if d[1] == 0 else None
            case "abs":
                return d[0] if self.sign(a[0]) in (0, 1) else None
        return None

    def series(self, e: Apply, name: str) -> int | None:
        """With more terms a sum of what is not negative does not fall."""
        term, index, first, last = e.arguments
        if name in term.symbols or name in first.symbols:
            return None
        try:
            inner = Shape({**self.lows, str(index): evaluate(first, {})}, self.open)
        except EvaluationError:
            return None
        match e.operator:
            case "count":
                grows = True
            case "sum":
                grows = inner.sign(term) in (0, 1)
            case _:
                grows = inner.above_one(term, or_equal=True)
        return self.direction(last, name) if grows else None

    def product(self, a: tuple[Expression, ...], d: list[int | None]) -> int | None:
        signs = [self.sign(x) for x in a]
        for one, other in ((0, 1), (1, 0)):
            if d[one] == 0 and signs[one] is not None:
                return _flip(d[other]) if signs[one] == -1 else d[other]
        if all(s in (0, 1) for s in signs):
            return _same(d)
        return None

    def power(self, a: tuple[Expression, ...], d: list[int | None]) -> int | None:
        base, exponent = a
        if d[0] == 0:
            if self.above_one(base):
                return d[1]
            inverse = Apply("/", (Number(Fraction(1)), base))
            return _flip(d[1]) if self.sign(base) == 1 and self.above_one(inverse) else None
        if not isinstance(exponent, Number):
            return None
        n = exponent.value
        whole = n.denominator == 1
        if n > 0 and (not whole or n.numerator % 2 or self.sign(base) in (0, 1)):
            return d[0]  # a fractional power is defined for a base from 0 on alone
        if n < 0 and self.sign(base) == 1:
            return _flip(d[0])
        return None

    def above_one(self, e: Expression, or_equal: bool = False) -> bool:
        sign = self.sign(Apply("-", (e, Number(Fraction(1)))))
        return sign == 1 or (or_equal and sign == 0)

    def sign(self, e: Expression) -> int | None:
        """1: positive, 0: not negative, -1: negative, wherever defined; None if not shown."""
        if e not in self.signs:
            self.signs[e] = self._sign(e)
        return self.signs[e]

    def _sign(self, e: Expression) -> int | None:
        if isinstance(e, Constant):
            return 1
        if not e.symbols:
            try:
                value = evaluate(e, {})
            except EvaluationError:
                return self.sign_by_form(e)
            return (value > 0) - (value < 0)
        if all(n in self.lows for n in e.symbols) and all(
            isinstance(e, Symbol) or self.direction(e, n) in (0, 1) for n in e.symbols
        ):
            try:
                least = evaluate(e, {n: self.lows[n] for n in e.symbols})
            except EvaluationError:
                return self.sign_by_form(e)
            if least > 0:
                return 1
            if least == 0:
                strict = all(n in self.open and is_analytic(e, n) for n in e.symbols)
                return 1 if strict else 0
        return self.sign_by_form(e)

    def sign_by_form(self, e: Expression) -> int | None:
        if not isinstance(e, Apply):
            return None
        if e.operator == "count":
            return 0
        if e.operator in SERIES or e.operator in _UNORDERED:
            return None
        signs = [self.sign(a) for a in e.arguments]
        match e.operator:
            case "exp" | "factorial":
                return 1
            case "gcd" | "lcm" | "digit_sum" | "binomial":
                return 0
            case "denominator":
                return 1
            case "sqrt" | "abs":
                return 1 if signs[0] == 1 else 0
            case "+":
                if all(s in (0, 1) for s in signs):
                    return max(s for s in signs if s is not None)
            case "*":
                if all(s in (0, 1) for s in signs):
                    return min(s for s in signs if s is not None)
            case "/":
                if signs[1] == 1 and signs[0] in (0, 1):
                    return signs[0]
            case "**":
                if signs[0] == 1:
                    return 1
                exponent = e.arguments[1]
                if isinstance(exponent, Number) and exponent.value.denominator == 1:
                    return 0 if exponent.value.numerator % 2 == 0 else None
        return None


def _flip(direction: int | None) -> int | None:
    return None if direction is None else -direction


def _same(directions: list[int | None]) -> int | None:
    """The direction that all parts have or do not oppose."""
    if None in directions:
        return None
    moving = {d for d in directions if d}
    if len(moving) == 2:
        return None
    return moving.pop() if moving else 0
