"""Checks of a problem's text against its symbols: every given is stated, the answer is not."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from fractions import Fraction

from zoped.symbolic.language.evaluate import Exact, narrowed, quotient
from zoped.symbolic.language.expression import Number, Symbol, walk
from zoped.symbolic.problem import SymbolicProblem, parse_number
from zoped.symbolic.wording.inflection import plural
from zoped.symbolic.wording.number_words import counted_numbers, numbers_at
from zoped.symbolic.wording.telling import Teller


def numbers_in(text: str) -> Counter[Fraction]:
    """Every number that `text` states, in digits or words, with how often it does.

    "1,200", "$5", "0.25", "3/4", "2 1/2", "2½", "2 million", "twenty-five", "one hundred and five",
    "twice", "two dozen", "negative 60", "3 degrees below zero"; "25%" counts as 25 and as 1/4,
    "three quarters" as 3, 1/4 and 3/4, "third" as 3 and 1/3.
    """
    return Counter({Fraction(number): count for number, count in counted_numbers(text).items()})


def missing_givens(problem: SymbolicProblem, text: str) -> list[str]:
    """Names of the givens whose value `text` does not state, in the order of the variables.

    Two givens of the same value need it stated twice. A share such as 0.25 or 3/4 may be said in
    percent, a percentage as a share.
    """
    left = dict(counted_numbers(text))
    missing = []
    for variable in problem.givens:
        value = narrowed(variable.value or Fraction(0))
        accepted = [value, narrowed(value * 100)] if 0 < value < 1 else [value]
        if variable.unit in ("percent", "%"):
            accepted.append(quotient(value, 100))
        found = next((number for number in accepted if left.get(number, 0) > 0), None)
        if found is None:
            missing.append(variable.name)
        else:
            left[found] -= 1
    return missing


def called_alike(problem: SymbolicProblem) -> tuple[str, str] | None:
    """The names of two quantities that the rules' text of the problem calls the same, so that it could mean
    either; None where there are none."""
    return Teller(problem).called_alike()


def states_answer(text: str, answer: str, problem: SymbolicProblem) -> bool:
    """Whether `text` gives the answer away.

    A number equal to the answer is no give-away when it is a given or a constant of the problem
    (in a relation, clause, statement or meaning): then the text may have to state it. Number words
    count only in front of the answer's unit, since "the two numbers" says little.
    """
    try:
        value = parse_number(answer)
    except ValueError:
        return len(answer) > 2 and answer.replace(" ", "") in text.replace(" ", "")
    if value not in counted_numbers(text) or any(value == own for own in _own_numbers(problem)):
        return False
    unit = _target_unit(problem)
    return any(
        number == value and (_is_in_digits(text, end) or _is_before(unit, text, end))
        for number, end in numbers_at(text)
    )


def _is_in_digits(text: str, end: int) -> bool:
    return not text[end - 1].isalpha()


def _is_before(unit: str, text: str, end: int) -> bool:
    """Whether the unit comes next: "eight pens", "twenty-five square metres"."""
    if not unit:
        return False
    pattern = rf"[ -](?:{re.escape(unit)}|{re.escape(plural(unit))})\b"
    return re.match(pattern, text[end:], re.IGNORECASE) is not None


def _target_unit(problem: SymbolicProblem) -> str:
    if isinstance(problem.target, Symbol):
        return problem.variable(problem.target.name).unit
    return ""


def _own_numbers(problem: SymbolicProblem) -> Iterable[Exact]:
    for variable in problem.variables:
        if variable.value is not None:
            yield variable.value
            if variable.unit in ("percent", "%"):
                yield variable.value / 100
        for clause in (variable.clause or "", *variable.other_clauses):
            yield from counted_numbers(clause)
        yield from counted_numbers(variable.meaning)
    for constraint in problem.constraints:
        for statement in (constraint.statement or "", *constraint.other_statements):
            yield from counted_numbers(statement)
        if constraint.statement is None:
            for node in walk(constraint.relation):
                if isinstance(node, Number):
                    yield node.value
    for node in walk(problem.target):
        if isinstance(node, Number):
            yield node.value
    for sentence in (problem.story, *problem.other_stories, *problem.questions):
        yield from counted_numbers(sentence)
