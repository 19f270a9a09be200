"""A formalized problem that keeps the words of its text, so that rules can tell it again."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import combinations

from zoped.programs.formalizing.grounding import with_constants
from zoped.programs.formalizing.told import (
    ASKED_FOR,
    SENTENCE_END,
    Told,
    quoting,
    told_quantities,
)
from zoped.symbolic import SymbolicProblem
from zoped.symbolic.language.evaluate import Exact, evaluate
from zoped.symbolic.language.expression import Apply, Expression, Symbol, walk
from zoped.symbolic.plausible import belonging_numbers
from zoped.symbolic.problem import MAX_PHRASE

_BRACES = re.compile(r"[{}]")
# Numbers that a text calculates with and need not say, besides those of `belonging_numbers`.
_IMPLIED = (
    (re.compile(r"\b(?:hour|minute|second)s?\b", re.IGNORECASE), 60),
    (re.compile(r"\bdays?\b.*\bhours?\b|\bhours?\b.*\bdays?\b", re.IGNORECASE), 24),
    (re.compile(r"%|\b(?:percent|cents?)\b", re.IGNORECASE), 100),
    (re.compile(r"\bboth\b|\bround[- ]trips?\b|\bparents\b|\bweekends?\b", re.IGNORECASE), 2),
    (re.compile(r"\blegs?\b", re.IGNORECASE), 6),
    (re.compile(r"\blegs?\b", re.IGNORECASE), 8),
    (re.compile(r"\b(?:week|work|school) ?days?\b", re.IGNORECASE), 5),
)
_SELDOM_IMPLIED = {5}  # the working days of a week


def in_own_words(problem: SymbolicProblem, text: str) -> SymbolicProblem:
    """The problem told by its text: the sentences with slots for the givens, the last as the question.

    A given that the text does not state just once, and in digits ("twice", "three friends", 4 of two kinds), is
    a constant of the relations from here on, as is one that could be mistaken for another number of the
    text (see `_doubtful`): the text goes on saying it, whatever the other numbers are.

    As it was where that is so of every given, where the text is no row of sentences that
    ends in one question, where the question has numbers of its own and what it asks for is called by
    other words than "pages asked for", so that more could not be asked about it, or where sentences would
    be longer than a problem may hold.
    """
    text = " ".join(text.split())
    original, quantities = problem, told_quantities(text)
    doubtful = _doubtful(problem, text, quantities)
    places = [each for each in _places(problem, text, quantities) if each[2] not in doubtful]
    sentences = SENTENCE_END.split(text)
    if not places or not problem.constraints or _BRACES.search(text):
        return original
    if not sentences[-1].endswith("?") or any(s.endswith("?") for s in sentences[:-1]):
        return original
    slotted = text
    for start, end, name in sorted(places, reverse=True):
        slotted = f"{slotted[:start]}{{{name}}}{slotted[end:]}"
    *story, question = SENTENCE_END.split(slotted)
    if len(SENTENCE_END.split(slotted)) != len(sentences) or not story:
        return original
    statement = " ".join(story).rstrip(".")
    if max(len(statement), len(question)) > MAX_PHRASE:
        return original
    stated = {name for *_, name in places}
    problem = with_constants(problem, {v.name for v in problem.givens} - stated)
    if any(each.end > len(text) - len(sentences[-1]) for each in quantities):
        quoted = _quoting(problem, question)
        if quoted is None:
            return original
        problem = quoted
    first, *others = problem.constraints
    return problem.replaced(
        constraints=(
            first.replaced(statement=statement),
            *(other.replaced(statement="") for other in others),
        ),
        questions=(question,),
    )


def _quoting(problem: SymbolicProblem, question: str) -> SymbolicProblem | None:
    """The problem whose "pages asked for" are "pages asked for in" its question, slots included; None where
    what is asked for has another name, unless the question has no slots."""
    asked = problem.target
    meaning = problem.variable(asked.name).meaning if isinstance(asked, Symbol) else ""
    quoted = quoting(meaning, question)
    if not isinstance(asked, Symbol) or not meaning.endswith(ASKED_FOR) or len(quoted) > MAX_PHRASE:
        return None if "{" in question else problem
    return problem.replaced(
        variables=tuple(
            v.replaced(meaning=quoted) if v.name == asked.name else v for v in problem.variables
        )
    )


def places_of(problem: SymbolicProblem, text: str) -> list[tuple[int, int, str]] | None:
    """Where each given stands: the first digit, the end, the given's name. None where the text does not
    state each of them once in digits."""
    places = list(_places(problem, text, told_quantities(text)))
    return places if len(places) == len(problem.givens) else None


def _places(
    problem: SymbolicProblem, text: str, quantities: list[Told]
) -> Iterator[tuple[int, int, str]]:
    """Those of the givens that the text states once in digits."""
    values = Counter(given.value for given in problem.givens)
    for given in problem.givens:
        fitting = [each for each in quantities if each.written and each.values[0] == given.value]
        if len(fitting) != 1 or values[given.value] > 1:
            continue
        start, end = fitting[0].start, fitting[0].end
        match = re.search(r"\d[\d,]*(?:\.\d+|/\d+)?\Z", text[start:end].rstrip("%"))
        # None for ".5", another number for the 1/2 of "2 1/2".
        if match is not None and Fraction(match[0].replace(",", "")) == given.value:
            start += match.start()
            yield start, start + len(match[0]), given.name


def _doubtful(problem: SymbolicProblem, text: str, quantities: list[Told]) -> set[str]:
    """The givens of which another value might make the text say something else than the relations.

    That is one whose number the text also says or implies otherwise: 2 beside "half", 100 beside "10%", since
    the relations may mean the other one by it. It is what they do not need, where it is 1 ("$1 per 10 beads"), a
    fraction or a percentage, or where they come to the same number by other ways (60 by 12*5), and what they use
    for that; and what is the sum of two others ("10 litres today and 25 on Friday, 35 in all"). Where they use what they do not need, it is all of them.
    """
    implied = belonging_numbers(text) - _SELDOM_IMPLIED
    implied |= {number for said, number in _IMPLIED if said.search(text)}
    doubtful = {v.name for v in problem.givens if v.value in implied}
    for given in problem.givens:
        said = [each for each in quantities if given.value in _numbers_of(each)]
        if len(said) > 1:
            doubtful.add(given.name)
    values = {v.name: v.value for v in problem.givens if v.value is not None}
    for given in problem.givens:
        if not given.distractor or given.value is None:
            continue
        if given.value <= 1 or given.value.denominator > 1 or given.unit == "percent":
            doubtful.add(given.name)
        if any(given.name in relation.symbols for relation in problem.relations):
            return set(values)
        for relation in problem.relations:
            for node in walk(relation):
                if _value(node, values) == given.value:
                    doubtful |= {given.name, *node.symbols}
        others = [v for v in problem.givens if v.unit == given.unit and v is not given]
        for one, two in combinations(others, 2):
            if given.value == values[one.name] + values[two.name]:
                doubtful |= {given.name, one.name, two.name}
    return doubtful


def _numbers_of(told: Told) -> set[Fraction]:
    """What a number in a text can be meant as: also the 4 and the 5 of 4/5."""
    if told.noun == "percent" or "." in told.written:
        return {told.values[0]}
    parts = (part for value in told.values for part in value.as_integer_ratio())
    return {*told.values, *map(Fraction, parts)}


def _value(node: Expression, values: Mapping[str, Fraction]) -> Exact | None:
    """What a calculation with givens comes to; None for anything else."""
    if not isinstance(node, Apply) or node.is_relation or not values.keys() >= node.symbols:
        return None
    try:
        return evaluate(node, values)
    except (ValueError, ArithmeticError):
        return None
