"""The words of a teacher for one problem, shared with those that differ from it in numbers alone."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from zoped.programs.formalizing.own_words import places_of
from zoped.programs.formalizing.told import told_quantities
from zoped.symbolic import SymbolicProblem


class SharedWords:
    """Texts that were written for problems of one decision; there is nothing to share before there are
    `wordings` of them."""

    def __init__(self, wordings: int = 2) -> None:
        self.wordings = wordings
        self._told: list[tuple[str, SymbolicProblem]] = []

    def add(self, text: str, problem: SymbolicProblem) -> None:
        self._told.append((text, problem))

    def fitting(self, problem: SymbolicProblem) -> Iterator[tuple[SymbolicProblem, str]]:
        """The problem as each text tells it, by turns, with its own numbers, and that text with them."""
        if len(self._told) < self.wordings:
            return
        self._told.append(self._told.pop(0))
        for text, told in reversed(self._told):
            same, again = with_values_of(told, problem), with_other_numbers(text, told, problem)
            if same is not None and again is not None:
                yield same, again


def with_values_of(told: SymbolicProblem, other: SymbolicProblem) -> SymbolicProblem | None:
    """`told` with the numbers of `other`; None where that is another problem but for these, for the
    order of its quantities and for what they are said to be."""
    if _without_numbers(told) != _without_numbers(other):
        return None
    values = {v.name: v.value for v in other.givens}
    variables = (v.replaced(value=values[v.name]) if v.is_given else v for v in told.variables)
    return told.replaced(variables=tuple(variables), lineage=other.lineage)


def with_other_numbers(text: str, problem: SymbolicProblem, other: SymbolicProblem) -> str | None:
    """The text of `problem` with the numbers of `other`; None where that is another problem but for these.

    None too where the words might not fit them: a number in words, or twice, or one that is no given (it may
    have been worked out), or one that cannot be written as that was whose place it takes.
    """
    if _without_numbers(problem) != _without_numbers(other):
        return None
    values = {v.name: v.value for v in other.givens}
    places = places_of(problem, text)
    digits = sum(bool(told.written) for told in told_quantities(text))
    if places is None or len(places) != digits or values.keys() != {name for *_, name in places}:
        return None
    for start, end, name in sorted(places, reverse=True):
        new = _as_written(text[start:end], values[name])
        if new is None:
            return None
        text = f"{text[:start]}{new}{text[end:]}"
    return text


def _as_written(digits: str, value: Fraction | None) -> str | None:
    """The value in the way of these digits: whole, a fraction, or with as many decimals; None where it cannot
    be, and where words that go with one of the two would not go with the other ("1 hour", "1/2 hour")."""
    old = Fraction(digits.replace(",", ""))
    if value is None or 1 in (old, value) or min(old, value) <= 0 or (old < 1) is not (value < 1):
        return None
    if "/" in digits:
        return None if value.denominator == 1 else str(value)
    decimals = len(digits.partition(".")[2])
    if (value * 10**decimals).denominator != 1:
        return None
    shown = f"{float(value):.{decimals}f}" if decimals else str(value)
    return shown if Fraction(shown) == value else None


def _without_numbers(problem: SymbolicProblem) -> tuple[object, ...]:
    quantities = {(v.name, v.unit, v.domain, v.is_given, v.distractor) for v in problem.variables}
    return quantities, frozenset(map(str, problem.relations)), problem.target, problem.query
