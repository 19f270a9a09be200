"""What kind of answer an answer is."""

from __future__ import annotations

from typing import Literal, get_args

from zoped.evals.answers.kinds import (
    CONDITIONS,
    Answer,
    Based,
    Clock,
    Equation,
    Form,
    Inequality,
    Matrix,
    Named,
    Ordered,
    Ratio,
    Several,
    Word,
)
from zoped.evals.answers.numbers import Quantity
from zoped.evals.answers.reading import MAX_ANSWER, read_answer

AnswerType = Literal[
    "integer",
    "rational",
    "expression",
    "tuple",
    "interval",
    "set",
    "equation",
    "inequality",
    "matrix",
    "ratio",
    "time",
    "word",
    "text",
]
ANSWER_TYPES: tuple[str, ...] = get_args(AnswerType)


def answer_type(gold: str) -> AnswerType:
    """What kind of answer `gold` is read as; "text" for what is compared letter by letter."""
    return _type_of(read_answer(gold) if len(gold) <= MAX_ANSWER else None)


def _type_of(answer: Answer | None) -> AnswerType:
    if isinstance(answer, Named):
        return _type_of(answer.value)
    if isinstance(answer, Quantity):
        whole = answer.value.denominator == 1 and not answer.percent
        return "integer" if whole else "rational"
    if isinstance(answer, Ordered):
        bounds = (Word("oo"), Word("-oo"))
        ends = answer.brackets != "()" or any(item in bounds for item in answer.items)
        return "interval" if ends else "tuple"
    if isinstance(answer, Several):
        if answer.kind in CONDITIONS:
            return "inequality"
        return "interval" if answer.kind == "union" else "set"
    if isinstance(answer, Inequality):
        return "interval" if answer.interval is not None else "inequality"
    if isinstance(answer, Form):
        return "expression"
    if isinstance(answer, Equation):
        return "equation"
    if isinstance(answer, Matrix):
        return "matrix"
    if isinstance(answer, Ratio):
        return "ratio"
    if isinstance(answer, Clock):
        return "time"
    if isinstance(answer, Based):
        return "integer"
    return "word" if isinstance(answer, Word) else "text"
