"""Checks of a problem's text against its symbols: every given is stated, the answer is not."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import lru_cache

from zoped.symbolic.language.evaluate import Exact, narrowed, quotient
from zoped.symbolic.language.expression import Number, Symbol, walk
from zoped.symbolic.problem import SymbolicProblem, parse_number
from zoped.symbolic.wording.inflection import plural

_UNITS = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_WORD_VALUES: dict[str, Fraction] = (
    {word: Fraction(value) for value, word in enumerate(_UNITS)}
    | {word: Fraction(10 * value) for value, word in enumerate(_TENS, start=2)}
    | {
        "once": Fraction(1),
        "twice": Fraction(2),
        "double": Fraction(2),
        "triple": Fraction(3),
        "half": Fraction(1, 2),
        "third": Fraction(1, 3),
        "thirds": Fraction(1, 3),
        "quarter": Fraction(1, 4),
        "quarters": Fraction(1, 4),
        "dozen": Fraction(12),
        "hundred": Fraction(100),
        "thousand": Fraction(1000),
    }
)
_TOKEN = re.compile(
    r"(?<![\w.])(?P<sign>[-−])?(?:(?P<whole>\d+) (?=\d+/\d))?"
    r"(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d*\.\d+|\d+)(?:/(?P<below>\d+))?"
    r"(?P<percent>\s?%)?|(?P<word>[A-Za-z]+(?:-[A-Za-z]+)?)"
)


def numbers_in(text: str) -> Counter[Fraction]:
    """Every number that `text` states, in digits or words, with how often it does.

    "1,200", "$5", "0.25", "3/4", "2 1/2", "twenty-five", "twice", "half"; "25%" counts as 25 and
    as 1/4, "three quarters" as 3, 1/4 and 3/4.
    """
    return Counter({Fraction(number): count for number, count in _counted(text).items()})


@lru_cache(maxsize=4096)
def _counted(text: str) -> Mapping[Exact, int]:
    """`numbers_in`, whole numbers as `int`."""
    found: Counter[Exact] = Counter()
    previous: Exact | None = None
    for match in _TOKEN.finditer(text):
        word = match["word"]
        if word is not None:
            value = _word_value(word)
            if value is not None:
                found[value] += 1
                if previous is not None and (value < 1 or value >= 100):
                    found[narrowed(previous * value)] += 1
            elif previous is not None and word.lower() == "percent":
                found[quotient(previous, 100)] += 1
            previous = value
            continue
        previous = _digits_value(match)
        if previous is not None:
            found[previous] += 1
            if match["percent"]:
                found[quotient(previous, 100)] += 1
            if match["sign"]:
                found[-previous] += 1
    return found


def _digits_value(match: re.Match[str]) -> Exact | None:
    digits = match["number"].replace(",", "")
    value: Exact = narrowed(Fraction(digits)) if "." in digits else int(digits)
    if match["below"]:
        if int(match["below"]) == 0:
            return None
        value = quotient(value, int(match["below"]))
    if match["whole"]:
        value += int(match["whole"])
    return -value if match["sign"] else value


@lru_cache(maxsize=4096)
def _word_value(word: str) -> Exact | None:
    tens, dash, unit = word.lower().partition("-")
    value = _WORD_VALUES.get(tens)
    if dash:
        if tens in _TENS and unit in _UNITS[1:10]:
            value = _WORD_VALUES[tens] + _WORD_VALUES[unit]
        elif tens in _UNITS[1:10] and unit in ("half", "third", "thirds", "quarter", "quarters"):
            value = _WORD_VALUES[tens] * _WORD_VALUES[unit]
    return None if value is None else narrowed(value)


def missing_givens(problem: SymbolicProblem, text: str) -> list[str]:
    """Names of the givens whose value `text` does not state, in the order of the variables.

    Two givens of the same value need it stated twice. A share such as 0.25 or 3/4 may be said in
    percent, a percentage as a share.
    """
    left = dict(_counted(text))
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
    if value not in _counted(text) or any(value == own for own in _own_numbers(problem)):
        return False
    digits = (match for match in _TOKEN.finditer(text) if match["word"] is None)
    return any(_digits_value(match) == value for match in digits) or _says_in_words(
        text, value, _target_unit(problem)
    )


def _target_unit(problem: SymbolicProblem) -> str:
    if isinstance(problem.target, Symbol):
        return problem.variable(problem.target.name).unit
    return ""


def _says_in_words(text: str, value: Fraction, unit: str) -> bool:
    words = [word for word, number in _WORD_VALUES.items() if number == value] if unit else []
    if not words:
        return False
    pattern = rf"\b(?:{'|'.join(words)}) (?:{re.escape(unit)}|{re.escape(plural(unit))})\b"
    return re.search(pattern, text, re.IGNORECASE) is not None


def _own_numbers(problem: SymbolicProblem) -> Iterable[Exact]:
    for variable in problem.variables:
        if variable.value is not None:
            yield variable.value
            if variable.unit in ("percent", "%"):
                yield variable.value / 100
        for clause in (variable.clause or "", *variable.other_clauses):
            yield from _counted(clause)
        yield from _counted(variable.meaning)
    for constraint in problem.constraints:
        for statement in (constraint.statement or "", *constraint.other_statements):
            yield from _counted(statement)
        if constraint.statement is None:
            for node in walk(constraint.relation):
                if isinstance(node, Number):
                    yield node.value
    for node in walk(problem.target):
        if isinstance(node, Number):
            yield node.value
    for sentence in (problem.story, *problem.other_stories, *problem.questions):
        yield from _counted(sentence)
