"""Closed forms as answers write them, `2\\sqrt{3}` or `(1 + sqrt(5))/2`, and when two are equal.

A grammar of its own over a white list of signs and functions, plain or LaTeX; nothing is evaluated
while it is read, and sizes are limited before anything is computed. Rational values are compared
exactly, irrational ones to `DIGITS` digits; forms with variables at several random points
(Schwartz 1980, Zippel 1979).
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from math import comb, factorial
from random import Random
from typing import Any

from zoped.symbolic import EvaluationError, Expression, evaluate
from zoped.symbolic.language.expression import (
    Apply,
    Constant,
    Number,
    Symbol,
    children,
    negate,
    walk,
)

MAX_TOKENS = 100
MAX_DEPTH = 20
MAX_LITERAL = 40  # digits
DIGITS = 100  # to which irrational values must agree
_WORKING = 220  # digits of the computation
_LARGEST = 10**60  # of any value on the way, and of its inverse: cancellation costs few digits
_FUNCTIONS = frozenset(["sqrt", "exp", "sin", "cos", "tan", "log", "abs", "factorial", "binomial"])
_RENAMED = {"ln": "log", "binom": "binomial", "dbinom": "binomial"}
_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?|\.\d+)|\\?(?P<name>[A-Za-z]+)|(?P<sign>\*\*|[-+*/^!|(){}\[\],]))",
    re.ASCII,
)


class _NotRead(Exception):
    """The text is no closed form of the grammar."""


@lru_cache(maxsize=4096)
def read_closed_form(text: str) -> Expression | None:
    """The expression that `text` (see `plain_text`) writes; None when it is none."""
    try:
        parser = _Parser(_tokens(text))
        expression = parser.sum(0)
        return expression if parser.at_end() else None
    except _NotRead:
        return None


def _tokens(text: str) -> list[str]:
    tokens: list[str] = []
    place, end = 0, len(text.rstrip())
    while place < end:
        found = _TOKEN.match(text, place)
        if found is None or len(tokens) >= MAX_TOKENS:
            raise _NotRead
        if found["number"] and len(found["number"]) > MAX_LITERAL:
            raise _NotRead
        tokens.append(found[0].strip())
        place = found.end()
    if not tokens:
        raise _NotRead
    return tokens


class _Parser:
    """Recursive descent; `depth` bounds the recursion."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens
        self.place = 0
        self.in_bars = 0

    def at_end(self) -> bool:
        return self.place == len(self.tokens)

    def peek(self) -> str:
        return "" if self.at_end() else self.tokens[self.place]

    def take(self) -> str:
        token = self.peek()
        self.place += 1
        return token

    def expect(self, token: str) -> None:
        if self.take() != token:
            raise _NotRead

    def sum(self, depth: int) -> Expression:
        if depth > MAX_DEPTH:
            raise _NotRead
        left = self.product(depth)
        while self.peek() in ("+", "-"):
            left = Apply(self.take(), (left, self.product(depth)))
        return left

    def product(self, depth: int) -> Expression:
        left = self.signed(depth)
        while True:
            token = self.peek()
            if token in ("*", "/"):
                self.take()
                left = _applied(token, left, self.signed(depth))
            elif self.starts_factor(token):
                left = _applied("*", left, self.power(depth))
            else:
                return left

    def starts_factor(self, token: str) -> bool:
        """Whether `token` goes on with a product whose sign is left out: 2x, 3(1 + x)."""
        if token == "|":
            return not self.in_bars
        return token[:1].isalpha() or token[:1] == "\\" or token in ("(", "{")

    def signed(self, depth: int) -> Expression:
        if depth > MAX_DEPTH:
            raise _NotRead
        if self.peek() in ("-", "+"):
            sign = self.take()
            inner = self.signed(depth + 1)
            return negate(inner) if sign == "-" else inner
        return self.power(depth)

    def power(self, depth: int) -> Expression:
        base = self.atom(depth)
        while self.peek() == "!":
            self.take()
            base = Apply("factorial", (base,))
        if self.peek() in ("^", "**"):
            self.take()
            return Apply("**", (base, self.signed(depth + 1)))
        return base

    def atom(self, depth: int) -> Expression:
        token = self.take()
        if token[:1].isdigit() or token[:1] == ".":
            return Number(Fraction(token))
        if token in ("(", "{"):
            inner = self.sum(depth + 1)
            self.expect(")" if token == "(" else "}")
            return inner
        if token == "|":
            self.in_bars += 1
            inner = self.sum(depth + 1)
            self.in_bars -= 1
            self.expect("|")
            return Apply("abs", (inner,))
        if token[:1].isalpha() or token[:1] == "\\":
            return self.named(token.removeprefix("\\"), depth)
        raise _NotRead

    def named(self, name: str, depth: int) -> Expression:
        name = _RENAMED.get(name, name)
        if name == "pi":
            return Constant("pi")
        if name == "frac":
            return _applied("/", self.argument(depth), self.argument(depth))
        if name == "sqrt" and self.peek() == "[":
            self.take()
            degree = self.sum(depth + 1)
            self.expect("]")
            return Apply("**", (self.argument(depth), _applied("/", Number(Fraction(1)), degree)))
        if name == "binomial" and self.peek() == "{":
            return Apply(name, (self.argument(depth), self.argument(depth)))
        if name in _FUNCTIONS:
            return self.call(name, depth)
        if len(name) == 1:
            # Euler's number; the engine writes it so, too.
            return Apply("exp", (Number(Fraction(1)),)) if name == "e" else Symbol(name)
        raise _NotRead

    def call(self, name: str, depth: int) -> Expression:
        if self.peek() != "(":
            return Apply(name, (self.argument(depth),))
        self.take()
        arguments = [self.sum(depth + 1)]
        while self.peek() == "," and len(arguments) < 2:
            self.take()
            arguments.append(self.sum(depth + 1))
        self.expect(")")
        if len(arguments) != 1 and name not in ("binomial", "log"):
            raise _NotRead
        if len(arguments) != 2 and name == "binomial":
            raise _NotRead
        return Apply(name, tuple(arguments))

    def argument(self, depth: int) -> Expression:
        """A group in braces, or, as LaTeX has it, one digit or one name."""
        token = self.peek()
        if token[:1].isdigit() and len(token) > 1 and "." not in token:
            self.tokens[self.place : self.place + 1] = [token[0], token[1:]]
        return self.atom(depth + 1)


def _applied(operator: str, left: Expression, right: Expression) -> Expression:
    """A quotient of two numbers is a number."""
    if operator == "/" and isinstance(left, Number) and isinstance(right, Number):
        if not right.value:
            raise _NotRead
        return Number(left.value / right.value)
    return Apply(operator, (left, right))


def open_calculations(expression: Expression) -> int:
    """How many operations on rational numbers are written but not carried out: 1 in 2*pi + 3*4."""
    return sum(
        1
        for node in walk(expression)
        if isinstance(node, Apply) and node.operator != "neg" and exact(node) is not None
    )


def exact(expression: Expression) -> Fraction | None:
    """The value if it is rational and the engine can tell; else None."""
    try:
        return evaluate(expression, {})
    except EvaluationError:
        return None


def equal_values(left: Expression, right: Expression) -> bool:
    """Whether two closed forms have one value; with variables, whether they agree everywhere."""
    symbols = sorted(left.symbols | right.symbols)
    if len(symbols) > 8:
        return False
    if not symbols:
        a, b = exact(left), exact(right)
        if a is not None and b is not None:
            return a == b
        return _agree(left, right, {}) is True
    rng = Random(f"{left}={right}")
    verdicts = [_agree(left, right, _point(symbols, rng)) for _ in range(6)]
    known = [verdict for verdict in verdicts if verdict is not None]
    return len(known) >= 3 and all(known)


def _point(symbols: list[str], rng: Random) -> dict[str, Fraction]:
    """Positive rationals near 1, where roots and logarithms mostly exist."""
    return {
        name: Fraction(rng.randrange(2, 4_000), rng.randrange(1_000, 2_000)) for name in symbols
    }


def _agree(left: Expression, right: Expression, point: Mapping[str, Fraction]) -> bool | None:
    """None where one of them has no value, or one too large to compare."""
    a, b = _real(left, point), _real(right, point)
    if a is None or b is None:
        return None
    context = _context()
    return bool(abs(a - b) <= context.mpf(10) ** -DIGITS * max(1, abs(a), abs(b)))


_local = threading.local()


def _context() -> Any:
    """A computing context of this thread's own: mpmath's shared one has a precision that others
    change."""
    if not hasattr(_local, "context"):
        from mpmath.ctx_mp import MPContext

        _local.context = MPContext()
        _local.context.dps = _WORKING
    return _local.context


def _real(e: Expression, point: Mapping[str, Fraction]) -> Any:
    """The real value to about `_WORKING` digits; None when it does not exist or is out of size."""
    mp = _context()
    if isinstance(e, Number | Symbol):
        rational = e.value if isinstance(e, Number) else point[e.name]
        return mp.mpf(rational.numerator) / rational.denominator
    if isinstance(e, Constant):
        return +mp.pi
    values = [_real(child, point) for child in children(e)]
    if not isinstance(e, Apply) or any(value is None for value in values):
        return None
    value = _apply(e.operator, values)
    if value is None or (value and not mp.mpf(1) / _LARGEST < abs(value) < _LARGEST):
        return None
    return value


def _apply(op: str, a: list[Any]) -> Any:
    mp = _context()
    if op in ("+", "-", "*", "neg", "abs"):
        return {
            "+": lambda: a[0] + a[1],
            "-": lambda: a[0] - a[1],
            "*": lambda: a[0] * a[1],
            "neg": lambda: -a[0],
            "abs": lambda: abs(a[0]),
        }[op]()
    if op == "/":
        return a[0] / a[1] if a[1] else None
    if op == "sqrt":
        return mp.sqrt(a[0]) if a[0] >= 0 else None
    if op == "**":
        return _power(a[0], a[1])
    if op == "exp":
        return mp.exp(a[0]) if abs(a[0]) < 200 else None
    if op in ("sin", "cos", "tan"):
        return getattr(mp, op)(a[0]) if abs(a[0]) < 10**6 else None
    if op == "log":
        if a[0] <= 0 or (len(a) == 2 and (a[1] <= 0 or a[1] == 1)):
            return None
        return mp.log(a[0]) / (mp.log(a[1]) if len(a) == 2 else 1)
    if all(value == int(value) and 0 <= value <= 200 for value in a):
        return mp.mpf(factorial(int(a[0])) if op == "factorial" else comb(int(a[0]), int(a[1])))
    return None


def _power(base: Any, exponent: Any) -> Any:
    mp = _context()
    if base == 0:
        return mp.mpf(0) if exponent > 0 else None
    if base < 0:
        # A root of a negative number is real only where its degree is odd.
        if exponent != int(exponent):
            return None
    if abs(exponent * mp.log(abs(base))) > 200:
        return None
    return base ** (int(exponent) if exponent == int(exponent) else exponent)
