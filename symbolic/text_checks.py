"""Checks of a problem's text against its symbols: every given is stated, the answer is not."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from fractions import Fraction
from functools import lru_cache

from zoped.symbolic.english import plural
from zoped.symbolic.expression import Number, Symbol, walk
from zoped.symbolic.problem import SymbolicProblem, parse_number

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
    found: Counter[Fraction] = Counter()
    previous: Fraction | None = None
    for match in _TOKEN.finditer(text):
        word = match["word"]
        if word is None:
            previous = _digits_value(match)
            if previous is not None:
                found[previous] += 1
                if match["percent"]:
                    found[previous / 100] += 1
                if match["sign"]:
                    found[-previous] += 1
            continue
        value = _word_value(word.lower())
        if value is not None:
            found[value] += 1
            if previous is not None and (value < 1 or value >= 100):
                found[previous * value] += 1
        elif word.lower() == "percent" and previous is not None:
            found[previous / 100] += 1
        previous = value
    return found


@lru_cache(maxsize=8192)
def _numbers_of(phrase: str) -> frozenset[Fraction]:
    return frozenset(numbers_in(phrase))


def _digits_value(match: re.Match[str]) -> Fraction | None:
    digits = match["number"].replace(",", "")
    value = Fraction(digits if "." in digits else int(digits))
    if match["below"]:
        if int(match["below"]) == 0:
            return None
        value /= int(match["below"])
    if match["whole"]:
        value += int(match["whole"])
    return -value if match["sign"] else value


def _word_value(word: str) -> Fraction | None:
    tens, dash, unit = word.partition("-")
    if dash:
        if tens in _TENS and unit in _UNITS[1:10]:
            return _WORD_VALUES[tens] + _WORD_VALUES[unit]
        if tens in _UNITS[1:10] and unit in ("half", "third", "thirds", "quarter", "quarters"):
            return _WORD_VALUES[tens] * _WORD_VALUES[unit]
        return _WORD_VALUES.get(tens)
    return _WORD_VALUES.get(word)


def missing_givens(problem: SymbolicProblem, text: str) -> list[str]:
    """Names of the givens whose value `text` does not state, in the order of the variables.

    Two givens of the same value need it stated twice. A share such as 0.25 or 3/4 may be said in
    percent, a percentage as a share.
    """
    left = numbers_in(text)
    missing = []
    for variable in problem.givens:
        value = variable.value or Fraction(0)
        accepted = [value, value * 100] if 0 < value < 1 else [value]
        if variable.unit in ("percent", "%"):
            accepted.append(value / 100)
        found = next((number for number in accepted if left[number] > 0), None)
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
    if any(value == own for own in _own_numbers(problem)):
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


def _own_numbers(problem: SymbolicProblem) -> Iterable[Fraction]:
    for variable in problem.variables:
        if variable.value is not None:
            yield variable.value
            if variable.unit in ("percent", "%"):
                yield variable.value / 100
        yield from _numbers_of(variable.clause or "")
        yield from _numbers_of(variable.meaning)
    for constraint in problem.constraints:
        yield from _numbers_of(constraint.statement or "")
        if constraint.statement is None:
            for node in walk(constraint.relation):
                if isinstance(node, Number):
                    yield node.value
    for node in walk(problem.target):
        if isinstance(node, Number):
            yield node.value
    yield from _numbers_of(problem.story)
