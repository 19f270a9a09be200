"""The order in which problems are written: seeds take turns, limits and shares are kept."""

from collections import Counter
from itertools import islice

import pytest

from zoped.programs import GeneratedProblem, builtin_seeds
from zoped.train.loop.generating.spread import Limits, SpreadError, require_possible, spread_out

SEEDS = builtin_seeds()


def made(step, seed, count=3):
    """What a decision gives: `count` problems, numbered."""
    return [
        GeneratedProblem.model_construct(id=f"{step}-{i}", seed_id=seed.id) for i in range(count)
    ]


def spread(seeds, limits=None, results=made, decisions=10_000):
    return spread_out(seeds, limits or Limits(), results, decisions=decisions, random_seed=0)


def test_every_seed_gives_one_problem_before_any_gives_a_second():
    first = [problem.seed_id for problem in islice(spread(SEEDS[:20]), 60)]
    for lap in (first[:20], first[20:40], first[40:]):
        assert len(set(lap)) == 20


def test_decisions_are_made_for_what_is_written_alone():
    asked = []

    def results(step, seed):
        asked.append(step)
        return made(step, seed)

    assert len(list(islice(spread(SEEDS[:20], results=results), 60))) == 60
    assert asked == list(range(20))


def test_what_was_kept_is_written_when_the_decisions_end():
    assert len(list(spread(SEEDS[:20], decisions=7))) == 21


def test_a_last_decision_that_gives_nothing_loses_nothing_of_the_others():
    def results(step, seed):
        return made(step, seed) if step < 6 else []

    assert len(list(spread(SEEDS[:20], results=results, decisions=7))) == 18


def test_no_story_gives_more_than_its_limit():
    told = Counter(p.seed_id for p in spread(SEEDS[:20], Limits(max_per_story=2)))
    assert set(told.values()) == {2} and len(told) == 20


def test_seeds_of_which_nothing_comes_are_no_end():
    def results(step, seed):
        return made(step, seed) if seed is SEEDS[3] else []

    assert len(list(spread(SEEDS[:5], results=results, decisions=50))) == 30


def test_every_prefix_keeps_the_shares_to_within_a_problem():
    shares = {"physics": 0.3, "counting": 0.25}
    topics = {seed.id: seed.topic for seed in SEEDS}
    counts = Counter()
    for number, problem in enumerate(islice(spread(SEEDS, Limits(shares=shares)), 400), start=1):
        counts[topics[problem.seed_id]] += 1
        for topic, share in shares.items():
            assert abs(counts[topic] - share * number) < 1
    assert len(counts) == len(set(topics.values()))


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({"shares": {"algebra": 0.3}}, "topic algebra: no seed is of it; the topics are age, "),
        ({"shares": {"physics": 0.7, "age": 0.4}}, "add up to 1.1"),
        ({"max_per_story": 1}, "1,000 problems from 242 seeds are more than 1 a story; 5 would do"),
        (
            {"shares": {"age": 0.5}, "max_per_story": 9},
            r"500 problems of age from \d seeds of age are more than 9 a story",
        ),
    ],
)
def test_what_cannot_be_kept_is_refused(limits, message):
    with pytest.raises(SpreadError, match=message):
        require_possible(SEEDS, Limits(**limits), 1_000)


def test_shares_below_one_need_seeds_of_other_topics():
    ages = [seed for seed in SEEDS if seed.topic == "age"]
    with pytest.raises(SpreadError, match="make them add up to 1"):
        require_possible(ages, Limits(shares={"age": 0.5}), 10)
    require_possible(ages, Limits(shares={"age": 1}), 10)
