"""Live problems: what is handed out follows what was observed, whatever is killed in between."""

import json
import os
import signal
from random import Random

import pytest

from zoped.evals.difficulty import features
from zoped.evals.held_out import elementary_seeds
from zoped.foundation.own_files import OutputError
from zoped.train.live import (
    LiveError,
    LiveProblems,
    LiveSettings,
    NoMoreProblems,
    UnknownProblem,
)
from zoped.train.live.refill_process import RefillProcess

SEEDS = elementary_seeds()[:24]
SMALL = LiveSettings(batch=8, pool=3, lead=3, uses=2)


def answered(live: LiveProblems, problem, rng: Random, batch: str | None = None) -> bool:
    """A student that misses what has large numbers or several steps; whether there is a gradient."""
    hard = features(problem.problem)
    rate = 0.95 if hard["largest_given"] < 3.5 and hard["steps"] < 2 else 0.05
    rate = 0.5 if hard["steps"] == 2 else rate
    passes = sum(rng.random() < rate for _ in range(8))
    live.observe(problem.key, passes, 8, batch=batch or str(problem.number))
    return 0 < passes < 8


def conversation(live: LiveProblems, start: int, end: int) -> list[tuple[int, str]]:
    """Problems taken and observed one by one, each by a random stream of its own."""
    taken = []
    for number in range(start, end):
        problem = live.take(1, request=str(number))[0]
        answered(live, problem, Random(number))
        taken.append((problem.number, problem.key))
    return taken


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    with LiveProblems(folder, SEEDS, SMALL) as live:
        return conversation(live, 0, 40)


def test_a_process_that_is_closed_or_killed_anywhere_goes_on_to_the_same_problems(tmp_path, whole):
    for start in range(0, 40, 5):
        child = os.fork()
        if child == 0:
            live = LiveProblems(tmp_path, SEEDS, SMALL)
            conversation(live, max(0, start - 3), start + 5)  # what was not answered comes again
            live.reserve(1, request=str(start + 5))
            os.kill(os.getpid(), signal.SIGKILL)
        assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    with LiveProblems(tmp_path, SEEDS, SMALL) as live:
        assert [(n, live.problem(n).key) for n in range(40)] == whole
        assert live.stats()["observed_groups"] == 40


def test_the_same_calls_give_the_same_problems(tmp_path, whole):
    with LiveProblems(tmp_path, SEEDS, SMALL) as live:
        assert conversation(live, 0, 20) == whole[:20]
    with LiveProblems(tmp_path, SEEDS, SMALL) as live:
        assert conversation(live, 20, 40) == whole[20:]


def test_a_problem_comes_again_at_most_as_often_as_it_may(whole):
    keys = [key for _, key in whole]
    assert max(keys.count(key) for key in keys) <= SMALL.uses
    assert len(set(keys[:8])) == 8


def test_it_finds_out_what_carries_a_gradient(tmp_path):
    settings = LiveSettings(
        batch=32, pool=4, lead=4, uses=1, operators=("add_step", "one_digit_numbers")
    )
    rng = Random(0)
    with LiveProblems(tmp_path, SEEDS, settings) as live:
        varied = [answered(live, problem, rng) for problem in live.take(96)]
        varied = [answered(live, problem, rng) for problem in live.take(64)][32:]
        stats = live.stats()
    assert sum(varied) / 32 > 0.8 > stats["gradient_share"]
    assert stats["observed_groups"] == 160 and stats["recent"]["groups"] == 160
    assert stats["calibration"]["problems"] == 160


def test_refills_are_small_at_first_and_then_know_all_that_was_observed(tmp_path):
    settings = LiveSettings(batch=16, first=4, lead=4, pool=2)
    sizes = [len(settings.numbers(refill)) for refill in range(16)]
    assert sizes == [4, 4, 4, 4, 4, 5, 6, 7, 9, 11, 14, 16, 16, 16, 16, 16]
    assert [settings.numbers(n).start for n in range(16)] == [sum(sizes[:n]) for n in range(16)]
    with LiveProblems(tmp_path, SEEDS, settings) as live:
        mark = 0
        for refill in range(14):
            numbers = settings.numbers(refill)
            live.reach(numbers.start)
            assert live.due() == (refill, mark)
            for problem in [live.problem(number) for number in numbers]:
                answered(live, problem, Random(problem.number))
            # The next one waits for them all, until refills are of full size and begun ahead.
            mark = numbers.start if sizes[refill + 1] == settings.batch else numbers.stop


def test_no_seed_move_or_answer_has_a_refill_to_itself(tmp_path):
    """A student that solves what is 2 and nothing else: most groups with a gradient are its."""
    with LiveProblems(tmp_path, SEEDS, LiveSettings(batch=40, first=20, lead=0, pool=6)) as live:
        for problem in live.take(40):
            live.observe(problem.key, 4 if problem.answer == "2" else 0, 8)
        later = live.take(40)[-20:]
    answers = [problem.answer for problem in later]
    assert 2 <= answers.count("2") <= 3
    assert max(answers.count(each) for each in answers) <= 3
    for kind in ("seed_id", "move"):
        values = [getattr(problem.problem, kind) for problem in later]
        assert max(values.count(each) for each in values) <= 8


def test_of_one_batch_the_first_observation_counts(tmp_path):
    with LiveProblems(tmp_path, SEEDS, SMALL) as live:
        key = next(live).key
        assert live.observe(key, 3, 8, batch="step 1")
        assert not live.observe(key, 5, 8, batch="step 1")
        assert live.observe(key, 5, 8, batch="step 2")
        assert live.observe(key, 5, 8) and live.observe(key, 5, 8)
        assert live.stats()["observed_rollouts"] == 32
        with pytest.raises(UnknownProblem, match="no problem with the key 'other'"):
            live.observe("other", 1, 2)
        with pytest.raises(ValueError, match="9 passes out of 8"):
            live.observe(key, 9, 8)
        with pytest.raises(ValueError, match="at least 1"):
            live.observe(key, 0, 0)


def test_a_request_that_comes_again_gets_the_same_problems(tmp_path):
    with LiveProblems(tmp_path, SEEDS, SMALL) as live:
        first = live.take(3, request="a")
        assert [p.number for p in live.take(2)] == [3, 4]
        assert live.take(3, request="a") == first
        assert live.problem(1) == first[1]
        with pytest.raises(UnknownProblem, match="no problem 9000"):
            live.problem(9_000)


def test_a_folder_of_other_settings_or_in_use_is_refused(tmp_path):
    with (
        LiveProblems(tmp_path, SEEDS, SMALL),
        pytest.raises(OutputError, match="another process"),
    ):
        LiveProblems(tmp_path, SEEDS, SMALL)
    with pytest.raises(LiveError, match="another value of seed; give"):
        LiveProblems(tmp_path, SEEDS, SMALL.model_copy(update={"seed": 1}))
    with pytest.raises(LiveError, match="another value of seeds"):
        LiveProblems(tmp_path, SEEDS[1:], SMALL)


def test_where_there_are_no_more_problems_it_says_so(tmp_path):
    settings = LiveSettings(batch=4, lead=0, uses=1, operators=("compare_givens",), variants=1)
    with (
        LiveProblems(tmp_path, SEEDS[:1], settings) as live,
        pytest.raises(NoMoreProblems, match="give more seeds"),
    ):
        live.take(400)
    with pytest.raises(ValueError, match="no operator 'add_steps'; did you mean `add_step`"):
        LiveSettings(operators=("add_steps",))


@pytest.mark.slow
def test_a_refill_of_another_process_is_the_same_also_when_that_is_killed(tmp_path):
    with LiveProblems(tmp_path, SEEDS, SMALL) as live:
        with RefillProcess(tmp_path, live.made_of) as process:
            process._start()
            os.kill(process.pid, signal.SIGKILL)
            chosen = process.choose(*live.due())
        live.refill()
        assert [c.problem.instance_key for c in chosen] == [live.made(n).key for n in range(8)]
        row = json.loads(live.made(0).json)
        assert row["question"] in row["prompt"][0]["content"] and row["key"] == live.made(0).key
