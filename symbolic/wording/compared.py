"""What a question that compares asks for: "the difference between the numbers of movies and books Ann read".

>>> difference_asked_for("How many more movies than books did Ann read?")
'the difference between the numbers of movies and books Ann read'
>>> difference_asked_for("How many more cakes did he bake than those he sold?")
'the difference between the number of cakes he baked and the number of those he sold'
>>> difference_asked_for("How many more eggs are there than that?") is None
True
"""

from __future__ import annotations

import re

from zoped.foundation.words import word_set
from zoped.symbolic.wording.inflection import PAST_FORMS
from zoped.symbolic.wording.question_order import (
    AUXILIARIES,
    DO,
    NAME,
    PRONOUNS,
    are_counted,
    did_something,
    statement,
    subject,
)

_COMPARES = re.compile(
    r"How (?:(many)|(much)) (?:(more|fewer|less|farther|further) )?(.+) (?:than|compared to) (.+)\?\Z"
)
_PREPOSITIONS = word_set("in on at from for to during with")
_MORE = word_set("more fewer less farther further")
_ADVERBS = word_set("now altogether left still each")
_CALLED = re.compile(
    r"(?:[A-Z][a-z]+|(?:the|a|an|his|her|their|its) [a-z-]+(?: [a-z-]+)?|[A-Z][a-z]+'s [a-z]+)\Z"
)
_FINITE = re.compile(r"[a-z]+(?:ed|s)\Z")


def difference_asked_for(question: str) -> str | None:
    """The noun phrase; None where it is not clear which two are compared."""
    match = _COMPARES.match(question)
    if match is None or question.count(" than ") + question.count(" compared to ") != 1:
        return None
    one, other = match[4].split(), match[5].split()
    is_way = match[3] in ("farther", "further")
    number = "number" if match[1] else "distance" if is_way else "amount"
    at = _auxiliary(one)
    if not match[3]:  # "How many dollars more"
        if at < 2 or one[at - 1] not in _MORE:
            return None
        one, at = [*one[: at - 1], *one[at:]], at - 1
    if at < 0 and (second := _auxiliary(other)) > 0:
        return _of_two_things(number, one, other, second)
    return _in_two_cases(number, one, other)


def _auxiliary(words: list[str]) -> int:
    return next((i for i, word in enumerate(words) if word in AUXILIARIES), -1)


def _of_two_things(number: str, one: list[str], other: list[str], at: int) -> str | None:
    """ "How many more movies than books did Ann read?" """
    first, second = " ".join(one), " ".join(other[:at])
    said = statement(other[at], other[at + 1 :])
    if said is None or not (are_counted(one) and are_counted(other[:at])):
        return None
    if said[:1] == ["that"] and said[1] in ("is", "was", "are", "were") and len(said) > 2:
        if said[2] in ("in", "on", "at", "under"):
            said = said[2:]  # "the numbers of cars and dolls on the shelf"
    return " ".join([f"the difference between the {number}s of {first} and {second}", *said])


def _in_two_cases(number: str, one: list[str], other: list[str]) -> str | None:
    """ "How many more emails did Ann get in the morning than in the evening?" and the like."""
    at = _auxiliary(one)
    counted = one[:at] if at >= 0 else []
    verb, rest = (one[at], one[at + 1 :]) if at >= 0 else ("", [])
    if at < 0:
        counted, rest = _who_did(one)
    if "more" in rest:
        return None
    things = " ".join(counted)
    if (things and not are_counted(things.split())) or (number == "number" and not things):
        return None
    of = f" of {things}" if things else ""
    said = statement(verb, rest) if verb else did_something(rest)
    if not said or verb in ("is", "are", "was", "were"):
        return None
    first = " ".join([f"the {number}{of}", *said])
    if number == "number" and (second := _those(other)):
        return f"the difference between {first} and the number of {second}"
    if second := _clause(other, said):
        return f"the difference between {first} and the {number} {second}"
    both = f"the difference between the {number}s{of}"
    end = subject(rest)
    if number == "distance" and len(other) == 1 and verb in DO and 0 < end == len(rest) - 1:
        ran, walked = (DO[verb](word) for word in (rest[end], other[0]))
        return f"{both} {' '.join(rest[:end])} {ran} and {walked}"  # "run than walk"
    if (second := _place(rest, other)) and " and " not in first:
        return f"{both} {' '.join(said)} and {second}"
    if verb and (who := _second_subject(rest, verb, other)):
        return f"{both} {who}"
    return None


def _who_did(words: list[str]) -> tuple[list[str], list[str]]:
    """ "customers stayed behind" as what is counted and what they did."""
    end = next((i for i, word in enumerate(words) if i and did_something([word])), 0)
    return words[:end], words[end:]


def _those(words: list[str]) -> str:
    """ "those that left", "those he sold"."""
    return " ".join(words) if words[0] == "those" and len(words) > 2 else ""


def _clause(words: list[str], said: list[str]) -> str:
    """ "she spent", and "she used to buy toys" for "she did to buy toys" where the other is said with "used"."""
    if len(words) < 2 or words[0] not in PRONOUNS:
        return ""
    if words[1] in DO:
        verb = next((word for word in said if _is_finite(word)), "")
        return " ".join([words[0], verb, *words[2:]]) if verb else ""
    return " ".join(words) if _is_finite(words[1]) else ""


def _is_finite(word: str) -> bool:
    return word in PAST_FORMS or (bool(_FINITE.match(word)) and word not in ("is", "was"))


def _place(rest: list[str], other: list[str]) -> str:
    """ "in the evening" where the other case is "in the morning", at the end of what is asked."""
    if other[0] not in _PREPOSITIONS or len(other) < 2:
        return ""
    last = next((word for word in reversed(rest) if word in _PREPOSITIONS), "")
    return " ".join(other) if last == other[0] else ""


def _second_subject(rest: list[str], verb: str, other: list[str]) -> str:
    """ "Ann and Ben have now" where it is asked what Ann has more now than Ben."""
    end = subject(rest)
    if NAME.match(other[0]) and other[1:2] and other[1] in _PREPOSITIONS:
        other, rest = other[:1], [*rest, *other[1:]]  # "than Jake in the park"
    if not end or end >= len(rest) or not _CALLED.match(" ".join(other)):
        return ""
    if rest[0] in PRONOUNS or not _CALLED.match(" ".join(rest[:end])) or rest[end] in ("not", "be"):
        return ""
    if len(other) > 1 and (other[-1] in PAST_FORMS or not _ADVERBS.issuperset(rest[end + 1 :])):
        return ""  # "than Ben sold"; the two may be what he did it with
    tail = rest[end + 1 :]
    if tail[:1] == ["and"] or (tail and NAME.match(tail[-1]) and NAME.match(other[0])):
        return ""  # "ran and jumped"; "on Monday than Tuesday"
    does = DO["did"] if verb == "did" else str
    said = [does(rest[end])] if verb in DO else [verb, rest[end]]
    return " ".join([*rest[:end], "and", *other, *said, *tail])
