"""What a text says in the shortest lines, as the embedded reader is to write it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction

from zoped.programs.formalizing.told import ASKED, Told, told_quantities
from zoped.programs.teachers.reader.lines import givens_in, joined, names_in, short_lines
from zoped.symbolic import SymbolicProblem
from zoped.symbolic.language.expression import Apply, Expression, Number, Symbol
from zoped.symbolic.language.parse import ExpressionError, parse_expression

_LITERAL = re.compile(r"\d+(?:\.\d+)?|\.\d+")
# What a text need not say in numbers: halves and doubles, dozens, days, minutes, percent.
_CONSTANTS = frozenset(
    map(
        Fraction,
        ["0.5", "1", "2", "3", "4", "7", "10", "12", "24", "30", "52", "60", "100", "365", "1000"],
    )
)


def lines_of_equation(text: str, formula: str) -> str | None:
    """The lines for a text whose answer is a formula over its numbers, `(5 + 3) * 2`; None where the
    formula has none of them or a constant that belongs to no word, or cannot be read."""
    quantities = told_quantities(text)
    used: dict[int, Fraction] = {}
    places: list[int | None] = []
    for match in _LITERAL.finditer(formula):
        value = Fraction(match[0])
        place = _place_of(value, quantities, used)
        places.append(place)
        if place is not None:
            used[place] = value
        elif value not in _CONSTANTS:
            return None
    if not used:
        return None
    names = names_in(quantities, used)
    left = iter(places)

    def name(match: re.Match[str]) -> str:
        place = next(left)
        return match[0] if place is None else names[place]

    try:
        relation = f"{ASKED} == {parse_expression(_LITERAL.sub(name, formula))}"
    except ExpressionError:
        return None
    return joined(givens_in(quantities, names, used), [f"{ASKED} Q = ?"], [relation], ASKED)


def _place_of(value: Fraction, quantities: list[Told], used: Mapping[int, Fraction]) -> int | None:
    """The quantity that a number of the formula stands for, best one that nothing stands for yet.

    The 12 of "9 dozen" is a constant rather than another reading of that quantity.
    """
    plain = [i for i, told in enumerate(quantities) if value == told.values[0]]
    others = [i for i, told in enumerate(quantities) if value in told.values[1:]]
    fitting = plain or ([] if value in _CONSTANTS else others)
    fitting = [i for i in fitting if used.get(i, value) == value]
    return next((i for i in fitting if i not in used), fitting[0] if fitting else None)


def lines_of_problem(text: str, problem: SymbolicProblem) -> str | None:
    """The lines for a realized problem; None where a given does not stand in the text alone, or where
    the symbols say something that no text does."""
    quantities = told_quantities(text)
    used: dict[int, Fraction] = {}
    place_of: dict[str, int] = {}
    for given in problem.givens:
        value = given.value or Fraction(0)
        fitting = [i for i, told in enumerate(quantities) if value in told.values]
        if len(fitting) != 1 or fitting[0] in used:
            return None
        used[fitting[0]] = value
        place_of[given.name] = fitting[0]
    names = names_in(quantities, used)
    called = {name: names[place] for name, place in place_of.items()}
    # "9.8 m/s^2" is told though the relation has it as a number.
    decimals: dict[Fraction, Symbol] = {}
    for place, told in enumerate(quantities):
        if told.written and place not in used and told.values[0].denominator > 1:
            decimals[told.values[0]] = Symbol(f"told_{place}")
            called[f"told_{place}"] = names[place]
    constraints = [
        each.replaced(relation=_with_symbols(each.relation, decimals))
        for each in problem.constraints
    ]
    problem = problem.replaced(constraints=tuple(constraints))
    return short_lines(problem, givens_in(quantities, names, used), called)


def _with_symbols(expression: Expression, symbols: Mapping[Fraction, Symbol]) -> Expression:
    """The expression with symbols instead of numbers."""
    if isinstance(expression, Number):
        return symbols.get(expression.value, expression)
    if not isinstance(expression, Apply):
        return expression
    arguments = tuple(_with_symbols(each, symbols) for each in expression.arguments)
    return Apply(expression.operator, arguments)
