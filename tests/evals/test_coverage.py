"""Learnable and varied: the greedy choice is as good as promised, and lazy without a difference."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoped.evals.coverage import Candidate, Covered, choose_covering

candidates = st.lists(
    st.builds(
        Candidate,
        st.floats(0.01, 1.0),
        st.tuples(st.sampled_from("abc"), st.sampled_from("xy"), st.sampled_from("pq")),
    ),
    min_size=1,
    max_size=9,
)


def eager(found, count):
    covered, left, chosen = Covered(), list(range(len(found))), []
    for _ in range(min(count, len(found))):
        best = max(left, key=lambda i: (covered.gain(found[i]), -i))
        left.remove(best)
        chosen.append(best)
        covered.add(found[best])
    return chosen


@given(candidates, st.integers(0, 10))
def test_the_lazy_choice_is_the_greedy_one(found, count):
    worth = [
        Covered(found[i] for i in choice)
        for choice in (choose_covering(found, count), eager(found, count))
    ]
    assert worth[0].worth == pytest.approx(worth[1].worth)


@given(candidates, st.integers(1, 4))
def test_it_is_worth_what_the_theorem_says(found, count):
    ours = Covered(found[i] for i in choose_covering(found, count)).worth
    best = max(Covered(choice).worth for choice in combinations(found, min(count, len(found))))
    assert ours >= (1 - 1 / 2.718281828) * best - 1e-9


def test_equal_problems_are_shared_out_over_structures():
    found = [
        Candidate(0.5, (structure, "move", "seed")) for structure in "abcde" for _ in range(10)
    ]
    chosen = choose_covering(found, 10)
    assert sorted(found[i].kinds[0] for i in chosen) == sorted("aabbccddee")


def test_a_structure_that_teaches_more_gets_more_places():
    found = [Candidate(0.8, ("a", "m", "t"))] * 20 + [Candidate(0.2, ("b", "n", "t"))] * 20
    chosen = [found[i].kinds[0] for i in choose_covering(found, 10)]
    assert chosen.count("a") > 2 * chosen.count("b") > 0


def test_what_was_chosen_before_counts():
    covered = Covered([Candidate(1.0, ("a", "m", "t"))] * 5)
    found = [Candidate(0.6, ("a", "m", "t")), Candidate(0.5, ("b", "m", "t"))]
    assert choose_covering(found, 1, covered=covered) == [1]
