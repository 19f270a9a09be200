"""When two closed forms are equal: by their values, to `DIGITS` digits.

Rational values are compared exactly, others as complex decimals; forms with variables at random
points of both signs, whole and broken, small and large (Schwartz 1980, Zippel 1979).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import (
    Context,
    Decimal,
    DecimalException,
    DivisionByZero,
    InvalidOperation,
    Overflow,
    localcontext,
)
from fractions import Fraction
from functools import lru_cache
from math import comb, factorial
from random import Random

from zoped.evals.answers.expression import Apply, Constant, Expression, Number, Symbol, exact

DIGITS = 100  # to which irrational values must agree
_WORKING = 220  # digits of the computation
_LARGEST = Decimal(10) ** 60  # of a term of a sum: cancellation costs few digits
_FEWEST = 3  # points that must decide
_ENOUGH = 21  # points after which no more are drawn, if so many decided
MAX_SYMBOLS = 8
_ZERO = Decimal(0)
_TRAPS = [DivisionByZero, InvalidOperation, Overflow]


class _NoValue(Exception):
    """The form has no value at the point, or one too large to compute."""


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
        ratio = _ratio(a, b)
        if ratio is None:
            return False
        if positive and (ratio if isinstance(ratio, Fraction) else ratio.re) <= 0:
            return False
        ratios.append(ratio)
        return _same(ratio, ratios[0])

    return _agree_everywhere(left, right, same)


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
    with localcontext(Context(prec=_WORKING, traps=_TRAPS)):
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
    except (_NoValue, DecimalException, ValueError, OverflowError):
        return None


def _decimal(value: Value | Fraction) -> Value:
    if isinstance(value, Value):
        return value
    return Value(Decimal(value.numerator) / Decimal(value.denominator), _ZERO, True, _ZERO)


def _same(a: Value | Fraction, b: Value | Fraction) -> bool:
    if isinstance(a, Fraction) and isinstance(b, Fraction):
        return a == b
    a, b = _decimal(a), _decimal(b)
    apart = max(abs(a.re - b.re), abs(a.im - b.im))
    size = max(abs(a.re), abs(a.im), abs(b.re), abs(b.im))
    noise = max(a.scale, b.scale) * Decimal(10) ** -(_WORKING - 30)
    return apart <= max(size * Decimal(10) ** -DIGITS, noise)


def _ratio(a: Value | Fraction, b: Value | Fraction) -> Value | Fraction | None:
    if isinstance(a, Fraction) and isinstance(b, Fraction):
        return a / b if a and b else None
    a, b = _decimal(a), _decimal(b)
    if not (a.re or a.im) or not (b.re or b.im):
        return None
    re, im = _divide((a.re, a.im), (b.re, b.im))
    return Value(re, im, a.real and b.real, _ZERO)


Pair = tuple[Decimal, Decimal]


def _value(expression: Expression, point: dict[str, Fraction]) -> Value:
    real = True
    scale = _ZERO

    def value(e: Expression) -> Pair:
        nonlocal real, scale
        if isinstance(e, Number | Symbol):
            rational = e.value if isinstance(e, Number) else point[e.name]
            return Decimal(rational.numerator) / Decimal(rational.denominator), _ZERO
        if isinstance(e, Constant):
            return {"pi": (_pi(), _ZERO), "e": (Decimal(1).exp(), _ZERO), "i": (_ZERO, Decimal(1))}[
                e.name
            ]
        assert isinstance(e, Apply)
        arguments = [value(argument) for argument in e.arguments]
        if e.operator in "+-":
            size = max(max(abs(part) for part in pair) for pair in arguments)
            if size > _LARGEST:
                raise _NoValue
            scale = max(scale, size)
        result = _apply(e.operator, arguments)
        if abs(result[1]) <= abs(result[0]) * Decimal(10) ** -(_WORKING - 15):
            result = result[0], _ZERO
        real = real and not result[1]
        return result

    re, im = value(expression)
    return Value(re, im, real and not im, scale)


def _apply(op: str, a: list[Pair]) -> Pair:
    (x, y), rest = a[0], a[1:]
    if op == "+":
        return x + rest[0][0], y + rest[0][1]
    if op == "-":
        return x - rest[0][0], y - rest[0][1]
    if op == "*":
        return _times(a[0], a[1])
    if op == "/":
        return _divide(a[0], a[1])
    if op == "neg":
        return -x, -y
    if op == "abs":
        return _modulus(a[0]), _ZERO
    if op == "**":
        return _power(a[0], a[1])
    if op == "root":
        return _root(a[0], a[1])
    if op == "exp":
        return _exp(a[0])
    if op in ("ln", "log", "log10"):
        base = (Decimal(10), _ZERO) if op == "log10" else a[1] if len(a) == 2 else None
        return _ln(a[0]) if base is None else _divide(_ln(a[0]), _ln(base))
    if op in ("factorial", "binomial"):
        if any(im or re != int(re) or not 0 <= re <= 200 for re, im in a):
            raise _NoValue
        n = [int(re) for re, _ in a]
        return Decimal(factorial(n[0]) if op == "factorial" else comb(n[0], n[1])), _ZERO
    return _trigonometric(op, a[0])


def _times(a: Pair, b: Pair) -> Pair:
    return a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]


def _divide(a: Pair, b: Pair) -> Pair:
    if not b[1]:
        return a[0] / b[0], a[1] / b[0]
    size = b[0] * b[0] + b[1] * b[1]
    re, im = _times(a, (b[0], -b[1]))
    return re / size, im / size


def _modulus(a: Pair) -> Decimal:
    return abs(a[0]) if not a[1] else (a[0] * a[0] + a[1] * a[1]).sqrt()


def _exp(a: Pair) -> Pair:
    if abs(a[0]) > 2_000:
        raise _NoValue
    size = a[0].exp()
    if not a[1]:
        return size, _ZERO
    sine, cosine = _sine_cosine(a[1])
    return size * cosine, size * sine


def _ln(a: Pair) -> Pair:
    if not a[1] and a[0] > 0:
        return a[0].ln(), _ZERO
    return _modulus(a).ln(), _argument(a)


def _power(base: Pair, exponent: Pair) -> Pair:
    if not exponent[1] and exponent[0] == int(exponent[0]) and abs(exponent[0]) <= 10_000:
        if not base[1]:
            return base[0] ** int(exponent[0]), _ZERO
        result: Pair = (Decimal(1), _ZERO)
        for _ in range(min(abs(int(exponent[0])), 201)):
            result = _times(result, base)
        if abs(exponent[0]) > 200:
            raise _NoValue
        return result if exponent[0] > 0 else _divide((Decimal(1), _ZERO), result)
    if not base[0] and not base[1]:
        if exponent[0] > 0 and not exponent[1]:
            return _ZERO, _ZERO
        raise _NoValue
    return _exp(_times(_ln(base), exponent))


def _root(value: Pair, degree: Pair) -> Pair:
    """Of odd degree, a negative number's root is the real one."""
    if not degree[1] and degree[0] == 2:
        if not value[1]:
            root = abs(value[0]).sqrt()
            return (root, _ZERO) if value[0] >= 0 else (_ZERO, root)
        return _power(value, (Decimal("0.5"), _ZERO))
    inverse = _divide((Decimal(1), _ZERO), degree)
    if not value[1] and value[0] < 0 and not degree[1] and degree[0] % 2 == 1:
        re, im = _power((-value[0], _ZERO), inverse)
        return -re, -im
    return _power(value, inverse)


def _trigonometric(op: str, a: Pair) -> Pair:
    if op.startswith("arc"):
        return _inverse(op, a)
    if op in ("sinh", "cosh", "tanh"):
        up, down = _exp(a), _exp((-a[0], -a[1]))
        sine = (up[0] - down[0]) / 2, (up[1] - down[1]) / 2
        cosine = (up[0] + down[0]) / 2, (up[1] + down[1]) / 2
        return {"sinh": sine, "cosh": cosine}.get(op) or _divide(sine, cosine)
    if a[1] or abs(a[0]) > 10**6:
        raise _NoValue
    s, c = _sine_cosine(a[0])
    tiny = Decimal(10) ** -(_WORKING - 30)
    one = Decimal(1)
    above, below = {
        "sin": (s, one),
        "cos": (c, one),
        "tan": (s, c),
        "cot": (c, s),
        "sec": (one, c),
        "csc": (one, s),
    }[op]
    if abs(below) < tiny:
        raise _NoValue
    result = above / below
    return (result if abs(result) > tiny else _ZERO), _ZERO


def _inverse(op: str, a: Pair) -> Pair:
    if a[1]:
        raise _NoValue
    x = a[0]
    if op == "arctan":
        return _arctan(x), _ZERO
    if op == "arccot":
        return _pi() / 2 - _arctan(x), _ZERO
    if op in ("arcsec", "arccsc"):
        x = 1 / x
    if abs(x) > 1:
        raise _NoValue
    sine = _argument(((1 - x * x).sqrt(), x))
    return (sine if op in ("arcsin", "arccsc") else _pi() / 2 - sine), _ZERO


def _argument(a: Pair) -> Decimal:
    """The angle of a complex number, in (-pi, pi]."""
    x, y = a
    if not x and not y:
        raise _NoValue
    if abs(y) > abs(x):
        angle = _pi() / 2 - _arctan(x / abs(y))
        return angle if y > 0 else -angle
    angle = _arctan(y / x)
    if x > 0:
        return angle
    return angle + _pi() if y >= 0 else angle - _pi()


def _arctan(x: Decimal) -> Decimal:
    if abs(x) > 1:
        rest = _arctan(1 / x)
        return (_pi() / 2 if x > 0 else -_pi() / 2) - rest
    halvings = 0
    while abs(x) > Decimal("0.02"):
        x = x / (1 + (1 + x * x).sqrt())
        halvings += 1
    square, term, total, n = -x * x, x, x, 1
    limit = Decimal(10) ** -(_WORKING + 5)
    while abs(term) > limit:
        term *= square
        n += 2
        total += term / n
    return total * Decimal(2**halvings)


def _sine_cosine(x: Decimal) -> tuple[Decimal, Decimal]:
    if abs(x) > 10**6:
        raise _NoValue
    turns = (x / (_pi() / 2)).to_integral_value()
    x -= turns * (_pi() / 2)
    square = -x * x
    limit = Decimal(10) ** -(_WORKING + 5)
    sine, cosine, term, n = x, Decimal(1), x, 1
    even = Decimal(1)
    while abs(term) > limit or abs(even) > limit:
        even *= square / (n * (n + 1))
        cosine += even
        term *= square / ((n + 1) * (n + 2))
        sine += term
        n += 2
    quarter = int(turns) % 4
    return ((sine, cosine), (cosine, -sine), (-sine, -cosine), (-cosine, sine))[quarter]


@lru_cache(maxsize=1)
def _pi() -> Decimal:
    """Machin 1706: pi/4 = 4 arctan(1/5) - arctan(1/239)."""
    with localcontext(Context(prec=_WORKING + 10, traps=_TRAPS)):

        def arctan_of_inverse(n: int) -> Decimal:
            term = total = Decimal(1) / n
            k = 1
            while abs(term) > Decimal(10) ** -(_WORKING + 15):
                term /= -n * n
                k += 2
                total += term / k
            return total

        return 4 * (4 * arctan_of_inverse(5) - arctan_of_inverse(239))


def approximately(form: Expression, decimal: Fraction, *, places: int) -> bool:
    """Whether `decimal` is the value of `form`, rounded or cut to so many places."""
    with localcontext(Context(prec=_WORKING, traps=_TRAPS)):
        value = _at(form, {})
        if value is None or not _is_real(value):
            return False
        above = _decimal(value).re - _decimal(decimal).re
        unit = Decimal(10) ** -places
        return abs(above) <= unit / 2 or 0 <= above * (1 if decimal >= 0 else -1) < unit
