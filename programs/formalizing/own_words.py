"""A formalized problem that keeps the words of its text, so that rules can tell it again."""

from __future__ import annotations

import re

from zoped.programs.formalizing.told import Told, told_quantities
from zoped.symbolic import SymbolicProblem
from zoped.symbolic.problem import MAX_PHRASE

_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"'$\d])")
_BRACES = re.compile(r"[{}]")


def in_own_words(problem: SymbolicProblem, text: str) -> SymbolicProblem:
    """The problem told by its text: the sentences with slots for the givens, the last as the question.

    As it was where the text does not state each given just once in digits, is no row of sentences that
    ends in one question, where the question has numbers of its own (it could not be quoted when more is
    asked), or where sentences would be longer than a problem may hold.
    """
    text = " ".join(text.split())
    places = _places(problem, text)
    sentences = _SENTENCE.split(text)
    if places is None or not problem.constraints or _BRACES.search(text):
        return problem
    if not sentences[-1].endswith("?") or any(s.endswith("?") for s in sentences[:-1]):
        return problem
    slotted = text
    for start, end, name in sorted(places, reverse=True):
        slotted = f"{slotted[:start]}{{{name}}}{slotted[end:]}"
    *story, question = _SENTENCE.split(slotted)
    if len(_SENTENCE.split(slotted)) != len(sentences) or not story:
        return problem
    statement = " ".join(story).rstrip(".")
    if max(len(statement), len(question)) > MAX_PHRASE or "{" in question:
        return problem
    first, *others = problem.constraints
    return problem.replaced(
        constraints=(
            first.replaced(statement=statement),
            *(other.replaced(statement="") for other in others),
        ),
        questions=(question,),
    )


def with_other_numbers(text: str, problem: SymbolicProblem, other: SymbolicProblem) -> str | None:
    """The text of `problem` with the numbers of `other`; None where that is another problem but for these.

    None too where the words might not fit them: a number in words, or twice, or one that is no given (it may
    have been worked out), a fraction, or a 1, with which words are singular.
    """
    if _without_numbers(problem) != _without_numbers(other):
        return None
    values = {v.name: v.value for v in other.givens}
    places = _places(problem, text)
    digits = sum(bool(told.written) for told in told_quantities(text))
    if places is None or len(places) != digits or values.keys() != {name for *_, name in places}:
        return None
    numbers = [*values.values(), *(v.value for v in problem.givens)]
    if any(n is None or n.denominator != 1 or n < 2 for n in numbers):
        return None
    for start, end, name in sorted(places, reverse=True):
        text = f"{text[:start]}{values[name]}{text[end:]}"
    return text


def _without_numbers(problem: SymbolicProblem) -> tuple[object, ...]:
    quantities = [(v.name, v.meaning, v.unit, v.is_given) for v in problem.variables]
    return quantities, problem.relations, problem.target, problem.query


def _places(problem: SymbolicProblem, text: str) -> list[tuple[int, int, str]] | None:
    """Where each given stands: the first digit, the end, the given's name."""
    left: list[Told] = [told for told in told_quantities(text) if told.written]
    places = []
    for given in problem.givens:
        fitting = [told for told in left if given.value == told.values[0]]
        if len(fitting) != 1:
            return None
        left.remove(fitting[0])
        end = fitting[0].end
        match = re.search(r"\d[\d,./]*\Z", text[fitting[0].start : end].rstrip("%"))
        if match is None:
            return None
        start = fitting[0].start + match.start()
        places.append((start, start + len(match[0]), given.name))
    return places
