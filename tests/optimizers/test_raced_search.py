"""The race of candidates, with a noisy metric that is known: no problems, no language models."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zoped.optimizers.raced_search import OutOfBudget, RacedSearch, Score

EXAMPLES = [f"example {i}" for i in range(20)]
KEPT_BACK = [f"kept back {i}" for i in range(8)]


class Killed(BaseException):
    pass


class Noisy:
    """A candidate is its true score; a measured one is 0 or 1. An example costs at most `worst`."""

    def __init__(self, budget=10_000, worst=3, spent=0, dies_at=None):
        self.budget = budget
        self.worst = worst
        self.spent = spent
        self.dies_at = dies_at
        self.asked = []

    def evaluate(self, candidate, examples, stream):
        if len(self.asked) == self.dies_at:
            raise Killed
        self.asked.append((candidate, tuple(examples), stream))
        scores = []
        for example in examples:
            rng = Random(f"{example}-{stream}")  # the same for all candidates: paired
            scores.append(float(rng.random() < candidate))
            self.spent += rng.randint(0, self.worst)
        return scores

    def affords(self, examples):
        return self.spent + self.worst * len(examples) <= self.budget


def search(evaluator, candidates=(0.3, 0.8, 0.5, 0.31), **options):
    options = {"settle_on": KEPT_BACK, "batch_size": 6} | options
    return RacedSearch(evaluator, candidates, EXAMPLES, **options)


def outcome(entries):
    return [(e.candidate, e.scores, e.settled, e.batches) for e in entries]


@pytest.mark.parametrize("random_seed", range(5))
def test_the_best_candidate_wins_and_is_settled_on_what_the_race_did_not_use(random_seed):
    evaluator = Noisy()
    best, second, *_ = search(evaluator, random_seed=random_seed).run()
    assert best.candidate == 0.8
    assert len(best.settled) == len(second.settled) == 6
    for _, examples, stream in evaluator.asked:
        assert set(examples) <= set(KEPT_BACK if stream == -1 else EXAMPLES)


def test_candidates_are_measured_on_the_same_examples_and_never_twice_on_a_batch():
    evaluator = Noisy()
    search(evaluator, (0.5, 0.52, 0.48, 0.1)).run()
    batches = {stream: examples for _, examples, stream in evaluator.asked}
    assert all(batches[stream] == examples for _, examples, stream in evaluator.asked)
    assert len({(c, stream) for c, _, stream in evaluator.asked}) == len(evaluator.asked)
    assert all(len(set(examples)) == len(examples) for examples in batches.values())


def test_a_candidate_that_is_clearly_worse_is_not_measured_on():
    evaluator = Noisy()
    entries = {e.candidate: e for e in search(evaluator, (0.05, 0.9, 0.89)).run()}
    assert entries[0.05].batches < entries[0.9].batches


def test_alike_candidates_end_and_the_baseline_stays():
    class Alike(Noisy):
        def evaluate(self, candidate, examples, stream):
            return [0.5] * len(examples)

    assert search(Alike(), ("baseline", "other", "third")).run()[0].candidate == "baseline"


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(
    budget=st.integers(0, 400),
    worst=st.integers(0, 9),
    batch_size=st.integers(1, 25),
    kept_back=st.integers(1, 8),
    candidates=st.lists(st.floats(0, 1), min_size=1, max_size=6),
    random_seed=st.integers(0, 9),
)
def test_the_budget_is_never_passed(budget, worst, batch_size, kept_back, candidates, random_seed):
    evaluator = Noisy(budget, worst)
    entries = search(
        evaluator,
        candidates,
        settle_on=KEPT_BACK[:kept_back],
        batch_size=batch_size,
        random_seed=random_seed,
    ).run()
    assert evaluator.spent <= budget
    assert sum(len(e.scores) + len(e.settled) for e in entries) == sum(
        len(examples) for _, examples, _ in evaluator.asked
    )
    # Two candidates on an example each, and two finalists on another: less measures nothing.
    assert bool(evaluator.asked) == (budget >= 2 * min(2, len(candidates)) * worst)


def test_less_than_a_batch_is_measured_where_less_is_left():
    evaluator = Noisy(budget=3 * 8)  # at worst, two candidates on 2 examples, and settled on 2
    best = search(evaluator, (0.1, 0.9)).run()[0]
    assert best.candidate == 0.9
    assert all(len(examples) < 6 for _, examples, _ in evaluator.asked)
    assert best.settled, "the settling was kept money for"


@pytest.mark.parametrize("budget", [10_000, 130, 40])
def test_a_search_killed_at_any_moment_ends_as_one_that_was_not(budget):
    whole = Noisy(budget)
    expected = outcome(search(whole).run())
    for dies_at in range(len(whole.asked)):
        first = Noisy(budget, dies_at=dies_at)
        kept = []
        killed = search(first)
        killed.on_change = lambda kept=kept, s=killed, e=first: kept.append((s.state(), e.spent))
        with pytest.raises(Killed):
            killed.run()
        state, spent = kept[-1] if kept else (search(first).state(), 0)
        second = Noisy(budget, spent=spent)
        resumed = search(second)
        resumed.restore(state)
        assert outcome(resumed.run()) == expected
        assert first.asked + second.asked == whole.asked, "nothing is measured twice"
        assert second.spent == whole.spent
    over = Noisy(budget)
    again = search(over)
    done = search(Noisy(budget))
    done.run()
    again.restore(done.state())
    assert outcome(again.run()) == expected and not over.asked


def test_an_example_that_does_not_count_is_in_no_mean():
    class Declines(Noisy):
        def evaluate(self, candidate, examples, stream):
            scores = super().evaluate(candidate, examples, stream)
            return [None if e.endswith("1") else s for e, s in zip(examples, scores, strict=True)]

    evaluator = Declines()
    entries = search(evaluator).run()
    counted = sum(not e.endswith("1") for _, examples, _ in evaluator.asked for e in examples)
    assert sum(len(e.scores) + len(e.settled) for e in entries) == counted


def test_candidates_that_decline_everything_do_not_run_for_ever():
    class Nothing(Noisy):
        def evaluate(self, candidate, examples, stream):
            self.asked.append(stream)
            return [None] * len(examples)

    evaluator = Nothing()
    entries = search(evaluator).run()
    assert not any(e.scores for e in entries)
    assert len(evaluator.asked) < 1_000


def test_a_batch_that_is_not_paid_for_ends_the_search_with_what_it_has():
    class Surprised(Noisy):
        def evaluate(self, candidate, examples, stream):
            if len(self.asked) == 5:
                raise OutOfBudget
            return super().evaluate(candidate, examples, stream)

    evaluator = Surprised()
    entries = search(evaluator).run()
    assert len(evaluator.asked) == 5
    measured = sum(len(e.scores) + len(e.settled) for e in entries)
    assert measured == sum(len(x) for _, x, _ in evaluator.asked)


@pytest.mark.parametrize(
    ("scores", "message"),
    [([0.5], "1 scores for 6 examples"), ([float("nan")] * 6, "a score of nan")],
)
def test_an_evaluator_that_breaks_its_contract_is_told(scores, message):
    class Wrong(Noisy):
        def evaluate(self, candidate, examples, stream):
            return scores

    with pytest.raises(ValueError, match=message):
        search(Wrong()).run()


@pytest.mark.parametrize("wrong", [{"batch_size": 0}, {"settle_on": []}, {"candidates": ()}])
def test_a_search_of_nothing_is_refused(wrong):
    with pytest.raises(ValueError, match="give at least"):
        search(Noisy(), **wrong)


def test_the_state_of_other_candidates_is_refused():
    with pytest.raises(ValueError, match="2 candidates, not 4"):
        search(Noisy()).restore(search(Noisy(), (0.1, 0.2)).state())


def test_one_score_has_the_largest_error():
    assert Score.of([0.5]).standard_error >= Score.of([0.5, 0.5]).standard_error > 0
    with pytest.raises(ValueError, match="no scores"):
        Score.of([])
