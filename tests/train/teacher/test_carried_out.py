"""Strategies carried out by hand: each gives problems that the solver accepts, and texts that say them."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from zoped.programs.seeds import builtin_seeds
from zoped.programs.strategies import builtin_strategies
from zoped.programs.teachers.reader.carried_out import CARRIED_OUT_BY_HAND
from zoped.programs.teachers.reader.taught import TAUGHT
from zoped.symbolic import MutationRefused, check_problem, fingerprint, mutate
from zoped.train.teacher.realized import carry_out, taught_strategies


@pytest.fixture(scope="module")
def problems():
    rng = Random(4)
    found = []
    for seed in builtin_seeds():
        if seed.symbols is None or seed.level != "school":
            continue
        try:
            found.append(mutate(seed.symbols, "two_digit_numbers", seed=rng.getrandbits(31)))
        except MutationRefused:
            continue
    return found[:60]


def test_the_taught_strategies_are_in_the_library():
    assert tuple(taught_strategies()) == TAUGHT
    assert set(TAUGHT) <= set(builtin_strategies())


@pytest.mark.parametrize("name", sorted(CARRIED_OUT_BY_HAND))
def test_a_strategy_gives_other_problems_most_of_which_are_accepted(name, problems):
    rng, reasons, structures = Random(name), Counter(), 0
    for problem in problems:
        result = carry_out(problem, name, rng)
        if result is None:
            continue
        reasons[check_problem(result).reason] += 1
        structures += fingerprint(result) != fingerprint(problem)
    assert reasons.total() >= 5, reasons
    assert reasons[None] > reasons.total() / 2, reasons
    if name != "to_abstract":
        assert structures > reasons.total() * 0.9
