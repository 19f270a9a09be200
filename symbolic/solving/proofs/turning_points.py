"""All real roots of a term made of powers, exponentials and logarithms, by Rolle's theorem.

Between neighbouring zeros of its derivative a function is strictly monotone and has one zero at
most; signs and limits at the ends tell whether it has it. The zeros of the derivative are found in
the same way. Dividing by one of the terms before differentiating makes the others fewer or simpler
(as in the proof that an exponential polynomial has finitely many zeros; Pólya and Szegő, Problems
and Theorems in Analysis II, part V, 75): `2**x - x**2` ends with a linear polynomial after two steps.
The line is cut first where a part of the term is singular, so that it is analytic in every cell.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

import mpmath
import sympy

from zoped.symbolic.solving.proofs.exact_numbers import Root
from zoped.symbolic.solving.proofs.intervals import (
    DIGITS,
    Undecided,
    enclosed_at,
    enclosed_number,
    rational_end,
)
from zoped.symbolic.solving.proofs.limits import one_sided_limit
from zoped.symbolic.solving.proofs.real_roots import number_sign, real_roots

MAX_DEPTH = 7
MAX_TERMS = 8
_STEPS = 60  # of the search for a change of sign: 2**60 from 0, 2**-60 from a finite end
_SMALL = 1_000
_TRIGONOMETRIC = (sympy.sin, sympy.cos)


@dataclass(frozen=True)
class Crossing(Root):
    """The only zero of `function`, a term in `x`, between two rationals, where its sign changes."""

    function: Any = None
    x: Any = None

    def refined(self, digits: int) -> tuple[Any, Any]:
        low, high = self.low, self.high
        eps = sympy.Rational(1, 10**digits)
        if high - low <= eps:
            return low, high
        below = self._sign(low, digits)
        near = self.approximation(digits)
        if near is not None:
            left, right = max(low, near - eps / 3), min(high, near + eps / 3)
            if self._sign(left, digits) == below == -self._sign(right, digits):
                return left, right
        while high - low > eps:
            middle = (low + high) / 2
            low, high = (middle, high) if self._sign(middle, digits) == below else (low, middle)
        return low, high

    def _sign(self, value: Any, digits: int) -> int:
        around = enclosed_at(self.function, self.x, (value, value), 2 * digits + 20)
        if around is None or around.a <= 0 <= around.b:
            raise Undecided
        return 1 if around.a > 0 else -1

    def approximation(self, digits: int) -> Any:
        with mpmath.workdps(digits + 15):
            ends = [mpmath.mpf(int(e.p)) / int(e.q) for e in (self.low, self.high)]
            try:
                f = sympy.lambdify(self.x, self.function, "mpmath")
                near = mpmath.findroot(f, ends, solver="anderson", verify=False)
                return sympy.Rational(
                    int(mpmath.nint(near * 10 ** (digits + 5))), 10 ** (digits + 5)
                )
            except (ValueError, TypeError, ZeroDivisionError, OverflowError):
                return None

    @property
    def closed_form(self) -> Any:  # `_as_number` has tried already
        return None


def roots_on_line(term: Any, x: Any, low: Any, high: Any, depth: int = 0) -> list[Any]:
    """Numbers and Roots between two numbers or infinities, in order; raises Undecided.

    All zeros of the term are among them, and the finitely many places where a part is singular.
    """
    powers = {
        n for n in sympy.preorder_traversal(term) if n.is_Pow and n.exp.has(x) and n.base.has(x)
    }
    term = term.xreplace({p: sympy.exp(p.exp * sympy.log(p.base)) for p in powers})
    cuts: list[Any] = []
    positive: list[tuple[Any, bool]] = []
    for inner, may_be_negative in _singular(term, x):
        positive.append((inner, may_be_negative))
        cuts += roots_on_line(inner, x, low, high, depth + 1)
    cuts = in_order(cuts)
    if any(isinstance(cut, Root) for cut in cuts):
        raise Undecided
    found = list(cuts)
    for start, end in pairwise([low, *cuts, high]):
        sample = next(_towards(end, start, 1), None)
        if sample is None:
            raise Undecided
        signs = [(_sign_at(inner, x, sample), either) for inner, either in positive]
        if any(sign is None for sign, _ in signs):
            raise Undecided
        if any(_sign_at(power.base, x, sample) != 1 for power in powers):
            raise Undecided  # (-2)**(-2) has a value
        if all(either or sign == 1 for sign, either in signs):
            found += _zeros(term, x, start, end, depth)
    return in_order(found)


def logarithmic_forms(equation: Any) -> list[Any]:
    """log(a) - log(b) == 0 for a - b == 0 where both are positive; and the equation itself."""
    parts = sympy.Add.make_args(equation)
    if len(parts) == 2:
        positive = [p if p.is_positive else -p for p in parts]
        if parts[0].is_positive != parts[1].is_positive and all(p.is_positive for p in positive):
            a, b = (sympy.expand_log(sympy.log(p)) for p in positive)
            return [a - b, equation]
    return [equation]


def _singular(term: Any, x: Any) -> Iterator[tuple[Any, bool]]:
    """(part, whether it may be negative) for the parts whose zeros bound the cells."""
    seen = set()
    for node in sympy.preorder_traversal(term):
        if not node.has(x) or not node.args or node in seen:
            continue
        seen.add(node)
        if node.func is sympy.log:
            yield node.args[0], False
        elif node.is_Pow and node.base.has(x):
            exponent = node.exp
            if not exponent.is_number or (not exponent.is_Integer and not exponent.is_Rational):
                raise Undecided
            if not exponent.is_Integer or exponent < 0:
                yield node.base, bool(exponent.is_Integer)
        elif node.is_Pow:
            if number_sign(node.base) <= 0:
                raise Undecided
        elif not (node.is_Add or node.is_Mul or node.func in (sympy.exp, *_TRIGONOMETRIC)):
            raise Undecided


def in_order(roots: list[Any]) -> list[Any]:
    """Different roots, sorted; raises Undecided where two cannot be told apart."""
    different = list(dict.fromkeys(roots))
    for digits in (10, 40, 120):
        spans = sorted(((*span(r, digits), r) for r in different), key=lambda s: s[:2])
        same = [(a, b) for a, b in pairwise(spans) if a[1] >= b[0]]
        if not same:
            return [
                type(r)(**{**_fields(r), "low": low, "high": high}) if isinstance(r, Root) else r
                for low, high, r in spans
            ]
        for a, b in same:
            if not isinstance(a[2], Root) and not isinstance(b[2], Root):
                if number_sign(a[2] - b[2]) == 0:
                    different = [r for r in different if r is not b[2]]
    raise Undecided


def _fields(root: Root) -> dict[str, Any]:
    return {name: getattr(root, name) for name in root.__dataclass_fields__}


def span(root: Any, digits: int) -> tuple[Any, Any]:
    """Rationals around a root, equal where it is rational."""
    if isinstance(root, Root):
        return root.refined(digits)
    if root.is_Rational:
        return root, root
    around = enclosed_number(root, digits + 5)
    if around is None:
        raise Undecided
    return rational_end(around.a), rational_end(around.b)


def _zeros(term: Any, x: Any, low: Any, high: Any, depth: int) -> list[Any]:
    """All zeros within the open cell, in which the term is analytic."""
    if depth > MAX_DEPTH:
        raise Undecided
    found: list[Any] = []
    for factor in _vanishing_factors(term, x):
        found += _zeros_of_factor(factor, x, low, high, depth)
    return in_order(found)


def _vanishing_factors(term: Any, x: Any) -> list[Any]:
    """Factors of the numerator that may be zero; raises Undecided for the term 0."""
    top = sympy.fraction(sympy.together(term))[0]
    if top == 0:
        raise Undecided
    found: dict[Any, None] = {}
    for factor in sympy.Mul.make_args(sympy.factor(top)):
        while factor.is_Pow and factor.exp.is_Rational and factor.exp > 0:
            factor = factor.base
        if factor.func is sympy.exp or (factor.is_Pow and not factor.base.has(x)):
            continue
        if factor.has(x):
            found[factor] = None
        elif number_sign(factor) == 0:
            raise Undecided
    return list(found)


def _zeros_of_factor(term: Any, x: Any, low: Any, high: Any, depth: int) -> list[Any]:
    if (around := _enclosed_on(term, x, low, high)) is not None and (around.a > 0 or around.b < 0):
        return []
    if term == x:
        return _within([sympy.Integer(0)], low, high)
    if term.func is sympy.log:
        return _zeros(term.args[0] - 1, x, low, high, depth + 1)
    if not term.is_Add:
        raise Undecided
    try:
        factors = sympy.Poly(term, x, domain="QQ").factor_list()[1]
        return _within([root for factor, _ in factors for root in real_roots(factor)], low, high)
    except (sympy.PolynomialError, sympy.CoercionFailed):
        pass
    constant, rest = sympy.collect(term, x).as_independent(x, as_Add=True)
    if rest.is_Mul:
        factor, rest = rest.as_independent(x, as_Add=False)
        constant = constant / factor
    if rest == x:
        return _within([sympy.factor(-constant)], low, high)
    if rest.func is sympy.log:
        return _zeros(rest.args[0] - sympy.exp(-constant), x, low, high, depth + 1)
    return _by_turning_points(term, x, low, high, depth)


def _within(roots: list[Any], low: Any, high: Any) -> list[Any]:
    inside = []
    for root in in_order(roots):
        ends = (e for e in (low, high) if e.is_finite)
        if isinstance(root, Root):
            for digits in (10, 40, 120):
                start, end = root.refined(digits)
                signs = [(number_sign(start - e), number_sign(end - e)) for e in ends]
                if all(a == b for a, b in signs):
                    break
            else:
                raise Undecided
            value = start
        else:
            value = root
        if (low.is_infinite or number_sign(value - low) > 0) and (
            high.is_infinite or number_sign(high - value) > 0
        ):
            inside.append(root)
    return inside


def _by_turning_points(term: Any, x: Any, low: Any, high: Any, depth: int) -> list[Any]:
    terms = sympy.Add.make_args(sympy.expand(term))
    if len(terms) > MAX_TERMS:
        raise Undecided
    for _, divisor, quotient, slope in _divided(terms, x)[:3]:
        try:
            around = _enclosed_on(slope, x, low, high)
            is_monotone = around is not None and (around.a >= 0 or around.b <= 0)
            turns = [] if is_monotone else _zeros(slope, x, low, high, depth + 1)
            poles = _zeros(divisor, x, low, high, depth + 1) if divisor.has(x) else []
            places = in_order([*turns, *poles])
            return _between_turns(term, quotient, x, [low, *places, high], poles)
        except Undecided:
            continue
    raise Undecided


def _divided(terms: tuple[Any, ...], x: Any) -> list[tuple[Any, Any, Any, Any]]:
    """(size, divisor, quotient, its derivative's numerator), the simplest derivative first."""
    ways = []
    for divisor in (sympy.Integer(1), *terms):
        quotient = sympy.Add(*(sympy.powsimp(t / divisor) for t in terms))
        slope = sympy.fraction(sympy.together(sympy.diff(quotient, x)))[0]
        if slope == 0:
            continue
        kernels = {n for n in sympy.preorder_traversal(slope) if n.has(x) and n.args}
        kernels = {n for n in kernels if not (n.is_Add or n.is_Mul or _is_power_of(n, x))}
        factors = sympy.Mul.make_args(sympy.factor(slope))
        mixed = [f for f in factors if f.has(x) and f.is_Add]
        size = (
            sum(any(f.has(k) for f in mixed) for k in kernels),
            sum(f.count_ops() for f in mixed),
        )
        ways.append((size, divisor, quotient, slope))
    return sorted(ways, key=lambda way: way[0])


def _is_power_of(node: Any, x: Any) -> bool:
    return bool(node.is_Pow and node.base == x and node.exp.is_Rational)


def _between_turns(
    term: Any, quotient: Any, x: Any, places: list[Any], poles: list[Any]
) -> list[Any]:
    """Zeros at the inner places, and one between two whose signs differ."""
    found: list[Any] = []
    signs: dict[Any, int] = {}
    for place in places[1:-1]:
        sign = _sign_at_root(term, x, place)
        signs[place] = sign
        if sign == 0:
            if place in poles:
                raise Undecided
            found.append(place)
    for start, end in pairwise(places):
        flip = _divisor_sign(term, quotient, x, start, end)
        left = signs.get(start)
        right = signs.get(end)
        left = flip * _limit_sign(quotient, x, start, "+") if left is None else left
        right = flip * _limit_sign(quotient, x, end, "-") if right is None else right
        if left * right < 0:
            found.append(_crossing(term, x, start, end, left))
    return found


def _divisor_sign(term: Any, quotient: Any, x: Any, start: Any, end: Any) -> int:
    """The sign between two places of what the term was divided by."""
    for side in _towards(end, start, 6):
        above, below = _sign_at(term, x, side), _sign_at(quotient, x, side)
        if above and below:
            return above * below
    raise Undecided


def _limit_sign(quotient: Any, x: Any, end: Any, side: str) -> int:
    """The sign of the limit at an end of a cell."""
    limit = one_sided_limit(quotient, x, end, side)
    if limit in (sympy.oo, -sympy.oo):
        return 1 if limit is sympy.oo else -1
    return number_sign(limit)


def _crossing(term: Any, x: Any, start: Any, end: Any, left: int) -> Any:
    """The zero between two places with different signs, as a number if it is a simple one."""
    low = next((p for p in _towards(end, start, _STEPS) if _sign_at(term, x, p) == left), None)
    high = next((p for p in _towards(start, end, _STEPS) if _sign_at(term, x, p) == -left), None)
    if low is None or high is None or low >= high:
        raise Undecided
    crossing = Crossing(None, low, high, term, x)
    number = _as_number(crossing)
    return crossing if number is None else number


def _as_number(crossing: Crossing) -> Any:
    """A simple number that is proved to be the zero, or None."""
    approximation = crossing.approximation(30)
    near = sympy.Float(crossing.refined(30)[0] if approximation is None else approximation, 30)
    guesses = [(near, lambda r: r)]
    if near > 0:
        guesses += [
            (sympy.log(near), sympy.exp),
            (near / sympy.E.evalf(30), lambda r: r * sympy.E),
            (near**2, sympy.sqrt),
            (near**3, lambda r: sympy.root(r, 3)),
        ]
    for value, form in guesses:
        fraction = Fraction(str(value.evalf(30))).limit_denominator(1000)
        rational = sympy.Rational(fraction.numerator, fraction.denominator)
        if abs(sympy.Float(value, 30) - rational) > sympy.Float("1e-22") * (1 + abs(rational)):
            continue
        number = form(rational)
        try:
            inside = (
                number_sign(number - crossing.low) > 0 and number_sign(crossing.high - number) > 0
            )
            if inside and number_sign(crossing.function.subs(crossing.x, number)) == 0:
                return number
        except Undecided:
            continue
    return None


def _sign_at(term: Any, x: Any, value: Any) -> int | None:
    """The sign at a rational, proved by intervals (0 by algebra); None if undecided."""
    for digits in DIGITS:
        around = enclosed_at(term, x, (value, value), digits)
        if around is not None and (around.a > 0 or around.b < 0):
            return 1 if around.a > 0 else -1
    if abs(value) > _SMALL:  # SymPy would write out 2**(2**60)
        return None
    try:
        return number_sign(term.subs(x, value))
    except Undecided:
        return None


def _sign_at_root(term: Any, x: Any, place: Any) -> int:
    """The sign at a number, or at a root whose interval proves it."""
    if not isinstance(place, Root):
        return number_sign(term.subs(x, place))
    for digits in DIGITS:
        low, high = place.refined(digits)
        around = enclosed_at(term, x, (low, high), digits)
        if around is not None and (around.a > 0 or around.b < 0):
            return 1 if around.a > 0 else -1
    raise Undecided


def _enclosed_on(term: Any, x: Any, low: Any, high: Any) -> Any:
    """An interval around the values on a cell; None where none is at hand."""
    ends = [e if e.is_infinite else span(e, DIGITS[0])[i] for i, e in enumerate((low, high))]
    return enclosed_at(term, x, (ends[0], ends[1]), DIGITS[0])


def _towards(start: Any, end: Any, steps: int) -> Iterator[Any]:
    """Rationals strictly between two places, nearer and nearer to `end`."""
    sign = _direction(start, end)
    if not isinstance(end, Root) and end.is_infinite:
        base = sympy.Integer(0)
        if isinstance(start, Root) or start.is_finite:
            base = span(start, 10)[1 if sign > 0 else 0]
        for k in range(steps):
            yield base + sign * sympy.Integer(2) ** k
        return
    near_start = None
    if isinstance(start, Root) or start.is_finite:
        near_start = span(start, 40)[1 if sign > 0 else 0]
    for k in range(steps):
        near_end = span(end, 10 + 2 * k)[0 if sign > 0 else 1]
        if near_start is None:
            yield near_end - sign * sympy.Rational(1, 2**k)
        elif sign * (near_end - near_start) > 0:
            yield near_end - (near_end - near_start) / 2 ** (k + 1)


def _direction(start: Any, end: Any) -> int:
    """1 where `end` lies to the right."""
    for place, infinite in ((end, 1), (start, -1)):
        if not isinstance(place, Root) and place.is_infinite:
            return infinite if place is sympy.oo else -infinite
    return 1 if span(end, 40)[0] >= span(start, 40)[1] else -1
