"""Complex arithmetic on decimals: the operations and functions of closed forms, to `WORKING` digits.

A complex value is a pair of decimals; series are summed until their terms no longer count.
"""

from __future__ import annotations

from decimal import Context, Decimal, DivisionByZero, InvalidOperation, Overflow, localcontext
from functools import lru_cache
from math import comb, factorial

WORKING = 220  # digits of the computation
ZERO = Decimal(0)
TRAPS = [DivisionByZero, InvalidOperation, Overflow]
Pair = tuple[Decimal, Decimal]


class NoValue(Exception):
    """The form has no value at the point, or one too large to compute."""


def apply_function(op: str, a: list[Pair]) -> Pair:
    """The operation or function `op` of its arguments; raises `NoValue` where there is none."""
    (x, y), rest = a[0], a[1:]
    if op == "+":
        return x + rest[0][0], y + rest[0][1]
    if op == "-":
        return x - rest[0][0], y - rest[0][1]
    if op == "*":
        return _times(a[0], a[1])
    if op == "/":
        return divide(a[0], a[1])
    if op == "neg":
        return -x, -y
    if op == "abs":
        return _modulus(a[0]), ZERO
    if op == "**":
        return _power(a[0], a[1])
    if op == "root":
        return _root(a[0], a[1])
    if op == "exp":
        return _exp(a[0])
    if op in ("ln", "log", "log10"):
        base = (Decimal(10), ZERO) if op == "log10" else a[1] if len(a) == 2 else None
        return _ln(a[0]) if base is None else divide(_ln(a[0]), _ln(base))
    if op in ("factorial", "binomial"):
        if any(im or re != int(re) or not 0 <= re <= 200 for re, im in a):
            raise NoValue
        n = [int(re) for re, _ in a]
        return Decimal(factorial(n[0]) if op == "factorial" else comb(n[0], n[1])), ZERO
    return _trigonometric(op, a[0])


def _times(a: Pair, b: Pair) -> Pair:
    return a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]


def divide(a: Pair, b: Pair) -> Pair:
    if not b[1]:
        return a[0] / b[0], a[1] / b[0]
    size = b[0] * b[0] + b[1] * b[1]
    re, im = _times(a, (b[0], -b[1]))
    return re / size, im / size


def _modulus(a: Pair) -> Decimal:
    return abs(a[0]) if not a[1] else (a[0] * a[0] + a[1] * a[1]).sqrt()


def _exp(a: Pair) -> Pair:
    if abs(a[0]) > 2_000:
        raise NoValue
    size = a[0].exp()
    if not a[1]:
        return size, ZERO
    sine, cosine = _sine_cosine(a[1])
    return size * cosine, size * sine


def _ln(a: Pair) -> Pair:
    if not a[1] and a[0] > 0:
        return a[0].ln(), ZERO
    return _modulus(a).ln(), _argument(a)


def _power(base: Pair, exponent: Pair) -> Pair:
    if not exponent[1] and exponent[0] == int(exponent[0]) and abs(exponent[0]) <= 10_000:
        if not base[1]:
            return base[0] ** int(exponent[0]), ZERO
        result: Pair = (Decimal(1), ZERO)
        for _ in range(min(abs(int(exponent[0])), 201)):
            result = _times(result, base)
        if abs(exponent[0]) > 200:
            raise NoValue
        return result if exponent[0] > 0 else divide((Decimal(1), ZERO), result)
    if not base[0] and not base[1]:
        if exponent[0] > 0 and not exponent[1]:
            return ZERO, ZERO
        raise NoValue
    return _exp(_times(_ln(base), exponent))


def _root(value: Pair, degree: Pair) -> Pair:
    """Of odd degree, a negative number's root is the real one."""
    if not degree[1] and degree[0] == 2:
        if not value[1]:
            root = abs(value[0]).sqrt()
            return (root, ZERO) if value[0] >= 0 else (ZERO, root)
        return _power(value, (Decimal("0.5"), ZERO))
    inverse = divide((Decimal(1), ZERO), degree)
    if not value[1] and value[0] < 0 and not degree[1] and degree[0] % 2 == 1:
        re, im = _power((-value[0], ZERO), inverse)
        return -re, -im
    return _power(value, inverse)


def _trigonometric(op: str, a: Pair) -> Pair:
    if op.startswith("arc"):
        return _inverse(op, a)
    if op in ("sinh", "cosh", "tanh"):
        up, down = _exp(a), _exp((-a[0], -a[1]))
        sine = (up[0] - down[0]) / 2, (up[1] - down[1]) / 2
        cosine = (up[0] + down[0]) / 2, (up[1] + down[1]) / 2
        return {"sinh": sine, "cosh": cosine}.get(op) or divide(sine, cosine)
    if a[1] or abs(a[0]) > 10**6:
        raise NoValue
    s, c = _sine_cosine(a[0])
    tiny = Decimal(10) ** -(WORKING - 30)
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
        raise NoValue
    result = above / below
    return (result if abs(result) > tiny else ZERO), ZERO


def _inverse(op: str, a: Pair) -> Pair:
    if a[1]:
        raise NoValue
    x = a[0]
    if op == "arctan":
        return _arctan(x), ZERO
    if op == "arccot":
        return pi() / 2 - _arctan(x), ZERO
    if op in ("arcsec", "arccsc"):
        x = 1 / x
    if abs(x) > 1:
        raise NoValue
    sine = _argument(((1 - x * x).sqrt(), x))
    return (sine if op in ("arcsin", "arccsc") else pi() / 2 - sine), ZERO


def _argument(a: Pair) -> Decimal:
    """The angle of a complex number, in (-pi, pi]."""
    x, y = a
    if not x and not y:
        raise NoValue
    if abs(y) > abs(x):
        angle = pi() / 2 - _arctan(x / abs(y))
        return angle if y > 0 else -angle
    angle = _arctan(y / x)
    if x > 0:
        return angle
    return angle + pi() if y >= 0 else angle - pi()


def _arctan(x: Decimal) -> Decimal:
    if abs(x) > 1:
        rest = _arctan(1 / x)
        return (pi() / 2 if x > 0 else -pi() / 2) - rest
    halvings = 0
    while abs(x) > Decimal("0.02"):
        x = x / (1 + (1 + x * x).sqrt())
        halvings += 1
    square, term, total, n = -x * x, x, x, 1
    limit = Decimal(10) ** -(WORKING + 5)
    while abs(term) > limit:
        term *= square
        n += 2
        total += term / n
    return total * Decimal(2**halvings)


def _sine_cosine(x: Decimal) -> tuple[Decimal, Decimal]:
    if abs(x) > 10**6:
        raise NoValue
    turns = (x / (pi() / 2)).to_integral_value()
    x -= turns * (pi() / 2)
    square = -x * x
    limit = Decimal(10) ** -(WORKING + 5)
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
def pi() -> Decimal:
    """Machin 1706: pi/4 = 4 arctan(1/5) - arctan(1/239)."""
    with localcontext(Context(prec=WORKING + 10, traps=TRAPS)):

        def arctan_of_inverse(n: int) -> Decimal:
            term = total = Decimal(1) / n
            k = 1
            while abs(term) > Decimal(10) ** -(WORKING + 15):
                term /= -n * n
                k += 2
                total += term / k
            return total

        return 4 * (4 * arctan_of_inverse(5) - arctan_of_inverse(239))
