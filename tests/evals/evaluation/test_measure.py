"""All benchmarks are asked together, and nothing twice, whatever kills the evaluation."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from zoped.evals.evaluation.harness import Asked, write_harness_results
from zoped.evals.evaluation.kept_answers import KeptAnswers, KeptAnswersError
from zoped.evals.evaluation.measure import Task, evaluate_tasks


@dataclass(frozen=True)
class Sum:
    text: str
    answer: str


@dataclass
class Adder:
    """Adds, wrongly now and then; the same call gives the same answers. `dies_at` its n-th call."""

    version: str = "adder@1"
    dies_at: int = 0
    asked: list[tuple[str, int]] = field(default_factory=list)

    def sample(self, texts: Sequence[str], *, samples: int, seed: int) -> list[list[str]]:
        self.asked += [(text, samples) for text in texts]
        self.dies_at -= 1
        if self.dies_at == 0:
            raise KeyboardInterrupt
        rng = Random(f"{seed}-{len(texts)}")
        return [
            [
                f"\\boxed{{{sum(map(int, t.split('+'))) + rng.choice([0, 0, 1])}}}"
                for _ in range(samples)
            ]
            for t in texts
        ]


def sums(first: int, count: int) -> list[Sum]:
    return [Sum(f"{i}+{i}", str(2 * i)) for i in range(first, first + count)]


TASKS = [Task("low", sums(0, 30), 40), Task("high", sums(20, 30), 30)]


def test_tasks_are_asked_together_and_a_shared_question_once(tmp_path):
    adder, told = Adder(), []
    done = evaluate_tasks(adder, TASKS, samples=4, on_answered=told.append)
    assert sorted(text for text, _ in adder.asked) == sorted(f"{i}+{i}" for i in range(50))
    assert sum(told) == 50
    assert {name: len(result.right) for name, result in done.results.items()} == {
        "low": 30,
        "high": 30,
    }
    assert 0.4 < done.results["low"].pass_at[1].value < 0.9
    assert done.results["low"].right[20:] == done.results["high"].right[:10]


def test_a_killed_evaluation_goes_on_to_the_same_answers(tmp_path):
    whole = evaluate_tasks(Adder(), TASKS, samples=4, batch=40)
    with KeptAnswers(tmp_path / "answers.db") as kept:
        killed = Adder(dies_at=4)
        with pytest.raises(KeyboardInterrupt):
            evaluate_tasks(killed, TASKS, samples=4, batch=40, kept=kept)
    with KeptAnswers(tmp_path / "answers.db") as kept:
        second = Adder()
        again = evaluate_tasks(second, TASKS, samples=4, batch=40, kept=kept)
        assert again.completions == whole.completions
        # Three batches of ten questions were kept.
        assert len(second.asked) == 20 and not set(killed.asked[:30]) & set(second.asked)
        third = Adder()
        assert evaluate_tasks(third, TASKS, samples=4, kept=kept).results == whole.results
        assert not third.asked


def test_more_samples_ask_only_for_those_and_fewer_for_none(tmp_path):
    with KeptAnswers(tmp_path / "answers.db") as kept:
        four = evaluate_tasks(Adder(), TASKS, samples=4, kept=kept)
        adder = Adder()
        six = evaluate_tasks(adder, TASKS, samples=6, kept=kept)
        assert {samples for _, samples in adder.asked} == {2}
        assert [texts[:4] for texts in six.completions["low"]] == four.completions["low"]
        two = evaluate_tasks(adder, TASKS, samples=2, kept=kept)
        assert [texts[:2] for texts in six.completions["low"]] == two.completions["low"]
        # Other weights and another random seed are other answers.
        for other, seed in ((Adder("adder@2"), 0), (Adder(), 1)):
            evaluate_tasks(other, TASKS, samples=2, seed=seed, kept=kept)
            assert len(other.asked) == 50


def test_a_file_that_is_no_database_is_told(tmp_path):
    path = tmp_path / "answers.db"
    path.write_text("not a database at all, but a text that somebody wrote" * 20)
    with pytest.raises(KeptAnswersError, match=r"answers\.db: answers cannot be kept .*--cache"):
        KeptAnswers(path)
    assert path.read_text().startswith("not a database")


def test_results_have_the_fields_of_the_evaluation_harness(tmp_path):
    done = evaluate_tasks(Adder(), TASKS, samples=2)
    asked = Asked("me/adder:1", "hf", "Think.", 1.0, 48, samples=2, seed=0, limit=30)
    begun = datetime(2026, 1, 2, tzinfo=UTC)
    path = write_harness_results(
        tmp_path, TASKS, done, asked, begun=begun, ended=begun + timedelta(minutes=1)
    )
    assert path.parent.name == "me__adder__1" and path.name.startswith("results_2026-01-02T00-01")
    content = json.loads(path.read_text())
    low = content["results"]["low"]
    assert low["alias"] == "low" and low["exact_match,none"] == done.results["low"].pass_at[1].value
    assert {"exact_match_stderr,none", "pass@2,none", "maj@2,none", "maj@2_stderr,none"} <= set(low)
    assert content["n-samples"]["low"] == {"original": 40, "effective": 30}
    assert content["higher_is_better"]["low"] == {
        "exact_match": True,
        "pass@2": True,
        "maj@2": True,
    }
    assert content["configs"]["low"]["repeats"] == 2 and content["versions"] == {
        "low": 1,
        "high": 1,
    }
    assert content["total_evaluation_time_seconds"] == "60.0"
    (samples,) = path.parent.glob("samples_low_*.jsonl")
    rows = [json.loads(line) for line in samples.read_text().splitlines()]
    assert len(rows) == 30 and rows[3]["doc"] == {"question": "3+3", "answer": "6"}
    assert len(rows[3]["resps"][0]) == 2 and rows[3]["exact_match"] in (0, 0.5, 1)
