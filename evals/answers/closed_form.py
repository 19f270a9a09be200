"""Closed forms as answers write them, `2\\sqrt{3}`, `(1 + sqrt(5))/2` or `\\log_2 3`.

A grammar of its own over a white list of signs and functions, plain or LaTeX; nothing is evaluated
while it is read, and sizes are limited. Letters without a sign between them are a product.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache

from zoped.evals.answers.expression import (
    Apply,
    Constant,
    Expression,
    Number,
    Symbol,
    applied,
    negate,
)

MAX_TOKENS = 200
MAX_DEPTH = 20
MAX_LITERAL = 100  # digits
MAX_WORD = 5  # letters that may be a product
_SMALL_WORDS = frozenset(
    ["when", "with", "from", "that", "then", "than", "this", "they", "have", "time", "times"]
)
GREEK = "αβγδεζηθικλμνξρστυφχψωΓΔΘΛΞΣΦΨΩ"
TRIGONOMETRIC = ("sin", "cos", "tan", "cot", "sec", "csc")
_INVERSE = {name: f"arc{name}" for name in TRIGONOMETRIC}
_FUNCTIONS = frozenset(
    [
        "exp",
        "ln",
        "log",
        "log10",
        "lg",
        "abs",
        "factorial",
        "binomial",
        "sinh",
        "cosh",
        "tanh",
        *TRIGONOMETRIC,
        *_INVERSE.values(),
    ]
)
_RENAMED = {
    "binom": "binomial",
    "dbinom": "binomial",
    "tbinom": "binomial",
    "cosec": "csc",
    **{f"a{name}": f"arc{name}" for name in ("sin", "cos", "tan")},
}
_ROOTS = {"sqrt": 2, "cbrt": 3}
_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?|\.\d+)|(?P<command>\\[A-Za-z]+)|(?P<letters>[A-Za-z]+)"
    rf"|(?P<greek>[{GREEK}π])|(?P<sign>\*\*|[-+*/^!|(){{}}\[\],_]))"
)
_KNOWN = sorted(
    [*_FUNCTIONS - {"log10"}, *_ROOTS, *_RENAMED, "pi", "frac"], key=len, reverse=True
)  # longest first: `arcsin` before `sin`


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
    is_word = is_number = False
    while place < end:
        found = _TOKEN.match(text, place)
        if found is None or len(tokens) >= MAX_TOKENS:
            raise _NotRead
        if found["number"] and len(found["number"]) > MAX_LITERAL:
            raise _NotRead
        if found["letters"]:
            if is_number and found[0][0].isspace() and _is_noun(found["letters"]):
                raise _NotRead  # "7 pens"
            if is_word and found[0][0].isspace() and len(found["letters"]) > 1:
                raise _NotRead  # "of the cake"
            tokens += _names(found["letters"])
        else:
            token = found[0].strip().removeprefix("\\")
            tokens.append("log10" if found["command"] == "\\log" else token)
        is_number = bool(found["number"])
        is_word = len(found["letters"] or "") > 1 and found["letters"] not in _KNOWN
        place = found.end()
    if not tokens:
        raise _NotRead
    return tokens


def _is_noun(letters: str) -> bool:
    """Not xyz or abc, which stand behind each other in the alphabet, nor a function."""
    run = "".join(sorted(letters)) in "abcdefghijklmnopqrstuvwxyz"
    return len(letters) > 2 and not run and letters not in _KNOWN


def _names(letters: str) -> list[str]:
    """The names that a run of letters is: functions that are known, and single letters."""
    if letters in ("oo", "inf") or letters.lower() in _SMALL_WORDS:  # infinity is no number
        raise _NotRead
    names = []
    single = 0
    while letters:
        name = next((known for known in _KNOWN if letters.startswith(known)), letters[0])
        single += len(name) == 1
        names.append(name)
        letters = letters[len(name) :]
    if single > MAX_WORD:
        raise _NotRead
    return names


def _apply(operator: str, left: Expression, right: Expression) -> Expression:
    result = applied(operator, left, right)
    if result is None:
        raise _NotRead
    return result


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
        if self.at_end():
            raise _NotRead
        self.place += 1
        return self.tokens[self.place - 1]

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
                left = _apply(token, left, self.signed(depth))
            elif self.starts_factor(token):
                left = _apply("*", left, self.power(depth))
            else:
                return left

    def starts_factor(self, token: str) -> bool:
        """Whether `token` goes on with a product whose sign is left out: 2x, 3(1 + x)."""
        if token == "|":
            return not self.in_bars
        return token[:1].isalpha() or token in ("(", "{")

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
        if depth > MAX_DEPTH:
            raise _NotRead
        token = self.take()
        if token[:1].isdigit() or token[:1] == ".":
            return Number(Fraction(token))
        if token in ("(", "{", "["):
            inner = self.sum(depth + 1)
            self.expect({"(": ")", "{": "}", "[": "]"}[token])
            return inner
        if token == "|":
            self.in_bars += 1
            inner = self.sum(depth + 1)
            self.in_bars -= 1
            self.expect("|")
            return Apply("abs", (inner,))
        if token[:1].isalpha():
            return self.named(_RENAMED.get(token, token), depth)
        raise _NotRead

    def named(self, name: str, depth: int) -> Expression:
        if name in ("pi", "π"):
            return Constant("pi")
        if name == "frac":
            return _apply("/", self.argument(depth), self.argument(depth))
        if name in _ROOTS:
            return self.root(Number(Fraction(_ROOTS[name])), depth)
        if name == "binomial" and self.peek() == "{":
            return Apply(name, (self.argument(depth), self.argument(depth)))
        if name in _FUNCTIONS:
            return self.function(name, depth)
        if len(name) != 1:
            raise _NotRead
        if self.peek() == "_":
            self.take()
            return Symbol(f"{name}_{self.subscript()}")
        return Constant(name) if name in ("e", "i") else Symbol(name)

    def root(self, degree: Expression, depth: int) -> Expression:
        if self.peek() == "[":
            self.take()
            degree = self.sum(depth + 1)
            self.expect("]")
        return Apply("root", (self.argument(depth), degree))

    def subscript(self) -> str:
        if self.peek() != "{":
            return self.take()
        self.take()
        parts = []
        while self.peek() not in ("}", ""):
            parts.append(self.take())
        self.expect("}")
        return "".join(parts)

    def function(self, name: str, depth: int) -> Expression:
        """`\\sin^2 x`, `\\tan^{-1} 2`, `\\log_2 3` and the plain call."""
        power: Expression | None = None
        base: Expression | None = Number(Fraction(10)) if name == "lg" else None
        if self.peek() == "_" and name in ("log", "log10"):
            self.take()
            base = self.argument(depth)
        if self.peek() in ("^", "**"):
            self.take()
            power = self.argument(depth) if self.peek() != "-" else self.signed(depth + 1)
            if power == Number(Fraction(-1)) and name in _INVERSE:
                name, power = _INVERSE[name], None
        arguments = self.call_arguments(depth)
        if base is not None:
            arguments.append(base)
            name = "log"
        # `log(8, 2)` is the engine's.
        fewest, most = {"binomial": (2, 2), "log": (1, 2)}.get(name, (1, 1))
        if not fewest <= len(arguments) <= most:
            raise _NotRead
        value = Apply(name, tuple(arguments))
        return value if power is None else Apply("**", (value, power))

    def call_arguments(self, depth: int) -> list[Expression]:
        if self.peek() in ("(", "["):
            closing = ")" if self.take() == "(" else "]"
            arguments = [self.sum(depth + 1)]
            while self.peek() == "," and len(arguments) < 2:
                self.take()
                arguments.append(self.sum(depth + 1))
            self.expect(closing)
            return arguments
        if self.peek() == "{":
            return [self.argument(depth)]
        # Without brackets the argument is what is multiplied without a sign: sin 2x.
        if depth > MAX_DEPTH:
            raise _NotRead
        argument = negate(self.power(depth + 1)) if self.skip("-") else self.power(depth + 1)
        while (
            self.peek()[:1].isalpha() and _RENAMED.get(self.peek(), self.peek()) not in _FUNCTIONS
        ):
            argument = _apply("*", argument, self.power(depth + 1))
        return [argument]

    def skip(self, token: str) -> bool:
        if self.peek() != token:
            return False
        self.take()
        return True

    def argument(self, depth: int) -> Expression:
        """A group in braces, or, as LaTeX has it, one digit or one name."""
        token = self.peek()
        if token[:1].isdigit() and len(token) > 1 and "." not in token:
            self.tokens[self.place : self.place + 1] = [token[0], token[1:]]
        return self.atom(depth + 1)
