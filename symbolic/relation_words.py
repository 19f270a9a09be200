"""English from a relation or expression, when nobody wrote a sentence for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from zoped.symbolic.english import join_and, number_text
from zoped.symbolic.expression import Apply, Expression, Number, Symbol, walk

_COMPARISONS = {
    "==": "is",
    "!=": "is not",
    "<": "is less than",
    "<=": "is at most",
    ">": "is more than",
    ">=": "is at least",
}
_FORMULA = frozenset({"+", "-", "*", "/", "**", "neg", "sqrt", "abs", *_COMPARISONS})
_PREFIX = {
    "sqrt": "the square root of",
    "abs": "the absolute value of",
    "factorial": "the factorial of",
    "sin": "the sine of",
    "cos": "the cosine of",
    "tan": "the tangent of",
    "floor": "the whole part of",
    "ceiling": "the next whole number from",
    "exp": "e to the power of",
}
_LISTED = {
    "gcd": "the greatest common divisor of",
    "lcm": "the least common multiple of",
    "min": "the smallest of",
    "max": "the largest of",
}
Words = Callable[[str], str]


def relation_words(relation: Expression, words: Words) -> str:
    """A sentence without its full stop; `words` gives the noun phrase, letter or value of a name.

    Bare letters and numbers under + - * / and powers are written as a formula ("x + 2*y = 10").
    """
    assert isinstance(relation, Apply)
    left, right = relation.arguments
    if is_formula(relation, words):
        sign = {"==": "=", "!=": "is not equal to"}.get(relation.operator, relation.operator)
        return f"{formula(left, words)} {sign} {formula(right, words)}"
    if relation.operator == "==" and _size(left) > _size(right) and not _divides(left, right):
        left, right = right, left
    if _divides(left, right):
        number, divisor = left.arguments if isinstance(left, Apply) else (left, right)
        verb = {"==": "is", "!=": "is not"}[relation.operator]
        return (
            f"{expression_words(number, words)} {verb} divisible by "
            f"{expression_words(divisor, words)}"
        )
    if _is_remainder(right) and isinstance(left, Number):
        left, right = right, left
    return (
        f"{expression_words(left, words)} {_COMPARISONS[relation.operator]} "
        f"{expression_words(right, words)}"
    )


def _size(expression: Expression) -> int:
    return 0 if isinstance(expression, Symbol) else sum(1 for _ in walk(expression))


def _is_remainder(expression: Expression) -> bool:
    return isinstance(expression, Apply) and expression.operator == "%"


def _divides(left: Expression, right: Expression) -> bool:
    return _is_remainder(left) and isinstance(right, Number) and right.value == 0


def is_formula(expression: Expression, words: Words) -> bool:
    """Whether the expression reads best as a formula: plain operations on letters and numbers."""
    has_letter = False
    for node in walk(expression):
        if isinstance(node, Apply) and node.operator not in _FORMULA:
            return False
        if isinstance(node, Symbol):
            word = words(node.name)
            if word == node.name:
                has_letter = True
            elif not _is_numeral(word):
                return False
    return has_letter


def _is_numeral(word: str) -> bool:
    return word.lstrip("-")[:1].isdigit()


def formula(expression: Expression, words: Words) -> str:
    """The expression in letters, with ^ for powers."""
    text = str(expression)
    for name in sorted(expression.symbols, key=len, reverse=True):
        word = words(name)
        if word != name:
            text = _replace_name(text, name, word)
    return text.replace("**", "^")


def _replace_name(text: str, name: str, word: str) -> str:
    import re

    plain = re.compile(rf"\b{name}\b")
    return plain.sub(f"({word})" if not word.isdigit() else word, text)


def expression_words(expression: Expression, words: Words) -> str:
    """A noun phrase for the expression."""
    if isinstance(expression, Number):
        return number_text(expression.value)
    if isinstance(expression, Symbol):
        return words(expression.name)
    if not isinstance(expression, Apply):
        return str(expression)
    if is_formula(expression, words):
        return formula(expression, words)
    op, arguments = expression.operator, expression.arguments

    def say(node: Expression) -> str:
        return expression_words(node, words)

    if op in _PREFIX:
        return f"{_PREFIX[op]} {say(arguments[0])}"
    if op in _LISTED:
        return f"{_LISTED[op]} {join_and([say(argument) for argument in arguments])}"
    if op == "+":
        return f"the sum of {join_and([say(part) for part in _flat(expression, '+')])}"
    if op == "*":
        return _product_words(list(_flat(expression, "*")), say)
    if op == "neg":
        return f"minus {say(arguments[0])}"
    if op == "log":
        base = f" to base {say(arguments[1])}" if len(arguments) == 2 else ""
        return f"the logarithm of {say(arguments[0])}{base}"
    left, right = say(arguments[0]), say(arguments[1])
    if op == "-":
        if isinstance(arguments[0], Symbol | Number):
            return f"{left} minus {right}"
        return f"the difference of {left} and {right}"
    if op == "/":
        if isinstance(arguments[0], Symbol | Number):
            return f"{left} divided by {right}"
        return f"the quotient of {left} and {right}"
    if op == "//":
        return f"the whole part of {left} divided by {right}"
    if op == "%":
        return f"the remainder when {left} is divided by {right}"
    if op == "binomial":
        return f"the number of ways to choose {right} out of {left}"
    if op == "**":
        if isinstance(arguments[1], Number) and arguments[1].value in (2, 3):
            return f"the {'square' if arguments[1].value == 2 else 'cube'} of {left}"
        return f"{left} to the power of {right}"
    kind = "sum" if op == "sum" else "product"
    term = formula(arguments[0], words)
    return f"the {kind} of {term} for {left if False else arguments[1]} from {say(arguments[2])} to {say(arguments[3])}"


def _flat(expression: Expression, op: str) -> Iterator[Expression]:
    if isinstance(expression, Apply) and expression.operator == op:
        for argument in expression.arguments:
            yield from _flat(argument, op)
    else:
        yield expression


def _product_words(factors: list[Expression], say: Callable[[Expression], str]) -> str:
    first, *rest = factors
    if isinstance(first, Number) and len(rest) == 1:
        if first.value.denominator == 1:
            return f"{first.value} times {say(rest[0])}"
        return f"{number_text(first.value)} of {say(rest[0])}"
    return f"the product of {join_and([say(factor) for factor in factors])}"
