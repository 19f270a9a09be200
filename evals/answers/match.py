"""Is the answer right? A strict, typed check that no input can hang or break.

An answer is a number, a closed form, a tuple, interval or set of them, several values, an equation,
a matrix or a word; the gold answer says which. It is never a calculation: where 7 is asked, `3+4` is
wrong, or a student would be paid for restating the question. Numbers are exact: 0.5 is 1/2, 0.33 is
not 1/3. Irrational answers (`sqrt(2)`, `2*pi`) match in any form with the same value in which no
calculation on plain numbers is left to do.
"""

from __future__ import annotations

import re
from fractions import Fraction

from zoped.evals.answers.closed_form import read_closed_form
from zoped.evals.answers.final_answer import extract_answer
from zoped.evals.answers.kinds import Answer, Form, Named, Word
from zoped.evals.answers.numbers import Quantity, read_number
from zoped.evals.answers.plain_text import plain_text
from zoped.evals.answers.reading import MAX_ANSWER, read_answer, read_plain
from zoped.evals.answers.sameness.same_answer import same_answer
from zoped.evals.answers.sameness.same_form import same_form, same_quantity
from zoped.evals.answers.words import is_product, is_verdict, read_choice

__all__ = ["answers_match", "extract_answer", "is_readable", "is_right", "parse_answer"]

_VERDICTS = ("yes", "no", "true", "false")


def is_right(completion: str, gold: str) -> bool:
    """Whether the completion's final answer is the gold one.

    A gold "12; 22" names the values of several unknowns, as some data sets do: one of them, or all,
    is right.
    """
    answer = extract_answer(completion)
    if answer is None:
        return False
    return answers_match(answer, gold) or (
        ";" in gold and any(answers_match(answer, one) for one in gold.split(";"))
    )


def answers_match(answer: str | None, gold: str) -> bool:
    """Whether the answer equals the gold one. Never raises, whatever they are.

    A gold of several values, "12; 22", is met by a list of them all in any order. A percent sign is
    a hundredth, or, before numbers from 1 on, a unit: 25% is right where 1/4 is asked and where 25
    is ("what percent"), 0.25% in neither case.
    """
    if not answer or not gold or len(answer) > MAX_ANSWER or len(gold) > MAX_ANSWER:
        return False
    if answer == gold:
        return bool(plain_text(gold))
    given, right = read_answer(answer), read_answer(gold)
    if type(given) is Quantity is type(right) and given.unit is right.unit is None:
        return same_quantity(given, right)
    if right is not None and given is not None and same_answer(given, right):
        return True
    if right is None:
        return _squeezed(answer) == _squeezed(gold) != ""
    plain, wanted = plain_text(answer), plain_text(gold)
    return plain == wanted != "" or _reads_as(plain, right, wanted)


def is_readable(gold: str) -> bool:
    """Whether the gold answer is of a type that is checked by value and not letter by letter."""
    return len(gold) <= MAX_ANSWER and read_answer(gold) is not None


def parse_answer(text: str) -> Fraction | None:
    """The exact number that `text` writes (see `read_number`); None for anything else,
    calculations included. A percentage is its number: 25% is 25."""
    if len(text) > MAX_ANSWER:
        return None
    answer = read_answer(text)
    if isinstance(answer, Named):
        answer = answer.value
    return answer.value if isinstance(answer, Quantity) else None


def _reads_as(answer: str, gold: Answer, gold_text: str) -> bool:
    """The readings that only the kind of the gold answer suggests."""
    if isinstance(gold, Quantity):
        number = read_number(answer, loose=True, letters=gold.unit is not None)
        if number is not None and same_quantity(number, gold):
            return True
    if isinstance(gold, Form):
        form = read_closed_form(answer)
        if form is not None and same_form(Form(form), gold):
            return True
    if isinstance(gold, Word):
        if len(gold_text) == 1 and gold_text.isascii() and gold_text.isalpha():
            form, variable = read_closed_form(answer), read_closed_form(gold_text)
            if form is not None and variable is not None and same_form(Form(form), Form(variable)):
                return True  # n!/(n - 1)! where n is asked
        if gold.text in _VERDICTS and is_verdict(answer, gold.text):
            return True
        if is_product(gold_text) and is_product(answer.replace(" ", "").replace("*", "")):
            return sorted(gold_text) == sorted(answer.replace(" ", "").replace("*", ""))
    choice = read_choice(answer)
    if choice is None:
        return False
    letter, value = choice
    if isinstance(gold, Word) and len(gold.text) == 1:
        return letter == gold.text
    given = read_plain(value, 1) if value else None
    return given is not None and same_answer(given, gold)


def _squeezed(text: str) -> str:
    return re.sub(r"\{(\w)\}", r"\1", re.sub(r"\s+", "", plain_text(text)))
