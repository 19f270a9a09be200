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
from functools import lru_cache

from zoped.symbolic.wording.clauses import split_noun_group
from zoped.symbolic.wording.compared import difference_asked_for
from zoped.symbolic.wording.inflection import is_plural, plural
from zoped.symbolic.wording.question_order import (
    AUXILIARIES,
    HAVE,
    SUBORDINATE,
    are_counted,
    did_something,
    statement,
    subject,
)

# A meaning that quotes the question, as formalized texts have it: "tulips asked for in "How many ...?"".
_QUOTED = re.compile(r'[^"]*\basked for in "(.*)"\Z')
_OPENING = re.compile(
    r"(?:In total|In all|All in all|Altogether|All together|Together|In the end),? how "
)
# "After 5 days, how many ...?", "How many hours, in total, ...?", "How many customers total did ...?"
_LEADING = re.compile(
    r"((?:After|At|On|For|During|By|Before|In|Over|When|While|Once|Until) (?!total |all )[^,?]+), (how [^,]+\?)\Z"
)
_BETWEEN = re.compile(r"(How (?:many|much|long|far)[^,?]*), (in [a-z]+), ([^,?]+)\?\Z")
_BEHIND = re.compile(r"(How [^,?]+), (in [a-z]+)\?\Z")
_IN_ALL = re.compile(
    rf"(How (?:many|much) [a-z -]+?) (in total|in all|total|altogether|all together) ((?:{'|'.join(sorted(AUXILIARIES))}) [^?]+)\?\Z"
)
_MORE_COMPARED = re.compile(r"How (?:many|much) (?:more|fewer|less) .* compared to ")
_TOTAL_LAST = re.compile(r" (?<!in )(?<!of )(?<!the )total\?\Z")
_HOW_MANY = re.compile(r"How many (total )?(.+)\?\Z")
_HOW_MUCH = re.compile(
    rf"How much (total )?((?:(?!(?:{'|'.join(sorted(AUXILIARIES))}) )[a-z]+ ){{1,3}}?)?"
    r"(do|does|did|will|can|must|could|would|should|is|was|has|have|had|remains|remained)(?: (.+))?\?\Z"
)
_HOW_MUCH_MORE = re.compile(
    r"How much more (?!.*\bbe\b)((?:[a-z]+ )??)(can|will|must|could|would|should) (.+)\?\Z"
)
_NOUN_PHRASE = r"((?:the|his|her|their|its|[A-Z][a-z]+'s) [A-Za-z' ]+?)"
_COMES_TO = re.compile(
    rf"How much (?:(is|are|was|were) {_NOUN_PHRASE}|(will|would) {_NOUN_PHRASE} be)( in [a-z]+)?\?\Z"
)
_HOW_LONG_IN_TIME = re.compile(
    r"How (long|much longer) (do|does|did|will|would|can|has|have|had) (.+)(?<! be)\?\Z"
)
_WHAT = re.compile(
    r"What (?:is|was|will be|are|were) ((?:the|his|her|their|its|[A-Z][a-z]+'s) [^,?]+)\?\Z"
)
_ONE = r"((?:the|each|one|his|her|their|[A-Z][a-z]+'s) [a-z]+(?: (?!now)[a-z]+)?|[A-Z][a-z]+)"
_HOW_FAR = re.compile(r"How far (does|did|can|will|would|has|have|had) (.+)\?\Z")
_HOW_FAR_IS_IT = re.compile(r"How far is it ((?:between|from) [^,]+)\?\Z")
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
    rf"How (?:many [a-z]+|much) ({'|'.join(_COMPARED)}) (?:is|was) {_ONE} than {_ONE}\?\Z"
)
_NEEDED = re.compile(
    r"How (many|much) more ([a-z]+(?: of [a-z]+)?) (do|does|did) (.+) need(?: (to [a-z]+))?\?\Z"
)
# What is to come; of others it is not said than what they are more.
_MORE = re.compile(
    r"How many more (?!of )([a-z -]+? (?:(?:can|will|must|could|would|should|has|have|had) .+|(?:do|does|did) .+ (?:need|have to) .+|"
    r"(?:is|are|were) (?:needed|required|left).*))\?\Z"
)
_THINGS = "How many (?!more |fewer |less |of )[a-z ]+"
_OF_WHOM = re.compile(r"How (?:many|much) [^,?]*?\b(?:do|does|did|can|will) ([^,?]+)\?\Z")
_COUNTS = re.compile(
    rf"How many ([a-z -]+?) (?:left )?(?:{'|'.join(sorted(AUXILIARIES))}) [^,?]+\?\Z"
)
_HOLDS = re.compile(
    rf"{_THINGS} does (he|she|[A-Z][a-z]+) (?:still )?have(?: left| now| in all| altogether| in the end)*\?\Z"
)
_LIES = re.compile(
    rf"{_THINGS} are (?:still |now )?(?:left )?((?:in|on|at) the [a-z]+)(?: now| altogether)?\?\Z"
)
_LEFT = re.compile(rf"{_THINGS} (?:are (?:still )?left|remain)(?: now)?\?\Z")


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


def asked_of_whom(question: str) -> str:
    """Of whom a question asks what they do: "the carts" of "How many wheels do the carts have?"; "" where that
    is not clear."""
    match = _OF_WHOM.match(question)
    words = match[1].split() if match else []
    return " ".join(words[: subject(words)])


def asked_things(question: str, unit: str) -> str:
    """What a question counts, in all its words: "jars of plum jam"; "" where that is not clear.

    >>> asked_things("How many jars of plum jam does Leon have left?", "jar")
    'jars of plum jam'
    """
    match = _COUNTS.match(question) if unit else None
    if match is None or not are_counted(match[1].split()):
        return ""
    group, more = split_noun_group(match[1], unit)
    return group if not more and plural(unit) in group.split() else ""


def asked_place(question: str) -> str:
    """Where in the end what is asked for is, "on the pond", or "left"; "" where that is not what is asked."""
    match = _LIES.match(question)
    return match[1] if match else "left" if _LEFT.match(question) else ""


def asked_for(question: str) -> str | None:
    """The noun phrase of what a question asks for; None where these few rules do not see which word is the
    verb."""
    question = _OPENING.sub("How ", question)
    if match := _LEADING.match(question):
        said = asked_for(f"H{match[2][1:]}")
        return said and f"{said} {match[1][0].lower()}{match[1][1:]}"
    question = _plain(question)
    if match := _WHAT.match(question):
        return match[1]
    if match := _HOW_OLD.match(question):
        return f"the age of {match[1]}"
    if "," in question or " if " in question:
        return None
    if match := _HOW_LONG.match(question):
        return f"the {SIZES[match[1]]} of {match[2]}{match[3] or ''}"
    if match := _HOW_MUCH_LONGER.match(question):
        return f"the difference between the {_COMPARED[match[1]]} of {match[2]} and {match[3]}"
    if match := _NEEDED.match(question):
        number = "number" if match[1] == "many" else "amount"
        needing = [*match[4].split(), "still", "need", *(match[5] or "").split()]
        return _phrase(f"the {number} of {match[2]}", match[3], needing)
    if " than " in question or _MORE_COMPARED.match(question):
        return difference_asked_for(question)
    return _not_compared(question)


def _plain(question: str) -> str:
    """The question with "in total", "in dollars" and the like at its end."""
    question = question.replace("What's ", "What is ", 1)
    if match := _BETWEEN.match(question):
        question = f"{match[1]} {match[3]} {match[2]}?"
    if match := _BEHIND.match(question):
        question = f"{match[1]} {match[2]}?"
    if match := _IN_ALL.match(question):
        question = f"{match[1]} {match[3]} {match[2]}?"
    return _TOTAL_LAST.sub(" in total?", question) if question.startswith("How") else question


def _not_compared(question: str) -> str | None:
    if match := _COMES_TO.match(question):
        return _what_it_comes_to(match)
    if match := _HOW_FAR_IS_IT.match(question):
        return f"the distance {match[1]}"
    if match := _HOW_FAR.match(question):
        return _phrase("the distance", match[1], match[2].split())
    if match := _HOW_LONG_IN_TIME.match(question):
        time = "the time" if match[1] == "long" else "the additional time"
        return _phrase(time, match[2], match[3].split())
    if match := _HOW_MUCH_MORE.match(question):
        of = f" of {match[1].strip()}" if match[1] else ""
        return _phrase(f"the additional amount{of}", match[2], match[3].split())
    if match := _HOW_MUCH.match(question):
        amount = f"the {match[1] or ''}amount"
        words = (match[2] or "").split()
        if words and not are_counted(words):
            return None
        amount = f"{amount} of {' '.join(words)}" if words else amount
        return _phrase(amount, match[3], (match[4] or "").split())
    if match := _MORE.match(question):
        return _how_many(match[1].split(), "the number of additional")
    match = _HOW_MANY.match(question)
    return _how_many(match[2].split(), f"the {match[1] or ''}number of") if match else None


def _what_it_comes_to(match: re.Match[str]) -> str | None:
    verbs = {"is": "comes", "are": "come", "will": "will come", "would": "would come"}
    what, verb = match[2] or match[4], verbs.get(match[1] or match[3], "came")
    if re.search(r"\b(?:able|left|worth|spent|given|paid|that|[a-z]+ing)\b", what):
        return None
    return f"what {what} {verb} to{match[5] or ''}"


def _how_many(words: list[str], number: str) -> str | None:
    denied = next((i for i, word in enumerate(words) if word.endswith("n't")), 0)
    counted = words[:denied]
    if (
        are_counted(counted)
        and AUXILIARIES.isdisjoint(counted)
        and not subject(words[denied + 1 :])
    ):
        return " ".join([number, *words[:denied], "that", *words[denied:]])
    verbs = [i for i, word in enumerate(words) if word in AUXILIARIES]
    if not verbs:
        end = next((i + 1 for i, word in enumerate(words) if is_plural(word)), 0)
        said = did_something(words[end:]) if end and are_counted(words[:end]) else None
        return None if said is None else " ".join([number, *words[:end], *said])
    # "did she have to do", "had he eaten when she came"
    further = [i for i in verbs[1:] if words[i - 1] != "to" and words[i] not in HAVE | {"do"}]
    counted, said = words[: verbs[0]], words[verbs[0] : min(further, default=len(words))]
    if not are_counted(counted) or (further and SUBORDINATE.isdisjoint(said)):
        return None
    return _phrase(" ".join([number, *counted]), words[verbs[0]], words[verbs[0] + 1 :])


def _phrase(noun: str, verb: str, rest: list[str]) -> str | None:
    said = statement(verb, rest)
    return None if said is None else " ".join([noun, *said])
