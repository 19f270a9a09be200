"""Realization: a word problem in plain English from a symbolic problem, by rules.

Every given is stated once, in the order of the variables; what the story implies is not said;
one question ends the text. The seed picks names, objects and phrasing, and nothing else: of the
wordings that somebody wrote for a sentence, any one.
"""

from __future__ import annotations

import re
from functools import lru_cache
from random import Random

from zoped.symbolic.problem import SLOT, SymbolicProblem
from zoped.symbolic.wording.asked_for import quoted_question
from zoped.symbolic.wording.inflection import (
    FEMALE_NAMES,
    FOODS,
    HER,
    HIM,
    MALE_NAMES,
    PRONOUNS,
    THINGS,
    article,
    base_form,
    capitalize,
    lower_first,
    plural,
)
from zoped.symbolic.wording.introductions import introduced
from zoped.symbolic.wording.question_order import AUXILIARIES, VERBS
from zoped.symbolic.wording.telling import Sentence, Teller
from zoped.symbolic.wording.wordings import one_wording

_WORD = re.compile(r"[A-Za-z]+")
_NAMES = (FEMALE_NAMES, MALE_NAMES)
_OBJECTS = (THINGS, FOODS)
_CALLED: dict[tuple[str, ...], frozenset[str]] = {FEMALE_NAMES: HER, MALE_NAMES: HIM}


def realize(problem: SymbolicProblem, seed: int, *, rename: bool = True) -> str:
    """The problem as English text; the same problem and seed give the same text.

    `rename=False` keeps the people and things that the symbols name, for who sees both.
    """
    rng = Random(seed)
    teller = Teller(one_wording(problem, rng))
    sentences = introduced(teller.sentences())
    question = teller.question(indirect=rng.random() < 0.12)
    if rng.random() < 0.5:
        sentences, question = _with_pronouns(sentences, question)
    parts = [teller.start(sentence.text) for sentence in sentences]
    if rng.random() < 0.3:
        parts = _join_first_two(sentences, parts)
    text = " ".join(f"{part}." if part[-1:] not in ".?!" else part for part in parts if part)
    text = f"{text} {capitalize(question)}?".strip()
    return _swap_words(text, rng, own=told_by_somebody(problem)) if rename else text


def told_by_somebody(problem: SymbolicProblem) -> bool:
    """Whether the problem is told in the sentences of a text that somebody wrote: a meaning quotes its question,
    or one statement has several sentences with several givens. What its things are used for nobody knows, so
    they stay what they are."""
    told = (c.statement or "" for c in problem.constraints)
    return any(quoted_question(v.meaning) for v in problem.variables) or any(
        ". " in statement and len(set(SLOT.findall(statement))) > 1 for statement in told
    )


def _with_pronouns(sentences: list[Sentence], question: str) -> tuple[list[Sentence], str]:
    """Say "she" where the sentence goes on about the one person just named."""
    result: list[Sentence] = []
    before: set[str] = set()  # people in the sentence before
    people: set[str] = set()
    for sentence in sentences:
        names = _people(sentence.text)
        subject = sentence.subject
        if subject in PRONOUNS and before == names == {subject}:
            if sentence.text.count(subject) == 1:
                text = PRONOUNS[subject] + sentence.text[len(subject) :]
                sentence = Sentence(text, "", sentence.is_clause)
        result.append(sentence)
        before = names
        people |= names
    names = _people(question)
    if len(names) == 1 and people == names == before:
        (name,) = names
        if question.count(name) == 1 and _does_it(name, question):
            question = question.replace(f" {name} ", f" {PRONOUNS[name]} ")
    return result, question


def _does_it(name: str, question: str) -> bool:
    """Whether the question has the name once before a verb, or after the first half of one: "does Tom have", "how
    many pens Tom has", not "does it take Tom to"."""
    before, _, after = (words.split() for words in question.partition(f" {name} "))
    if not before or not after:
        return False
    is_object = base_form(before[-1]) in VERBS
    return before[-1] in AUXILIARIES or (
        not is_object and base_form(after[0]) in VERBS | AUXILIARIES
    )


def _people(text: str) -> set[str]:
    return {word for word in _WORD.findall(text) if word in PRONOUNS}


def _join_first_two(sentences: list[Sentence], parts: list[str]) -> list[str]:
    """ "Ann has 5 pens and Ben has 3 pens" out of the first two clauses in a row."""
    for i in range(len(parts) - 1):
        first, second = sentences[i], sentences[i + 1]
        if first.is_clause and second.is_clause:
            both = first.text + second.text
            if "," in both or " and " in both:
                return parts
            if not _goes_with(first, second):
                return parts
            return [*parts[:i], f"{parts[i]} and {_continuation(first, second)}", *parts[i + 2 :]]
    return parts


def _goes_with(first: Sentence, second: Sentence) -> bool:
    """Whether "and" may join the two: they speak of the same, or say the same of another."""
    if not first.subject or not second.subject:
        return False
    if first.subject == "There" and first.text.split()[-1] == second.text.split()[-1]:
        return False  # "There are 8 boys in the class and 17 children in the class"
    if _bare(first.subject) == _bare(second.subject):
        return True
    verbs = [s.text[len(s.subject) + 1 :].partition(" ")[0] for s in (first, second)]
    return verbs[0] == verbs[1] and first.text.split()[-1] == second.text.split()[-1]


def _continuation(first: Sentence, second: Sentence) -> str:
    """The second sentence after "and": without its subject, and its verb, where they repeat."""
    text = second.text
    if not second.subject or _bare(second.subject) != _bare(first.subject):
        return lower_first(text)
    text = text[len(second.subject) + 1 :]
    verb, _, rest = text.partition(" ")
    same = first.text[len(first.subject) + 1 :].partition(" ")
    return rest if same[0] == verb and same[2][:1].isdigit() and rest[:1].isdigit() else text


def _bare(subject: str) -> str:
    return subject.partition(" ")[2] if subject.startswith(("A ", "An ", "The ")) else subject


def _forms(noun: str) -> tuple[str, ...]:
    many = plural(noun)
    return noun, many, noun.capitalize(), many.capitalize()


# Every word that can be swapped -> (its bank, its place in the bank, which form it is).
_SWAPPED: dict[str, tuple[tuple[str, ...], int, int]] = {
    name: (bank, place, 0) for bank in _NAMES for place, name in enumerate(bank)
} | {
    form: (bank, place, index)
    for bank in _OBJECTS
    for place, noun in enumerate(bank)
    for index, form in enumerate(_forms(noun))
}


# What a thing is used for in the text: there no other thing can stand for it.
_GROWN = "tree trees orchard pick picks picked grow grows grew"
_BAKED = "bake bakes baked baker bakery oven flour dough"
_USES = {
    "pen": "write writes ink pencil pencils farmer farm hen hens pig pigs sheep goats",
    "stamp": "letter letters post envelope envelopes cent cents album",
    "button": "shirt shirts coat coats sew sews",
    "bead": "string necklace necklaces bracelet bracelets chain chains",
    "apple": f"{_GROWN} pie juice",
    "pear": _GROWN,
    "plum": f"{_GROWN} jam",
    "peach": _GROWN,
    "bun": _BAKED,
    "cookie": _BAKED,
    "nut": "shell squirrel squirrels",
}
_KEPT = {noun: frozenset(words.split()) for noun, words in _USES.items()}
# Nouns for things of many kinds: where the text has one, a thing of the bank could be one of them.
_GENERAL = frozenset({"toy", "toys", "thing", "things", "fruit", "fruits", "object", "objects"})


def _is_swapped(word: str, words: set[str], own: bool) -> bool:
    bank, place, _ = _SWAPPED[word]
    if bank in _NAMES:
        return not (own and _is_called_otherwise(bank, words))
    return not own and not (_KEPT.get(bank[place], frozenset()) | _GENERAL) & words


def _is_called_otherwise(bank: tuple[str, ...], words: set[str]) -> bool:
    """Whether the text has pronouns of the other bank alone: Sam, who is "she"."""
    has_own, has_other = (
        not words.isdisjoint(_CALLED[each]) for each in (bank, _NAMES[1 - _NAMES.index(bank)])
    )
    return has_other and not has_own


def _swap_words(text: str, rng: Random, *, own: bool = False) -> str:
    """Put new names and objects for those of the banks, one to one within each bank.

    An object stays where the text says what it is used for, and in a text that somebody wrote, `own`.
    """
    words = set(_WORD.findall(text))
    found = sorted(word for word in _SWAPPED.keys() & words if _is_swapped(word, words, own))
    if not found:
        return text
    chosen: dict[tuple[str, ...], dict[int, str]] = {}
    for word in found:
        bank, place, _ = _SWAPPED[word]
        chosen.setdefault(bank, {})[place] = ""
    for bank, places in chosen.items():
        # A thing that stays is no other thing's new name, nor is one that the text would forbid.
        free = [
            i
            for i, noun in enumerate(bank)
            if bank in _NAMES
            or i in places
            or words.isdisjoint(_KEPT.get(noun, frozenset()) | {noun, plural(noun)})
        ]
        new_words = [bank[i] for i in rng.sample(free, len(places))]
        places.update(zip(list(places), new_words, strict=True))
    new = {}
    for word in found:
        bank, place, form = _SWAPPED[word]
        other = chosen[bank][place]
        new[word] = other if form == 0 else _forms(other)[form]

    # A text that people wrote may have "jack" beside Jack; "max" is a function too.
    new |= {
        name.lower(): new[name]
        for name in found
        if _SWAPPED[name][0] in _NAMES and name.lower() in words and name != "Max"
    }

    def replace(match: re.Match[str]) -> str:
        word = new[match[2]]
        return f"{_match_case(article(word), match[1])} {word}" if match[1] else word

    return _pattern(tuple(new)).sub(replace, text)


def _match_case(word: str, like: str) -> str:
    return word.capitalize() if like[0].isupper() else word


@lru_cache(maxsize=4096)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:([Aa]n?) )?\b({'|'.join(words)})\b")
