"""The grader as one function: a completion and the right answer in, a number out.

It needs the standard library alone, and is a package of its own as well: `zoped-grade`.
"""

from __future__ import annotations

from zoped.evals.answers.answer_type import ANSWER_TYPES
from zoped.evals.answers.answer_type import answer_type as type_of
from zoped.evals.answers.completions.thoughts import without_thoughts
from zoped.evals.answers.final_answer import extract_answer
from zoped.evals.answers.match import is_right
from zoped.evals.answers.plain_text import plain_text
from zoped.evals.answers.words import canonical_word, read_choice

MAX_COMPLETION = 200_000  # characters; the end of a longer one is read
# What an answer of another type may be read as, so that it can be the one of the type asked for.
_READINGS = {
    "integer": ("integer", "rational"),  # 25% where 25 is asked
    "rational": ("integer", "rational"),
    "expression": ("expression", "integer", "rational", "word"),
    "tuple": ("tuple", "set"),  # x = 1, y = 2
    "interval": ("interval", "tuple", "inequality", "set", "word"),
    "set": ("set", "tuple", "interval", "integer", "rational", "expression", "word"),
}
_WORDS = ("word", "text", "set")  # "Yes, it does." reads as a list
# What has the value of the right answer, but in a reading that the type leaves out.
_LEFT_OUT = {
    "integer": ("time",),
    "rational": ("time",),
    "tuple": ("interval", "inequality"),
    "word": tuple(name for name in ANSWER_TYPES if name not in _WORDS),
}


def grade(text: str | None, answer: str, answer_type: str | None = None) -> float:
    """1.0 where the final answer that `text` commits to is `answer`, else 0.0.

    Two answers are the same where their values are: 0.5 is 1/2, `\\dfrac12` and 50 %. A calculation is
    no answer. `answer` may name several values ("12; 22"), of which one, or all, is right.
    `answer_type`, one of `ANSWER_TYPES`, leaves only one reading to an answer that has several:
    "(1, 2)" is a "tuple" or an "interval", "e" a "word" or an "expression".

    Never raises whatever `text` is, needs no clock, and may be called from any thread and pickled.
    Raises ValueError for an unknown type, and for an `answer` that cannot be of the type.
    """
    if answer_type is not None:
        _require_type(answer, answer_type)
    if not isinstance(text, str) or not text:
        return 0.0
    text = _end_of(text)
    given = extract_answer(text)
    if given is None:
        return 0.0
    if answer_type in ("word", "text") and _same_letters(given, answer):
        return 1.0
    if answer_type == "text" and type_of(answer) != "text":
        return 0.0
    left_out = _LEFT_OUT.get(answer_type or "", ())
    return float(is_right(text, answer) and not (left_out and type_of(given) in left_out))


def _end_of(text: str) -> str:
    """As much of the end as is read; nothing of it where an unfinished thought began before."""
    if len(text) <= MAX_COMPLETION:
        return text
    return without_thoughts(text)[-MAX_COMPLETION:]


def _require_type(answer: str, wanted: str) -> None:
    if wanted not in ANSWER_TYPES:
        raise ValueError(f"answer_type {wanted!r}: write one of {', '.join(ANSWER_TYPES)}")
    found = type_of(answer)
    if wanted not in ("word", "text", found) and found not in _READINGS.get(wanted, ()):
        raise ValueError(f"the answer {answer[:60]!r} is of type {found}, not {wanted}")


def _same_letters(given: str, answer: str) -> bool:
    plain, wanted = plain_text(given), canonical_word(plain_text(answer))
    choice = read_choice(plain) if len(wanted) == 1 else None
    return wanted in (canonical_word(plain), choice[0] if choice else "") and bool(wanted)
