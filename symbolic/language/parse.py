"""Reading text into an expression: a whitelist over Python's own grammar.

The text is read with `ast`, which builds a tree and runs nothing; every node that is not in the
language is refused. Sizes are limited before any work is done on them.

    >>> str(parse_expression("2*(x + 0.5)"))
    '2*(x + (1/2))'
"""

from __future__ import annotations

import ast
import os
import re
import threading
from fractions import Fraction

from zoped.symbolic.language.evaluate import MAX_EXPONENT, MAX_FACTORIAL, MAX_TERMS
from zoped.symbolic.language.expression import (
    CONSTANTS,
    FUNCTIONS,
    SERIES,
    Apply,
    Constant,
    Expression,
    Number,
    Symbol,
    negate,
)

MAX_TEXT = 2_000  # characters
MAX_NODES = 300
MOST_WIDER = (
    6  # times as long as the text that it is read from can a tree's be: x<x<x is x < x and x < x
)
MAX_DEPTH = 40
MAX_DIGITS = 40  # of a literal
MAX_NAME = 60  # characters of a variable's name

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
_ALLOWED_TEXT = re.compile(r"[A-Za-z0-9_.,()+\-*/%<>=! \t]*\Z")
_INSTEAD = {
    "^": "write ** for a power",
    "|": "write abs(x) for |x|",
    "√": "write sqrt(x)",
    "$": "write the number alone",
    "€": "write the number alone",
    "£": "write the number alone",
    "×": "write * for times",
    "·": "write * for times",
    "÷": "write / for divided by",
    "−": "write - for minus",
    "≤": "write <=",
    "≥": "write >=",
    "≠": "write !=",
    "≡": "write a % m == r",
    "π": "write pi",
    "²": "write **2",
    "³": "write **3",
    "\\": "write sqrt(x), a/b and the like, no LaTeX",
    "{": "there are no sets; write a relation for each",
    "[": "there are no lists; write a relation for each",
}
_WORD = re.compile(r"[A-Za-z_]\w*|\.?\d[\d.]*([A-Za-z_]\w*)?", re.ASCII)
_NAME = re.compile(rf"[A-Za-z][A-Za-z0-9_]{{0,{MAX_NAME - 1}}}\Z")
_LITERAL = re.compile(r"\d+(?:\.\d*)?\Z|\.\d+\Z")
_REMAINDER = re.compile(r"[\w)]\s+mod\s+[\w(]")
_MIXED = re.compile(r"(?<![\w.])\d+\s+\d+\s*/\s*\d+")
_UNIT = re.compile(r"(?<![\w.])\d[\d.]*\s+(?!(?:if|else|and|or)\b)[A-Za-z]")
_LONE_EQUAL = re.compile(r"(?<![<>=!])=(?!=)")
_LONG = re.compile(rf"\d{{{MAX_DIGITS + 1},}}")
# These are words of problems too: without a bracket behind them they are variables.
ALSO_NAMES = frozenset(
    {"count", "numerator", "denominator", "digit_sum", "median", "mean", "is_prime", "different"}
)
_RESERVED = (frozenset(FUNCTIONS) - ALSO_NAMES) | frozenset(CONSTANTS)


class ExpressionError(ValueError):
    """The text is not an expression of the language, or is larger than its limits."""


def check_name(name: str) -> str:
    """Return `name` if it can be a variable; raise ExpressionError if not."""
    if not _NAME.match(name) or "__" in name:
        raise ExpressionError(
            f"{name[:60]!r} is no variable name: use up to {MAX_NAME} letters, digits and single "
            "underscores, starting with a letter"
        )
    if name in _RESERVED:
        raise ExpressionError(f"{name!r} is the name of a function or constant")
    return name


# Python 3.11 counts the depth of the trees that it builds for all threads together, and raises
# SystemError where they take turns in it: one at a time.
_building = threading.RLock()


def _renew_lock() -> None:
    global _building
    _building = threading.RLock()


os.register_at_fork(after_in_child=_renew_lock)  # a thread of the parent may have held it


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
        hint = f"; {_INSTEAD[bad]}" if bad in _INSTEAD else ""
        raise ExpressionError(f"the character {bad!r} is not allowed in an expression{hint}")
    glued = next((word.group() for word in _WORD.finditer(text) if word.group(1)), None)
    if glued is not None:
        raise ExpressionError(
            f"{glued[:60]!r}: put an operator between a number and a name, as in 2*x"
        )
    long = _LONG.search(text)
    if long is not None:
        raise ExpressionError(
            f"the number {long.group()[:12]}… has {len(long.group())} digits; "
            f"the limit is {MAX_DIGITS}"
        )
    if text.count("(") > MAX_DEPTH and _nesting(text) > MAX_DEPTH:
        raise ExpressionError(f"parentheses are nested deeper than {MAX_DEPTH}")
    source = text.strip()
    try:
        with _building:
            tree = ast.parse(source, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        reason = error.msg if isinstance(error, SyntaxError) else str(error)
        if _LONE_EQUAL.search(source):
            reason = "write == for equal"
        elif "!" in source.replace("!=", ""):
            reason = "write factorial(n) for n!"
        elif _REMAINDER.search(source):
            reason = "write a % m for the remainder"
        elif _MIXED.search(source):
            reason = "write 1 + 1/2 for a mixed number"
        elif _UNIT.search(source):
            reason = "write the number alone, without a unit"
        elif source.endswith("%"):
            reason = "write 10/100 for ten percent"
        raise ExpressionError(f"{source[:60]!r} is not an expression: {reason}") from None
    built = _Builder(source).build(tree, depth=0, truth=True)
    if len(source) * MOST_WIDER > MAX_TEXT and len(str(built)) > MAX_TEXT:
        raise ExpressionError(f"the expression, written out, is longer than {MAX_TEXT} characters")
    return built


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
    """Turns a checked `ast` tree into ours, counting the nodes of its own text: what it reads can be
    written, and read again."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.nodes = 0

    def fail(self, node: ast.AST, why: str) -> ExpressionError:
        part = ast.get_source_segment(self.source, node) or self.source
        return ExpressionError(f"{part[:60]!r}: {why}")

    def count(self, nodes: int) -> None:
        self.nodes += nodes
        if self.nodes > MAX_NODES:
            raise ExpressionError(f"the expression has more than {MAX_NODES} parts")

    def build(self, node: ast.expr, depth: int, truth: bool = False) -> Expression:
        """`truth`: a comparison or `and`, `or`, `not` may stand here."""
        self.count(1)
        if depth > MAX_DEPTH:
            raise ExpressionError(f"the expression is nested deeper than {MAX_DEPTH}")
        if isinstance(node, ast.Compare | ast.BoolOp) and not truth:
            raise self.fail(node, "a comparison cannot stand inside an expression")
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
                return self._comparison(node, depth)
            case ast.BoolOp():
                op = "and" if isinstance(node.op, ast.And) else "or"
                parts = [self._condition(value, depth + 1) for value in node.values]
                return self._joined(op, parts)
            case ast.UnaryOp(op=ast.Not()) if truth:
                return Apply("not", (self._condition(node.operand, depth + 1),))
            case ast.IfExp():
                condition = self._condition(node.test, depth + 1)
                return Apply(
                    "if",
                    (
                        condition,
                        self.build(node.body, depth + 1),
                        self.build(node.orelse, depth + 1),
                    ),
                )
            case ast.Call():
                return self._call(node, depth)
        raise self.fail(node, f"{type(node).__name__} is not part of the expression language")

    def _comparison(self, node: ast.Compare, depth: int) -> Expression:
        """One relation; of a chain such as 1 <= x <= 5 the relations joined by `and`."""
        if any(type(op) not in _COMPARE for op in node.ops):
            raise self.fail(node, "compare with ==, !=, <, <=, > or >=")
        # A side may be joined conditions, `(x == 1 or y == 2) == 1`, but no other comparison.
        sides = []
        for place, side in enumerate((node.left, *node.comparators)):
            before = self.nodes
            sides.append(self.build(side, depth + 1, truth=not isinstance(side, ast.Compare)))
            if 0 < place < len(node.ops):  # of a chain it stands in two relations, each with a node
                self.count(self.nodes - before + 1)
        pairs = zip(node.ops, sides, sides[1:], strict=False)
        return self._joined("and", [Apply(_COMPARE[type(op)], (a, b)) for op, a, b in pairs])

    def _condition(self, node: ast.expr, depth: int) -> Expression:
        tree = self.build(node, depth, truth=True)
        if not (isinstance(tree, Apply) and tree.is_condition):
            raise self.fail(node, "is not a condition; write a comparison such as x > 3")
        return tree

    def _joined(self, op: str, parts: list[Expression]) -> Expression:
        self.count(len(parts) - 1)
        joined = parts[0]
        for part in parts[1:]:
            joined = Apply(op, (joined, part))
        return joined

    def _literal(self, node: ast.Constant) -> Number:
        part = self.source[node.col_offset : node.end_col_offset]  # one line of ASCII
        if isinstance(node.value, bool) or not _LITERAL.match(part):
            raise self.fail(node, "only plain whole numbers and decimals are allowed")
        number = Number(Fraction(node.value if isinstance(node.value, int) else part))
        if number.value.denominator != 1:
            self.count(2)  # it is a quotient of two
        return number

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
        arguments = tuple(
            self.build(argument, depth + 1, truth=name == "count" and place == 0)
            for place, argument in enumerate(node.args)
        )
        if name in SERIES:
            self._check_range(node, arguments)
        argument = arguments[0]
        if name == "factorial" and isinstance(argument, Number):
            if not 0 <= argument.value <= MAX_FACTORIAL:
                raise self.fail(node, f"factorial takes whole numbers from 0 to {MAX_FACTORIAL}")
        return Apply(name, arguments)

    def _check_range(self, node: ast.Call, arguments: tuple[Expression, ...]) -> None:
        term, index, first, last = arguments
        if not isinstance(index, Symbol):
            raise self.fail(
                node, "the second argument is the index variable, as in sum(k, k, 1, n)"
            )
        if node.func.id == "count" and not (isinstance(term, Apply) and term.is_condition):  # type: ignore[attr-defined]
            raise self.fail(node, "count takes a condition first, as in count(k % 3 == 0, k, 1, n)")
        if index.name in first.symbols | last.symbols:
            raise self.fail(node, "the bounds cannot contain the index variable")
        if isinstance(first, Number) and isinstance(last, Number):
            if last.value - first.value + 1 > MAX_TERMS:
                raise self.fail(node, f"the range has more than {MAX_TERMS} terms")
