"""The difficulty model: a Beta distribution of a student's pass rate on every problem.

Beside what a problem's pass rate is on average, it matters how those of its like differ: where half
of them are always solved and half never, the mean is a half and no group has a gradient. So a random
forest (Breiman 2001; scikit-learn's `RandomForestRegressor`) predicts the first two moments of the
pass rate. Its prediction is a weighted mean over the observed problems in the same leaves
(Meinshausen 2006, "Quantile regression forests"), here of their posteriors' moments, and the Beta
distribution that has them is what is believed of the problem. How much an observation still counts is
a feature as well: where the student has changed, the trees part the old from the new.

A forest's means lie too near to each other, and its spread holds what few answers left unknown of the
observed problems. Both are set right by two numbers, those with the greatest likelihood of what was
observed where each problem is predicted by the trees that did not see it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import betaln, expit, logit
from threadpoolctl import threadpool_limits

from zoped.evals.difficulty.features import Posed, features
from zoped.evals.pass_rate import PassRate
from zoped.evals.stopping import PRIOR, Beta

FEWEST = 8  # observed problems below which nothing is learnt
HALF_LIFE = 2.0  # of an observation, in versions of the student
TREES = {"n_estimators": 100, "min_samples_leaf": 2, "max_features": 0.4}
EDGE = 5e-3  # predicted means stay this far from 0 and 1
LEAST, MOST = 1e-3, 0.95  # of p (1 - p), the variance
DEVIATION = 0.3  # of the prior of what sets means and spreads right

NOTHING_WRONG = np.array([1.0, 0.0])


@dataclass(frozen=True)
class Observation:
    """What the student made of a problem; `age` counts the versions of the student since."""

    problem: Posed
    pass_rate: PassRate
    age: float = 0.0

    @property
    def weight(self) -> float:
        """What one rollout counts: the student has changed since."""
        return float(0.5 ** (self.age / HALF_LIFE))


class DifficultyModel:
    """Predicts the pass rates of the student whose answers were observed, from features, seed and move.

    A model is fitted once; with more observations another one is. Observations of one problem count
    together. Deterministic for `random_seed` and the order of the observations.

    `unseen` has a Beta distribution for each of the observations, in order, predicted by those trees
    that did not learn from its problem; the prior where nothing is learnt.
    """

    def __init__(
        self, observations: Sequence[Observation], *, prior: Beta = PRIOR, random_seed: int = 0
    ) -> None:
        self._prior = prior
        self._forest: Any = None
        self._right = NOTHING_WRONG
        self.unseen: list[Beta] = [prior] * len(observations)
        known = _by_problem(observations)
        self._seeds = sorted({key[0] for key in known})
        self._moves = sorted({each.problem.move for each in known.values()})
        if len(known) < FEWEST:
            return
        from sklearn.ensemble import RandomForestRegressor  # takes a second

        posteriors = np.array(
            [(prior[0] + each.right, prior[1] + each.wrong) for each in known.values()]
        )
        right, total = posteriors[:, 0], posteriors.sum(axis=1)
        mean = right / total
        moments = np.column_stack([mean, mean * (right + 1) / (total + 1)])
        weights = [each.weight for each in known.values()]
        with threadpool_limits(1):  # small tables: threads cost more than they save
            self._forest = RandomForestRegressor(**TREES, oob_score=True, random_state=random_seed)
            self._forest.fit(
                self._table([each.problem for each in known.values()], weights),
                moments,
                sample_weight=weights,
            )
        moments = self._forest.oob_prediction_
        self._right = _set_right(moments, list(known.values()))
        unseen = dict(zip(known, _betas(moments, self._right), strict=True))
        self.unseen = [unseen.get(_key(each.problem), prior) for each in observations]

    def predict(self, problems: Sequence[Posed]) -> list[Beta]:
        """The two parameters of a Beta distribution a problem, in order.

        It is the prior of every problem where fewer than `FEWEST` were observed.
        """
        if self._forest is None or not problems:
            return [self._prior] * len(problems)
        with threadpool_limits(1):
            moments = self._forest.predict(self._table(problems, [1.0] * len(problems)))
        return _betas(moments, self._right)

    def _table(self, problems: Sequence[Posed], weights: Sequence[float]) -> Any:
        return np.array(
            [
                [
                    weight,
                    *features(problem).values(),
                    *(float(problem.seed_id == seed) for seed in self._seeds),
                    *(float(problem.move == move) for move in self._moves),
                ]
                for problem, weight in zip(problems, weights, strict=True)
            ]
        )


@dataclass
class _Known:
    """A problem with its right and wrong answers by their weights, and the weight of the latest."""

    problem: Posed
    right: float = 0.0
    wrong: float = 0.0
    weight: float = 0.0


def _by_problem(observations: Sequence[Observation]) -> dict[tuple[str, str], _Known]:
    """Each problem once; those without rollouts are not known."""
    found: dict[tuple[str, str], _Known] = {}
    for each in observations:
        if not each.pass_rate.rollouts:
            continue
        known = found.setdefault(_key(each.problem), _Known(each.problem))
        known.right += each.weight * each.pass_rate.passes
        known.wrong += each.weight * (each.pass_rate.rollouts - each.pass_rate.passes)
        known.weight = max(known.weight, each.weight)
    return found


def _key(problem: Posed) -> tuple[str, str]:
    return problem.seed_id, problem.text


def _betas(moments: Any, right: Any) -> list[Beta]:
    a, b = _parameters(moments, right)
    return [(float(x), float(y)) for x, y in zip(a, b, strict=True)]


def _parameters(moments: Any, right: Any) -> tuple[Any, Any]:
    """Of the Beta distributions with these means and mean squares, as far as there are such, set right: the
    means' logits times the first number, a + b times e to the second."""
    means, squares = np.asarray(moments).T
    means = np.clip(means, EDGE, 1 - EDGE)
    most = means * (1 - means)
    totals = most / np.clip(squares - means**2, LEAST * most, MOST * most) - 1
    means = np.clip(expit(right[0] * logit(means)), EDGE, 1 - EDGE)
    totals = totals * np.exp(right[1])
    return means * totals, (1 - means) * totals


def _set_right(moments: Any, known: Sequence[_Known]) -> Any:
    """The two numbers with the greatest likelihood of what was observed, under a normal prior that
    leaves things as they are where the observations say little."""
    right = np.array([each.right for each in known])
    wrong = np.array([each.wrong for each in known])

    def loss(numbers: Any) -> float:
        a, b = _parameters(moments, numbers)
        likelihood = betaln(a + right, b + wrong) - betaln(a, b)
        away = np.square(numbers - NOTHING_WRONG).sum() / (2 * DEVIATION**2)
        return float(away - likelihood.sum())

    from scipy.optimize import minimize  # half a second to import

    return minimize(loss, NOTHING_WRONG, method="L-BFGS-B").x
