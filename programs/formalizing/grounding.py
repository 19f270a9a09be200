"""Whether a formalization says what its text says, or only has the right answer."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator
from fractions import Fraction

from zoped.foundation.words import CARDINALS, word_set
from zoped.symbolic import Domain, SymbolicProblem
from zoped.symbolic.language.expression import (
    Apply,
    Expression,
    Number,
    Symbol,
    children,
    substitute,
    walk,
)
from zoped.symbolic.plausible import belonging_numbers
from zoped.symbolic.wording.text_checks import numbers_in

LARGEST_PLAIN = 12  # a whole number up to it needs no support where no given is left over
_HOW = re.compile(r"\b[Hh]ow (many|much|long|far|old|tall|high|deep|wide|big|heavy)\b")
_CONVERSIONS = frozenset(
    map(Fraction, word_set("24 30 31 52 60 90 180 360 365 366 1440 3600 16 36 1760 5280 86400"))
)
_ANYWHERE = frozenset({Fraction(0), Fraction(1), Fraction(2), Fraction(1, 2)})
_LATEX = (
    (re.compile(r"\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}"), r"\1/\2"),
    (re.compile(r"\\[dt]?frac\s*(\d)\s*(\d)"), r"\1/\2"),
    (re.compile(r"\{,\}|\\,|\\!"), ","),
    (re.compile(r"\\([$%])"), r"\1"),
    (re.compile(r"\\(?:text|mathrm|mbox)\{([^{}]*)\}"), r" \1 "),
    (re.compile(r"[\^_{}\\$|&]"), " "),
)

# What goes without saying of two: sides, ways, people.
_OF_TWO = re.compile(
    r"\b(?:both|pairs?|couple|each other|either|another|others?|parents|twins?|round|back|return\w*|ways?|"
    r"rectang\w+|perimeter|around|and|mean|average)\b",
    re.IGNORECASE,
)
_IN_THREES = re.compile(rf"\b({'|'.join(CARDINALS)})e?s\b", re.IGNORECASE)


def grounded(problem: SymbolicProblem, text: str) -> SymbolicProblem:
    """The problem in which every given stands in the text.

    A number that the text does not state is no given, since no text could tell another value of it:
    it goes into the relations as a constant, as the 6 of "a hexagon" should have.
    """
    told = _told(text)
    loose = {
        v.name
        for v in problem.givens
        if v.value is not None and not _stands(v.value, told, percent=v.unit in ("percent", "%"))
    }
    return with_constants(problem, loose)


def with_constants(problem: SymbolicProblem, names: Collection[str]) -> SymbolicProblem:
    """The problem with the values of the givens `names` written into its relations; no text can tell other
    values of these."""
    loose = {v.name: Number(v.value or Fraction(0)) for v in problem.givens if v.name in names}
    if not loose:
        return problem
    return problem.replaced(
        variables=tuple(v for v in problem.variables if v.name not in loose),
        constraints=tuple(
            c.replaced(relation=substitute(c.relation, loose)) for c in problem.constraints
        ),
        target=substitute(problem.target, loose),
    )


def counting_on(problem: SymbolicProblem, answer: str, text: str = "") -> SymbolicProblem:
    """The problem whose answer stays a count where it is one, also with other numbers.

    What has a unit, or is how many, and comes out whole and not negative is looked for among such numbers,
    whatever domain was written: who deletes 63 of 13 photos has not -50. How much or how long stays positive.
    """
    target = problem.target
    if not isinstance(target, Symbol) or problem.query != "value" or not answer.isdecimal():
        return problem
    asked = problem.variable(target.name)
    if asked.domain not in (Domain.RATIONAL, Domain.REAL, Domain.INTEGER):
        return problem
    how = _HOW.findall(text)
    if asked.unit or how[-1:] == ["many"]:
        domain = Domain.NONNEGATIVE_INTEGER
    elif how and answer != "0":
        domain = Domain.POSITIVE_REAL
    else:
        return problem
    counted = asked.replaced(domain=domain)
    return problem.replaced(
        variables=tuple(counted if v is asked else v for v in problem.variables)
    )


def as_distractors(problem: SymbolicProblem, idle: Collection[str]) -> SymbolicProblem:
    """The problem with the givens `idle` marked as numbers that the answer does not need."""
    return problem.replaced(
        variables=tuple(
            v.replaced(distractor=True) if v.name in idle else v for v in problem.variables
        )
    )


def hard_coded(problem: SymbolicProblem, text: str) -> str:
    """How the problem has its answer other than by the text's numbers, as a sentence; "" if not.

    That is the case where no given moves the answer though the text has numbers to give, and where
    a constant was worked out by hand: it neither stands in the text nor belongs to one of its words.
    Distractors are marked before.
    """
    if not any(relation.symbols for relation in problem.relations) and not problem.target.symbols:
        return f"the answer is written into the target {problem.target}"
    givens = problem.givens
    if givens and all(given.distractor for given in givens):
        return "no given changes the answer: it was worked out by hand"
    if len(givens) > 1 and (name := _is_a_given(problem)):
        return f"the answer is {name} as it is given: write the calculation, not its result"
    used = {name for relation in (*problem.relations, problem.target) for name in relation.symbols}
    told = _told(text)
    # What was left out of the relations may stand in them worked out.
    left_out = any(given.name not in used for given in givens)
    suspicious = left_out or (not givens and not told <= _ANYWHERE)
    belonging = {Fraction(number) for number in belonging_numbers(text)}
    told |= belonging
    if fault := _copied(problem, text, belonging):
        return fault
    for relation in (*problem.relations, problem.target):
        for value in _free_constants(relation) if left_out else ():
            if _is_by_hand(value, told, text):
                return (
                    f"{value} in {str(relation)[:80]} stands nowhere in the text, and a number of the text is "
                    "left out: write the calculation, not its result"
                )
        for value in _constants(relation):
            if _is_plain(value, suspicious) or _stands(value, told) or _is_quotient(value, told):
                continue
            return (
                f"{value} in {str(relation)[:80]} neither stands in the text nor belongs to one of its "
                "words: write the calculation, not its result"
            )
    return ""


def _is_a_given(problem: SymbolicProblem) -> str:
    """The given whose value the target has outright: 7 dresses for a price of $7."""
    given = {v.name for v in problem.givens}
    for relation in problem.relations:
        if isinstance(relation, Apply) and relation.operator == "==":
            sides = {str(side) for side in relation.arguments}
            if str(problem.target) in sides and sides & given:
                return next(iter(sides & given))
    return ""


def _is_by_hand(value: Fraction, told: frozenset[Fraction], text: str) -> bool:
    """Whether a small whole number that the text neither states nor implies may stand for what was worked
    out with those that are left out: 2 for 12/6 in "90 kg every 6 months. How much is that in a year?" """
    parts = {Fraction(part) for number in told for part in number.as_integer_ratio()}
    if (
        value.denominator != 1
        or not 1 < abs(value) <= LARGEST_PLAIN
        or _stands(value, told | parts)
    ):
        return False
    return value != 2 or not _OF_TWO.search(text)


def _copied(problem: SymbolicProblem, text: str, belonging: Collection[Fraction]) -> str:
    """Where a given stands in a relation as a number, as a sentence: another value of it would not reach
    there. So it is where the text states such a number no more often than there are givens for it."""
    stated = numbers_in(_plain_text(text))
    given = Counter(v.value for v in problem.givens)
    for relation in (*problem.relations, problem.target):
        for value in _free_constants(relation):
            name = next((v.name for v in problem.givens if v.value == value), None)
            if name is None or _is_plain(value, suspicious=True) or value in belonging:
                continue
            if stated[value] <= given[value]:
                return f"{value} in {str(relation)[:80]} is the value of {name}: write {name}"
    return ""


def _plain_text(text: str) -> str:
    """The text without LaTeX, and with "in threes" as a number."""
    for pattern, replacement in _LATEX:
        text = pattern.sub(replacement, text)
    return _IN_THREES.sub(r"\1", text)


def _told(text: str) -> frozenset[Fraction]:
    """The numbers that the text states, in LaTeX too."""
    return frozenset({*numbers_in(_plain_text(text)), *numbers_in(text)})


def _stands(value: Fraction, told: frozenset[Fraction], *, percent: bool = False) -> bool:
    accepted = {value, -value}
    if 0 < abs(value) < 1 or percent:
        accepted |= {value * 100, value / 100, 1 - value, 1 + value}
    return not told.isdisjoint(accepted)


def _is_plain(value: Fraction, suspicious: bool) -> bool:
    """Whether a constant needs no support: a half, a hundred, the minutes of an hour."""
    size = abs(value)
    if size in _CONVERSIONS or size in _ANYWHERE or _is_power_of_ten(size):
        return True
    return not suspicious and size.denominator == 1 and size <= LARGEST_PLAIN


def _is_quotient(value: Fraction, told: frozenset[Fraction]) -> bool:
    """Whether it is a number of the text, or a conversion, divided by another: 366/2 is read as 183."""
    multiples = {value * divisor for divisor in told | {Fraction(2)} if divisor}
    return not multiples.isdisjoint(told | _CONVERSIONS)


def _is_power_of_ten(size: Fraction) -> bool:
    return size.denominator == 1 and str(size.numerator).rstrip("0") == "1"


def _constants(expression: Expression) -> Iterator[Fraction]:
    for node in walk(expression):
        if isinstance(node, Number):
            yield node.value


def _free_constants(expression: Expression) -> Iterator[Fraction]:
    """The constants that could be a value: without exponents, bounds, and fractions such as 4/3."""
    match expression:
        case Number():
            yield expression.value
        case Apply("**", (base, _)):
            yield from _free_constants(base)
        case Apply("/", (Number(), Number())):
            return
        case Apply("<" | "<=" | ">" | ">=", arguments):
            for argument in arguments:
                if not isinstance(argument, Number):
                    yield from _free_constants(argument)
        case _:
            for argument in children(expression):
                yield from _free_constants(argument)
