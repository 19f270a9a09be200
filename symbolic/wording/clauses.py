"""Reads a clause of the realization markup and derives its statement and question forms.

>>> forms = read_clause("Ann [has] # pens at first", "pen")
>>> forms.many, forms.some, forms.question
('Ann has # pens at first', 'Ann has some pens at first', 'how many pens does Ann have at first')
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from zoped.foundation.words import word_set
from zoped.symbolic.wording.inflection import (
    BE,
    MODALS,
    auxiliary,
    base_form,
    is_measure,
    is_plural,
    lower_first,
    plural,
    singular,
    third_person,
)

_PREPOSITIONS = word_set(
    "at in on for to from by with after before into off per over under between during until "
    "through within against every"
)
# A noun group ends before any of these.
_STOPS = _PREPOSITIONS | word_set(
    "now left each every a an the than as and today altogether together more first then away "
    "back too also long wide high tall deep old that who which"
)
_NO_NOUN_AFTER = word_set("of and or than as each that who which is are has have")
_ADJECTIVES = word_set(
    "long wide high tall deep old away apart thick heavy older younger taller shorter longer "
    "heavier lighter wider higher lower faster slower cheaper late early fast more less"
)
# Verbs that say something of any thing of its kind: "a pen costs", "a box holds".
_OF_ANY = word_set("cost costs hold holds need needs weigh weighs contain contains")
_INDEFINITE = re.compile(r"\b(?:an?|some) ([a-z]+)")
# "ahead of the car", "under water": says where, and stays together in a question.
_WHERE = word_set("ahead behind under below above beneath north south east west")
_MORE = word_set("more less fewer longer shorter")
_OPENERS = ("then", "now", "next", "later", "today", "first")


@dataclass(frozen=True, slots=True)
class ClauseForms:
    """What can be said with a clause; `#` stands for the number, no form ends in a full stop.

    `one` agrees with a quantity of one. `some` speaks of an unknown quantity. `indirect` follows
    "find"; `phrase` is a noun phrase for the quantity. `subject` is "" where the sentence does not
    start with it. `is_thing`: the quantity counts things, not units of measure. `is_state`: the verb
    is a form of "be". `compares`: it says how two other quantities compare ("# more pens than").
    """

    one: str
    many: str
    some: str
    question: str
    indirect: str
    phrase: str
    subject: str
    is_thing: bool
    is_state: bool
    compares: bool


@lru_cache(maxsize=8192)
def read_clause(clause: str, unit: str = "") -> ClauseForms:
    """The forms of `clause` (as checked by `Variable`); `unit` helps to find the noun."""
    clause = clause.strip().rstrip(".?! ").replace("$#", "# dollars").replace("#%", "# percent")
    clause = " ".join(clause.split())
    before, _, rest = clause.partition("[")
    verb, _, after = rest.partition("]")
    verb, _, particle = verb.strip().partition(" ")  # "gives away", "is driving"
    after = f"{particle} {after.strip()}".strip()
    if "#" in before:
        return _quantity_first(before, verb, after, unit)
    between, _, tail = after.partition("#")
    return _subject_first(before.strip(), verb, between.strip(), tail.strip(), unit)


@dataclass(frozen=True, slots=True)
class ClauseParts:
    """A clause taken apart: "On Monday, Ann [has] # pens left" has the opener "On Monday," and the
    rest "left". Only of clauses whose subject comes first."""

    opener: str
    subject: str
    verb: str
    between: str
    group: str
    rest: str


@lru_cache(maxsize=8192)
def clause_parts(clause: str, unit: str = "") -> ClauseParts | None:
    """The parts of a clause; None where the quantity comes first."""
    before, _, rest = " ".join(clause.split()).rstrip(".").partition("[")
    if "#" in before:
        return None
    verb, _, after = rest.partition("]")
    between, _, tail = after.partition("#")
    opener, subject, _ = _split_opener(before.strip())
    group, rest = split_noun_group(tail.strip(), unit)
    return ClauseParts(opener, subject, verb.strip(), between.strip(), group, rest)


def _words(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _subject_first(subject: str, verb: str, between: str, tail: str, unit: str) -> ClauseForms:
    group, rest = split_noun_group(tail, unit)
    opener, subject, closer = _split_opener(subject)
    is_there = subject.lower() == "there"
    one_verb = third_person(verb) if is_there else verb
    one_group = singular_group(group)
    lead = f"{opener} {subject}" if opener else subject
    is_be = verb in BE
    inner = lower_first(subject)
    if is_be or verb in MODALS:
        question, indirect, phrase = _be_forms(verb, inner, between, group, rest, closer)
    else:
        bare = base_form(verb)
        ask = f"{auxiliary(verb)} {inner} {bare}"
        preposition, middle = _split_preposition(between)
        how, left = _asked(group, rest, unit)
        first, _, others = left.partition(" ")
        if first in _MORE and not others.startswith("than "):
            how, left = f"{how} {first}", others  # "how many dollars more does it cost"
        question = _words(preposition, how, ask, middle, left, closer)
        indirect = _words(preposition, how, inner, verb, middle, left, closer)
        noun = _number_of(group)
        relative = _words(f"{preposition} which" if preposition else "", inner, verb, middle)
        phrase = _words("the", noun, relative, rest, closer)
    return ClauseForms(
        one=_words(lead, one_verb, between, "#", one_group, rest),
        many=_words(lead, verb, between, "#", group, rest),
        some=_words(lead, verb, between, _some(group, rest)),
        question=_definite(question, verb),
        indirect=_definite(indirect, verb),
        phrase=phrase,
        subject="" if opener else subject,
        is_thing=bool(group) and not is_measure(_head(group)),
        is_state=is_be,
        compares=rest.startswith(("than ", "as ")),
    )


def _definite(question: str, verb: str) -> str:
    """In a question the thing was named before: "a box" -> "the box", "some boxes" -> "the boxes"; "a day"
    and prices stay."""
    if verb in MODALS or verb in _OF_ANY or question.endswith(" each"):
        return question

    def replace(match: re.Match[str]) -> str:
        return match[0] if is_measure(match[1]) else f"the {match[1]}"

    return _INDEFINITE.sub(replace, question)


def _be_forms(
    verb: str, subject: str, between: str, group: str, rest: str, closer: str
) -> tuple[str, str, str]:
    """Question, indirect question and noun phrase where the verb changes places."""
    how = _how_many(group)
    if subject == "there" and rest.startswith(("left", "needed", "missing")):
        said = _words(how, verb, rest, closer)
        return said, said, _words("the number of", group, rest, closer)
    if subject == "there":
        return (
            _words(how, verb, "there", rest, closer),
            _words(how, "there", verb, rest, closer),
            _words("the number of", group, rest, closer),
        )
    if between or verb in MODALS:
        preposition, between = _split_preposition(between)
        return (
            _words(preposition, how, verb, subject, between, rest, closer),
            _words(preposition, how, subject, verb, between, rest, closer),
            _words("the number of", group, subject, verb, between, rest, closer),
        )
    if not group and rest.startswith(("more than ", "less than ")):
        indirect = _words("how much", rest, subject, verb, closer)
        return _words("how much", rest, verb, subject, closer), indirect, indirect
    if not group:
        what = _words(subject, rest, closer)
        return f"what {verb} {what}", f"what {what} {verb}", what
    if group.startswith("times as"):
        indirect = _words(how, rest, subject, verb, closer)
        return _words(how, rest, verb, subject, closer), indirect, indirect
    adjective, _, remainder = rest.partition(" ")
    if adjective in _ADJECTIVES:
        if remainder.startswith("than "):
            adjective, remainder = rest, ""
        indirect = _words(how, adjective, subject, verb, remainder, closer)
        return _words(how, adjective, verb, subject, remainder, closer), indirect, indirect
    if adjective in _WHERE:
        indirect = _words(how, rest, subject, verb, closer)
        return _words(how, rest, verb, subject, closer), indirect, indirect
    if is_measure(_head(group)):
        what = _words(subject, rest, closer)
        return f"what {verb} {what} in {group}", f"what {what} {verb} in {group}", what
    indirect = _words(how, subject, verb, rest, closer)
    return _words(how, verb, subject, rest, closer), indirect, indirect


def _quantity_first(before: str, verb: str, after: str, unit: str) -> ClauseForms:
    lead, _, tail = before.partition("#")
    lead = lead.strip()
    group, rest = split_noun_group(tail.strip(), unit)
    how, left = _asked(group, rest, unit)
    said = _words(how, left, verb, after)
    closer = lower_first(lead.rstrip(",")) if lead else ""
    return ClauseForms(
        one=_words(lead, "#", singular_group(group), rest, third_person(verb), after),
        many=_words(lead, "#", group, rest, verb, after),
        some=_words(lead, _some(group, rest), verb, after),
        question=_definite(_words(said, closer), verb),
        indirect=_definite(_words(said, closer), verb),
        phrase=_words("the", _number_of(group), rest, "that", verb, after, closer),
        subject="",
        is_thing=bool(group) and not is_measure(_head(group)),
        is_state=verb in BE,
        compares=False,
    )


def split_noun_group(tail: str, unit: str = "") -> tuple[str, str]:
    """Split what follows the number into the noun group and the rest.

    >>> split_noun_group("red pens of Ann at first")
    ('red pens of Ann', 'at first')
    >>> split_noun_group("times as many pens as Ann")
    ('times as many pens', 'as Ann')
    """
    words = tail.split()
    end = _noun_end(words, plural(unit) if unit else "")
    return " ".join(words[:end]), " ".join(words[end:])


def _noun_end(words: list[str], noun: str) -> int:
    """How many words belong to the noun group; 0 when there is no noun."""
    if words[:2] == ["times", "as"]:
        end = 3
        if words[2:3] in (["many"], ["much"]):
            while end < len(words) and words[end] != "as":
                end += 1
        return min(end, len(words))
    if words[:1] == ["percent"] and words[1:2] != ["of"]:
        end = 1
        while end < len(words) and words[end] not in _STOPS:
            end += 1
        return end
    many = noun.split()
    for start, word in enumerate(words):
        if many and words[start : start + len(many)] == many:
            return _with_complement(words, start + len(many))
        if word in _PREPOSITIONS or word in _NO_NOUN_AFTER:
            return 0
        if is_plural(word):
            return _with_complement(words, start + 1)
    return len(words) if len(words) == 1 else 0


def _with_complement(words: list[str], end: int) -> int:
    """Extend a noun over "of red pens" and "per hour"."""
    if end < len(words) and words[end] == "per":
        return min(end + 2, len(words))
    if end < len(words) and words[end] == "of":
        end += 3 if words[end + 1 : end + 2] in (["the"], ["a"], ["an"]) else 2
        while end < len(words) and words[end] not in _STOPS:
            end += 1
    return min(end, len(words))


def _head(group: str) -> str:
    """The first plural word of a noun group."""
    return next((word for word in group.split() if is_plural(word)), group)


def singular_group(group: str) -> str:
    """ "red pens of Ann" -> "red pen of Ann"; "times as many pens" stays."""
    if group.startswith("times as"):
        return group
    words = group.split()
    for index, word in enumerate(words):
        if is_plural(word):
            words[index] = singular(word)
            break
    return " ".join(words)


def _how_many(group: str) -> str:
    if group == "percent" or group.startswith("percent "):
        return f"what {group}"
    return f"how many {group}" if group else "how many"


def _number_of(group: str) -> str:
    """The quantity as a noun phrase without its article."""
    head, _, what = group.partition(" ")
    if head == "percent":
        return _words("percentage", what if what.startswith("of ") or not what else f"of {what}")
    return f"number of {group}" if group else "number"


def _asked(group: str, rest: str, unit: str) -> tuple[str, str]:
    """The words that ask for the quantity, and what is left of the rest.

    "# of the pens": "how many of the pens" where the unit says that things are counted, otherwise
    "what part of the pens".
    """
    if not group and rest.startswith("of "):
        return f"{'how many' if unit else 'what part'} {rest}", ""
    return _how_many(group), rest


def _some(group: str, rest: str) -> str:
    """The unknown quantity with the rest of the sentence."""
    some = "some"
    if rest == "more" or (rest.startswith("more ") and not rest.startswith("more than ")):
        some, rest = "some more", rest.removeprefix("more").strip()
    if not group:
        return _words(some if rest.startswith("of ") else f"{some} number", rest)
    if group.startswith("times as"):
        return _words(f"{some} number of", group, rest)
    return _words(some, "money" if group == "dollars" else group, rest)


def _split_preposition(between: str) -> tuple[str, str]:
    """ "at", "home for" -> the last preposition and what is before it."""
    words = between.split()
    if words and words[-1] in _PREPOSITIONS:
        return words[-1], " ".join(words[:-1])
    return "", between


def _split_opener(subject: str) -> tuple[str, str, str]:
    """("On Monday,", "Ann", "on Monday"): what stands before the subject, and how it closes."""
    opener, comma, rest = subject.partition(", ")
    if comma and opener.split(" ")[0].lower() in _PREPOSITIONS | set(_OPENERS):
        return opener + ",", rest, lower_first(opener)
    first, _, rest = subject.partition(" ")
    if rest and first.lower().rstrip(",") in _OPENERS:
        time = first.lower().rstrip(",")
        return first, rest, "" if time in ("then", "next") else time
    return "", subject, ""
