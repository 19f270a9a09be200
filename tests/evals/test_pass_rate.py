"""The meter knows when it knows enough, and counts what it spends."""

from dataclasses import dataclass
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoped.evals import (
    PassRate,
    PassRateMeter,
    paired_difference,
    wilson_interval,
)
from zoped.evals.stopping import PRIOR, band_probability, stopping_states


@dataclass(frozen=True)
class Sum:
    text: str
    answer: str


def questions(*answers):
    return [Sum(f"what is {answer}?", str(answer)) for answer in answers]


def meter_of(skilled_student, asked, **settings):
    student = skilled_student({q.text: q.answer for q in asked}, skill=20)
    return PassRateMeter(student, **settings)


def test_sure_cases_need_fewer_rollouts_than_the_limit(skilled_student):
    asked = questions(*range(1, 200))
    meter = meter_of(skilled_student, asked, max_rollouts=32)
    rates = meter.measure(asked)
    assert meter.rollouts_spent == sum(rate.rollouts for rate in rates) == meter.student.asked
    assert meter.rollouts_spent < 0.6 * 32 * len(asked)
    assert all(2 <= rate.rollouts <= 32 for rate in rates)


def test_most_decisions_about_the_band_are_right(skilled_student):
    asked = questions(*range(1, 300))
    meter = meter_of(skilled_student, asked, max_rollouts=16)
    truth = [0.2 <= meter.student.pass_rate(q.text) <= 0.8 for q in asked]
    found = [meter.in_band(rate) for rate in meter.measure(asked)]
    assert sum(t == f for t, f in zip(truth, found, strict=True)) > 0.9 * len(asked)


def test_what_is_measured_is_told_each_time_also_where_nothing_is_sampled(skilled_student):
    asked, told = questions(5, 20, 20), []
    meter = meter_of(skilled_student, asked, on_measured=lambda *pair: told.append(pair))
    rates = meter.measure(asked)
    meter.measure(asked[:1])
    assert told == [(asked, rates), (asked[:1], rates[:1])]


def test_a_problem_is_not_sampled_twice_for_one_version(skilled_student):
    asked = questions(5, 20, 20, 80)
    meter = meter_of(skilled_student, asked)
    first = meter.measure(asked)
    spent = meter.rollouts_spent
    assert meter.measure(asked) == first
    assert meter.rollouts_spent == spent
    assert first[1] == first[2]
    meter.student.version = "trained"
    meter.measure(asked)
    assert meter.rollouts_spent > spent


def test_the_same_seed_gives_the_same_counts(skilled_student):
    asked = questions(*range(1, 60))
    one, two = (meter_of(skilled_student, asked, seed=3).measure(asked) for _ in range(2))
    assert one == two


def test_a_prior_of_middling_rates_gives_up_later(skilled_student):
    asked = questions(*range(60, 90))  # out of reach
    sure, open_minded = (
        meter_of(skilled_student, asked, prior=prior).measure(asked)
        for prior in ((0.1, 2.0), (2.0, 2.0))
    )
    assert sum(r.rollouts for r in sure) < sum(r.rollouts for r in open_minded)


def test_what_is_known_beforehand_is_asked_only_where_all_is_to_be(skilled_student):
    asked = questions(5, 30)
    priors = [(200.0, 1.0), (1.0, 1.0)]
    sure, open_ = meter_of(skilled_student, asked).measure(asked, priors=priors)
    assert sure.rollouts == 0 < open_.rollouts
    rates = meter_of(skilled_student, asked).measure(asked, priors=priors, sample_all=True)
    assert rates[0].rollouts == 2 and rates[1].rollouts >= 2


def test_measuring_nothing_costs_nothing(skilled_student):
    meter = meter_of(skilled_student, questions(1))
    assert meter.measure([]) == []
    assert meter.rollouts_spent == 0


@pytest.mark.parametrize(
    "answers",
    [
        lambda texts, samples: ["8" * samples for _ in texts],
        lambda texts, samples: [["8"] * samples for _ in texts][1:],
        lambda texts, samples: [["8"] * (samples - 1) for _ in texts],
        lambda texts, samples: [[8] * samples for _ in texts],
        lambda texts, samples: None,
    ],
)
def test_a_student_that_gives_anything_but_lists_of_texts_is_told(answers):
    """A text for each problem alone would be as many answers as it has letters."""

    class Mine:
        version = "1"

        def sample(self, texts, *, samples, seed):
            return answers(texts, samples)

    said = r"Mine.sample gave .* for 2 texts; it must return a list with a list of 2 answers for each text"
    with pytest.raises(TypeError, match=said):
        PassRateMeter(Mine()).measure(questions(8, 9))


@pytest.mark.parametrize(
    "settings",
    [
        {"band": (0.8, 0.2)},
        {"min_rollouts": 8, "max_rollouts": 4},
        {"mistake_cost": 0},
        {"prior": (0.0, 1.0)},
        {"min_rollouts": 0},
    ],
)
def test_settings_that_make_no_sense_are_refused(skilled_student, settings):
    with pytest.raises(ValueError, match="give"):
        meter_of(skilled_student, questions(1), **settings)


@given(st.integers(0, 40), st.integers(0, 40))
def test_the_posterior_is_a_probability_and_the_rate_lies_in_its_interval(a, b):
    rate = PassRate(a, a + b)
    assert 0 <= band_probability(a, a + b, (0.2, 0.8)) <= 1
    low, high = rate.interval()
    assert 0 <= low <= high <= 1
    assert a + b == 0 or low - 1e-9 <= rate.rate <= high + 1e-9


def test_wilson_agrees_with_a_published_value():
    # Newcombe (1998), Statistics in Medicine 17, table I: 81 of 263.
    low, high = wilson_interval(81, 263)
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)


def test_a_paired_difference_knows_its_sign():
    low, high = paired_difference([0.0] * 50 + [1.0] * 50, [1.0] * 40 + [0.0] * 10 + [1.0] * 50)
    assert 0.3 < low < 0.4 < high < 0.5


@pytest.mark.parametrize("count", [2, 3, 5, 12])
def test_the_interval_of_a_paired_difference_covers_it_however_few_the_pairs(count):
    rng, tries = Random(count), 4_000
    covered = 0
    for _ in range(tries):
        after = [rng.gauss(0.1, 0.2) for _ in range(count)]
        low, high = paired_difference([0.0] * count, after)
        covered += low <= 0.1 <= high
    assert covered / tries == pytest.approx(0.95, abs=0.015)


def test_no_other_rule_on_the_same_steps_costs_less_than_the_stopping_rule():
    """The table against brute force: the expected cost of every rule, over all sequences."""
    band, limit, mistake = (0.25, 0.75), 4, 30.0

    def cost(stops):
        def from_here(passes, rollouts):
            inside = band_probability(passes, rollouts, band)
            if rollouts == limit or (passes, rollouts) in stops:
                return mistake * min(inside, 1 - inside)
            right = (PRIOR[0] + passes) / (sum(PRIOR) + rollouts)
            return (
                1
                + right * from_here(passes + 1, rollouts + 1)
                + (1 - right) * from_here(passes, rollouts + 1)
            )

        return from_here(0, 0)

    states = [(c, k) for k in range(limit) for c in range(k + 1)]
    rules = [{s for i, s in enumerate(states) if n >> i & 1} for n in range(2 ** len(states))]
    ours = cost(stopping_states(band, 1, limit, mistake))
    assert ours == pytest.approx(min(map(cost, rules)))
