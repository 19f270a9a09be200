"""A formalized problem that keeps the words of its text, so that rules can tell it again."""

from __future__ import annotations

import re
from fractions import Fraction

from zoped.programs.formalizing.told import (
    ASKED_FOR,
    SENTENCE_END,
    Told,
    quoting,
    told_quantities,
)
from zoped.symbolic import SymbolicProblem
from zoped.symbolic.language.expression import Symbol
from zoped.symbolic.problem import MAX_PHRASE

_BRACES = re.compile(r"[{}]")


def in_own_words(problem: SymbolicProblem, text: str) -> SymbolicProblem:
    """The problem told by its text: the sentences with slots for the givens, the last as the question.

    As it was where the text does not state each given just once in digits, is no row of sentences that
    ends in one question, where the question has numbers of its own and what it asks for is called by
    other words than "pages asked for", so that more could not be asked about it, or where sentences would
    be longer than a problem may hold.
    """
    text = " ".join(text.split())
    places = places_of(problem, text)
    sentences = SENTENCE_END.split(text)
    if places is None or not problem.constraints or _BRACES.search(text):
        return problem
    if not sentences[-1].endswith("?") or any(s.endswith("?") for s in sentences[:-1]):
        return problem
    slotted = text
    for start, end, name in sorted(places, reverse=True):
        slotted = f"{slotted[:start]}{{{name}}}{slotted[end:]}"
    *story, question = SENTENCE_END.split(slotted)
    if len(SENTENCE_END.split(slotted)) != len(sentences) or not story:
        return problem
    statement = " ".join(story).rstrip(".")
    if max(len(statement), len(question)) > MAX_PHRASE:
        return problem
    if "{" in question:
        quoted = _quoting(problem, question)
        if quoted is None:
            return problem
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
    what is asked for has another name."""
    asked = problem.target
    if not isinstance(asked, Symbol):
        return None
    meaning = problem.variable(asked.name).meaning
    quoted = quoting(meaning, question)
    if not meaning.endswith(ASKED_FOR) or len(quoted) > MAX_PHRASE:
        return None
    return problem.replaced(
        variables=tuple(
            v.replaced(meaning=quoted) if v.name == asked.name else v for v in problem.variables
        )
    )


def places_of(problem: SymbolicProblem, text: str) -> list[tuple[int, int, str]] | None:
    """Where each given stands: the first digit, the end, the given's name. None where the text does not
    state each of them once in digits."""
    left: list[Told] = [told for told in told_quantities(text) if told.written]
    places = []
    for given in problem.givens:
        fitting = [told for told in left if given.value == told.values[0]]
        if len(fitting) != 1:
            return None
        left.remove(fitting[0])
        end = fitting[0].end
        match = re.search(r"\d[\d,]*(?:\.\d+|/\d+)?\Z", text[fitting[0].start : end].rstrip("%"))
        if match is None:
            return None
        if Fraction(match[0].replace(",", "")) != given.value:  # 1/2 of "2 1/2"
            return None
        start = fitting[0].start + match.start()
        places.append((start, start + len(match[0]), given.name))
    return places
