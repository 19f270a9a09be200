"""From the text of an answer to what it is: a number, a closed form, a tuple, an equation, ..."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import lru_cache

from zoped.evals.answers.closed_form import read_closed_form
from zoped.evals.answers.expression import Constant, Expression, Number, open_calculations
from zoped.evals.answers.kinds import (
    Answer,
    Equation,
    Form,
    Inequality,
    Named,
    Ordered,
    Several,
    Word,
)
from zoped.evals.answers.numbers import Quantity, read_number
from zoped.evals.answers.plain_text import SET_CLOSE, SET_OPEN, plain_text
from zoped.evals.answers.readings.matrices import read_matrix
from zoped.evals.answers.readings.notations import read_date, read_notation
from zoped.evals.answers.readings.relations import read_equation, read_inequality
from zoped.evals.answers.sameness.real_sets import EMPTY, intersection, without_points
from zoped.evals.answers.sameness.values import approximately, equal_values
from zoped.evals.answers.units import read_unit
from zoped.evals.answers.words import canonical_word

MAX_ANSWER = 4_000  # characters
MAX_ITEMS = 256
MAX_NESTING = 4
OPENING, CLOSING = "([{" + SET_OPEN, ")]}" + SET_CLOSE
_WORD = re.compile(r"[A-Za-z][A-Za-z' -]{0,60}")
_SIMPLE = re.compile(r"-?\d{1,40}\Z", re.ASCII)
# What stands upright behind a closed form is a unit, also one of one letter: 3\\sqrt{2} \\text{ m}.
_LETTER_UNIT = re.compile(
    r"[\s$]*(?:\\[(\[])?(.*\S)(?:\\[,;: !]|[\s~])*\\(?:text|mathrm|textrm|textnormal|mbox)\s*\{(?:\\[,; ]|\s)*([A-Za-zΩ])\s*\}"
    r"\s*(?:\^\s*\{?\s*(\d)\s*\}?)?[\s$.]*(?:\\[)\]])?\Z",
    re.DOTALL,
)
_NAME = re.compile(
    r"(?:[A-Za-zα-ωΑ-Ω][A-Za-z_ ]{0,40}(?:_?\{?\w{1,3}\}?)?'?(?:\([A-Za-z]\))?\s*[=∈]|[A-Za-z][A-Za-z ]{0,40}:)\s*(?=\S)"
    r"|(?:\([a-z](?:\s*,\s*[a-z]){1,4}\))\s*[=∈]\s*(?=\S)"
)
_UNION = re.compile(r"(?<=[)\]}])\s*[Uu]\s*(?=[(\[{])")  # (0, 1) U (2, 3)
_AND = re.compile(r"\s*,?\s+(?:and|or)\s+", re.IGNORECASE)
_TURNED = re.compile(r"(?!\[.*\]\Z)([\[\]])([^\[\]();,]+)[;,]([^\[\]();,]+)([\[\]])\Z")
_BUILDER = re.compile(r"\s*[A-Za-z](?:\s*∈\s*ℝ)?\s*[:|]\s*(?=\S)")
_POINT = re.compile(
    r"(?:(?:the\s+)?(?:points?|vector|ordered\s+pair|coordinates?)\s+(?:[A-Z]\s?)?|[A-Z]\s?)(?=\([^()]*,[^()]*\)\Z)"
)
_OR = re.compile(r"\bor\b", re.IGNORECASE)
_CONJUNCTION = re.compile(r"\band\b", re.IGNORECASE)
_REMARK = re.compile(r"\s*\(([^()]{1,80})\)\Z")
_REMARKS = re.compile(
    r"(?:(?:the\s+)?only (?:\w+ )?(?:solution|answer|value|root|one|possibility)|after (?:rounding|simplif\w+|reduc\w+)"
    r"|exact(?:ly)?|in total|total|simplified|each|rounded(?: \w+){0,5}"
    r"|as required|in simplest form|final answer|in decimal)\Z",
    re.IGNORECASE,
)
_EXACTLY = re.compile(r"\A(?:exactly|precisely)\s+(?=[-+(√$\d])", re.IGNORECASE)
_OR_ELSE = re.compile(
    r"(?:or|i\.e\.,?|about|roughly|approx(?:\.|imately)?|≈|=)\s*(?=\S)", re.IGNORECASE
)


@lru_cache(maxsize=16_384)
def read_answer(text: str) -> Answer | None:
    """The typed answer that a text is; None when it is of no type."""
    if _SIMPLE.match(text):
        return Quantity(Fraction(int(text)))
    plain = plain_text(text)
    if not plain:
        return None
    if "{" in text and (found := _LETTER_UNIT.match(text)):
        unit = read_unit(f"{found[2]}^{found[3]}" if found[3] else found[2])
        head = read_answer(found[1]) if unit is not None and unit.is_known else None
        if isinstance(head, Form) and head.unit is None:
            return Form(head.expression, unit)
    return read_plain(plain, 0)


def read_plain(text: str, depth: int) -> Answer | None:
    """`read_answer` of what `plain_text` returned."""
    if depth > MAX_NESTING:
        return None
    text = _EXACTLY.sub("", _unwrapped(text.strip()), count=1)
    if not text:
        return None
    quantity = read_number(text)
    if quantity is not None:
        return quantity
    if date := read_date(text):
        return Word(date)
    for read in (_special, _split, _enclosed, _related, _form, _word):
        answer = read(text, depth)
        if answer is not None:
            return answer
    return None


def _unwrapped(text: str) -> str:
    """Without braces that only group: {7}, {{7}}."""
    while text.startswith("{") and _closes(text) == len(text) - 1 and "," not in text:
        text = text[1:-1].strip()
    return text


def _special(text: str, depth: int) -> Answer | None:
    """A time of day, a ratio, a number with its base, a matrix; a remark in brackets behind."""
    if notation := read_notation(text):
        return notation
    if "ℝ" in text or "except" in text:
        if (several := without_points(text)) is not None:
            return several
    if point := _POINT.match(text):
        return read_plain(text[point.end() :], depth + 1)
    if matrix := read_matrix(text, lambda cells: _items(cells, depth)):
        return matrix
    remark = _REMARK.search(text)
    if remark and text[: remark.start()].strip():
        before = read_plain(text[: remark.start()], depth + 1)
        if before is not None and (
            _REMARKS.match(remark[1].strip()) or _says_the_same(before, remark[1], depth + 1)
        ):
            return before
    return None


def _says_the_same(before: Answer, remark: str, depth: int) -> bool:
    """8 of "8 (eight)", 7/8 of "7/8 (or 0.875)", π of "π (about 3.14)"."""
    text = _OR_ELSE.sub("", remark.strip(), count=1)
    value = read_plain(text, depth)
    if not isinstance(before, Quantity | Form) or not isinstance(value, Quantity | Form):
        return value == before
    return _same_or_rounded(before, value, text)


def _split(text: str, depth: int) -> Answer | None:
    for kind, split in _SPLITS:
        parts = split(text)
        if len(parts) > 1:
            answer = _several(kind, parts, depth)
            if kind == "union" and answer is not None:
                return _united(answer)
            if kind == "values" and answer is not None:
                if _of_several_unknowns(answer):
                    return Several("either" if _OR.search(text) else "all", answer.items)
                if _OR.search(text):
                    return _one_value(answer, parts)
                common = intersection(answer.items)
                if common == EMPTY and not _CONJUNCTION.search(text):
                    return answer  # x < -1, x > 3: a list of what is left
                return answer if common is None else common
            return answer
    return None


def _of_several_unknowns(several: Several) -> bool:
    """Whether they are conditions such as x > 3 and y < 2, and no list of what one unknown may be."""
    names = {i.name.lower() for i in several.items if isinstance(i, Inequality | Named) and i.name}
    return len(names) > 1 and any(isinstance(item, Inequality) for item in several.items)


def _united(union: Several) -> Several:
    """The set that a union of sets is: {1, 2, 3} of {1, 3} ∪ {2, 3}."""
    sets = [item for item in union.items if isinstance(item, Several) and item.kind == "set"]
    if len(sets) < len(union.items):
        return union
    return Several("set", tuple(dict.fromkeys(item for each in sets for item in each.items)))


def _one_value(several: Several, parts: Sequence[str]) -> Answer:
    """7/8 of "7/8 or 0.875": two ways to write one value."""
    first, *rest = several.items
    if (
        isinstance(first, Quantity | Form)
        and all(
            item == first
            or (
                isinstance(item, Quantity | Form)
                and not _is_decimal(first)  # else 0.8 is another value than 3/4
                and _same_or_rounded(first, item, text)
            )
            for item, text in zip(rest, parts[1:], strict=True)
        )
    ):
        return first
    return several


def _is_decimal(value: Quantity | Form) -> bool:
    """Whether a decimal can be the exact value."""
    return isinstance(value, Quantity) and pow(10, 4_096, value.value.denominator) == 0


def _enclosed(text: str, depth: int) -> Answer | None:
    if turned := _TURNED.match(text):  # ]2, 5[
        left, low, high, right = turned.groups()
        text = f"{'[' if left == '[' else '('}{low},{high}{']' if right == ']' else ')'}"
    if text[:1] not in OPENING or _closes(text) != len(text) - 1:
        return None
    opening, closing = text[0], text[-1]
    inner = text[1:-1]
    if not inner.strip():
        return EMPTY if opening in "{" + SET_OPEN else None
    if opening in "{" + SET_OPEN and (condition := _BUILDER.match(inner)):
        held = read_plain(inner[condition.end() :], depth + 1)
        is_set = isinstance(held, Inequality) or (
            isinstance(held, Several) and held.kind == "union"
        )
        return held if is_set else None
    parts = split_at(inner, ";") if ";" in inner else split_at(inner, ",")
    if opening in "{" + SET_OPEN and closing in "}" + SET_CLOSE:
        return _several("set", parts, depth)
    if len(parts) < 2 or closing not in ")]" or opening not in "([":
        return None
    if len(parts) > 2 and opening + closing not in ("()", "[]"):
        return None
    items = _items(parts, depth)
    return None if items is None else Ordered(opening + closing, items)


def _related(text: str, depth: int) -> Answer | None:
    """x = 5, an equation, an inequality, a value with its decimal."""
    found = _NAME.match(text)
    if found is not None:
        name = (
            " ".join(text[: found.end()].rstrip().rstrip("=∈:").split())
            .replace("{", "")
            .replace("}", "")
        )
        rest = text[found.end() :]
        if "±" in rest and depth < MAX_NESTING:
            rest_value = _plus_minus(rest, depth)
        else:
            rest_value = read_plain(rest, depth + 1)
        if rest_value is not None and not isinstance(rest_value, Named):
            return Named(name, rest_value, read_equation(text))
    if text[0] == "=":
        return read_plain(text[1:], depth + 1)
    if "=" in text or "≈" in text:
        return _chain(text, depth) or _equation(text)
    inequality = read_inequality(text, lambda part: read_plain(part, depth + 1))
    if inequality is not None:
        return inequality
    return _plus_minus(text, depth) if "±" in text else None


def _equation(text: str) -> Answer | None:
    difference = read_equation(text)
    return Equation(difference) if difference is not None and difference.symbols else None


def _chain(text: str, depth: int) -> Answer | None:
    """7/8 of "7/8 = 0.875", 2*sqrt(3) of "2*sqrt(3) ≈ 3.46": one value, written more than once and
    rounded at the end; nothing with a calculation in it."""
    parts = [part.strip() for part in re.split("[=≈]", text)]
    if not 2 <= len(parts) <= 4 or not all(parts):
        return None
    values = [read_plain(part, depth + 1) for part in parts]
    first = values[0]
    if isinstance(first, Form) and (
        first.expression.symbols or open_calculations(first.expression)
    ):
        return None
    if not isinstance(first, Quantity | Form):
        return None
    for part, value in zip(parts[1:], values[1:], strict=True):
        if not isinstance(value, Quantity | Form) or not _same_or_rounded(first, value, part):
            return None
    return first


def _same_or_rounded(first: Quantity | Form, value: Quantity | Form, text: str) -> bool:
    expressions: list[Expression] = [
        item.expression
        if isinstance(item, Form)
        else Number(item.value / 100 if item.percent else item.value)
        for item in (first, value)
    ]
    if equal_values(*expressions):
        return True
    decimals = re.match(r"-?[\d,]*\.(\d+)", text)
    if decimals is None or not isinstance(value, Quantity):
        return False
    shift = 2 if value.percent else 0
    return approximately(expressions[0], value.value / 10**shift, places=len(decimals[1]) + shift)


def _plus_minus(text: str, depth: int) -> Answer | None:
    if text.count("±") != 1:
        return None
    return _several("values", [text.replace("±", "+"), text.replace("±", "-")], depth)


def _form(text: str, depth: int) -> Answer | None:
    words = text.split()
    # 9π cm: a unit of two letters and more; "2π h" is a product.
    for size in range(min(4, len(words) - 1), 0, -1):
        tail = " ".join(words[-size:])
        if not re.match(r"[A-Za-z]{2}", tail) or not re.search(r"[\d\\π]", words[0]):
            continue
        unit = read_unit(tail)
        head = read_closed_form(" ".join(words[:-size])) if unit is not None else None
        if head is not None and not isinstance(head, Number):
            return Form(head, unit)
    if _is_letter(text.strip("()")):
        return None
    expression = read_closed_form(text)
    if expression is None or (_WORD.fullmatch(text) and expression != Constant("pi")):
        return None
    return Form(expression)


def _is_letter(text: str) -> bool:
    return len(text) == 1 and text.isascii() and text.isalpha()


def _word(text: str, depth: int) -> Answer | None:
    word = canonical_word(text.strip("()") if not text.startswith("-") else text)
    if word in ("oo", "-oo", "∅", "ℝ", "dne"):
        return Word(word)
    word = canonical_word(text.strip("()").removeprefix("+"))
    return Word(word) if _WORD.fullmatch(word) or word == "oo" else None


def _several(kind: str, parts: Sequence[str], depth: int) -> Several | None:
    items = _items(parts, depth)
    return None if items is None else Several(kind, items)


def _items(parts: Sequence[str], depth: int) -> tuple[Answer, ...] | None:
    if len(parts) > MAX_ITEMS:
        return None
    items = [read_plain(part, depth + 1) if part.strip() else None for part in parts]
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


def split_at(text: str, separator: str) -> list[str]:
    """The parts of `text` between separators that stand in no brackets."""
    if separator not in text:
        return [text]
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


def _by_comma(text: str) -> list[str]:
    """5, 7 and 5,7, but not 1,200."""
    return [part for part in split_at(text, ",") if part.strip()] if "," in text else [text]


def _by_words(text: str) -> list[str]:
    parts = _AND.split(text)
    return [piece for part in parts for piece in _by_comma(part)] if len(parts) > 1 else [text]


_SPLITS: tuple[tuple[str, Callable[[str], list[str]]], ...] = (
    ("union", lambda text: split_at(_UNION.sub("∪", text), "∪")),
    ("values", lambda text: split_at(text, ";")),
    ("values", _by_words),
    ("values", _by_comma),
)
