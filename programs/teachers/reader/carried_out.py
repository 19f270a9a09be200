"""Strategies carried out on symbols by rules, where no operator does it: what the embedded reader was
taught to do, and how that is told.

Each function takes the fields of a problem whose answer is known (as `from_lines` gives them) and
returns new ones, or None where it does not fit. What comes of it is checked by the solver like
anything else, so a function need not see to that.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from random import Random

from zoped.programs.teachers.reader import further_steps, replaced_givens
from zoped.programs.teachers.reader.sheet import Fields, Sheet
from zoped.symbolic import SymbolicProblem
from zoped.symbolic.language.expression import Apply, Symbol, walk

# A text can call what this asks for "the pens"; not a difference or a share, nor where a number (or its slot)
# would be lost with the question.
_PLAIN_QUESTION = re.compile(
    r"How many (?!(?:more|fewer|less|times|do|does|did|is|are|had|has|have)\b)(?!.*[\d{])"
    r"(?!.*\b(?:each|every|per|average|percent|than|both)\b)"
    r"(?![a-z -]+ (?:and|or) [a-z -]+ (?:do|does|did|is|are|were|will|can|could|would|have|has)\b)"
)
_IN_THE_END = re.compile(
    r"\b(?:now|left|remain|remains|remained|still|altogether|together|in all|in total|in the end)\b|\b(?:is|are) there\b"
)
_EARLIER = re.compile(r"\b(?:before|first|begin|beginning|start|original\w*)\b|\bdid [\w ]*?have\b")
_COMPARED = re.compile(r"\b(?:than|twice|half as|as (?:many|much|often))\b")

CARRIED_OUT_BY_HAND: dict[str, Callable[[Sheet], Fields | None]] = {
    strategy.__name__: strategy
    for strategy in (
        replaced_givens.sum_and_difference,
        replaced_givens.couple_unknowns,
        replaced_givens.three_unknowns,
        replaced_givens.number_to_rate,
        replaced_givens.nest_substitution,
        replaced_givens.square_root,
        replaced_givens.to_abstract,
        further_steps.share_of_rest,
        further_steps.two_branches,
        further_steps.ask_ratio,
        further_steps.arithmetic_sequence,
        further_steps.repeated_growth,
        further_steps.recursion,
        further_steps.average_target,
        further_steps.race,
        further_steps.two_offers,
        further_steps.inverse_proportion,
        further_steps.area_from_length,
        further_steps.pythagoras,
        further_steps.remainder_conditions,
    )
}


@dataclass(frozen=True)
class CarriedOut:
    """The fields after a strategy. `telling` is what a text goes on with, {x} being the value of the given
    x; it ends in a question, unless the old one stays; "" where it is not known how to tell it.
    `of_number` is that of a number #. `forgotten` are the givens that are told no longer."""

    fields: Fields
    telling: str
    of_number: str
    forgotten: tuple[str, ...]


def goes_on(problem: SymbolicProblem, story: str, question: str) -> bool:
    """Whether a sentence behind the story means what the question asks for by "the pens": the story counts no
    other pens, or all of them are asked for, or those that there are in the end. Not where there were pens
    before, nor where one of two has them.
    """
    target = problem.target
    if not isinstance(target, Symbol) or not _PLAIN_QUESTION.match(question):
        return False
    if _EARLIER.search(question):
        return False
    unit = problem.variable(target.name).unit
    alike = [given.name for given in problem.givens if given.unit == unit]
    if not alike:
        return bool(unit)
    if _COMPARED.search(story):
        return False
    return bool(_IN_THE_END.search(question)) or _added_up(problem, target.name, alike)


def _added_up(problem: SymbolicProblem, name: str, givens: list[str]) -> bool:
    """Whether one relation says that it is the sum of these givens."""
    nodes = [node for relation in problem.relations for node in walk(relation)]
    names = [node.name for node in nodes if isinstance(node, Symbol)]
    signs = sorted(node.operator for node in nodes if isinstance(node, Apply))
    return sorted(names) == sorted([name, *givens]) and signs == [*["+"] * (len(givens) - 1), "=="]


def carried_out(
    name: str, fields: Fields, answer: Fraction, rng: Random, *, other_words: bool = False
) -> CarriedOut | None:
    """None where the strategy does not fit. `other_words`: told as no rewrite is, where there are such words."""
    sheet = Sheet(copy.deepcopy(fields), answer, rng, other_words)
    result = CARRIED_OUT_BY_HAND[name](sheet)
    if result is None:
        return None
    return CarriedOut(result, sheet.telling, sheet.of_number, sheet.forgotten)
