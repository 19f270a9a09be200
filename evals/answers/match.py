"""Is the answer right? A strict, typed check that no input can hang or break.

An answer is a number, a closed form, a tuple, interval or set of them, several values, or a word;
the gold answer says which. It is never a calculation: where 7 is asked, `3+4` is wrong, or a student
would be paid for restating the question. Numbers are exact: 0.5 is 1/2, 0.33 is not 1/3. Irrational
answers (`sqrt(2)`, `2*pi`) match in any form with the same value in which no calculation on plain
numbers is left to do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from zoped.evals.answers.closed_form import equal_values, exact, open_calculations, read_closed_form
from zoped.evals.answers.final_answer import MAX_ANSWER, extract_answer
from zoped.evals.answers.numbers import Quantity, read_number
from zoped.evals.answers.plain_text import SET_CLOSE, SET_OPEN, plain_text, without_name
from zoped.symbolic import Expression
from zoped.symbolic.language.expression import count_nodes

__all__ = ["answers_match", "extract_answer", "is_readable", "parse_answer"]

MAX_ITEMS = 32
MAX_NESTING = 3
OPENING, CLOSING = "([{" + SET_OPEN, ")]}" + SET_CLOSE
_WORD = re.compile(r"[A-Za-z][A-Za-z' -]{0,60}")


@dataclass(frozen=True)
class Several:
    """Values in no order: the solutions "5; 7", a set, a union of intervals."""

    kind: str
    items: tuple[Answer, ...]


@dataclass(frozen=True)
class Ordered:
    """A tuple or an interval, with its brackets."""

    brackets: str
    items: tuple[Answer, ...]


@dataclass(frozen=True)
class Word:
    """A choice or a name, by its letters alone."""

    text: str


Answer = Quantity | Expression | Several | Ordered | Word


def answers_match(answer: str | None, gold: str) -> bool:
    """Whether the answer equals the gold one. Never raises, whatever they are.

    A gold of several values, "12; 22", is met by a list of them all in any order. A percent sign is
    a hundredth, or, before numbers from 1 on, a unit: 25% is right where 1/4 is asked and where 25
    is ("what percent"), 0.25% in neither case.
    """
    if not answer or not gold or len(answer) > MAX_ANSWER or len(gold) > 4 * MAX_ANSWER:
        return False
    right = _read(gold)
    if right is None:
        # An equation, a matrix: nothing of our types, so letter by letter.
        return _squeezed(answer) == _squeezed(gold)
    given = _read(answer)
    return given is not None and _same(given, right)


def is_readable(gold: str) -> bool:
    """Whether the gold answer is of a type that is checked by value and not letter by letter."""
    return len(gold) <= 4 * MAX_ANSWER and _read(gold) is not None


def parse_answer(text: str) -> Fraction | None:
    """The exact number that `text` writes (see `read_number`); None for anything else,
    calculations included. A percentage is its number: 25% is 25."""
    if len(text) > MAX_ANSWER:
        return None
    quantity = read_number(without_name(plain_text(text)))
    return None if quantity is None else quantity.value


@lru_cache(maxsize=16_384)
def _read(text: str) -> Answer | None:
    plain = plain_text(text)
    return _answer(plain, 0) if plain else None


def _answer(text: str, depth: int) -> Answer | None:
    """The typed answer that a plain text is; None when it is of no type."""
    if depth > MAX_NESTING:
        return None
    text = _unwrapped(text.strip())
    if not text:
        return None
    quantity = read_number(text)
    if quantity is not None:
        return quantity
    for kind, split in _SPLITS:
        parts = split(text)
        if len(parts) > 1:
            return _several(kind, parts, depth)
    if text[:1] in OPENING and _closes(text) == len(text) - 1:
        bracketed = _bracketed(text, depth)
        if bracketed is not None:
            return bracketed
    named = without_name(text)
    if named != text:
        return _answer(named, depth + 1)
    if "±" in text:
        return _several("values", [text.replace("±", "+"), text.replace("±", "-")], depth)
    word = text.strip("()").removeprefix("+").strip()
    expression = None if len(word) == 1 else read_closed_form(text)
    if expression is not None:
        return expression
    return Word(" ".join(word.lower().split())) if _WORD.fullmatch(word) else _infinity(word)


def _infinity(text: str) -> Word | None:
    return Word(text) if text == "-oo" else None


def _unwrapped(text: str) -> str:
    """Without braces that only group: {7}, {{7}}."""
    while text.startswith("{") and _closes(text) == len(text) - 1 and "," not in text:
        text = text[1:-1].strip()
    return text


def _bracketed(text: str, depth: int) -> Answer | None:
    opening, closing = text[0], text[-1]
    parts = _split_at(text[1:-1], ",")
    if opening in "{" + SET_OPEN and closing in "}" + SET_CLOSE:
        return _several("set", parts, depth)
    if len(parts) < 2 or closing not in ")]" or opening not in "([":
        return None
    if len(parts) > 2 and opening + closing not in ("()", "[]"):
        return None
    items = _items(parts, depth)
    return None if items is None else Ordered(opening + closing, items)


def _several(kind: str, parts: Sequence[str], depth: int) -> Answer | None:
    items = _items(parts, depth)
    return None if items is None else Several(kind, items)


def _items(parts: Sequence[str], depth: int) -> tuple[Answer, ...] | None:
    if len(parts) > MAX_ITEMS:
        return None
    items = [_answer(part, depth + 1) if part.strip() else None for part in parts]
    return None if None in items else tuple(item for item in items if item is not None)


def _closes(text: str) -> int:
    """Where the bracket that the text begins with is closed, by any closing one; -1: nowhere."""
    depth = 0
    for place, character in enumerate(text):
        if character in OPENING:
            depth += 1
        elif character in CLOSING:
            depth -= 1
            if depth == 0:
                return place
    return -1


def _split_at(text: str, separator: str) -> list[str]:
    """The parts of `text` between separators that stand in no brackets."""
    parts, depth, start = [], 0, 0
    for place, character in enumerate(text):
        if character in OPENING:
            depth += 1
        elif character in CLOSING:
            depth -= 1
        elif depth == 0 and character == separator:
            parts.append(text[start:place])
            start = place + 1
    return [*parts, text[start:]]


_AND = re.compile(r",?\s+(?:and|or)\s+", re.IGNORECASE)


def _by_comma(text: str) -> list[str]:
    """5, 7 and 5,7, but not 1,200."""
    return [part for part in _split_at(text, ",") if part.strip()] if "," in text else [text]


def _by_words(text: str) -> list[str]:
    parts = _AND.split(text)
    return [piece for part in parts for piece in _by_comma(part)] if len(parts) > 1 else [text]


_SPLITS: tuple[tuple[str, Callable[[str], list[str]]], ...] = (
    ("union", lambda text: _split_at(text, "∪")),
    ("values", lambda text: _split_at(text, ";")),
    ("values", _by_words),
    ("values", _by_comma),
)


def _same(answer: Answer, gold: Answer) -> bool:
    if isinstance(gold, Quantity):
        # Not an expression of this value: a calculation is no answer.
        return isinstance(answer, Quantity) and _same_quantity(answer, gold)
    if isinstance(gold, Several):
        if not isinstance(answer, Several) or not _of_kind(answer.kind, gold.kind):
            return False
        return _same_items(answer.items, gold.items)
    if isinstance(gold, Ordered):
        return (
            isinstance(answer, Ordered)
            and answer.brackets == gold.brackets
            and len(answer.items) == len(gold.items)
            and all(map(_same, answer.items, gold.items))
        )
    if isinstance(gold, Word):
        return answer == gold
    return _same_expression(answer, gold)


def _of_kind(answer: str, gold: str) -> bool:
    """Several solutions may be given as a set; a set must be written as one."""
    return answer == gold or (gold == "values" and answer == "set")


def _same_items(given: Sequence[Answer], wanted: Sequence[Answer]) -> bool:
    left = list(given)
    for gold in wanted:
        place = next((i for i, item in enumerate(left) if _same(item, gold)), None)
        if place is None:
            return False
        del left[place]
    return not left


def _same_quantity(answer: Quantity, gold: Quantity) -> bool:
    given, wanted = answer.unit, gold.unit
    if given and wanted and given.dimension is not None and wanted.dimension is not None:
        return (
            given.dimension == wanted.dimension
            and answer.value * given.size == gold.value * wanted.size
        )
    if answer.percent == gold.percent:
        return answer.value == gold.value
    percent, plain = (answer.value, gold.value) if answer.percent else (gold.value, answer.value)
    return percent == 100 * plain or (abs(plain) >= 1 and percent == plain)


def _same_expression(answer: Answer, gold: Expression) -> bool:
    """Equal values, and the answer no more of a calculation, and not much longer, than the gold."""
    if isinstance(answer, Quantity):
        return answer.unit is None and not answer.percent and exact(gold) == answer.value
    if not isinstance(answer, Expression):
        return False
    if answer == gold:
        return True
    return (
        answer.symbols <= gold.symbols
        and count_nodes(answer) <= 3 * count_nodes(gold) + 4
        and open_calculations(answer) <= open_calculations(gold)
        and equal_values(answer, gold)
    )


def _squeezed(text: str) -> str:
    return re.sub(r"\{(\w)\}", r"\1", re.sub(r"\s+", "", plain_text(text)))
