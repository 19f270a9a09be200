"""The words of a question behind its auxiliary, in the order of a statement: "did she plant" -> "she planted".

What a question asks for is the object of its verb, so no noun follows the verb: it stands before a
preposition, a pronoun, an adverb or the end, or it is a word that is no noun.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from zoped.foundation.words import CARDINALS, word_set
from zoped.symbolic.wording.inflection import (
    BE,
    IRREGULAR_VERBS,
    MODALS,
    PARTICIPLES,
    PAST_FORMS,
    is_measure,
    is_plural,
    past_form,
    third_person,
)

DO: dict[str, Callable[[str], str]] = {"do": str, "does": third_person, "did": past_form}
HAVE = word_set("has have had")
STAY = word_set("remain remains remained")
AUXILIARIES = BE | DO.keys() | MODALS | HAVE | STAY
PRONOUNS = word_set("he she it they we you I")
SUBORDINATE = word_set("when that who which while before after")  # what comes then has its own verb
_POINTING = word_set(
    "the a an this that these those each every his her its their one two my your our both all"
)
_PREPOSITIONS = word_set(
    "in on at to for from with by per over under into onto during until through about between around "
    "across along without within out off up down back away of than as if because so and or"
)
_ADVERBS = word_set(
    "still also already now both each all together really actually then altogether left more again "
    "today yesterday tomorrow there here home less so"
)
_AFTER_VERBS = _PREPOSITIONS | _ADVERBS | SUBORDINATE | PRONOUNS | _POINTING | {"him", "them", ""}
_WHERE = word_set("left still on in at under")
_PLACE = word_set("in on at under")
# "How many more pens", "how many metres away": no noun phrase comes of these.
_NOT_COUNTED = word_set(
    "more fewer less than times long wide high tall deep old away apart heavy heavier older younger taller "
    "shorter longer lighter higher faster slower further farther too much"
)
_BEHIND_NOUNS = word_set("of in on at from for with")
_AMOUNTS = word_set("pounds kilograms grams tons litres liters gallons ounces")
_WORD = re.compile(r"[a-z]+(?:-[a-z]+)*\Z")
NAME = re.compile(r"[A-Z][a-z]+\Z")
_TITLE = re.compile(r"(?:Mr|Mrs|Ms|Dr)\.\Z")
_OWNER = re.compile(r"[A-Za-z]+(?:'s|s'|’s)\Z")
_NUMBER = re.compile(rf"(?:\d+|\{{\w+\}}|{'|'.join(CARDINALS)})\Z")
_IN_LY = re.compile(r"(?!(?:[a-z]*(?:pply|fly|ply)|rely)\Z)[a-z]+ly\Z")
_PAST_FORM = re.compile(r"[a-z]+ed\Z")
VERBS = IRREGULAR_VERBS | word_set(
    "add carry collect cook deliver donate earn fill gather harvest invite live move need order own pack pay pick "
    "plan plant play pour receive save serve share start store travel use visit walk want wash weigh win work"
)
_MOST_OF_A_NAME = 4  # words of what a thing is called: "the second grade class"


def are_counted(words: list[str]) -> bool:
    """Whether they say what is counted: "red pens", "pieces of cake", but neither "of them" nor "feet of rope"."""
    if not words or not (_NOT_COUNTED | SUBORDINATE).isdisjoint(words):
        return words == ["times"]
    if any(set(word) & set('"()') for word in words) or (
        NAME.match(words[-1]) and words[-1][-1] != "s"
    ):
        return False  # "times Megan was away"
    behind = next((i for i, word in enumerate(words) if word in _BEHIND_NOUNS), len(words))
    if not behind or not ((PRONOUNS | _POINTING) - {"each", "a"}).isdisjoint(words[:behind]):
        return False  # "of them", "customers decided they"
    head = words[behind - 1]
    if words[behind : behind + 1] == ["of"]:
        return behind + 1 < len(words) and (head in _AMOUNTS or not is_measure(head))
    return behind == len(words) or not is_measure(head)  # "metres from the beach"


def statement(verb: str, rest: list[str]) -> list[str] | None:
    """The words that say of what is counted what "verb rest" asks; None where it is not clear which word is
    the verb.

    >>> statement("did", ["she", "plant"])
    ['she', 'planted']
    >>> statement("will", ["be", "left"])
    ['that', 'will', 'be', 'left']
    """
    if verb in STAY:
        return ["that", verb, *rest]
    if verb in BE:
        return _with_be(verb, rest)
    if verb in HAVE:
        return _with_have(verb, rest)
    if not rest:
        return None
    if rest[0] == "not" and len(rest) > 1:
        return ["that", verb, *rest]
    if verb in MODALS:
        return _with_modal(verb, rest)
    end = subject(rest)
    if not end:
        return None
    if rest[end : end + 1] == ["not"] and end + 1 < len(rest):
        return [*rest[:end], verb, *rest[end:]]
    end += next((i for i, word in enumerate(rest[end:]) if not _is_adverb(word)), 0)
    if end == len(rest) or not _WORD.match(rest[end]):
        return None
    return [*rest[:end], DO[verb](rest[end]), *rest[end + 1 :]]


def did_something(words: list[str]) -> list[str] | None:
    """ "went home" as what is said of the children of "children went home"; None where it is no past."""
    verb = words[0] if words else ""
    is_past = verb != "had" and (verb in PAST_FORMS or _PAST_FORM.match(verb))
    return ["that", *words] if is_past else None


def _with_be(verb: str, rest: list[str]) -> list[str] | None:
    if rest == ["there"]:
        return []
    if rest[:1] == ["there"]:
        if verb in ("is", "are") and rest[1:2] and rest[1] in _PLACE and rest[2:3] != ["all"]:
            return rest[1:]
        return ["there", verb, *rest[1:]]
    doing = next((i for i, word in enumerate(rest) if i and word.endswith("ing")), 0)
    if 0 < doing <= _MOST_OF_A_NAME and _is_called(rest[:doing]):
        return [*rest[:doing], verb, *rest[doing:]]
    if rest[1:2] and (rest[0] in PRONOUNS or NAME.match(rest[0])):
        is_told = rest[1] in PARTICIPLES | {"able"} or _PAST_FORM.match(rest[1])
        return [rest[0], verb, *rest[1:]] if is_told else None
    if not rest or rest[0] in PRONOUNS | _POINTING or not _WORD.match(rest[0]):
        return None
    return rest if verb in ("is", "are") and rest[0] in _WHERE else ["that", verb, *rest]


def _with_have(verb: str, rest: list[str]) -> list[str] | None:
    """ "have they both run": the subject stands before the participle."""
    at = next(
        (i for i, word in enumerate(rest) if word in PARTICIPLES or _PAST_FORM.match(word)), -1
    )
    if at == 0:
        return ["that", verb, *rest]
    before = [word for word in rest[: max(at, 0)] if not _is_adverb(word) and word != "not"]
    if at < 0 or not _is_called(before):
        return None
    return [*before, verb, *rest[len(before) :]]


def _with_modal(verb: str, rest: list[str]) -> list[str] | None:
    if rest[:2] == ["there", "be"]:
        return ["there", verb, *rest[1:]]
    if rest[0] in ("be", "have"):
        return ["that", verb, *rest]
    end = subject(rest)
    if end and end < len(rest):
        return [*rest[:end], verb, *rest[end:]]
    first, second = (*rest, "")[:2]
    goes = _WORD.match(first) and not is_plural(first) and first not in _AFTER_VERBS
    if goes and (_ends_verb(second) or _OWNER.match(second)):
        return ["that", verb, *rest]  # "must go in each box"
    return None


def subject(words: list[str]) -> int:
    """How many words the subject has; 0 where that is not clear."""
    first, second, third = (*words, "", "", "")[:3]
    if second == "and" and (first in PRONOUNS or NAME.match(first)):
        both = bool(NAME.match(third)) or third in PRONOUNS
        return 3 if both else _behind(2, subject(words[2:])) if third in _POINTING else 0
    if first in PRONOUNS:
        return 1
    if _NUMBER.match(first) and first != "one":
        return _counted(words)
    if first == "each" and second and not third:
        return 1  # "does each pay"
    if _TITLE.match(first) and NAME.match(second):
        return 2
    if _OWNER.match(first):
        return _behind(1, _called(words[1:]))
    if first in _POINTING and _OWNER.match(second):
        return _behind(2, _called(words[2:]))
    if NAME.match(first):
        if not NAME.match(second) or _ends_verb(third) or NAME.match(third):
            return 1
        is_noun = _may_be_verb(third) and (*words, "")[3] in VERBS
        return 3 if is_noun else 2  # "Glacier National park have", "Ann Smith have"
    if first in ("all", "both") and second in _POINTING:
        return _behind(1, subject(words[1:]))
    if first in _POINTING:
        return _behind(1, _called(words[1:]))
    # "developers build", and names that are written small: "danny find".
    if not _WORD.match(first) or first in _AFTER_VERBS | AUXILIARIES:
        return 0
    is_verb = _may_be_verb(second) and _ends_verb(third)
    return 1 if is_verb or (_is_adverb(second) and third in VERBS) else 0


def _behind(before: int, more: int) -> int:
    return before + more if more else 0


def _called(words: list[str]) -> int:
    """How many words of a noun phrase come behind its article; 0 where that is not clear."""
    for i, word in enumerate(words[:_MOST_OF_A_NAME]):
        following = (*words[i + 1 :], "", "")
        several = _NUMBER.match(word) and not is_plural(following[0])
        if is_plural(word) or (several and _may_be_verb(following[0])):
            if following[0] == "of":
                return _behind(i + 2, _of(words[i + 2 :]))
            return i + 1 if _is_verb(*following[:2]) else 0
        if word in _AFTER_VERBS or not (_WORD.match(word) or _NUMBER.match(word)):
            break
    first, second, third, fourth = (*words, "", "", "", "")[:4]
    if first in _AFTER_VERBS or not (_WORD.match(first) or NAME.match(first)):
        return 0
    if second == "of":
        return _behind(2, _of(words[2:]))
    if _is_adverb(second) and _may_be_verb(third):
        return 1
    if not _may_be_verb(second):
        return 0
    if third in VERBS or (_is_adverb(third) and _may_be_verb(fourth)):
        return 2  # "pet store have"
    return 1 if _is_verb(second, third) else 0


def _of(words: list[str]) -> int:
    """How many words of "5 hours", "strawberries", "the pie" stand before a verb."""
    first, second = (*words, "", "")[:2]
    if _NUMBER.match(first):
        return _counted(words)
    if first in _POINTING:
        return _behind(1, _called(words[1:]))
    if not _WORD.match(first) or first in _AFTER_VERBS:
        return 0
    third = (*words, "", "", "")[2]
    if _may_be_verb(second) and third in VERBS:
        return 2  # "energy drink cost"
    return 1 if _is_verb(second, third) else 0


def _counted(words: list[str]) -> int:
    """How many words "5 spiders" or "3 adults and 5 children" have; 0 where no verb follows them."""
    end = next((i + 1 for i, word in enumerate(words[:4]) if is_plural(word)), 0)
    if not end or not all(_WORD.match(word) and word not in _AFTER_VERBS for word in words[1:end]):
        return 0
    following, second = (*words[end:], "", "")[:2]
    if following == "and" and _NUMBER.match(second):
        return _behind(end + 1, _counted(words[end + 1 :]))
    if following == "of":
        return _behind(end + 1, _of(words[end + 1 :]))
    return end if _may_be_verb(following) else 0


def _is_called(words: list[str]) -> bool:
    """Whether they are a whole subject: "she", "Ann and Ben", "the plane"."""
    if not words:
        return False
    if len(words) == 1:
        return words[0] in PRONOUNS or bool(NAME.match(words[0]))
    if len(words) == 3 and words[1] == "and":
        return all(NAME.match(word) for word in words[::2])
    is_first = words[0] in _POINTING or _OWNER.match(words[0]) or _NUMBER.match(words[0])
    plain = [word for word in words[1:] if _WORD.match(word) or _OWNER.match(word)]
    return bool(is_first) and len(plain) == len(words) - 1 and _AFTER_VERBS.isdisjoint(plain)


def _may_be_verb(word: str) -> bool:
    return bool(_WORD.match(word)) and not is_plural(word) and word not in _AFTER_VERBS


def _is_verb(word: str, following: str) -> bool:
    """Whether it is a verb behind its subject, with or without an adverb before it."""
    if _is_adverb(word):
        return _may_be_verb(following)
    return _may_be_verb(word) and (word in VERBS or _ends_verb(following))


def _is_adverb(word: str) -> bool:
    return word in _ADVERBS or bool(_IN_LY.match(word))


def _ends_verb(word: str) -> bool:
    """Whether what comes before the word is a verb, if it is a verb or a noun."""
    return (
        word in _AFTER_VERBS
        or word == "total"
        or any(pattern.match(word) for pattern in (_IN_LY, _NUMBER, NAME, _OWNER))
    )
