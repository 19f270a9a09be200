"""Terms of Z3 for expressions of the language, exact: what has no value here has none there."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import z3

from zoped.symbolic.language.evaluate import EvaluationError, evaluate
from zoped.symbolic.language.expression import (
    SERIES,
    Apply,
    Expression,
    Number,
    Symbol,
    substitute,
)

MAX_POWER = 12
MAX_EXPANDED = 400
MAX_SORTED = 12
_RELATIONS: dict[str, Any] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


class Untranslatable(ValueError):
    """The expression has no term in Z3's decidable theories."""


class Translator:
    """Builds Z3 terms. `defined` collects what must hold for the terms to have a value, `meaning`
    what the fresh variables stand for; both under the conditions that lead to the term."""

    def __init__(self, symbols: Mapping[str, Any], known: Mapping[str, Fraction]) -> None:
        self.symbols = symbols
        self.known = known
        self.defined: list[Any] = []
        self.meaning: list[Any] = []
        self.path: list[Any] = []

    def require(self, condition: Any) -> None:
        self.defined.append(z3.Implies(z3.And(self.path), condition) if self.path else condition)

    def term(self, e: Expression) -> Any:
        if isinstance(e, Symbol) and e.name in self.symbols:
            return self.symbols[e.name]
        if isinstance(e, Number | Symbol) or e.symbols <= self.known.keys():
            try:
                value = evaluate(e, self.known)
            except EvaluationError as error:
                raise Untranslatable(str(error)) from None
            truth = isinstance(e, Apply) and e.is_condition
            return z3.BoolVal(value == 1) if truth else number_term(value)
        if not isinstance(e, Apply):
            raise Untranslatable(f"{e} is irrational")
        if e.operator in SERIES:
            return self._series(e)
        if e.operator in ("if", "and", "or"):
            return self._by_condition(e)
        a = [quantity(self.term(child)) for child in e.arguments]
        if e.operator in _RELATIONS:
            return _RELATIONS[e.operator](a[0], a[1])
        return self._apply(e, a)

    def _by_condition(self, e: Apply) -> Any:
        first = self.truth(e.arguments[0])
        others = []
        for place, part in enumerate(e.arguments[1:]):
            # `and` and the first branch go on where the condition holds, the others where not.
            goes_on = first if e.operator == "and" or (e.operator == "if" and place == 0) else None
            self.path.append(goes_on if goes_on is not None else z3.Not(first))
            others.append(quantity(self.term(part)) if e.operator == "if" else self.truth(part))
            self.path.pop()
        if e.operator == "if":
            return z3.If(first, others[0], others[1])
        return z3.And(first, others[0]) if e.operator == "and" else z3.Or(first, others[0])

    def truth(self, e: Expression) -> Any:
        term = self.term(e)
        return term if z3.is_bool(term) else term != 0

    def _apply(self, e: Apply, a: list[Any]) -> Any:
        match e.operator:
            case "+":
                return a[0] + a[1]
            case "-":
                return a[0] - a[1]
            case "*":
                return a[0] * a[1]
            case "neg":
                return -a[0]
            case "not":
                return z3.Not(a[0] != 0)
            case "/":
                divisor = _real(a[1])
                self.require(divisor != 0)
                return _real(a[0]) / divisor
            case "//" | "%":
                return self._divide(e, a)
            case "**":
                return self._power(e, a)
            case "abs":
                return z3.If(a[0] >= 0, a[0], -a[0])
            case "mean":
                return _real(sum(a[1:], a[0])) / len(a)
            case "different":
                return z3.Distinct([_real(term) for term in a])
            case "median":
                ordered, middle = _sorted(a), len(a) // 2
                if len(a) % 2:
                    return ordered[middle]
                return (_real(ordered[middle - 1]) + _real(ordered[middle])) / 2
            case "min" | "max":
                best = a[0]
                for other in a[1:]:
                    smaller = other < best if e.operator == "min" else other > best
                    best = z3.If(smaller, other, best)
                return best
            case "floor":
                return a[0] if a[0].is_int() else z3.ToInt(a[0])
            case "ceiling":
                return a[0] if a[0].is_int() else -z3.ToInt(-a[0])
            case "sqrt":
                root, inside = z3.FreshReal("root"), _real(a[0])
                self.require(inside >= 0)
                self.meaning += [root >= 0, z3.Implies(inside >= 0, root * root == inside)]
                return root
        raise Untranslatable(f"{e.operator} of an unknown")

    def _divide(self, e: Apply, a: list[Any]) -> Any:
        left, right = a
        self.require(right != 0)
        if left.is_int() and right.is_int():
            # Z3's remainder is never negative; ours has the divisor's sign, as Python's has.
            quotient = z3.If(right > 0, left / right, (-left) / (-right))
            return quotient if e.operator == "//" else left - right * quotient
        quotient = z3.ToInt(_real(left) / _real(right))
        if e.operator == "//":
            return quotient
        return _real(left) - _real(right) * z3.ToReal(quotient)

    def _power(self, e: Apply, a: list[Any]) -> Any:
        try:
            exponent = evaluate(e.arguments[1], self.known)
        except EvaluationError:
            raise Untranslatable("an unknown exponent") from None
        if exponent.denominator != 1 or abs(exponent) > MAX_POWER:
            raise Untranslatable(f"the exponent {exponent}")
        result = z3.IntVal(1) if a[0].is_int() else z3.RealVal(1)
        for _ in range(abs(exponent.numerator)):
            result = result * a[0]
        if exponent >= 0:
            return result
        self.require(a[0] != 0)
        return 1 / _real(result)

    def _series(self, e: Apply) -> Any:
        term, index, first, last = e.arguments
        try:
            low, high = evaluate(first, self.known), evaluate(last, self.known)
        except EvaluationError:
            raise Untranslatable("a sum with unknown bounds") from None
        if high - low + 1 > MAX_EXPANDED or low.denominator != 1 or high.denominator != 1:
            raise Untranslatable(f"a sum over {high - low + 1} terms")
        total: Any = z3.IntVal(int(e.operator == "product"))
        for k in range(low.numerator, high.numerator + 1):
            value = quantity(self.term(substitute(term, {str(index): Number(Fraction(k))})))
            if e.operator == "count":
                value = z3.If(value != 0, 1, 0)
            total = total * value if e.operator == "product" else total + value
        return total


def _sorted(terms: list[Any]) -> list[Any]:
    """The terms in order, by exchanging neighbours."""
    if len(terms) > MAX_SORTED:
        raise Untranslatable(f"the median of {len(terms)} unknowns")
    ordered = list(terms)
    for end in range(len(ordered) - 1, 0, -1):
        for i in range(end):
            a, b = ordered[i], ordered[i + 1]
            ordered[i], ordered[i + 1] = z3.If(a <= b, a, b), z3.If(a <= b, b, a)
    return ordered


def quantity(term: Any) -> Any:
    """A truth value as 1 or 0."""
    return z3.If(term, z3.IntVal(1), z3.IntVal(0)) if z3.is_bool(term) else term


def number_term(value: Fraction) -> Any:
    return (
        z3.IntVal(value.numerator)
        if value.denominator == 1
        else z3.Q(value.numerator, value.denominator)
    )


def _real(term: Any) -> Any:
    return z3.ToReal(term) if term.is_int() else term
