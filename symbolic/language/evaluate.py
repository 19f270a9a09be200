"""The exact value of an expression, within limits that are checked before the work is done.

>>> from zoped.symbolic import parse_expression
>>> evaluate(parse_expression("2*(x + 0.5)"), {"x": Fraction(3)})
Fraction(7, 1)
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from fractions import Fraction
from math import comb, factorial, gcd, isqrt, lcm

from zoped.symbolic.language.expression import (
    SERIES,
    Apply,
    Expression,
    Number,
    Symbol,
    count_nodes,
    walk,
)

MAX_BITS = 4_096  # of any computed numerator or denominator
MAX_EXPONENT = 1_000
MAX_FACTORIAL = 500
MAX_TERMS = 100_000  # of a sum or product
MAX_STEPS = 300_000  # of all sums and products of one evaluation, a step for each node
MAX_SHARED_STEPS = 100_000  # of all evaluations for which nothing else limits the time
_SMALL = 1 << 62  # whole numbers below it need no look at their size


Exact = int | Fraction
"""A rational; whole numbers mostly as `int`, which is many times as fast as `Fraction`.

`/` of two ints would be a float: divide with `quotient`.
"""


class EvaluationError(ArithmeticError):
    """The value is undefined, not rational, or larger than the limits."""


class IrrationalError(EvaluationError):
    """The value exists, and is no rational number: sqrt(2), pi."""


class UndefinedError(EvaluationError):
    """The value does not exist: a division by zero, a root of a negative number."""


_shared: ContextVar[list[int] | None] = ContextVar("shared steps", default=None)


@contextmanager
def few_steps() -> Iterator[None]:
    """In the block all sums and products together take `MAX_SHARED_STEPS`, a step for each node; more
    raises EvaluationError. What is evaluated in a process without a limit of time stands in one."""
    token = _shared.set([MAX_SHARED_STEPS])
    try:
        yield
    finally:
        _shared.reset(token)


def is_large(value: Exact) -> bool:
    """Whether the numerator or denominator passes `MAX_BITS`."""
    if type(value) is int and -_SMALL < value < _SMALL:
        return False
    return value.numerator.bit_length() > MAX_BITS or value.denominator.bit_length() > MAX_BITS


def evaluate(expression: Expression, values: Mapping[str, Fraction]) -> Fraction:
    """The exact value with the variables set to `values`.

    A relation evaluates to 1 or 0. Raises EvaluationError when a variable has no value, when the
    value is undefined or irrational (`sqrt(2)`, `pi`), or when a step passes the size limits.
    """
    return Fraction(exact_value(expression, values))


def exact_value(expression: Expression, values: Mapping[str, Exact]) -> Exact:
    """`evaluate` for the engine's inner loops: whole numbers come out as `int` where they can."""
    kept = expression.__dict__
    function: _Function | None = kept.get("_function")
    if function is None:
        if "_evaluated" not in kept:  # many are never evaluated again
            kept["_evaluated"] = True
            return _value(expression, values, [MAX_STEPS])
        has_series = any(isinstance(e, Apply) and e.operator in SERIES for e in walk(expression))
        function = kept["_function"] = (_counted if has_series else _function)(expression)
    try:
        return function(values)
    except KeyError as error:
        raise EvaluationError(f"{error.args[0]} has no value") from None


_Function = Callable[[Mapping[str, Exact]], Exact]


def _function(expression: Expression) -> _Function:
    """The expression as a function of the values: it is looked at once, and evaluated many times."""
    if isinstance(expression, Symbol):
        return operator.itemgetter(expression.name)
    if isinstance(expression, Number):
        exact = expression.exact
        return lambda values: exact
    binary = _OF_TWO.get(expression.operator) if isinstance(expression, Apply) else None
    if binary is None or not isinstance(expression, Apply):
        return _counted(expression)
    apply, (left, right) = binary, map(_function, expression.arguments)

    def applied(values: Mapping[str, Exact]) -> Exact:
        value = apply(left(values), right(values))
        if type(value) is int and -_SMALL < value < _SMALL:
            return value
        return _checked(value, expression)

    return applied


def _counted(expression: Expression) -> _Function:
    """An expression that is walked through each time, its steps counted where it has sums."""
    return lambda values: _value(expression, values, [MAX_STEPS])


def narrowed(value: Exact) -> Exact:
    """An `int` where the value is whole."""
    return value.numerator if value.denominator == 1 else value


def quotient(a: Exact, b: Exact) -> Exact:
    """a / b, exactly; raises UndefinedError for b = 0."""
    if not b:
        raise UndefinedError("division by zero")
    if type(a) is int and type(b) is int:
        whole, rest = divmod(a, b)
        return Fraction(a, b) if rest else whole
    return narrowed(Fraction(a) / b)


def _value(expression: Expression, values: Mapping[str, Exact], left: list[int]) -> Exact:
    """`left` holds the steps that sums and products may still take, nested ones together."""
    kind = type(expression)
    if kind is Symbol:
        try:
            return values[expression.name]  # type: ignore[attr-defined]
        except KeyError:
            raise EvaluationError(f"{expression} has no value") from None
    if kind is Number:
        return expression.exact  # type: ignore[attr-defined,no-any-return]
    if not isinstance(expression, Apply):
        raise IrrationalError(f"{expression} is not rational")
    function = _OF_TWO.get(expression.operator)
    if function is not None:
        one, other = expression.arguments
        value = function(_value(one, values, left), _value(other, values, left))
        return (
            value
            if type(value) is int and -_SMALL < value < _SMALL
            else _checked(value, expression)
        )
    if expression.operator in SERIES:
        return _series(expression, values, left)
    if expression.operator in _LAZY:
        return _by_condition(expression, values, left)
    if expression.operator in ("floor", "ceiling"):
        inner = expression.arguments[0]
        if isinstance(inner, Apply) and inner.operator == "sqrt":
            return _rounded_root(expression.operator, _value(inner.arguments[0], values, left))
    arguments = [_value(child, values, left) for child in expression.arguments]
    return _checked(_apply(expression.operator, arguments), expression)


def _checked(value: Exact, expression: Expression) -> Exact:
    if is_large(value):
        raise EvaluationError(f"{str(expression)[:60]} is larger than {MAX_BITS} bits")
    return value


def _series(expression: Apply, values: Mapping[str, Exact], left: list[int]) -> Exact:
    term, index, first, last = expression.arguments
    low = _whole(_value(first, values, left), "the first index")
    high = _whole(_value(last, values, left), "the last index")
    if high - low + 1 > MAX_TERMS:
        raise EvaluationError(f"{str(expression)[:60]} has more than {MAX_TERMS} terms")
    steps = max(0, high - low + 1) * count_nodes(term)
    for budget in (left, _shared.get()):
        if budget is not None:
            budget[0] -= steps
            if budget[0] < 0:
                raise EvaluationError(f"{str(expression)[:60]} takes too many steps")
    operator = expression.operator
    total: Exact = int(operator == "product")
    inner = dict(values)
    for k in range(low, high + 1):
        inner[str(index)] = k
        value = _value(term, inner, left)
        if operator == "count":
            total += bool(value)
        else:
            grown = total + value if operator == "sum" else total * value
            total = _checked(grown, expression)
    return total


_LAZY = frozenset({"if", "and", "or", "not"})


def _by_condition(expression: Apply, values: Mapping[str, Exact], left: list[int]) -> Exact:
    """What a condition decides; a part that it passes over need not be defined."""
    first, *rest = expression.arguments
    holds = bool(_value(first, values, left))
    match expression.operator:
        case "not":
            return int(not holds)
        case "and":
            return int(holds and bool(_value(rest[0], values, left)))
        case "or":
            return int(holds or bool(_value(rest[0], values, left)))
    return _value(rest[0] if holds else rest[1], values, left)


def _apply(op: str, a: list[Exact]) -> Exact:
    match op:
        case "neg":
            return -a[0]
        case "abs":
            return a[0] if a[0] >= 0 else -a[0]
        case "floor":
            return a[0].numerator // a[0].denominator
        case "ceiling":
            return -(-a[0].numerator // a[0].denominator)
        case "min":
            return min(a)
        case "max":
            return max(a)
        case "sqrt":
            return _root(a[0], 2)
        case "gcd":
            return gcd(*(_whole(x, "an argument of gcd") for x in a))
        case "lcm":
            return lcm(*(_whole(x, "an argument of lcm") for x in a))
        case "factorial":
            n = _whole(a[0], "the argument of factorial")
            if n < 0:
                raise UndefinedError(f"factorial({n}) is undefined")
            if n > MAX_FACTORIAL:
                raise EvaluationError(f"factorial takes 0 to {MAX_FACTORIAL}, not {n}")
            return factorial(n)
        case "binomial":
            n, k = (_whole(x, "an argument of binomial") for x in a)
            if n < 0:
                raise UndefinedError(f"binomial({n}, {k}) is undefined")
            if n > 10 * MAX_FACTORIAL:
                raise EvaluationError(f"binomial takes 0 to {10 * MAX_FACTORIAL}, not {n}")
            return comb(n, k) if k >= 0 else 0
        case "exp" | "sin" | "tan" if a[0] == 0:
            return int(op == "exp")
        case "cos" if a[0] == 0:
            return 1
        case "log":
            return _logarithm([Fraction(x) for x in a])
        case "numerator":
            return a[0].numerator
        case "denominator":
            return a[0].denominator
        case "digit_sum":
            n = _whole(a[0], "the argument of digit_sum")
            if n < 0:
                raise UndefinedError(f"digit_sum({n}) is undefined")
            return sum(map(int, str(n)))
        case "mean":
            return quotient(sum(a), len(a))
        case "median":
            ordered, middle = sorted(a), len(a) // 2
            return (
                ordered[middle]
                if len(a) % 2
                else quotient(sum(ordered[middle - 1 : middle + 1]), 2)
            )
        case "is_prime":
            return int(_is_prime(_whole(a[0], "the argument of is_prime")))
        case "different":
            return int(len(set(a)) == len(a))
    raise IrrationalError(f"{op}({', '.join(map(str, a))}) is not rational")


def _whole_quotient(a: Exact, b: Exact) -> Exact:
    if b == 0:
        raise UndefinedError("division by zero")
    return a // b


def _remainder(a: Exact, b: Exact) -> Exact:
    if b == 0:
        raise UndefinedError("division by zero")
    return a % b


def _whole(value: Exact, what: str) -> int:
    if value.denominator != 1:
        raise UndefinedError(f"{what} must be a whole number, not {value}")
    return value.numerator


def _power(base: Exact, exponent: Exact) -> Exact:
    if base == 0 and exponent < 0:
        raise UndefinedError("division by zero")
    size = exponent if exponent >= 0 else -exponent
    if size > MAX_EXPONENT:
        raise EvaluationError(f"the exponent {exponent} is larger than {MAX_EXPONENT}")
    bits = max(base.numerator.bit_length(), base.denominator.bit_length())
    if bits * size > MAX_BITS:
        raise EvaluationError(f"the power is larger than {MAX_BITS} bits")
    if exponent.denominator == 1:
        power: Exact = base**size.numerator
        return power if exponent >= 0 else quotient(1, power)
    return _power(_root(base, exponent.denominator), exponent.numerator)


def _root(value: Exact, degree: int) -> Exact:
    if value < 0:
        raise UndefinedError(f"a root of {value} is not real")
    numerator = _whole_root(value.numerator, degree)
    denominator = _whole_root(value.denominator, degree)
    if numerator is None or denominator is None:
        raise IrrationalError(f"the root of {value} is not rational")
    return quotient(numerator, denominator)


def _rounded_root(op: str, inside: Exact) -> int:
    """floor(sqrt(inside)) or ceiling(sqrt(inside)), also where the root is irrational."""
    if inside < 0:
        raise UndefinedError(f"a root of {inside} is not real")
    # sqrt(p/q) = sqrt(p*q)/q, and floor(x/q) = floor(floor(x)/q) for a whole q.
    whole = isqrt(inside.numerator * inside.denominator) // inside.denominator
    return whole if op == "floor" or whole * whole == inside else whole + 1


def _whole_root(value: int, degree: int) -> int | None:
    """The exact root by bisection, or None."""
    if value <= 1:
        return value
    if degree > value.bit_length():
        return None  # between 1 and 2
    if degree == 2:
        root = isqrt(value)
    else:
        low, high = 0, 1 << (value.bit_length() // degree + 1)
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if middle**degree <= value else (low, middle - 1)
        root = low
    return root if root**degree == value else None


_WITNESSES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41)
_PRIMES_UP_TO = 3_317_044_064_679_887_385_961_981


def _is_prime(n: int) -> bool:
    """Miller's test, with the bases that prove it below 3.3e24 (Sorenson and Webster, 2015)."""
    if n >= _PRIMES_UP_TO:
        raise EvaluationError(f"is_prime takes numbers below {_PRIMES_UP_TO}")
    if n < 2 or any(n % p == 0 for p in _WITNESSES):
        return n in _WITNESSES
    odd, twos = n - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    return all(
        pow(p, odd, n) in (1, n - 1) or any(pow(p, odd << i, n) == n - 1 for i in range(1, twos))
        for p in _WITNESSES
    )


def _logarithm(a: list[Fraction]) -> Fraction:
    if a[0] <= 0:
        raise UndefinedError(f"log({a[0]}) is undefined")
    if len(a) == 2 and (a[1] <= 0 or a[1] == 1):
        raise UndefinedError(f"there is no logarithm to base {a[1]}")
    if a[0] == 1:
        return Fraction(0)
    if len(a) == 2 and a[1] > 1:
        wanted, power = max(a[0], 1 / a[0]), 1
        value = a[1]
        while value < wanted and power < 200:
            value, power = value * a[1], power + 1
        if value == wanted:
            return Fraction(power if a[0] > 1 else -power)
    raise IrrationalError(f"log({', '.join(map(str, a))}) is not rational")


# The operators with two operands, by a look-up: nearly all of the work.
_OF_TWO: dict[str, Callable[[Exact, Exact], Exact]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": quotient,
    "//": _whole_quotient,
    "%": _remainder,
    "**": _power,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
