"""Two students on the same questions: how much better one is, and whether that is chance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from zoped.train.lab.comparison import mean_interval

RESAMPLES = 9_999


@dataclass(frozen=True)
class OnQuestions:
    """The mean difference on the same `questions`, in shares of right answers, with Student's 95 %
    interval over them and the two-sided p-value of a permutation test that turns signs; how many
    questions each did better."""

    questions: int
    mean: float
    low: float
    high: float
    p_value: float
    better: int
    worse: int


def on_questions(mine: Mapping[str, float], theirs: Mapping[str, float]) -> OnQuestions | None:
    """The first against the second, from the share of right answers by question; None where fewer
    than two questions have both."""
    questions = [id_ for id_ in mine if id_ in theirs]
    if len(questions) < 2:
        return None
    differences = np.array([mine[id_] - theirs[id_] for id_ in questions])
    mean, low, high = mean_interval(list(differences))
    better, worse = int((differences > 0).sum()), int((differences < 0).sum())
    return OnQuestions(len(questions), mean, low, high, _p_value(differences), better, worse)


def _p_value(differences: np.ndarray) -> float:
    from scipy.stats import permutation_test

    if not differences.any():
        return 1.0
    tested = permutation_test(
        (differences,),
        np.mean,
        permutation_type="samples",
        vectorized=True,
        n_resamples=RESAMPLES,
        batch=100,
        rng=np.random.default_rng(0),
    )
    return float(tested.pvalue)
