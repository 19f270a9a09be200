"""The score of every question on which a run was evaluated, so that runs can be compared on the same
ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from zoped.evals import Accuracy, PassRate
from zoped.evals.sampling import Question
from zoped.train.state import RunState

HELD_OUT, GREEDY = "held_out", "held_out_greedy"


def keep_scores(
    state: RunState, number: int, name: str, questions: Sequence[Question], result: Accuracy
) -> None:
    """Of the student after round `number`, on the held-out problems or a test set, by `name`."""
    rates = [PassRate(round(score * result.samples), result.samples) for score in result.scores]
    state.save_pass_rates(list(map(question_id, questions)), rates, _label(name, number))


def kept_scores(state: RunState, number: int, name: str = HELD_OUT) -> dict[str, float]:
    """The share of right answers by question; empty where an earlier version of Zoped evaluated."""
    return {id_: rate.rate for id_, rate in state.pass_rates(_label(name, number)).items()}


def question_id(question: Question) -> str:
    """The same for the same question in every run."""
    return sha256(f"{question.text}\0{question.answer}".encode()).hexdigest()[:20]


def _label(name: str, number: int) -> str:
    """Beside the versions of students, of which no problem is measured under such a name."""
    return f"{name}, round {number}"
