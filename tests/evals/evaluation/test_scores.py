"""pass@1, pass@k and majority@k, each with an interval over the problems."""

from __future__ import annotations

from itertools import combinations

import pytest

from zoped.evals import is_right
from zoped.evals.evaluation.scores import Score, average, majority, pass_at_k, result_of


@pytest.mark.parametrize(("right", "samples"), [(0, 5), (1, 5), (2, 6), (5, 5)])
def test_pass_at_k_is_the_mean_over_all_choices_of_k_answers(right, samples):
    answers = [i < right for i in range(samples)]
    for k in range(1, samples + 1):
        choices = list(combinations(answers, k))
        assert pass_at_k(right, samples, k) == pytest.approx(sum(map(any, choices)) / len(choices))
    with pytest.raises(ValueError, match=f"1 <= k <= {samples}"):
        pass_at_k(right, samples, samples + 1)


def seven(answer: str) -> bool:
    return answer == "7"


@pytest.mark.parametrize(
    ("answers", "share"),
    [
        (["7", "8", "7"], 1.0),
        (["8", "8", "7"], 0.0),
        (["7", "8"], 0.5),  # as many votes: one of the two is drawn
        (["7", None, None, None], 1.0),  # no answer is no vote
        ([None, None], 0.0),
        (["1/2", "0.5", "7"], 0.0),  # one value, two votes
        ([], 0.0),
    ],
)
def test_the_majority_is_of_values(answers, share):
    assert majority(answers, seven) == share


def test_a_result_has_powers_of_two_and_counts_what_has_no_answer():
    completions = [
        [r"\boxed{3}", r"\boxed{3}", r"\boxed{4}"],
        [r"\boxed{4}", "I do not know", r"\boxed{5}"],
    ]
    result = result_of("mine", ["3", "5"], completions, is_right)
    assert list(result.pass_at) == [1, 2, 3]
    assert result.right == (2, 1) and result.pass_at[1].value == pytest.approx(0.5)
    assert result.pass_at[2].value == pytest.approx((1 + 2 / 3) / 2)
    assert result.majority is not None and result.majority.value == pytest.approx(0.75)
    assert result.without_answer == pytest.approx(1 / 6)
    for score in (*result.pass_at.values(), result.majority):
        assert 0 <= score.low <= score.value <= score.high <= 1
    assert result_of("mine", ["3"], [["3"]], is_right).majority is None


def test_an_interval_is_over_problems_not_answers():
    # Ten problems that are always or never solved, each asked a hundred times.
    many = Score.of([0.0, 1.0] * 5, 100)
    assert many.high - many.low > 0.4


def test_an_average_of_several_is_narrower_than_each_and_lies_within():
    parts = [Score.of([0.0, 1.0, 1.0, 0.0] * 20) for _ in range(4)]
    mean = average(parts)
    assert mean.value == pytest.approx(0.5)
    assert mean.high - mean.low == pytest.approx((parts[0].high - parts[0].low) / 2)
    assert mean.error == pytest.approx(parts[0].error / 2)
