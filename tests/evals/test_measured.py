"""The meter without students: items are anything that can be tried."""

from random import Random

import pytest

from zoped.evals import PassRate, measured_rates

BAND = (0.2, 0.8)


def test_flaky_jobs_are_tried_no_longer_than_needed():
    """Thirty jobs that fail now and then, and thirty that always do the same."""
    rng = Random(0)
    chances = {f"job {n}": (0.5 if n % 2 else float(n % 4 == 0)) for n in range(60)}
    tries = dict.fromkeys(chances, 0)

    def measure(jobs):
        for job in jobs:
            tries[job] += 2
        return [(sum(rng.random() < chances[job] for _ in range(2)), 2) for job in jobs]

    rates = measured_rates(list(chances), measure, band=BAND, max_rollouts=24)
    assert [rate.rollouts for rate in rates] == list(tries.values())
    flaky = [BAND[0] <= rate.rate <= BAND[1] for rate in rates]
    wrong = sum(found != bool(n % 2) for n, found in enumerate(flaky))
    assert wrong <= 4
    assert sum(tries.values()) < 60 * 24 * 0.7


def test_a_call_may_try_any_number_of_times():
    sizes = iter([1, 5, 3, 7, 9, 9, 9])
    [rate] = measured_rates(
        ["item"], lambda items: [((n := next(sizes)) // 2, n)], band=BAND, max_rollouts=10
    )
    assert rate.rollouts in (1, 6, 9, 16)
    assert measured_rates([], lambda items: [], band=BAND) == []


def test_more_is_tried_where_a_mistake_costs_more():
    def spent(cost):
        rng = Random(3)
        items = [0.1 * n for n in range(1, 10)] * 4
        rates = measured_rates(
            items,
            lambda asked: [(rng.random() < p, 1) for p in asked],
            band=BAND,
            mistake_cost=cost,
        )
        return sum(rate.rollouts for rate in rates)

    assert spent(5) < spent(200)


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ([(1, 0)], "1 passes out of 0"),
        ([(0, 0)], "'a' was not tried"),
        ([], "0 counts for 1 items"),
    ],
)
def test_counts_that_cannot_be_are_refused(counts, message):
    with pytest.raises(ValueError, match=message):
        measured_rates(["a"], lambda items: counts, band=BAND)


def test_a_rate_is_a_pass_rate():
    assert measured_rates(["a"], lambda items: [(40, 40)], band=BAND) == [PassRate(40, 40)]
    with pytest.raises(ValueError, match="max_rollouts 0"):
        measured_rates(["a"], lambda items: [(1, 1)], band=BAND, max_rollouts=0)
