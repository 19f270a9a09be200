"""The expression language: a small, exact, safe subset of Python expressions.

Text becomes a tree of `Number`, `Symbol`, `Constant` and `Apply` nodes and nothing else. It is
read with `ast` through a whitelist; no text is ever evaluated as code. Sizes are limited before
any work is done on them, in the parser for what is written and in `evaluate` for what is computed.

    >>> tree = parse_expression("2*(x + 0.5)")
    >>> str(tree), str(evaluate(tree, {"x": Fraction(3)}))
    ('2*(x + 1/2)', '7')
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import comb, factorial, gcd, isqrt, lcm

MAX_TEXT = 2_000  # characters
MAX_NODES = 300
MAX_DEPTH = 40
MAX_DIGITS = 40  # of a literal
MAX_BITS = 4_096  # of any computed numerator or denominator
MAX_EXPONENT = 1_000
MAX_FACTORIAL = 500
MAX_TERMS = 100_000  # of a sum or product

RELATIONS = ("==", "!=", "<", "<=", ">", ">=")
CONSTANTS = ("pi",)
# name -> (fewest, most) arguments; `sum` and `product` are sum(term, index, first, last)
FUNCTIONS: dict[str, tuple[int, int]] = {
    "sqrt": (1, 1),
    "abs": (1, 1),
    "floor": (1, 1),
    "ceiling": (1, 1),
    "gcd": (2, 8),
    "lcm": (2, 8),
    "factorial": (1, 1),
    "binomial": (2, 2),
    "min": (2, 16),
    "max": (2, 16),
    "log": (1, 2),
    "exp": (1, 1),
    "sin": (1, 1),
    "cos": (1, 1),
    "tan": (1, 1),
    "sum": (4, 4),
    "product": (4, 4),
}
_BINARY = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Pow: "**",
    ast.FloorDiv: "//",
    ast.Mod: "%",
}
_COMPARE = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
_PRECEDENCE = dict.fromkeys(RELATIONS, 0) | {
    "+": 1,
    "-": 1,
    "*": 2,
    "/": 2,
    "//": 2,
    "%": 2,
    "neg": 3,
    "**": 4,
}
_ATOM = 5
_ALLOWED_TEXT = re.compile(r"[A-Za-z0-9_.,()+\-*/%<>=! \t]*\Z")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}\Z")
_LITERAL = re.compile(r"\d+(?:\.\d*)?\Z|\.\d+\Z")
_RESERVED = frozenset(FUNCTIONS) | frozenset(CONSTANTS)


class ExpressionError(ValueError):
    """The text is not an expression of the language, or is larger than its limits."""


class EvaluationError(ArithmeticError):
    """The value is undefined, not rational, or larger than the limits."""


class UndefinedError(EvaluationError):
    """The value does not exist: a division by zero, a root of a negative number."""


class Expression:
    """A node. `str()` prints it so that `parse_expression(str(e)) == e`."""

    @cached_property
    def symbols(self) -> frozenset[str]:
        """Names of the free variables."""
        return frozenset(_free_symbols(self, frozenset()))

    def __str__(self) -> str:
        return _print(self)[0]


@dataclass(frozen=True)
class Number(Expression):
    """An exact rational."""

    value: Fraction

    def __str__(self) -> str:
        return str(self.value)


@dataclass(frozen=True)
class Symbol(Expression):
    """A variable."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Constant(Expression):
    """A named real number: `pi`."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Apply(Expression):
    """An operator, relation or function over its arguments.

    `operator` is one of `+ - * / ** // % neg`, a relation, or a name in `FUNCTIONS`.
    """

    operator: str
    arguments: tuple[Expression, ...]

    def __str__(self) -> str:
        return _print(self)[0]

    @property
    def is_relation(self) -> bool:
        return self.operator in RELATIONS


def check_name(name: str) -> str:
    """Return `name` if it can be a variable; raise ExpressionError if not."""
    if not _NAME.match(name) or "__" in name:
        raise ExpressionError(
            f"{name[:60]!r} is no variable name: use up to 40 letters, digits and single "
            "underscores, starting with a letter"
        )
    if name in _RESERVED:
        raise ExpressionError(f"{name!r} is the name of a function or constant")
    return name


def parse_expression(text: str) -> Expression:
    """Read `text` into a tree; raise ExpressionError naming the offending part.

    Decimals are exact (`0.1` is 1/10) and quotients of literals are folded (`6/4` is the number
    3/2), so that equal numbers are equal trees.
    """
    if not isinstance(text, str):
        raise ExpressionError(f"an expression is text, not {type(text).__name__}")
    if len(text) > MAX_TEXT:
        raise ExpressionError(f"the text has {len(text)} characters; the limit is {MAX_TEXT}")
    bad = _first_forbidden(text)
    if bad is not None:
        raise ExpressionError(f"the character {bad!r} is not allowed in an expression")
    for literal in re.finditer(r"\d+", text):
        if len(literal.group()) > MAX_DIGITS:
            raise ExpressionError(
                f"the number {literal.group()[:12]}… has {len(literal.group())} digits; "
                f"the limit is {MAX_DIGITS}"
            )
    if _nesting(text) > MAX_DEPTH:
        raise ExpressionError(f"parentheses are nested deeper than {MAX_DEPTH}")
    source = text.strip()
    try:
        tree = ast.parse(source, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        reason = error.msg if isinstance(error, SyntaxError) else str(error)
        raise ExpressionError(f"{source[:60]!r} is not an expression: {reason}") from None
    return _Builder(source).build(tree, depth=0, top=True)


def _first_forbidden(text: str) -> str | None:
    if _ALLOWED_TEXT.match(text):
        return None
    return next(c for c in text if not _ALLOWED_TEXT.match(c))


def _nesting(text: str) -> int:
    depth = deepest = 0
    for character in text:
        if character == "(":
            depth += 1
            deepest = max(deepest, depth)
        elif character == ")":
            depth -= 1
    return deepest


class _Builder:
    """Turns a checked `ast` tree into ours, counting nodes."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.nodes = 0

    def fail(self, node: ast.AST, why: str) -> ExpressionError:
        part = ast.get_source_segment(self.source, node) or self.source
        return ExpressionError(f"{part[:60]!r}: {why}")

    def build(self, node: ast.expr, depth: int, top: bool = False) -> Expression:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise ExpressionError(f"the expression has more than {MAX_NODES} parts")
        if depth > MAX_DEPTH:
            raise ExpressionError(f"the expression is nested deeper than {MAX_DEPTH}")
        match node:
            case ast.Constant():
                return self._literal(node)
            case ast.Name():
                if node.id in CONSTANTS:
                    return Constant(node.id)
                try:
                    return Symbol(check_name(node.id))
                except ExpressionError as error:
                    raise self.fail(node, str(error)) from None
            case ast.UnaryOp(op=ast.USub()):
                return negate(self.build(node.operand, depth + 1))
            case ast.UnaryOp(op=ast.UAdd()):
                return self.build(node.operand, depth + 1)
            case ast.BinOp() if type(node.op) in _BINARY:
                left = self.build(node.left, depth + 1)
                right = self.build(node.right, depth + 1)
                return self._binary(node, _BINARY[type(node.op)], left, right)
            case ast.Compare():
                if not top:
                    raise self.fail(node, "a comparison cannot stand inside an expression")
                if len(node.ops) != 1 or type(node.ops[0]) not in _COMPARE:
                    raise self.fail(node, "write one comparison (==, !=, <, <=, >, >=) at a time")
                left = self.build(node.left, depth + 1)
                right = self.build(node.comparators[0], depth + 1)
                return Apply(_COMPARE[type(node.ops[0])], (left, right))
            case ast.Call():
                return self._call(node, depth)
        raise self.fail(node, f"{type(node).__name__} is not part of the expression language")

    def _literal(self, node: ast.Constant) -> Number:
        part = ast.get_source_segment(self.source, node) or ""
        if isinstance(node.value, bool) or not _LITERAL.match(part):
            raise self.fail(node, "only plain whole numbers and decimals are allowed")
        return Number(Fraction(part))

    def _binary(self, node: ast.BinOp, op: str, left: Expression, right: Expression) -> Expression:
        if op == "/" and isinstance(right, Number):
            if right.value == 0:
                raise self.fail(node, "division by zero")
            if isinstance(left, Number):
                return Number(left.value / right.value)
        if op == "**" and isinstance(right, Number) and abs(right.value) > MAX_EXPONENT:
            raise self.fail(node, f"the exponent is larger than {MAX_EXPONENT}")
        return Apply(op, (left, right))

    def _call(self, node: ast.Call, depth: int) -> Expression:
        if not isinstance(node.func, ast.Name) or node.func.id not in FUNCTIONS:
            raise self.fail(node, f"only these functions can be called: {', '.join(FUNCTIONS)}")
        if node.keywords:
            raise self.fail(node, "functions take no named arguments")
        name = node.func.id
        fewest, most = FUNCTIONS[name]
        if not fewest <= len(node.args) <= most:
            wanted = str(fewest) if fewest == most else f"{fewest} to {most}"
            raise self.fail(node, f"{name} takes {wanted} arguments, not {len(node.args)}")
        arguments = tuple(self.build(argument, depth + 1) for argument in node.args)
        if name in ("sum", "product"):
            self._check_range(node, arguments)
        argument = arguments[0]
        if name == "factorial" and isinstance(argument, Number):
            if not 0 <= argument.value <= MAX_FACTORIAL:
                raise self.fail(node, f"factorial takes whole numbers from 0 to {MAX_FACTORIAL}")
        return Apply(name, arguments)

    def _check_range(self, node: ast.Call, arguments: tuple[Expression, ...]) -> None:
        _, index, first, last = arguments
        if not isinstance(index, Symbol):
            raise self.fail(node, "the second argument of sum and product is the index variable")
        if index.name in first.symbols | last.symbols:
            raise self.fail(node, "the bounds cannot contain the index variable")
        if isinstance(first, Number) and isinstance(last, Number):
            if last.value - first.value + 1 > MAX_TERMS:
                raise self.fail(node, f"the range has more than {MAX_TERMS} terms")


def negate(expression: Expression) -> Expression:
    """−expression, folded when it is a number."""
    if isinstance(expression, Number):
        return Number(-expression.value)
    return Apply("neg", (expression,))


def number(value: int | Fraction) -> Number:
    """A `Number` node."""
    return Number(Fraction(value))


def children(expression: Expression) -> tuple[Expression, ...]:
    """The arguments of an `Apply`, nothing otherwise."""
    return expression.arguments if isinstance(expression, Apply) else ()


def walk(expression: Expression) -> Iterator[Expression]:
    """Every node, parents before children."""
    stack = [expression]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(children(node)))


def count_nodes(expression: Expression) -> int:
    return sum(1 for _ in walk(expression))


def depth(expression: Expression) -> int:
    """1 for a leaf."""
    return 1 + max((depth(child) for child in children(expression)), default=0)


def substitute(expression: Expression, replacements: Mapping[str, Expression]) -> Expression:
    """Replace free variables by expressions. The index of a sum or product stays bound."""
    if isinstance(expression, Symbol):
        return replacements.get(expression.name, expression)
    if not isinstance(expression, Apply):
        return expression
    if expression.operator in ("sum", "product"):
        term, index, first, last = expression.arguments
        bound = index.name if isinstance(index, Symbol) else ""
        inner = {name: value for name, value in replacements.items() if name != bound}
        arguments: tuple[Expression, ...] = (
            substitute(term, inner),
            index,
            substitute(first, replacements),
            substitute(last, replacements),
        )
    else:
        arguments = tuple(substitute(child, replacements) for child in expression.arguments)
    if expression.operator == "neg":
        return negate(arguments[0])
    if expression.operator == "/":
        left, right = arguments
        if isinstance(left, Number) and isinstance(right, Number) and right.value != 0:
            return Number(left.value / right.value)
    return Apply(expression.operator, arguments)


def _free_symbols(expression: Expression, bound: frozenset[str]) -> Iterator[str]:
    if isinstance(expression, Symbol):
        if expression.name not in bound:
            yield expression.name
    elif isinstance(expression, Apply):
        if expression.operator in ("sum", "product"):
            term, index, first, last = expression.arguments
            yield from _free_symbols(term, bound | {str(index)})
            yield from _free_symbols(first, bound)
            yield from _free_symbols(last, bound)
        else:
            for child in expression.arguments:
                yield from _free_symbols(child, bound)


def _print(expression: Expression) -> tuple[str, int]:
    """Text and precedence."""
    if isinstance(expression, Number):
        value = expression.value
        if value < 0:
            return str(value), _PRECEDENCE["neg"] if value.denominator == 1 else 1
        return str(value), _ATOM if value.denominator == 1 else _PRECEDENCE["/"]
    if not isinstance(expression, Apply):
        return str(expression), _ATOM
    op, arguments = expression.operator, expression.arguments
    if op in FUNCTIONS:
        return f"{op}({', '.join(str(argument) for argument in arguments)})", _ATOM
    level = _PRECEDENCE[op]
    if op == "neg":
        return f"-{_wrap(arguments[0], level)}", level
    left, right = arguments
    if op in RELATIONS:
        return f"{left} {op} {right}", level
    if op == "**":
        return f"{_wrap(left, _ATOM)}**{_wrap(right, _ATOM)}", level
    space = " " if level == 1 else ""
    return f"{_wrap(left, level)}{space}{op}{space}{_wrap(right, level + 1)}", level


def _wrap(expression: Expression, level: int) -> str:
    text, own = _print(expression)
    # A rational or negative literal next to another operator would be read as an operation.
    literal = isinstance(expression, Number) and own != _ATOM
    return f"({text})" if own < level or literal else text


def evaluate(expression: Expression, values: Mapping[str, Fraction]) -> Fraction:
    """The exact value with the variables set to `values`.

    A relation evaluates to 1 or 0. Raises EvaluationError when a variable has no value, when the
    value is undefined or irrational (`sqrt(2)`, `pi`), or when a step passes the size limits.
    """
    if isinstance(expression, Number):
        return expression.value
    if isinstance(expression, Symbol):
        try:
            return values[expression.name]
        except KeyError:
            raise EvaluationError(f"{expression.name} has no value") from None
    if not isinstance(expression, Apply):
        raise EvaluationError(f"{expression} is not rational")
    if expression.operator in ("sum", "product"):
        return _evaluate_series(expression, values)
    arguments = [evaluate(child, values) for child in expression.arguments]
    return _checked(_apply(expression.operator, arguments), expression)


def _checked(value: Fraction, expression: Expression) -> Fraction:
    if value.numerator.bit_length() > MAX_BITS or value.denominator.bit_length() > MAX_BITS:
        raise EvaluationError(f"{str(expression)[:60]} is larger than {MAX_BITS} bits")
    return value


def _evaluate_series(expression: Apply, values: Mapping[str, Fraction]) -> Fraction:
    term, index, first, last = expression.arguments
    low = _whole(evaluate(first, values), "the first index")
    high = _whole(evaluate(last, values), "the last index")
    if high - low + 1 > MAX_TERMS:
        raise EvaluationError(f"{str(expression)[:60]} has more than {MAX_TERMS} terms")
    is_sum = expression.operator == "sum"
    total = Fraction(0 if is_sum else 1)
    inner = dict(values)
    for k in range(low, high + 1):
        inner[str(index)] = Fraction(k)
        value = evaluate(term, inner)
        total = _checked(total + value if is_sum else total * value, expression)
    return total


def _apply(op: str, a: list[Fraction]) -> Fraction:
    match op:
        case "+":
            return a[0] + a[1]
        case "-":
            return a[0] - a[1]
        case "*":
            return a[0] * a[1]
        case "/":
            if a[1] == 0:
                raise UndefinedError("division by zero")
            return a[0] / a[1]
        case "neg":
            return -a[0]
        case "**":
            return _power(a[0], a[1])
        case "//" | "%":
            if a[1] == 0:
                raise UndefinedError("division by zero")
            return Fraction(a[0] // a[1]) if op == "//" else a[0] % a[1]
        case "==":
            return Fraction(a[0] == a[1])
        case "!=":
            return Fraction(a[0] != a[1])
        case "<":
            return Fraction(a[0] < a[1])
        case "<=":
            return Fraction(a[0] <= a[1])
        case ">":
            return Fraction(a[0] > a[1])
        case ">=":
            return Fraction(a[0] >= a[1])
        case "abs":
            return abs(a[0])
        case "floor":
            return Fraction(a[0].numerator // a[0].denominator)
        case "ceiling":
            return Fraction(-(-a[0].numerator // a[0].denominator))
        case "min":
            return min(a)
        case "max":
            return max(a)
        case "sqrt":
            return _root(a[0], 2)
        case "gcd":
            return Fraction(gcd(*(_whole(x, "an argument of gcd") for x in a)))
        case "lcm":
            return Fraction(lcm(*(_whole(x, "an argument of lcm") for x in a)))
        case "factorial":
            n = _whole(a[0], "the argument of factorial")
            if not 0 <= n <= MAX_FACTORIAL:
                raise EvaluationError(f"factorial takes 0 to {MAX_FACTORIAL}, not {n}")
            return Fraction(factorial(n))
        case "binomial":
            n, k = (_whole(x, "an argument of binomial") for x in a)
            if n < 0 or n > 10 * MAX_FACTORIAL:
                raise EvaluationError(f"binomial takes 0 to {10 * MAX_FACTORIAL}, not {n}")
            return Fraction(comb(n, k)) if k >= 0 else Fraction(0)
        case "exp" | "sin" | "tan" if a[0] == 0:
            return Fraction(op == "exp")
        case "cos" if a[0] == 0:
            return Fraction(1)
        case "log":
            return _logarithm(a)
    raise EvaluationError(f"{op}({', '.join(map(str, a))}) is not rational")


def _whole(value: Fraction, what: str) -> int:
    if value.denominator != 1:
        raise EvaluationError(f"{what} must be a whole number, not {value}")
    return value.numerator


def _power(base: Fraction, exponent: Fraction) -> Fraction:
    if base == 0 and exponent < 0:
        raise UndefinedError("division by zero")
    if abs(exponent) > MAX_EXPONENT:
        raise EvaluationError(f"the exponent {exponent} is larger than {MAX_EXPONENT}")
    bits = max(base.numerator.bit_length(), base.denominator.bit_length())
    if bits * abs(exponent) > MAX_BITS:
        raise EvaluationError(f"the power is larger than {MAX_BITS} bits")
    if exponent.denominator == 1:
        return Fraction(base**exponent.numerator)
    return _power(_root(base, exponent.denominator), Fraction(exponent.numerator))


def _root(value: Fraction, degree: int) -> Fraction:
    if value < 0:
        raise UndefinedError(f"a root of {value} is not real")
    numerator = _whole_root(value.numerator, degree)
    denominator = _whole_root(value.denominator, degree)
    if numerator is None or denominator is None:
        raise EvaluationError(f"the root of {value} is not rational")
    return Fraction(numerator, denominator)


def _whole_root(value: int, degree: int) -> int | None:
    """The exact root by bisection, or None."""
    if degree == 2:
        root = isqrt(value)
    else:
        low, high = 0, 1 << (value.bit_length() // degree + 1)
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if middle**degree <= value else (low, middle - 1)
        root = low
    return root if root**degree == value else None


def _logarithm(a: list[Fraction]) -> Fraction:
    if a[0] <= 0:
        raise UndefinedError(f"log({a[0]}) is undefined")
    if a[0] == 1:
        return Fraction(0)
    if len(a) == 2 and a[1] > 1:
        for power in range(1, 200):
            if a[1] ** power == a[0]:
                return Fraction(power)
            if Fraction(1) / a[1] ** power == a[0]:
                return Fraction(-power)
    raise EvaluationError(f"log({', '.join(map(str, a))}) is not rational")
