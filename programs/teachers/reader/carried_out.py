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

# A text can go on from what this asks for and call it "the pens"; not from a difference or a share, nor where
# a number (or its slot) would be lost with the question.
PLAIN_QUESTION = re.compile(
    r"How many (?!more\b|fewer\b|less\b|times\b)(?!.*[\d{])"
    r"(?!.*\b(?:each|every|per|average|percent|than|together|both)\b)"
)

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
    `forgotten` are the givens that are told no longer."""

    fields: Fields
    telling: str
    forgotten: tuple[str, ...]


def carried_out(name: str, fields: Fields, answer: Fraction, rng: Random) -> CarriedOut | None:
    """None where the strategy does not fit."""
    sheet = Sheet(copy.deepcopy(fields), answer, rng)
    result = CARRIED_OUT_BY_HAND[name](sheet)
    return None if result is None else CarriedOut(result, sheet.telling, sheet.forgotten)
