"""What a question asks for, as a noun phrase: "the number of tulips she planted".

>>> asked_for("How many tulips did she plant?")
'the number of tulips she planted'
>>> asked_for("How many crates are still on the truck?")
'the number of crates still on the truck'
>>> asked_for("How many walks was that?") is None
True
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from zoped.foundation.word_set import word_set
from zoped.symbolic.wording.inflection import (
    BE,
    IRREGULAR_VERBS,
    MODALS,
    PAST_FORMS,
    is_measure,
    is_plural,
    past_form,
    third_person,
)

# A meaning that quotes the question, as formalized texts have it: "tulips asked for in "How many ...?"".
_QUOTED = re.compile(r'[^"]*\basked for in "(.*)"\Z')
_HOW_MANY = re.compile(r"How many (.+)\?\Z")
_HOW_MUCH = re.compile(
    r"How much (?:(?!more |less |[a-z]+er )([a-z]+) )?(do|does|did|will|can|must|could|would|should) (.+)\?\Z"
)
_OPENING = re.compile(r"(?:In total|In all|Altogether|All together|Together|In the end),? how ")
_WHAT = re.compile(r"What (?:is|was|will be|are|were) ((?:the|his|her|their|its) [^,?]+)\?\Z")
_ONE = r"((?:the|each|one|his|her|their) [a-z]+|[A-Z][a-z]+)"
_HOW_FAR = re.compile(r"How far (does|did) (.+)\?\Z")
_HOW_OLD = re.compile(rf"How old (?:is|was) {_ONE}(?: now)?\?\Z")
SIZES = {"long": "length", "wide": "width", "tall": "height", "high": "height", "deep": "depth"}
_HOW_LONG = re.compile(rf"How (?:many [a-z]+ )?({'|'.join(SIZES)}) (?:is|was) {_ONE}( now)?\?\Z")
_COMPARED = {
    "heavier": "weights",
    "lighter": "weights",
    "older": "ages",
    "younger": "ages",
    "taller": "heights",
    "higher": "heights",
    "longer": "lengths",
    "wider": "widths",
}
_HOW_MUCH_LONGER = re.compile(
    rf"How many [a-z]+ ({'|'.join(_COMPARED)}) (?:is|was) {_ONE} than {_ONE}\?\Z"
)
_MORE_THAN = re.compile(r"How many (?:more|fewer) ([a-z]+) than ([a-z]+) (do|does|did) (.+)\?\Z")
_MORE_HAVE = re.compile(
    rf"How many (?:more|fewer) ([a-z ]+) (does|did) {_ONE} have than {_ONE}( now)?\?\Z"
)
_MORE_SOMEWHERE = re.compile(
    r"How many (?:more|fewer) ([a-z ]+) than ([a-z ]+) (?:are|were) (?:there |still )?((?:in|on|at|under) .+)\?\Z"
)
_NEEDED = re.compile(
    r"How many more ([a-z]+(?: of [a-z]+)?) (do|does|did) (.+) need(?: (to [a-z]+))?\?\Z"
)
_THINGS = "How many (?!more |fewer |less |of )[a-z ]+"
_HOLDS = re.compile(
    rf"{_THINGS} does (he|she|[A-Z][a-z]+) (?:still )?have(?: left| now| in all| altogether| in the end)*\?\Z"
)
_LIES = re.compile(
    rf"{_THINGS} are (?:still |now )?(?:left )?((?:in|on|at) the [a-z]+)(?: now| altogether)?\?\Z"
)
_LEFT = re.compile(rf"{_THINGS} (?:are (?:still )?left|remain)(?: now)?\?\Z")
_FORMS: dict[str, Callable[[str], str]] = {"do": str, "does": third_person, "did": past_form}
_STAY = word_set("remain remains remained")
_PRONOUNS = word_set("he she it they we you I")
_POINTING = word_set(
    "the a an this that these those each every his her its their one two my your our"
)
# "How many more pens", "how many metres away": no noun phrase comes of these.
_NOT_COUNTED = word_set(
    "more fewer less than times long wide high tall deep old away apart heavy heavier older younger taller "
    "shorter longer lighter higher faster slower further farther"
)
_AMOUNTS = word_set("pounds kilograms grams tons litres liters")
_ADVERBS = word_set("still also already now both each all together really actually then first")
_PLACE = word_set("in on at under")
_WHERE = word_set("left still on in at under")
_WORD = re.compile(r"[a-z]+\Z")
_NAME = re.compile(r"[A-Z][a-z]+\Z")
_NUMBER = re.compile(r"(?:\d+|\{\w+\})\Z")
_VERBS = IRREGULAR_VERBS | word_set(
    "add carry collect cook deliver donate earn fill gather harvest invite live move need order own pack pay pick "
    "plan plant play pour receive save serve share start store travel use visit walk want wash work"
)
_NO_VERBS = word_set("of and in on at with from for")
_SUBORDINATE = word_set(
    "when that who which while before after"
)  # what comes then has its own verb
_PAST_FORM = re.compile(r"[a-z]+ed\Z")


def quoted_question(meaning: str) -> str:
    """The question that a meaning quotes; "" where it quotes none."""
    match = _QUOTED.match(meaning)
    return match[1] if match else ""


def with_question(meaning: str, question: str) -> str:
    """The meaning with another question in the place of the one that it quotes."""
    called, _, _ = meaning.partition(' in "')
    return f'{called} in "{question}"'


@lru_cache(maxsize=4096)
def quoted_phrase(meaning: str) -> str | None:
    """The noun phrase of a meaning that quotes a question; None where it does not, or there is none."""
    question = quoted_question(meaning)
    return asked_for(question) if question else None


def asked_holder(question: str) -> str:
    """Who has in the end what is asked for, "she" or "Leon"; "" where that is not what is asked.

    >>> asked_holder("How many comic books does Leon have now?")
    'Leon'
    >>> asked_holder("How many comic books did Leon have before?")
    ''
    """
    match = _HOLDS.match(question)
    return match[1] if match else ""


def asked_place(question: str) -> str:
    """Where in the end what is asked for is, "on the pond", or "left"; "" where that is not what is asked."""
    match = _LIES.match(question)
    return match[1] if match else "left" if _LEFT.match(question) else ""


def asked_for(question: str) -> str | None:
    """The noun phrase of what a question asks for; None where these few rules do not see which word is the
    verb."""
    question = _OPENING.sub("How ", question)
    if match := _WHAT.match(question):
        return match[1]
    if match := _HOW_OLD.match(question):
        return f"the age of {match[1]}"
    if "," in question or " if " in question:
        return None
    if (match := _HOW_MUCH.match(question)) and " than " not in question:
        amount = f"the amount of {match[1]}" if match[1] else "the amount"
        return _phrase(amount, match[2], match[3].split())
    if match := _HOW_LONG.match(question):
        return f"the {SIZES[match[1]]} of {match[2]}{match[3] or ''}"
    if match := _HOW_FAR.match(question):
        return _phrase("the distance", match[1], match[2].split())
    if match := _HOW_MUCH_LONGER.match(question):
        return f"the difference between the {_COMPARED[match[1]]} of {match[2]} and {match[3]}"
    if match := _MORE_THAN.match(question):
        both = f"the difference between the numbers of {match[1]} and {match[2]}"
        return _phrase(both, match[3], match[4].split())
    if match := _MORE_HAVE.match(question):
        have = "have" if match[2] == "does" else "had"
        both = f"{match[3]} and {match[4]} {have}{match[5] or ''}"
        return f"the difference between the numbers of {match[1]} {both}"
    if match := _MORE_SOMEWHERE.match(question):
        return f"the difference between the numbers of {match[1]} and {match[2]} {match[3]}"
    if match := _NEEDED.match(question):
        return _phrase(
            f"the number of {match[1]}",
            match[2],
            [*match[3].split(), "still", "need", *(match[4] or "").split()],
        )
    match = _HOW_MANY.match(question) if " than " not in question else None
    words = match[1].split() if match else []
    verbs = [i for i, word in enumerate(words) if word in BE | _FORMS.keys() | MODALS | _STAY]
    if not verbs:
        return _what_did_something(words)
    further = [i for i in verbs[1:] if words[i - 1] != "to"]  # "did she have to do"
    counted, said = words[: verbs[0]], words[verbs[0] : min(further, default=len(words))]
    if not _are_counted(counted) or (further and _SUBORDINATE.isdisjoint(said)):
        return None
    number = " ".join(["the number of", *counted])
    return _phrase(number, words[verbs[0]], words[verbs[0] + 1 :])


def _are_counted(words: list[str]) -> bool:
    """Whether they say what is counted: "red pens", "pieces of cake", but neither "of them" nor "feet of rope"."""
    if not words or not (_NOT_COUNTED | _SUBORDINATE).isdisjoint(words):
        return False
    at = words.index("of") if "of" in words else -1
    if at < 0:
        return True
    head = words[at - 1] if at else ""
    return bool(head) and at + 1 < len(words) and (head in _AMOUNTS or not is_measure(head))


def _what_did_something(words: list[str]) -> str | None:
    """ "the number of children that went home" of the words "children went home"."""
    end = next((i + 1 for i, word in enumerate(words) if is_plural(word)), 0)
    verb = (*words, "")[end] if end else ""
    is_past = verb != "had" and (verb in PAST_FORMS or _PAST_FORM.match(verb))
    if not is_past or not _are_counted(words[:end]):
        return None
    return " ".join(["the number of", *words[:end], "that", *words[end:]])


def _phrase(noun: str, verb: str, rest: list[str]) -> str | None:
    said = _clause(verb, rest)
    return None if said is None else " ".join([noun, *said])


def _clause(verb: str, rest: list[str]) -> list[str] | None:
    if verb in _STAY:
        return ["that", verb, *rest]
    if verb in BE:
        if not rest or rest[0] in _PRONOUNS | _POINTING or not _WORD.match(rest[0]):
            return None
        if rest == ["there"]:
            return []
        if rest[0] == "there":
            if verb in ("is", "are") and rest[1:2] and rest[1] in _PLACE and rest[2:3] != ["all"]:
                return rest[1:]
            return ["there", verb, *rest[1:]]
        return rest if verb in ("is", "are") and rest[0] in _WHERE else ["that", verb, *rest]
    if verb in MODALS and rest[0] == "be":
        return ["that", verb, *rest]
    end = _subject(rest)
    if not end:
        return None
    if verb in MODALS:
        return [*rest[:end], verb, *rest[end:]]
    end += next((i for i, word in enumerate(rest[end:]) if word not in _ADVERBS), 0)
    if end == len(rest) or not _WORD.match(rest[end]):
        return None
    form = _FORMS[verb]
    return [*rest[:end], form(rest[end]), *rest[end + 1 :]]


def _subject(words: list[str]) -> int:
    """How many words the subject has; 0 where that is not clear."""
    first, second, third = (*words, "", "", "")[:3]
    if first in _PRONOUNS:
        return 1
    if _NUMBER.match(first):
        return _counted(words)
    if first == "each" and second and not third:
        return 1  # "does each pay"
    if _NAME.match(first):
        return 3 if second == "and" and (_NAME.match(third) or third in _PRONOUNS) else 1
    # "the two girls", "each of them", "the shop next door": the verb is further behind.
    is_noun = first in _POINTING and _WORD.match(second) and second not in _POINTING | {"of"}
    if not is_noun or not _may_be_verb(third):
        return 0
    fourth = (*words, "")[3]
    if fourth in _VERBS:
        return 3  # "the pet store have"
    return 2 if third in _VERBS or not _may_be_verb(fourth) else 0


def _counted(words: list[str]) -> int:
    """How many words "5 spiders" or "3 adults and 5 children" have; 0 where no verb follows them."""
    if len(words) < 3 or not is_plural(words[1]):
        return 0
    if words[2] == "and" and _NUMBER.match((*words, "")[3]):
        others = _counted(words[3:])
        return 3 + others if others else 0
    return 2 if _may_be_verb(words[2]) else 0


def _may_be_verb(word: str) -> bool:
    return bool(_WORD.match(word)) and not is_plural(word) and word not in _NO_VERBS
