"""A student's accuracy on questions, never without its interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from zoped.evals.answers.match import is_right
from zoped.evals.intervals import Interval, wilson_interval
from zoped.evals.pass_rate import Check
from zoped.evals.sampling import GreedyStudent, Question, Student, sampled


@dataclass(frozen=True)
class Accuracy:
    """`scores` are the shares of right answers by question, each from `samples` answers."""

    scores: tuple[float, ...]
    samples: int

    @property
    def total(self) -> int:
        """How many answers were given."""
        return len(self.scores) * self.samples

    @property
    def correct(self) -> int:
        return round(sum(self.scores) * self.samples)

    @property
    def mean(self) -> float:
        return sum(self.scores) / len(self.scores)

    @cached_property
    def interval(self) -> Interval:
        """95 %. Answers to one question are alike: the questions are the sample, so that many
        answers to few questions do not pass for certainty (a design effect, Kish 1965)."""
        n = len(self.scores)
        share = self.mean
        if n < 2 or share in (0.0, 1.0):
            return wilson_interval(share * n, n)
        variance = sum((score - share) ** 2 for score in self.scores) / (n - 1) / n
        effective = min(self.total, share * (1 - share) / variance) if variance else n
        return wilson_interval(share * effective, effective)


def accuracy(
    student: Student,
    questions: Sequence[Question],
    *,
    samples: int = 1,
    seed: int = 0,
    check: Check = is_right,
) -> Accuracy:
    """Sample `samples` answers to each question and count those that `check` holds for right.

    Raises ValueError when there are no questions.
    """
    _some(questions)
    answers = sampled(student, [q.text for q in questions], samples=samples, seed=seed)
    return _judged(questions, answers, samples, check)


def greedy_accuracy(
    student: GreedyStudent, questions: Sequence[Question], *, check: Check = is_right
) -> Accuracy:
    """The same of the likeliest answer to each question, of which there is one.

    A student that only gets surer of what it would say anyway gains in sampled answers, and not in
    these. Raises ValueError when there are no questions.
    """
    _some(questions)
    answers = [[text] for text in student.greedy([q.text for q in questions])]
    return _judged(questions, answers, 1, check)


def _some(questions: Sequence[Question]) -> None:
    if not questions:
        raise ValueError("no questions to measure accuracy on")


def _judged(
    questions: Sequence[Question], answers: Sequence[Sequence[str]], samples: int, check: Check
) -> Accuracy:
    return Accuracy(
        tuple(
            sum(check(text, q.answer) for text in texts) / samples
            for q, texts in zip(questions, answers, strict=True)
        ),
        samples,
    )
