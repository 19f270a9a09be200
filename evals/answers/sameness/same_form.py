"""When a number or a closed form that was answered is the one that was asked for."""

from __future__ import annotations

from fractions import Fraction

from zoped.evals.answers.expression import (
    Apply,
    Expression,
    Number,
    Symbol,
    count_nodes,
    exact,
    open_calculations,
    walk,
)
from zoped.evals.answers.kinds import Form
from zoped.evals.answers.numbers import Quantity
from zoped.evals.answers.sameness.values import equal_values
from zoped.evals.answers.units import Unit
from zoped.foundation.words import word_set

SAME_SIZE = (Fraction(1), Fraction(1))
_IRREGULAR = {
    "people": "person",
    "children": "child",
    "men": "man",
    "women": "woman",
    "feet": "foot",
    "geese": "goose",
    "mice": "mouse",
    "teeth": "tooth",
    "dice": "die",
    "oxen": "ox",
}
_PLURALS = (
    *(("ies", "y"), ("ives", "ife"), ("ves", "f"), ("ches", "ch"), ("shes", "sh"), ("xes", "x")),
    *(("sses", "ss"), ("oes", "o"), ("ss", "ss"), ("s", "")),
)
# Nouns that may stand for what others name.
_ANYTHING = word_set(
    "item thing object unit piece one total element number people person human child kid adult "
    "animal fruit vegetable vehicle toy snack way time case choice possibility"
)


def same_quantity(answer: Quantity, gold: Quantity) -> bool:
    """Equal values; a percentage is a hundredth, or, from 1 on, its number."""
    sizes = comparable(answer.unit, gold.unit)
    if sizes is None:
        return False
    given, wanted = answer.value, gold.value
    if sizes is not SAME_SIZE:
        given, wanted = given * sizes[0], wanted * sizes[1]
    if answer.percent == gold.percent:
        return given == wanted
    percent, plain = (given, wanted) if answer.percent else (wanted, given)
    return percent == 100 * plain or (abs(plain) >= 1 and percent == plain)


def comparable(given: Unit | None, wanted: Unit | None) -> tuple[Fraction, Fraction] | None:
    """What the two values are multiplied by to be compared; None for different things.

    A unit may be left out, and where none is asked for any may stand; a known one is asked for by
    name or by size. Where a noun is asked for, another noun counts other things.
    """
    if given is None or wanted is None:
        return SAME_SIZE
    if given == wanted or given == Unit() or wanted == Unit():
        return SAME_SIZE
    if given.dimension != wanted.dimension or not _same_things(given.counted, wanted.counted):
        return None
    return given.size, wanted.size


def _same_things(given: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    """Apples and red apples, children and people; not apples and pears."""
    if not given or not wanted:
        return True
    ours, theirs = (frozenset(map(_singular, words)) for words in (given, wanted))
    return bool(ours & theirs or ours & _ANYTHING or theirs & _ANYTHING)


def _singular(noun: str) -> str:
    if noun in _IRREGULAR:
        return _IRREGULAR[noun]
    for ending, instead in _PLURALS:
        if noun.endswith(ending) and len(noun) > len(ending) + 1:
            return noun[: -len(ending)] + instead
    return noun


def same_form(answer: Quantity | Form, gold: Form) -> bool:
    """Equal values, and the answer no more of a calculation, and not much longer, than the gold."""
    sizes = comparable(answer.unit, gold.unit)
    if sizes is None:
        return False
    if isinstance(answer, Quantity):
        value = exact(gold.expression)
        if (
            value is None
            and not gold.expression.symbols
            and gold.expression.operators <= {"root", "neg"}
        ):
            return False
        return (
            not answer.percent and value is not None and answer.value * sizes[0] == value * sizes[1]
        )
    given, wanted = answer.expression, gold.expression
    if given == wanted and sizes[0] == sizes[1]:
        return True
    given, wanted = _logarithms(given, wanted)
    given = _same_constant(given, wanted)
    if sizes[0] != sizes[1]:
        given = Apply("*", (given, Number(sizes[0] / sizes[1])))
    return (
        given.symbols <= wanted.symbols
        and count_nodes(given) <= 3 * count_nodes(wanted) + 4
        and open_calculations(answer.expression) <= open_calculations(wanted)
        and equal_values(given, wanted)
    )


def _logarithms(given: Expression, wanted: Expression) -> tuple[Expression, Expression]:
    """`\\log` is the decimal logarithm. Zoped's own answers write the natural one `log(2)`; then
    whatever is called log is the natural one."""
    natural = any(
        isinstance(n, Apply) and n.operator == "log" and len(n.arguments) == 1 for n in walk(wanted)
    )
    return _renamed(given, natural), _renamed(wanted, natural)


def _renamed(expression: Expression, natural: bool) -> Expression:
    if not isinstance(expression, Apply):
        return expression
    arguments = tuple(_renamed(argument, natural) for argument in expression.arguments)
    operator = expression.operator
    if operator in ("log", "log10") and len(arguments) == 1:
        operator = "ln" if natural else "log10"
    return Apply(operator, arguments)


def _same_constant(given: Expression, wanted: Expression) -> Expression:
    """x^2 + c for x^2 + C: an added constant of integration, whatever its case."""
    if "C" in _terms(wanted) and "c" in _terms(given) and "c" not in wanted.symbols:
        return _with_symbol(given, "c", "C")
    return given


def _terms(expression: Expression) -> set[str]:
    """The variables that are terms of the sum."""
    if isinstance(expression, Apply) and expression.operator == "+":
        return set().union(*map(_terms, expression.arguments))
    return {expression.name} if isinstance(expression, Symbol) else set()


def _with_symbol(expression: Expression, old: str, new: str) -> Expression:
    if isinstance(expression, Apply):
        return Apply(
            expression.operator, tuple(_with_symbol(a, old, new) for a in expression.arguments)
        )
    return Symbol(new) if expression == Symbol(old) else expression
