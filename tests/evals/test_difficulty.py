"""The difficulty model ranks problems that it never saw, and knows how sure it is."""

from __future__ import annotations

from random import Random

import pytest

from zoped.evals import PassRate
from zoped.evals.difficulty import (
    DifficultyModel,
    Observation,
    calibration,
    features,
)
from zoped.evals.held_out import elementary_seeds
from zoped.programs.random_operators import RandomOperators
from zoped.train.curriculum.choose import NOTHING, expected_gradient

OPERATORS = ("change_numbers", "add_step", "take_away_step", "double_step", "two_digit_numbers")


@pytest.fixture(scope="module")
def problems():
    operators = RandomOperators(operators=OPERATORS, variants=4, random_seed=3)
    seeds, seen, found = elementary_seeds(), set(), []
    for step in range(400):
        found += operators(seeds[step % len(seeds)], step, seen=seen).accepted
    return found


def true_rate(problem):
    """A student that a long problem and a large answer defeat."""
    found = features(problem)
    return 1 / (1 + 2 ** (2.0 * found["steps"] + found["answer"] - 8.0))


def observed(problems, rollouts, rng, *, age=0.0):
    return [
        Observation(
            p, PassRate(sum(rng.random() < true_rate(p) for _ in range(rollouts)), rollouts), age
        )
        for p in problems
    ]


def test_features_are_the_same_numbers_in_the_same_order(problems):
    names = list(features(problems[0]))
    for problem in problems[:50]:
        found = features(problem)
        assert list(found) == names
        assert all(isinstance(value, float) for value in found.values())


def test_it_ranks_problems_that_it_never_saw(problems):
    rng = Random(0)
    model = DifficultyModel(observed(problems[:400], 4, rng))
    unseen = problems[400:]
    predicted = model.predict(unseen)
    found = calibration(predicted, [o.pass_rate for o in observed(unseen, 16, rng)])
    assert found.log_loss < 0.85 * found.base_log_loss
    means = [a / (a + b) for a, b in predicted]
    order = sorted(range(len(unseen)), key=lambda i: means[i])
    quarter = len(order) // 4
    low = sum(true_rate(unseen[i]) for i in order[:quarter]) / quarter
    high = sum(true_rate(unseen[i]) for i in order[-quarter:]) / quarter
    assert high > low + 0.4


@pytest.mark.slow
def test_its_intervals_hold_what_they_promise(problems):
    rng = Random(1)
    covered = []
    for _ in range(4):
        rng.shuffle(problems)
        model = DifficultyModel(observed(problems[:500], 6, rng))
        rest = problems[500:]
        found = calibration(model.predict(rest), [o.pass_rate for o in observed(rest, 8, rng)])
        covered.append(found.coverage)
    assert 0.85 < sum(covered) / len(covered) < 0.95


def test_coverage_of_a_known_distribution_is_its_level():
    rng = Random(2)
    rates = [rng.betavariate(2, 5) for _ in range(4000)]
    counts = [PassRate(sum(rng.random() < p for _ in range(4)), 4) for p in rates]
    assert calibration([(2.0, 5.0)] * 4000, counts).coverage == pytest.approx(0.9, abs=0.015)
    # One that is too sure of itself covers less.
    assert calibration([(200.0, 500.0)] * 4000, counts).coverage < 0.85


def test_old_answers_count_less(problems):
    """A student that has learnt everything since: its old answers say little."""
    old = [Observation(p, PassRate(0, 8), age=12.0) for p in problems[:300]]
    new = [Observation(p, PassRate(8, 8)) for p in problems[:300]]
    a, b = DifficultyModel([*old, *new]).predict([problems[400]])[0]
    assert a / (a + b) > 0.85


def test_little_that_was_observed_says_nothing_yet(problems):
    few = [Observation(p, PassRate(4, 4)) for p in problems[:7]]
    for observed_ in ([], few):
        model = DifficultyModel(observed_)
        assert model.predict(problems[:3]) == [(0.3, 0.3)] * 3
        assert model.unseen == [(0.3, 0.3)] * len(observed_)


def test_what_is_told_of_an_observed_problem_was_not_learnt_from_it(problems):
    """As sure of itself as of problems that it never saw: never solved, or always, by chance."""
    rng = Random(6)
    seen = [Observation(p, PassRate(4 * rng.randrange(2), 4)) for p in problems[:200]]
    model = DifficultyModel([*seen, Observation(problems[0], PassRate(0, 0))])
    assert len(model.unseen) == 201 and model.unseen[0] == model.unseen[200]
    rates = [each.pass_rate for each in seen]
    by_chance = calibration([(0.5, 0.5)] * 200, rates)
    told = calibration(model.unseen[:200], rates)
    again = calibration(model.predict(problems[:200]), rates)
    assert again.log_loss < by_chance.log_loss < told.log_loss


def test_the_same_observations_give_the_same_model(problems):
    seen = observed(problems[:100], 4, Random(4))
    first, second = (DifficultyModel(seen, random_seed=5).predict(problems[:20]) for _ in range(2))
    assert first == second


def test_a_student_that_solves_everything_can_be_learnt_from(problems):
    model = DifficultyModel([Observation(p, PassRate(4, 4)) for p in problems[:80]])
    assert all(a / (a + b) > 0.9 for a, b in model.predict(problems[:20]))


def test_a_forest_tells_what_is_solved_half_of_the_times_from_what_is_solved_half_of_the_time(
    problems,
):
    """Both have the mean 1/2; groups of the former alone have gradients."""
    rng = Random(3)
    even = [p for p in problems if p.move == "add_step"][:60]
    divided = [p for p in problems if p.move == "change_numbers"][:60]
    seen = [Observation(p, PassRate(4, 8)) for p in even[:40]]
    seen += [Observation(p, PassRate(8 * rng.randrange(2), 8)) for p in divided[:40]]
    forest = DifficultyModel(seen)

    def share(left):
        found = [expected_gradient(NOTHING, 8, belief) for belief in forest.predict(left)]
        return sum(found) / len(found)

    assert share(even[40:]) > 0.85
    assert share(divided[40:]) < 0.6


def test_a_forest_learns_from_few_problems_and_counts_one_problem_once(problems):
    rng = Random(4)
    assert DifficultyModel(observed(problems[:7], 8, rng)).predict(problems[:2]) == [(0.3, 0.3)] * 2
    forest = DifficultyModel(observed(problems[:48], 8, rng))
    unseen = problems[200:]
    predicted = forest.predict(unseen)
    found = calibration(predicted, [o.pass_rate for o in observed(unseen, 8, rng)])
    assert found.log_loss < 0.95 * found.base_log_loss and found.coverage > 0.8
    parts = [Observation(p, PassRate(n, 2)) for p in problems[:20] for n in (0, 1, 2)]
    whole = [Observation(p, PassRate(3, 6)) for p in problems[:20]]
    assert DifficultyModel(parts).predict(unseen) == DifficultyModel(whole).predict(unseen)
