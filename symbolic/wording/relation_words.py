"""English from a relation or expression, when nobody wrote a sentence for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from zoped.symbolic.language.expression import (
    CONNECTIVES,
    FUNCTIONS,
    SERIES,
    Apply,
    Expression,
    Number,
    Symbol,
    children,
    count_nodes,
    walk,
)
from zoped.symbolic.wording.inflection import join_and, number_text

_COMPARISONS = {
    "==": "is",
    "!=": "is not",
    "<": "is less than",
    "<=": "is at most",
    ">": "is more than",
    ">=": "is at least",
}
_SIGNS = {"==": "=", "!=": "is not"}
# What reads best as a formula, if its leaves are letters and numbers; the rest has names.
_PLAIN = {"+", "-", "*", "/", "**", "neg", "sqrt", "abs", "sin", "cos", "tan", "exp", "log"}
_ALWAYS_IN_WORDS = {"%", "gcd", "lcm", "binomial", "if", *SERIES, *CONNECTIVES} | {
    "numerator",
    "denominator",
    "digit_sum",
    "median",
    "mean",
    "is_prime",
    "different",
}
_NO_SIGN = {
    "numerator",
    "denominator",
    "digit_sum",
    "median",
    "mean",
    "count",
    "if",
    "is_prime",
    "different",
}
_LONGEST_IN_WORDS = 10  # nodes of a relation among letters and numbers
_NAMED = {
    "sqrt": "the square root of",
    "abs": "the absolute value of",
    "factorial": "the factorial of",
    "sin": "the sine of",
    "cos": "the cosine of",
    "tan": "the tangent of",
    "floor": "the largest whole number that is at most",
    "ceiling": "the smallest whole number that is at least",
    "exp": "e to the power of",
    "neg": "minus",
    "gcd": "the greatest common divisor of",
    "lcm": "the least common multiple of",
    "min": "the smallest of",
    "max": "the largest of",
    "numerator": "the numerator of",
    "denominator": "the denominator of",
    "digit_sum": "the sum of the digits of",
    "median": "the median of",
    "mean": "the mean of",
}
# Functions that formulas name in another way than the expression language.
_FORMULA_NAMES = {"binomial": "C", "ceiling": "ceil"}
Words = Callable[[str], str]


def relation_words(relation: Expression, words: Words) -> str:
    """A sentence without its full stop; `words` gives the noun phrase, letter or value of a name.

    Letters and numbers under plain operations are written as a formula ("x + 2*y = 10").
    """
    if not isinstance(relation, Apply):
        return expression_words(relation, words)
    op = relation.operator
    if not relation.is_relation:
        return _condition_words(relation, words)
    left, right = relation.arguments
    if op == "==" and isinstance(left, Apply) and left.is_condition and str(right) == "1":
        return _condition_words(left, words)
    if is_formula(relation, words):
        return f"{formula(left, words)} {_SIGNS.get(op, op)} {formula(right, words)}"
    if op == "==" and isinstance(left, Apply) and left.operator == "if":
        left, right = right, left
    elif op == "==" and not isinstance(left, Symbol):
        if isinstance(right, Symbol) or isinstance(left, Number):
            left, right = right, left
    if op in ("==", "!=") and isinstance(left, Apply) and left.operator == "%":
        if isinstance(right, Number) and right.value == 0:
            number, divisor = (expression_words(argument, words) for argument in left.arguments)
            return f"{number} {_COMPARISONS[op]} divisible by {divisor}"
    return f"{expression_words(left, words)} {_COMPARISONS[op]} {expression_words(right, words)}"


def _condition_words(condition: Apply, words: Words) -> str:
    """A sentence for what is true or false."""
    parts = condition.arguments
    match condition.operator:
        case "and" | "or":
            one, other = (relation_words(part, words) for part in parts)
            return f"{one} {condition.operator} {other}"
        case "not":
            return f"it is not so that {relation_words(parts[0], words)}"
        case "is_prime":
            return f"{expression_words(parts[0], words)} is a prime number"
        case "different":
            named = join_and([expression_words(part, words) for part in parts])
            return f"{named} are all different" if len(parts) > 2 else f"{named} are different"
    return relation_words(condition, words)


def is_formula(expression: Expression, words: Words) -> bool:
    """Whether the expression reads best as a formula."""
    is_relation = isinstance(expression, Apply) and expression.is_relation
    tops = children(expression) if is_relation else (expression,)
    if any(isinstance(top, Apply) and top.operator in _ALWAYS_IN_WORDS for top in tops):
        return False
    if _has_words_alone(expression):
        return False
    has_letter, plain = False, True
    bound: set[str] = set()
    for node in walk(expression):
        if isinstance(node, Apply):
            plain = plain and (node.operator in _PLAIN or node.is_relation)
            if node.operator in SERIES:
                bound.add(str(node.arguments[1]))
        elif isinstance(node, Symbol) and node.name not in bound:
            word = words(node.name)
            if word == node.name:
                has_letter = True
            elif not word.lstrip("-")[:1].isdigit():
                return False
    return has_letter and (plain or count_nodes(expression) > _LONGEST_IN_WORDS)


def _has_words_alone(expression: Expression) -> bool:
    """Whether a part has no usual sign: a condition inside, the digits, a median."""
    return any(
        isinstance(node, Apply) and (node.operator in _NO_SIGN or (node.is_condition and place > 0))
        for place, node in enumerate(walk(expression))
    )


def formula(expression: Expression, words: Words) -> str:
    """The expression in letters, with ^ for powers, C(n, k) for binomials and mod."""
    if isinstance(expression, Apply) and expression.operator == "//":
        expression = Apply("floor", (Apply("/", expression.arguments),))
    text = str(expression)
    for name in expression.symbols:
        word = words(name)
        if word != name:
            text = re.sub(rf"\b{name}\b", word if word.isdigit() else f"({word})", text)
    for name, short in _FORMULA_NAMES.items():
        text = text.replace(f"{name}(", f"{short}(")
    return text.replace("**", "^").replace("%", " mod ")


def starts_formula(sentence: str) -> bool:
    """Whether the sentence starts with a function, which keeps its small letter."""
    name, bracket, _ = sentence.partition("(")
    return bool(bracket) and (name in FUNCTIONS or name in _FORMULA_NAMES.values())


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

    if op == "log":
        base = f" to base {say(arguments[1])}" if len(arguments) == 2 else ""
        return f"the logarithm of {say(arguments[0])}{base}"
    if op in _NAMED:
        return f"{_NAMED[op]} {join_and([_grouped(argument, say) for argument in arguments])}"
    if op == "+":
        return f"the sum of {join_and([_grouped(part, say) for part in _parts(expression)])}"
    if op == "*":
        return _product_words(_parts(expression), say)
    if op == "if":
        condition = relation_words(arguments[0], words)
        return f"{say(arguments[1])} if {condition}, otherwise {say(arguments[2])}"
    if expression.is_condition:
        return f"1 if {_condition_words(expression, words)}, otherwise 0"
    if op in SERIES:
        term, index, first, last = arguments
        span = f"from {say(first)} to {say(last)}"
        if op == "count":
            return f"the number of values of {index} {span} for which {relation_words(term, words)}"
        said = say(term) if _has_words_alone(term) else formula(term, words)
        return f"the {op} of {said} for {index} {span}"
    if op in ("-", "/"):
        if all(isinstance(argument, Symbol | Number) for argument in arguments):
            sign = "minus" if op == "-" else "divided by"
            return f"{say(arguments[0])} {sign} {say(arguments[1])}"
        return _grouped(expression, say)
    left, right = (_grouped(argument, say) for argument in arguments[:2])
    if op == "//":
        return f"the whole part of the quotient when {left} is divided by {right}"
    if op == "%":
        return f"the remainder when {left} is divided by {right}"
    if op == "binomial":
        return f"the number of ways to choose {right} out of {left}"
    power = {"2": "square", "3": "cube"}.get(right)
    return f"the {power} of {left}" if power else f"{left} to the power of {right}"


def _parts(expression: Apply) -> list[Expression]:
    """Terms of a sum or factors of a product, the short ones first, so that "and" is clear."""

    def flat(node: Expression) -> Iterator[Expression]:
        if isinstance(node, Apply) and node.operator == expression.operator:
            for argument in node.arguments:
                yield from flat(argument)
        else:
            yield node

    return sorted(flat(expression), key=lambda node: isinstance(node, Apply))


def _grouped(part: Expression, say: Callable[[Expression], str]) -> str:
    """The part as one thing inside a longer phrase, where "minus" and "and" would be ambiguous."""
    if not isinstance(part, Apply) or part.operator not in ("+", "*", "-", "/"):
        return say(part)
    left, right = part.arguments
    if part.operator == "/":
        return f"the quotient when {_grouped(left, say)} is divided by {_grouped(right, say)}"
    if part.operator == "-":
        if isinstance(right, Number) and right.value > 0:
            return f"the number that is {number_text(right.value)} less than {_grouped(left, say)}"
        return (
            f"the difference when {_grouped(right, say)} is subtracted from {_grouped(left, say)}"
        )
    words = say(part)
    for start in ("the sum of ", "the product of "):
        # "the sum of both a and b, and c": what belongs to it is told by "both".
        if words.startswith(start) and len(_parts(part)) == 2:
            return f"{start}both {words.removeprefix(start)}"
    return words


def _product_words(factors: list[Expression], say: Callable[[Expression], str]) -> str:
    numbers = [factor for factor in factors if isinstance(factor, Number)]
    if len(factors) == 2 and len(numbers) == 1:
        (other,) = (factor for factor in factors if not isinstance(factor, Number))
        if numbers[0].value.denominator == 1:
            return f"{numbers[0].value} times {_grouped(other, say)}"
        return f"{number_text(numbers[0].value)} of {_grouped(other, say)}"
    return f"the product of {join_and([_grouped(factor, say) for factor in factors])}"
