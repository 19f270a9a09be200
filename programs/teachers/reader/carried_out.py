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

# A text can go on from what this asks for and call it "the pens"; not from a difference or a share.
PLAIN_QUESTION = re.compile(
    r"How many (?!more\b|fewer\b|less\b|times\b)(?!.*\b(?:each|every|per|average|percent|than|together|both)\b)"
)

_REPLACED = (
    "sum_and_difference",
    "couple_unknowns",
    "three_unknowns",
    "number_to_rate",
    "nest_substitution",
    "square_root",
    "to_abstract",
)
_FURTHER = (
    "share_of_rest",
    "two_branches",
    "ask_ratio",
    "arithmetic_sequence",
    "repeated_growth",
    "recursion",
    "average_target",
    "race",
    "two_offers",
    "inverse_proportion",
    "area_from_length",
    "pythagoras",
    "remainder_conditions",
)
CARRIED_OUT_BY_HAND: dict[str, Callable[[Sheet], Fields | None]] = {
    **{name: getattr(replaced_givens, name) for name in _REPLACED},
    **{name: getattr(further_steps, name) for name in _FURTHER},
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
