"""The quantities that a text tells: how many, and of what, by the words behind each number."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby

from zoped.foundation.words import CARDINALS, word_set
from zoped.symbolic.wording.inflection import PAST_FORMS, base_form, is_plural
from zoped.symbolic.wording.number_words import numbers_at
from zoped.symbolic.wording.question_order import VERBS

ASKED = "answer"  # what the asked quantity is called in the symbols that are read from a text
ASKED_FOR = " asked for"  # and how its meaning ends: "pens asked for"
# Between two sentences, whatever the second begins with: "Mr. Diaz" is not the end of one.
_AFTER_A_STOP = r"(?<=[.!?])(?<!\bMr\.)(?<!\bMrs\.)(?<!\bMs\.)(?<!\bDr\.)(?<!\bSt\.)\s+"
SENTENCE_END = re.compile(rf"{_AFTER_A_STOP}(?=[A-Z\"'${{\d])")
_ANY_END = re.compile(_AFTER_A_STOP)
_DIGITS = re.compile(r"[$€£]?(?:\d[\d,]*(?:\.\d+)?|\.\d+)(?:\s?/\s?\d+)?%?\Z")
_WORD = re.compile(r"[\s-]+(?:of\s+(?:the|his|her|their|my)\s+)?([A-Za-z][A-Za-z']*)")
# Words that no thing is called by: what is counted stands before them.
ENDS = word_set(
    "and or to for in on at with from by is are was were will into than then who that which if "
    "each every the a an as per when after before but so left has had have how what he she it they "
    "his her their its we i you now them him us me during until while about"
)
_SKIPPED = word_set("more fewer less other another additional extra new different equal times of")
_WORDS_LOOKED_AT = 4
_BEHIND = re.compile(r"[A-Za-z' -]{0,80}")
_NOTES = re.compile(r" \$\d[\d,]*(?:\.\d+)?(?= (?:bill|note|coin))")  # "2 $20 bills": so many bills
_HANGING = ENDS | {"of"}  # "12 groups of 9"
_PHRASE_ENDS = ENDS - word_set("in on at of the his her their")


def quoting(meaning: str, question: str) -> str:
    """ "pens asked for" with the question that asks for them, so that other sentences can speak of it."""
    return f'{meaning} in "{question}"'


def last_question(text: str) -> str:
    """The question that the text ends in; "" where it ends in none."""
    last = _ANY_END.split(text.strip())[-1]
    return last if last.endswith("?") else ""


def without_question(meaning: str) -> str:
    """The meaning before a question was quoted in it."""
    return meaning.partition(' in "')[0]


@dataclass(frozen=True)
class Told:
    """A number of a text. `values` are its readings, the plainest first; `written` its digits, "" where
    it stands in words; `noun` what is counted or measured, "" where that is not seen; `start` and `end`
    its place; `phrase` the noun with the words that go with it."""

    values: tuple[Fraction, ...]
    written: str
    noun: str
    start: int
    end: int
    phrase: str = ""


def told_quantities(text: str) -> list[Told]:
    """The numbers of the text in their order. A number without a noun is one of the things before."""
    found: list[Told] = []
    for end, readings in groupby(numbers_at(text), key=lambda reading: reading[1]):
        values = tuple(Fraction(value) for value, _ in readings)
        match = _DIGITS.search(text[max(0, end - 24) : end])
        written = match[0] if match else ""
        start = end - len(written) if match else _word_start(text, end)
        if text[:start].endswith("^"):
            continue  # the 2 of "m/s^2" counts nothing
        noun = _noun(text, end, written) or (found[-1].noun if found else "")
        digits = re.sub(r"[$€£,%\s]", "", written)
        digits = f"0{digits}" if digits.startswith(".") else digits
        found.append(Told(values, digits, noun, start, end, _phrase(text, end, noun)))
    return found


def names_of(quantities: list[Told]) -> list[str]:
    """A name for each, all different: `pens`, `pens2`; `number` for what has no noun."""
    names: list[str] = []
    for quantity in quantities:
        stem = stem_of(quantity.noun)
        count = sum(re.fullmatch(rf"{stem}\d*", name) is not None for name in names)
        names.append(f"{stem}{count + 1}" if count else stem)
    return names


def stem_of(noun: str) -> str:
    """What a quantity of such things is called, before it is numbered."""
    stem = re.sub(r"[^a-z]", "", noun.lower()) or "number"
    return "number" if stem == ASKED else stem


def _phrase(text: str, end: int, noun: str) -> str:
    """ "bales of hay in the barn": the noun and what stands behind it in the same phrase."""
    match = _BEHIND.match(text, end)
    words = match[0].split() if match else []
    if noun not in words:
        return noun
    words = words[words.index(noun) :]
    stop = next((i for i, word in enumerate(words) if word.lower() in _PHRASE_ENDS), len(words))
    words = words[:stop]
    if len(words) > 1 and _is_verb(words[1]):
        return noun  # "bottles weighs"
    while words and words[-1].lower() in _HANGING:
        words.pop()
    return " ".join(words)


def _is_verb(word: str) -> bool:
    return word in PAST_FORMS | VERBS or (word[-1:] == "s" and base_form(word) in VERBS)


def _word_start(text: str, end: int) -> int:
    match = re.search(r"[A-Za-z½⅓⅔¼¾⅕-⅞]+\Z", text[:end])
    return match.start() if match else end


def _noun(text: str, end: int, written: str) -> str:
    if notes := _NOTES.match(text, end):
        end = notes.end()
    elif written.startswith("$") or re.match(r"\s?\$", text[end:]):
        return "dollars"
    if written.startswith(("€", "£")):
        return "euros" if written[0] == "€" else "pounds"
    if written.endswith("%") or re.match(r"\s?(?:%|percent\b)", text[end:]):
        return "percent"
    words = list(_words_behind(text, end))
    if words and words[0].lower() == "times":
        return "times"
    words = [w for w in words if w.lower() not in _SKIPPED and w.lower() not in CARDINALS]
    return next(filter(is_plural, words), words[0] if words else "").lower()


def _words_behind(text: str, end: int) -> Iterator[str]:
    """The next words of the same phrase."""
    for _ in range(_WORDS_LOOKED_AT):
        match = _WORD.match(text, end)
        if match is None or match[1].lower() in ENDS:
            return
        yield match[1]
        end = match.end()
