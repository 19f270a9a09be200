"""Pass rates predicted from few observations, each with a spread of its own.

Beside what a problem's pass rate is on average, it matters how those of its like differ: where half
of them are always solved and half never, the mean is a half and no group has a gradient. So a random
forest (Breiman 2001; scikit-learn's `RandomForestRegressor`) predicts the first two moments of the
pass rate. Its prediction is a weighted mean over the observed problems in the same leaves
(Meinshausen 2006, "Quantile regression forests"), here of their posteriors' moments, and the Beta
distribution that has them is what is believed of the problem. How much an observation still counts is
a feature as well: where the student has changed, the trees part the old from the new.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from zoped.evals.difficulty.features import Posed, features
from zoped.evals.difficulty.model import Observation
from zoped.evals.stopping import PRIOR, Beta

FEWEST = 8  # observed problems below which nothing is learnt
TREES = {"n_estimators": 100, "min_samples_leaf": 2, "max_features": 0.4}
EDGE = 5e-3  # predicted means stay this far from 0 and 1
LEAST, MOST = 1e-3, 0.95  # of p (1 - p), the variance


class PassRateForest:
    """Predicts pass rates from features, seed and move; observations of one problem count together.

    A forest is fitted once; with more observations another one is. Deterministic for `random_seed`
    and the order of the observations.
    """

    def __init__(
        self, observations: Sequence[Observation], *, prior: Beta = PRIOR, random_seed: int = 0
    ) -> None:
        self._prior = prior
        self._forest: Any = None
        known = _by_problem(observations)
        self._seeds = sorted({problem.seed_id for problem, _, _, _ in known})
        self._moves = sorted({problem.move for problem, _, _, _ in known})
        if len(known) < FEWEST:
            return
        from sklearn.ensemble import RandomForestRegressor  # takes a second

        posteriors = np.array(
            [(prior[0] + right, prior[1] + wrong) for _, right, wrong, _ in known]
        )
        right, total = posteriors[:, 0], posteriors.sum(axis=1)
        mean = right / total
        moments = np.column_stack([mean, mean * (right + 1) / (total + 1)])
        with threadpool_limits(1):  # small tables: threads cost more than they save
            self._forest = RandomForestRegressor(**TREES, random_state=random_seed)
            self._forest.fit(
                self._table([problem for problem, *_ in known], [weight for *_, weight in known]),
                moments,
                sample_weight=[weight for *_, weight in known],
            )

    def predict(self, problems: Sequence[Posed]) -> list[Beta]:
        """The two parameters of a Beta distribution a problem, in order.

        It is the prior of every problem where fewer than `FEWEST` were observed.
        """
        if self._forest is None or not problems:
            return [self._prior] * len(problems)
        with threadpool_limits(1):
            means, squares = self._forest.predict(self._table(problems, [1.0] * len(problems))).T
        means = np.clip(means, EDGE, 1 - EDGE)
        most = means * (1 - means)
        totals = most / np.clip(squares - means**2, LEAST * most, MOST * most) - 1
        return [(float(m * k), float((1 - m) * k)) for m, k in zip(means, totals, strict=True)]

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


Counted = tuple[Posed, float, float, float]


def _by_problem(observations: Sequence[Observation]) -> list[Counted]:
    """Each problem once: right and wrong answers by their weights, and the weight of the latest."""
    found: dict[tuple[str, str], Counted] = {}
    for each in observations:
        passes, rollouts = each.pass_rate.passes, each.pass_rate.rollouts
        if not rollouts:
            continue
        problem = each.problem
        _, right, wrong, weight = found.get(
            (problem.seed_id, problem.text), (problem, 0.0, 0.0, 0.0)
        )
        found[problem.seed_id, problem.text] = (
            problem,
            right + each.weight * passes,
            wrong + each.weight * (rollouts - passes),
            max(weight, each.weight),
        )
    return list(found.values())
