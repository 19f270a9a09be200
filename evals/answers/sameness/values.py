"""When two closed forms are equal: by their values, to `DIGITS` digits.

Rational values are compared exactly, others as complex decimals; forms with variables at random
points of both signs, whole and broken, small and large (Schwartz 1980, Zippel 1979).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Context, Decimal, DecimalException, localcontext
from fractions import Fraction
from random import Random

from zoped.evals.answers.expression import Apply, Constant, Expression, Number, Symbol, exact
from zoped.evals.answers.sameness.decimals import (
    TRAPS,
    WORKING,
    ZERO,
    NoValue,
    Pair,
    apply_function,
    divide,
    pi,
)

DIGITS = 100  # to which irrational values must agree
_LARGEST = Decimal(10) ** 60  # of a term of a sum: cancellation costs few digits
_FEWEST = 3  # points that must decide
_ENOUGH = 21  # points after which no more are drawn, if so many decided
MAX_SYMBOLS = 8


@dataclass(frozen=True)
class Value:
    """A complex value; `real` says whether every value on the way was real, and `scale` how large
    the largest term of a sum was."""

    re: Decimal
    im: Decimal
    real: bool
    scale: Decimal


def equal_values(left: Expression, right: Expression) -> bool:
    """Whether two closed forms have one value; with variables, whether they agree everywhere."""
    return _agree_everywhere(left, right, _same)


def proportional(left: Expression, right: Expression, *, positive: bool = False) -> bool:
    """Whether `left` is `right` times a constant other than zero, so that both vanish together;
    `positive`: times a positive one, so that they have one sign."""
    ratios: list[Value | Fraction] = []

    def same(a: Value | Fraction, b: Value | Fraction) -> bool:
        if _is_zero(a) and _is_zero(b):
            return True  # the point lies on both curves
        ratio = _ratio(a, b)
        if ratio is None:
            return False
        if positive and (ratio if isinstance(ratio, Fraction) else ratio.re) <= 0:
            return False
        ratios.append(ratio)
        return _same(ratio, ratios[0])

    return _agree_everywhere(left, right, same) and len(ratios) >= min(
        _FEWEST, 1 + len(left.symbols | right.symbols)
    )


def _agree_everywhere(
    left: Expression,
    right: Expression,
    same: Callable[[Value | Fraction, Value | Fraction], bool],
) -> bool:
    symbols = sorted(left.symbols | right.symbols)
    if len(symbols) > MAX_SYMBOLS:
        return False
    domains_matter = "abs" in left.operators ^ right.operators
    real = elsewhere = 0
    with localcontext(Context(prec=WORKING, traps=TRAPS)):
        for count, point in enumerate(_points(symbols)):
            if count >= _ENOUGH and real >= _FEWEST:
                break
            a, b = _at(left, point), _at(right, point)
            if a is None or b is None:
                continue
            if _is_real(a) and _is_real(b):
                if not same(a, b):
                    return False
                real += 1
            elif _is_real(a) == _is_real(b):
                elsewhere += same(a, b)
            elif domains_matter:
                return False
    if not symbols:
        return real + elsewhere == 1
    return real >= _FEWEST or (not real and elsewhere >= _FEWEST)


def _points(symbols: list[str]) -> Iterator[dict[str, Fraction]]:
    if not symbols:
        yield {}
        return
    rng = Random(" ".join(symbols))
    # Whole numbers for factorials and (-1)^n; both signs and large ones for roots and bars.
    draws: tuple[Callable[[], Fraction], ...] = (
        lambda: Fraction(rng.randrange(1, 12)),
        lambda: Fraction(rng.randrange(2, 4_000), rng.randrange(1_000, 2_000)),
        lambda: Fraction(-rng.randrange(2, 4_000), rng.randrange(1_000, 2_000)),
        lambda: Fraction(rng.randrange(1, 997), 997),
        lambda: Fraction(rng.randrange(10_000, 90_000), 17),
        lambda: Fraction(-rng.randrange(10_000, 90_000), 17),
        lambda: Fraction(
            rng.choice((-1, 1)) * rng.randrange(2, 4_000), rng.randrange(1_000, 2_000)
        ),
    )
    for _ in range(5):
        for draw in draws:
            yield {name: draw() for name in symbols}


def _is_real(value: Value | Fraction) -> bool:
    return isinstance(value, Fraction) or value.real


def _at(expression: Expression, point: dict[str, Fraction]) -> Value | Fraction | None:
    rational = exact(expression, point)
    if rational is not None:
        return rational
    try:
        return _value(expression, point)
    except (NoValue, DecimalException, ValueError, OverflowError):
        return None


def _decimal(value: Value | Fraction) -> Value:
    if isinstance(value, Value):
        return value
    return Value(Decimal(value.numerator) / Decimal(value.denominator), ZERO, True, ZERO)


def _same(a: Value | Fraction, b: Value | Fraction) -> bool:
    if isinstance(a, Fraction) and isinstance(b, Fraction):
        return a == b
    a, b = _decimal(a), _decimal(b)
    apart = max(abs(a.re - b.re), abs(a.im - b.im))
    size = max(abs(a.re), abs(a.im), abs(b.re), abs(b.im))
    noise = max(a.scale, b.scale) * Decimal(10) ** -(WORKING - 30)
    return apart <= max(size * Decimal(10) ** -DIGITS, noise)


def _is_zero(value: Value | Fraction) -> bool:
    return not value if isinstance(value, Fraction) else not (value.re or value.im)


def _ratio(a: Value | Fraction, b: Value | Fraction) -> Value | Fraction | None:
    if isinstance(a, Fraction) and isinstance(b, Fraction):
        return a / b if a and b else None
    a, b = _decimal(a), _decimal(b)
    if not (a.re or a.im) or not (b.re or b.im):
        return None
    re, im = divide((a.re, a.im), (b.re, b.im))
    return Value(re, im, a.real and b.real, ZERO)


def _value(expression: Expression, point: dict[str, Fraction]) -> Value:
    real = True
    scale = ZERO

    def value(e: Expression) -> Pair:
        nonlocal real, scale
        if isinstance(e, Number | Symbol):
            rational = e.value if isinstance(e, Number) else point[e.name]
            return Decimal(rational.numerator) / Decimal(rational.denominator), ZERO
        if isinstance(e, Constant):
            return {"pi": (pi(), ZERO), "e": (Decimal(1).exp(), ZERO), "i": (ZERO, Decimal(1))}[
                e.name
            ]
        assert isinstance(e, Apply)
        arguments = [value(argument) for argument in e.arguments]
        if e.operator in "+-":
            size = max(max(abs(part) for part in pair) for pair in arguments)
            if size > _LARGEST:
                raise NoValue
            scale = max(scale, size)
        result = apply_function(e.operator, arguments)
        if abs(result[1]) <= abs(result[0]) * Decimal(10) ** -(WORKING - 15):
            result = result[0], ZERO
        real = real and not result[1]
        return result

    re, im = value(expression)
    return Value(re, im, real and not im, scale)


def real_value(form: Expression) -> Decimal | None:
    """The value of a closed form without variables, to `DIGITS` digits, if it is real."""
    if form.symbols:
        return None
    with localcontext(Context(prec=WORKING, traps=TRAPS)):
        value = _at(form, {})
        if value is None or not _is_real(value):
            return None
        return Context(prec=DIGITS).plus(_decimal(value).re)


def approximately(form: Expression, decimal: Fraction, *, places: int) -> bool:
    """Whether `decimal` is the value of `form`, rounded or cut to so many places; a form with variables
    has none."""
    if form.symbols:
        return False
    with localcontext(Context(prec=WORKING, traps=TRAPS)):
        value = _at(form, {})
        if value is None or not _is_real(value):
            return False
        above = _decimal(value).re - _decimal(decimal).re
        unit = Decimal(10) ** -places
        return abs(above) <= unit / 2 or 0 <= above * (1 if decimal >= 0 else -1) < unit
