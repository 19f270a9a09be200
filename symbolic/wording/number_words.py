"""Reads the numbers of a text as people write them: in digits, in words, as fractions, mixed.

A number is read in every way that it could be meant: "25%" is 25 and 1/4, "three quarters" 3, 1/4
and 3/4, "two dozen" 2, 12 and 24.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from zoped.foundation.words import CARDINALS, GROUPS, ORDINALS, SCALES
from zoped.symbolic.language.evaluate import Exact, narrowed, quotient
from zoped.symbolic.language.parse import MAX_DIGITS

_GROUPS = GROUPS | {"pair": 2, "couple": 2}
_TIMES = {
    "once": 1,
    "twice": 2,
    "thrice": 3,
    "double": 2,
    "doubles": 2,
    "doubled": 2,
    "triple": 3,
    "triples": 3,
    "tripled": 3,
    "treble": 3,
    "quadruple": 4,
    "quadruples": 4,
    "quadrupled": 4,
    "quintuple": 5,
    "nought": 0,
    "naught": 0,
} | {f"{word}fold": value for word, value in CARDINALS.items() if value > 1}
_PARTS: dict[str, Fraction] = (
    {word: Fraction(1, value) for word, value in ORDINALS.items() if value > 2}
    | {f"{word}s": Fraction(1, value) for word, value in ORDINALS.items() if value > 2}
    | {
        "half": Fraction(1, 2),
        "halves": Fraction(1, 2),
        "quarter": Fraction(1, 4),
        "quarters": Fraction(1, 4),
    }
)
# Nothing else begins a number in words.
_FIRST_WORDS = frozenset({"a", "an", *_TIMES, *CARDINALS, *_GROUPS, *_PARTS, *ORDINALS})
_VULGAR = {
    "½": "1/2", "⅓": "1/3", "⅔": "2/3", "¼": "1/4", "¾": "3/4", "⅕": "1/5", "⅖": "2/5",
    "⅗": "3/5", "⅘": "4/5", "⅙": "1/6", "⅚": "5/6", "⅐": "1/7", "⅛": "1/8", "⅜": "3/8",
    "⅝": "5/8", "⅞": "7/8", "⅑": "1/9", "⅒": "1/10",
}  # fmt: skip
_MINUS_BEFORE = frozenset({"negative", "minus"})
_BELOW_ZERO = re.compile(
    # Each part with its own blanks: in a row, a long run of them could be shared out in many ways.
    r"(?:\s*(?:°\s?[CF]?|degrees?|deg|metres?|meters?|feet|m|points?))?(?:\s*(?:celsius|fahrenheit))?"
    r"\s*below (?:zero|freezing|sea level)",
    re.IGNORECASE,
)
_WORD = r"[A-Za-z]+"
_TOKEN = re.compile(
    rf"(?P<ordinal>\d+)(?:st|nd|rd|th)\b"
    rf"|(?P<number>\d{{1,3}}(?:[,\u2009\u202f]\d{{3}})+(?:\.\d+)?|\d*\.\d+|\d+)"
    rf"(?:\s?/\s?(?P<below>\d+)(?!\d|\.\d))?"
    rf"|(?P<vulgar>[{''.join(_VULGAR)}])|(?P<word>{_WORD})|(?<![A-Za-z])(?P<sign>[-−–])|(?P<percent>%)"
)


class _Token(NamedTuple):
    kind: str  # "digits", "fraction", "ordinal", "vulgar", "word", "sign", "percent"
    text: str
    value: Exact | None
    start: int
    end: int


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or ""
        if kind == "word":
            found.append(_Token(kind, match[0].lower(), None, *match.span()))
            continue
        value: Exact | None = None
        if kind in ("number", "below"):
            # "x2" and "v1.2" are names.
            if match.start() and (
                text[match.start() - 1].isalnum() or text[match.start() - 1] == "_"
            ):
                continue
            value = _value(re.sub(r"[,\u2009\u202f]", "", match["number"]))
            kind = "digits"
            if match["below"]:
                kind = "fraction"
                below = _value(match["below"])
                value = quotient(value, below) if value is not None and below else None
        elif kind == "vulgar":
            value = narrowed(Fraction(_VULGAR[match["vulgar"]]))
        elif kind == "ordinal":
            value = _value(match["ordinal"])
        found.append(_Token(kind, match[0].lower(), value, match.start(), match.end()))
    return found


def _value(digits: str) -> Exact | None:
    """None for one with more digits than a problem's numbers can have."""
    if len(digits) > MAX_DIGITS:
        return None
    return narrowed(Fraction(digits)) if "." in digits else int(digits)


@lru_cache(maxsize=4096)
def counted_numbers(text: str) -> Mapping[Exact, int]:
    """Every number that the text states, in each way it could be meant, with how often it does."""
    return Counter(value for value, _ in _read(text))


def numbers_at(text: str) -> list[tuple[Exact, int]]:
    """The numbers of the text, each with the place where it ends."""
    return list(_read(text))


@lru_cache(maxsize=4096)
def _read(text: str) -> tuple[tuple[Exact, int], ...]:
    tokens = _tokens(text)
    found: list[tuple[Exact, int]] = []
    i = 0
    while i < len(tokens):
        if tokens[i].kind == "word" and tokens[i].text not in _FIRST_WORDS:
            i += 1
            continue
        values, after = _number_at(text, tokens, i)
        if not values:
            i += 1
            continue
        end = tokens[after - 1].end
        values = _in_other_words(text, tokens, i, after, values)
        found += [(value, end) for value in dict.fromkeys(values)]
        i = after
    return tuple(found)


def _number_at(text: str, tokens: list[_Token], i: int) -> tuple[list[Exact], int]:
    """The values of the number that starts at token i, and where it ends; [] for no number."""
    token = tokens[i]
    if token.kind in ("digits", "fraction", "vulgar"):
        return _in_digits(text, tokens, i)
    if token.kind == "ordinal" and token.value is not None:
        return [token.value], i + 1
    if token.kind != "word":
        return [], i
    if token.text in _TIMES:
        return [_TIMES[token.text]], i + 1
    whole, after = _cardinal(text, tokens, i)
    if whole is None:
        return _part_or_ordinal(text, tokens, i)
    values: list[Exact] = [whole]
    return _further(text, tokens, values, whole, after)


def _in_digits(text: str, tokens: list[_Token], i: int) -> tuple[list[Exact], int]:
    token = tokens[i]
    if token.value is None:
        return [], i
    value, after = token.value, i + 1
    values: list[Exact] = [value]
    follows = tokens[after] if after < len(tokens) else None
    # "2 1/2", "2½", "2-1/2"
    if token.kind == "digits" and token.value.denominator == 1 and follows is not None:
        gap = text[token.end : follows.start]
        if (
            follows.kind in ("fraction", "vulgar")
            and gap in ("", " ")
            and follows.value is not None
        ):
            if 0 < follows.value < 1:
                return [value + follows.value], after + 1
    return _further(text, tokens, values, value, after)


def _further(
    text: str, tokens: list[_Token], values: list[Exact], value: Exact, after: int
) -> tuple[list[Exact], int]:
    """What may follow a whole number: "million", "dozen", "and a half", "fifths"."""
    while after < len(tokens) and _adjacent(text, tokens[after - 1], tokens[after]):
        word = tokens[after].text
        if word in SCALES and tokens[after].kind == "word":
            value = value * SCALES[word]
            values = [value]  # "2 million" states no 2
        elif word.removesuffix("s") in _GROUPS and value > 1:
            values = [
                *values,
                _GROUPS[word.removesuffix("s")],
                value * _GROUPS[word.removesuffix("s")],
            ]
            after += 1
            break
        elif word in _PARTS and not _counts_one(word, value):
            values = [*values, narrowed(_PARTS[word]), narrowed(_PARTS[word] * value)]
            after += 1
            break
        else:
            break
        after += 1
    added, end = _and_a_half(text, tokens, after)
    if added is not None:
        values = [value + added]
        after = end
        # "five and a half million"
        if after < len(tokens) and _adjacent(text, tokens[after - 1], tokens[after]):
            scale = SCALES.get(tokens[after].text)
            if scale is not None:
                return [narrowed((value + added) * Fraction(scale))], after + 1
    return values, after


def _counts_one(word: str, value: Exact) -> bool:
    """ "two third" is no fraction ("the two third graders"); "one third" is."""
    return not word.endswith(("s", "half")) and value != 1


def _and_a_half(text: str, tokens: list[_Token], i: int) -> tuple[Exact | None, int]:
    """ "and a half", "and three quarters"."""
    if i >= len(tokens) or tokens[i].text != "and" or i + 2 >= len(tokens):
        return None, i
    if not _adjacent(text, tokens[i - 1], tokens[i]):
        return None, i
    if tokens[i + 1].text in ("a", "an", "one") and tokens[i + 2].text in _PARTS:
        return narrowed(_PARTS[tokens[i + 2].text]), i + 3
    count = CARDINALS.get(tokens[i + 1].text)
    part = _PARTS.get(tokens[i + 2].text)
    if count and part is not None and tokens[i + 2].text.endswith("s") and count * part < 1:
        return narrowed(count * part), i + 3
    return None, i


def _adjacent(text: str, one: _Token, two: _Token) -> bool:
    return text[one.end : two.start] in (" ", "-", "", "\u2011", "\u00a0")


def _cardinal(text: str, tokens: list[_Token], i: int) -> tuple[int | None, int]:
    """A whole number in words: "one hundred and five", "twenty-five", "a million"."""
    total, current, seen = 0, 0, False
    start = i
    if tokens[i].text in ("a", "an"):
        if not (i + 1 < len(tokens) and tokens[i + 1].text in SCALES):
            return None, start
        current, seen, i = 1, True, i + 1
    smallest = 10**15  # the next scale has to be below the last
    room = 1_000  # below this, the next word can still be added
    while i < len(tokens):
        token = tokens[i]
        if token.kind != "word" or (i > start and not _adjacent(text, tokens[i - 1], token)):
            break
        word = token.text
        if word in CARDINALS and CARDINALS[word] < room:
            value = CARDINALS[word]
            current += value
            room = 10 if value >= 20 and value % 10 == 0 else 0
            seen = True
        elif word == "hundred" and seen and 0 < current < 100:
            current, room = current * 100, 100
        elif word in SCALES and word != "hundred" and seen and SCALES[word] < smallest:
            total += max(current, 1) * SCALES[word]
            smallest, current, room = SCALES[word], 0, 1_000
        elif word == "and" and seen and (room == 100 or (current == 0 and total)):
            if not (i + 1 < len(tokens) and CARDINALS.get(tokens[i + 1].text, 100) < 100):
                break
        else:
            break
        i += 1
    if not seen:
        word = tokens[start].text
        if word in SCALES:
            return SCALES[word], start + 1
        return None, start
    return total + current, i


def _part_or_ordinal(text: str, tokens: list[_Token], i: int) -> tuple[list[Exact], int]:
    """ "half", "a third", "a dozen", "first"."""
    word = tokens[i].text
    if word in _GROUPS and word in ("dozen", "score", "gross"):
        added, after = _and_a_half(text, tokens, i + 1)
        return [_GROUPS[word]], after if added is not None else i + 1
    if word in ("pair", "couple") and i and tokens[i - 1].text in ("a", "one", "each", "per"):
        return [_GROUPS[word]], i + 1
    values: list[Exact] = []
    if word in _PARTS:
        values.append(narrowed(_PARTS[word]))
        if i + 2 < len(tokens) and word == "half" and tokens[i + 1].text in ("a", "of"):
            pass
        if i + 1 < len(tokens) and tokens[i + 1].text in (
            "dozen",
            "million",
            "hundred",
            "thousand",
        ):
            scale = _GROUPS.get(tokens[i + 1].text) or SCALES[tokens[i + 1].text]
            return [*values, narrowed(_PARTS[word] * scale)], i + 2
        if word == "half" and [t.text for t in tokens[i + 1 : i + 3]] == ["a", "dozen"]:
            return [*values, 6], i + 3
        if word == "half" and [t.text for t in tokens[i + 1 : i + 3]] == ["a", "million"]:
            return [*values, 500_000], i + 3
    if word in ORDINALS:
        values.append(ORDINALS[word])
    return values, i + 1


def _in_other_words(
    text: str, tokens: list[_Token], start: int, after: int, values: list[Exact]
) -> list[Exact]:
    """The values again as a percentage, or below zero."""
    result = list(values)
    follows = tokens[after] if after < len(tokens) else None
    end = tokens[after - 1].end
    if follows is not None and text[end : follows.start] in ("", " "):
        pairs = [t.text for t in tokens[after : after + 2]]
        if follows.kind == "percent" or pairs[:1] == ["percent"] or pairs == ["per", "cent"]:
            result += [quotient(value, 100) for value in values]
    before = tokens[start - 1] if start else None
    gap = text[before.end : tokens[start].start] if before is not None else ""
    if before is not None and before.kind == "sign" and gap in ("", "$", "€", "£"):
        # "12-15" and "x - 3" are no negative numbers, and could be.
        result += [-value for value in values]
    if before is not None and before.text in _MINUS_BEFORE and gap in (" ", " $"):
        result += [-value for value in values]
    if _BELOW_ZERO.match(text, end):
        result += [-value for value in values]
    return result
