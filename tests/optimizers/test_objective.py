"""The objective's estimates are unbiased, bounded and refuse what they cannot estimate."""

from itertools import product
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoped.evals import PassRate
from zoped.optimizers import OBJECTIVES, Budget, disagreement, gradient_probability


@pytest.mark.parametrize(("rollouts", "group"), [(2, 2), (4, 2), (8, 4), (8, 8), (16, 8)])
@pytest.mark.parametrize("p", [0.0, 0.1, 0.37, 0.5, 0.9, 1.0])
def test_gradient_probability_is_unbiased(rollouts, group, p):
    expected = sum(
        comb(rollouts, c)
        * p**c
        * (1 - p) ** (rollouts - c)
        * gradient_probability(c, rollouts, group)
        for c in range(rollouts + 1)
    )
    assert expected == pytest.approx(1 - p**group - (1 - p) ** group, abs=1e-12)


@pytest.mark.parametrize(
    ("passes", "rollouts", "group"), [(1, 4, 2), (2, 5, 3), (0, 4, 2), (3, 6, 4)]
)
def test_gradient_probability_counts_groups(passes, rollouts, group):
    outcomes = [1] * passes + [0] * (rollouts - passes)
    chosen = [c for c in product((0, 1), repeat=rollouts) if sum(c) == group]
    mixed = sum(
        0 < sum(o for o, c in zip(outcomes, pick, strict=True) if c) < group for pick in chosen
    )
    assert gradient_probability(passes, rollouts, group) == pytest.approx(mixed / len(chosen))


def test_two_samples_give_the_known_formula():
    assert gradient_probability(3, 8, 2) == pytest.approx(2 * 3 * 5 / (8 * 7))


@pytest.mark.parametrize("arguments", [(1, 4, 8), (5, 4, 2), (-1, 4, 2), (1, 4, 1)])
def test_impossible_counts_are_refused(arguments):
    with pytest.raises(ValueError, match=r"rollouts|group"):
        gradient_probability(*arguments)


@given(st.integers(0, 20), st.integers(0, 20))
def test_every_objective_is_a_share_and_likes_the_middle(right, wrong):
    if right + wrong < 2:
        return
    rate = PassRate(right, right + wrong)
    for objective in OBJECTIVES.values():
        score = objective(rate, (0.2, 0.8))
        assert 0 <= score <= 2
        assert objective(PassRate(10, 20), (0.2, 0.8)) >= objective(PassRate(0, 20), (0.2, 0.8))
    assert disagreement(rate, (0.2, 0.8)) == disagreement(
        PassRate(wrong, right + wrong), (0.2, 0.8)
    )


def test_a_budget_needs_a_limit_and_keeps_it():
    with pytest.raises(ValueError, match="budget"):
        Budget()
    with pytest.raises(ValueError, match="positive"):
        Budget(teacher_calls=0)
    budget = Budget(teacher_calls=10)
    budget.spend(teacher_calls=8, rollouts=100)
    assert budget.affords(2) and not budget.affords(3)
