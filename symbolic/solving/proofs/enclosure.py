"""Proofs about one point of the real line: does a relation hold there, is a term zero, whole, defined?

A point is a rational, a closed form, or a `Root`. Values are enclosed in intervals that are rounded outwards, with more and more digits; what
no interval separates from zero is decided by algebra (a polynomial that divides, a simplification),
or stays undecided. Nothing is ever concluded from a float.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import sympy
from mpmath import iv

from zoped.symbolic.language.evaluate import EvaluationError, UndefinedError, evaluate
from zoped.symbolic.language.expression import Apply, Constant, Expression, Number, Symbol
from zoped.symbolic.problem import Domain
from zoped.symbolic.solving.export import expression_to_sympy
from zoped.symbolic.solving.proofs.exact_numbers import Root, proved_zero, simplest
from zoped.symbolic.solving.proofs.intervals import (
    DIGITS,
    Undecided,
    enclosed_at,
    enclosed_term,
    floor,
    interval,
)

LARGEST_ARGUMENT = 100_000  # of exp, and of the exponent of a power
_OPERATORS = "+ - * / ** // % neg abs sqrt exp log sin cos tan min max floor ceiling"
_ENCLOSED = frozenset(_OPERATORS.split())


class Point:
    """Values for all variables, each a SymPy expression in one symbol `x` that stands `at` a number.

    `at` is a SymPy number (rational or closed form) or a `Root`.
    """

    def __init__(self, x: Any, at: Any, values: Mapping[str, Any]) -> None:
        self.x = x
        self.at = at
        if isinstance(at, Root):
            self.values = dict(values)
        else:
            self.values = {name: sympy.sympify(v).subs(x, at) for name, v in values.items()}
        self.rational = {
            name: Fraction(int(v.p), int(v.q)) for name, v in self.values.items() if v.is_Rational
        }
        self._enclosed: dict[tuple[str, int], Any] = {}

    def enclosed(self, name: str, digits: int) -> Any:
        key = (name, digits)
        if key not in self._enclosed:
            value = self.values[name]
            inner: Any = None
            if isinstance(self.at, Root):
                low, high = self.at.refined(2 * digits)
                inner = iv.mpf([interval(low).a, interval(high).b])
            self._enclosed[key] = enclosed_term(value, self.x, inner)
        return self._enclosed[key]

    def holds(self, relation: Expression) -> bool | None:
        """Whether the relation is true here; False where a term has no value; None if undecided."""
        try:
            return self._decided(relation)
        except UndefinedError:
            return False
        except Undecided:
            return None

    def _decided(self, relation: Expression) -> bool:
        if relation.symbols <= self.rational.keys():
            try:
                return evaluate(relation, self.rational) != 0
            except UndefinedError:
                raise
            except EvaluationError:
                pass  # irrational on the way
        if not isinstance(relation, Apply):
            raise Undecided
        sign = self.sign(Apply("-", relation.arguments))
        match relation.operator:
            case "==":
                return sign == 0
            case "!=":
                return sign != 0
            case "<":
                return sign < 0
            case "<=":
                return sign <= 0
            case ">":
                return sign > 0
            case ">=":
                return sign >= 0
        raise Undecided

    def sign(self, tree: Expression) -> int:
        """-1, 0 or 1; raises Undecided, or UndefinedError where the term has no value."""
        for digits in DIGITS:
            try:
                value = self.enclose(tree, digits)
            except Undecided:
                continue
            if value.a > 0:
                return 1
            if value.b < 0:
                return -1
            if value.a == 0 and value.b == 0:
                return 0
            if digits >= DIGITS[1] and self.vanishes(self.term(tree)):
                return 0
        raise Undecided

    def check_defined(self, tree: Expression) -> None:
        """Return where the term has a real value; raise UndefinedError or Undecided."""
        for digits in DIGITS:
            try:
                self.enclose(tree, digits)
            except Undecided:
                continue
            return
        raise Undecided

    def term(self, tree: Expression) -> Any:
        """The SymPy term in `x`."""
        if any(name not in self.values for name in tree.symbols):
            raise Undecided
        try:
            return expression_to_sympy(tree, self.values)
        except (TypeError, ValueError):
            raise Undecided from None

    def remainder(self, term: Any) -> Any:
        """The term as a polynomial of lower degree than the root's own; None if it is none."""
        polynomial = self.at.polynomial
        if polynomial is None:
            return None
        try:
            top, below = sympy.fraction(sympy.together(term))
            top = sympy.Poly(top, self.x, domain="QQ").rem(polynomial)
            below = sympy.Poly(below, self.x, domain="QQ").rem(polynomial)
            if below.is_zero:
                return None
            return (top * below.invert(polynomial)).rem(polynomial)
        except (sympy.PolynomialError, sympy.CoercionFailed, sympy.polys.polyerrors.NotInvertible):
            return None

    def vanishes(self, term: Any) -> bool:
        """Whether the term is proved to be zero."""
        if isinstance(self.at, Root):
            rest = self.remainder(term)
            if rest is not None:
                return bool(rest.is_zero)
            form = self.at.closed_form
            if form is None:
                return self.at.polynomial is None and self._changes_sign(term)
            term = term.subs(self.x, form)
        return proved_zero(term)

    def _changes_sign(self, term: Any) -> bool:
        """Whether the term has a zero where the only zero of another function lies.

        Each solution is a zero of that function, and the term is continuous where it is enclosed.
        """
        if sympy.expand(term) == 0:
            return True
        ends = self.at.refined(DIGITS[0])
        if enclosed_at(term, self.x, ends, DIGITS[1]) is None:
            return False
        low, high = (enclosed_at(term, self.x, (end, end), DIGITS[1]) for end in ends)
        if low is None or high is None:
            return False
        return bool((low.a > 0 and high.b < 0) or (low.b < 0 and high.a > 0))

    def enclose(self, tree: Expression, digits: int) -> Any:
        """An interval around the value; raises UndefinedError or Undecided."""
        iv.dps = digits
        return _Enclosing(self, digits).value(tree)

    def value(self, tree: Expression) -> Any:
        """The exact value as a SymPy number; raises Undecided or UndefinedError.

        A root without a closed form is still a value where the term is rational in it.
        """
        if tree.symbols <= self.rational.keys():
            try:
                exact = evaluate(tree, self.rational)
                return sympy.Rational(exact.numerator, exact.denominator)
            except UndefinedError:
                raise
            except EvaluationError:
                pass  # irrational
        self.check_defined(tree)
        term = self.term(tree)
        if isinstance(self.at, Root):
            rest = self.remainder(term)
            if rest is not None and rest.degree() <= 0:
                return rest.eval(0)
            form = self.at.closed_form
            if form is None:
                raise Undecided
            term = (rest.as_expr() if rest is not None else term).subs(self.x, form)
        return simplest(term)

    def in_domain(self, name: str, domain: Domain) -> bool | None:
        """Whether the variable's value lies in its domain; None if undecided."""
        if name in self.rational:
            return domain.contains(self.rational[name])
        symbol = Symbol(name)
        try:
            if domain in (Domain.POSITIVE_REAL, Domain.POSITIVE_INTEGER):
                if self.sign(symbol) <= 0:
                    return False
            elif domain is Domain.NONNEGATIVE_INTEGER and self.sign(symbol) < 0:
                return False
            elif not domain.is_integer:
                self.check_defined(symbol)
            if domain.is_integer or domain is Domain.RATIONAL:
                return self._rationality(symbol, domain)
        except UndefinedError:
            return False
        except Undecided:
            return None
        return True

    def _rationality(self, symbol: Symbol, domain: Domain) -> bool:
        if isinstance(self.at, Root):
            rest = self.remainder(self.values[symbol.name])
            if rest is not None and rest.degree() >= 1:
                return False  # 1, x, x**2, ... are independent over the rationals
        if domain.is_integer:
            around = self.enclose(symbol, DIGITS[0])
            if floor(around.a) == floor(around.b) and floor(around.a) < around.a:
                return False
        value = self.value(symbol)
        if value.is_Rational:
            return domain.contains(Fraction(int(value.p), int(value.q)))
        if value.is_rational is False:
            return False
        raise Undecided


class _Enclosing:
    def __init__(self, point: Point, digits: int) -> None:
        self.point = point
        self.digits = digits

    def value(self, tree: Expression) -> Any:
        if isinstance(tree, Number):
            return iv.mpf(tree.value.numerator) / iv.mpf(tree.value.denominator)
        if isinstance(tree, Symbol):
            if tree.name not in self.point.values:
                raise Undecided
            return self.point.enclosed(tree.name, self.digits)
        if isinstance(tree, Constant):
            return iv.pi
        if not isinstance(tree, Apply):
            raise Undecided
        if tree.symbols <= self.point.rational.keys():
            try:
                exact = evaluate(tree, self.point.rational)
                return iv.mpf(exact.numerator) / iv.mpf(exact.denominator)
            except UndefinedError:
                raise
            except EvaluationError:
                pass  # irrational
        return self.applied(tree)

    def applied(self, tree: Apply) -> Any:
        op = tree.operator
        if op not in _ENCLOSED:
            raise Undecided
        a = [self.value(child) for child in tree.arguments]
        match op:
            case "+":
                return a[0] + a[1]
            case "-":
                return a[0] - a[1]
            case "*":
                return a[0] * a[1]
            case "neg":
                return -a[0]
            case "abs":
                return abs(a[0])
            case "/":
                self.apart_from_zero(a[1], tree.arguments[1], "division by zero")
                return a[0] / a[1]
            case "sqrt":
                return iv.sqrt(self.not_negative(a[0], tree.arguments[0]))
            case "exp":
                self.moderate(a[0])
                return iv.exp(a[0])
            case "log":
                top = iv.log(self.positive(a[0], tree.arguments[0]))
                if len(a) == 1:
                    return top
                below = iv.log(self.positive(a[1], tree.arguments[1]))
                one = Apply("-", (tree.arguments[1], Number(Fraction(1))))
                self.apart_from_zero(below, one, "a logarithm to base 1")
                return top / below
            case "sin":
                return iv.sin(a[0])
            case "cos":
                return iv.cos(a[0])
            case "tan":
                cosine = Apply("cos", tree.arguments)
                self.apart_from_zero(iv.cos(a[0]), cosine, "a tangent of a right angle")
                return iv.sin(a[0]) / iv.cos(a[0])
            case "min" | "max":
                pick: Callable[..., Any] = min if op == "min" else max
                return iv.mpf([pick(x.a for x in a), pick(x.b for x in a)])
            case "**":
                return self.power(tree, a)
        return self.whole(tree, a)

    def whole(self, tree: Apply, a: list[Any]) -> Any:
        """floor, ceiling, // and %: only where no whole number is in doubt."""
        op = tree.operator
        if op in ("//", "%"):
            self.apart_from_zero(a[1], tree.arguments[1], "division by zero")
            inside = a[0] / a[1]
        else:
            inside = a[0]
        low, high = floor(inside.a), floor(inside.b)
        if low != high or low == inside.a:
            raise Undecided
        if op == "ceiling":
            return iv.mpf(low + 1)
        return a[0] - a[1] * low if op == "%" else iv.mpf(low)

    def power(self, tree: Apply, a: list[Any]) -> Any:
        base, exponent = tree.arguments
        if isinstance(exponent, Number) and exponent.value.denominator == 1:
            n = exponent.value.numerator
            if n < 0:
                self.apart_from_zero(a[0], base, "division by zero")
                return 1 / a[0] ** -n
            return a[0] ** n if n else iv.mpf(1)
        if isinstance(exponent, Number) and exponent.value > 0:
            inside = self.not_negative(a[0], base)
            if inside.a == 0:
                top = iv.exp(a[1] * iv.log(inside.b)).b if inside.b > 0 else 0
                return iv.mpf([0, top])
            return iv.exp(a[1] * iv.log(inside))
        self.moderate(a[1])
        logarithm = iv.log(self.positive(a[0], base))
        self.moderate(a[1] * logarithm)
        return iv.exp(a[1] * logarithm)

    def moderate(self, value: Any) -> None:
        if value.b > LARGEST_ARGUMENT or value.a < -LARGEST_ARGUMENT:
            raise Undecided

    def apart_from_zero(self, value: Any, tree: Expression, why: str) -> None:
        if not (value.a <= 0 <= value.b):
            return
        if self.point.sign(tree) == 0:
            raise UndefinedError(why)
        raise Undecided  # more digits may tell

    def not_negative(self, value: Any, tree: Expression) -> Any:
        if value.b < 0:
            raise UndefinedError("a root of a negative number")
        if value.a < 0:
            if self.point.sign(tree) < 0:
                raise UndefinedError("a root of a negative number")
            iv.dps = self.digits
            return iv.mpf([0, value.b])
        return value

    def positive(self, value: Any, tree: Expression) -> Any:
        if value.b <= 0:
            raise UndefinedError("the logarithm of a number that is not positive")
        if value.a <= 0:
            if self.point.sign(tree) <= 0:
                raise UndefinedError("the logarithm of a number that is not positive")
            raise Undecided  # more digits may tell
        return value
