"""Accuracy by sampled answers and by the likeliest ones."""

from dataclasses import dataclass

import pytest

from zoped.evals import accuracy, greedy_accuracy


@dataclass(frozen=True)
class Asked:
    text: str
    answer: str


class Unsure:
    """Says what is right in every second answer, and would say it first."""

    version = "unsure"

    def sample(self, texts, *, samples, seed):
        return [[f"\\boxed{{{len(text) + i % 2}}}" for i in range(samples)] for text in texts]

    def greedy(self, texts):
        return [f"\\boxed{{{len(text)}}}" for text in texts]


QUESTIONS = [Asked("a", "1"), Asked("bb", "2"), Asked("ccc", "0")]


def test_what_is_likeliest_may_be_right_where_samples_often_are_not():
    sampled = accuracy(Unsure(), QUESTIONS, samples=4)
    assert sampled.scores == (0.5, 0.5, 0.0) and sampled.total == 12
    likeliest = greedy_accuracy(Unsure(), QUESTIONS)
    assert likeliest.scores == (1.0, 1.0, 0.0) and likeliest.total == 3
    assert greedy_accuracy(Unsure(), QUESTIONS, check=lambda text, answer: False).mean == 0


def test_without_questions_nothing_is_measured():
    for measure in (accuracy, greedy_accuracy):
        with pytest.raises(ValueError, match="no questions"):
            measure(Unsure(), [])
