"""The difficulty model: a Beta distribution of a student's pass rate on every problem.

The mean comes from gradient-boosted trees (scikit-learn's `HistGradientBoostingClassifier`) on
features of symbols, worked steps and text, with the pass rate of the problem's seed and the drop
that its move was measured to cause. The spread comes from the likelihood of what was observed
under beta-binomials whose means are the trees' predictions on folds that they did not see: it is
that of the errors the model really makes, so its intervals can be checked (`report`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import betaln, logit
from threadpoolctl import threadpool_limits

from zoped.evals.difficulty.features import Posed, features
from zoped.evals.pass_rate import PassRate
from zoped.evals.stopping import PRIOR, Beta

FOLDS = 5
FEWEST = 60  # observed problems below which nothing is learnt
HALF_LIFE = 2.0  # of an observation, in versions of the student
EDGE = 5e-3  # predicted means stay this far from 0 and 1
MOVE_PRIOR = 10.0  # observed problems that a move's drop of 0 is worth
TREES = {"learning_rate": 0.1, "max_iter": 60, "max_leaf_nodes": 15, "min_samples_leaf": 20}


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
    """Predicts the pass rates of the student whose answers were observed.

    A model is fitted once; with more observations another one is. Deterministic for
    `random_seed` and the order of the observations. `seed_rates` are what is known of the seeds at
    the present student, by id; of another one the mean of what was observed is assumed.
    """

    def __init__(
        self,
        observations: Sequence[Observation],
        *,
        seed_rates: Mapping[str, PassRate] | None = None,
        prior: Beta = PRIOR,
        random_seed: int = 0,
    ) -> None:
        observed = [each for each in observations if each.pass_rate.rollouts]
        self.observations = len(observed)
        self._seeds = seed_rates or {}
        self._prior = prior
        self._trees: _Trees | None = None
        self._spread = np.zeros(3)
        self._mean = 0.5
        if len(observed) >= FEWEST:
            # Small tables: threads cost more than they save.
            with threadpool_limits(1):
                self._fit(observed, random_seed)

    def predict(self, problems: Sequence[Posed]) -> list[Beta]:
        """The two parameters of a Beta distribution a problem, in order.

        It is the prior of every problem where fewer than `FEWEST` were observed.
        """
        if self._trees is None or not problems:
            return [self._prior] * len(problems)
        means = self._trees.predict(self._table(problems), [each.move for each in problems])
        totals = _totals(means, self._spread)
        return [(float(m * k), float((1 - m) * k)) for m, k in zip(means, totals, strict=True)]

    def _fit(self, observed: Sequence[Observation], random_seed: int) -> None:
        self._mean = _mean_rate(observed)
        problems = [each.problem for each in observed]
        table, moves = self._table(problems), [each.move for each in problems]
        passes = np.array([each.pass_rate.passes for each in observed], dtype=float)
        rollouts = np.array([each.pass_rate.rollouts for each in observed], dtype=float)
        weights = np.array([each.weight for each in observed])

        # Imported here, as in `_Trees`: scikit-learn takes a second, and most runs never fit.
        from sklearn.model_selection import KFold

        def trees(rows: Any) -> _Trees:
            chosen = [moves[i] for i in rows]
            return _Trees(
                table[rows], chosen, passes[rows], rollouts[rows], weights[rows], random_seed
            )

        unseen = np.empty(len(observed))
        folds = KFold(FOLDS, shuffle=True, random_state=random_seed)
        for rest, fold in folds.split(table):
            unseen[fold] = trees(rest).predict(table[fold], [moves[i] for i in fold])
        self._spread = _fitted_spread(unseen, passes, rollouts, weights)
        self._trees = trees(np.arange(len(observed)))

    def _table(self, problems: Sequence[Posed]) -> Any:
        """A row a problem; the first column is the pass rate of its seed."""
        rows = []
        for problem in problems:
            rate = self._seeds.get(problem.seed_id)
            parent = self._mean
            if rate is not None and rate.rollouts:
                parent = (rate.passes + self._prior[0]) / (rate.rollouts + sum(self._prior))
            rows.append([parent, *features(problem).values()])
        return np.array(rows)


class _Trees:
    """The mean pass rate: boosted trees, and by move the mean drop against the seed's pass rate."""

    def __init__(
        self,
        table: Any,
        moves: Sequence[str],
        passes: Any,
        rollouts: Any,
        weights: Any,
        random_seed: int,
    ) -> None:
        drops = passes / rollouts - table[:, 0]
        sums: dict[str, list[float]] = {}
        for move, drop, weight in zip(moves, drops, weights, strict=True):
            total = sums.setdefault(move, [0.0, 0.0])
            total[0] += weight * drop
            total[1] += weight
        self._drops = {move: s / (n + MOVE_PRIOR) for move, (s, n) in sums.items()}
        from sklearn.ensemble import HistGradientBoostingClassifier

        # Each problem stands there twice, as solved and as missed, weighed by how often.
        rows = np.vstack([self._with_drops(table, moves)] * 2)
        solved = np.repeat([1, 0], len(table))
        counts = np.concatenate([weights * passes, weights * (rollouts - passes)])
        used = counts > 0
        self._constant: float | None = None
        if len(set(solved[used])) < 2:
            self._constant = float(solved[used][0])
            return
        self._model = HistGradientBoostingClassifier(**TREES, random_state=random_seed)
        self._model.fit(rows[used], solved[used], sample_weight=counts[used])

    def predict(self, table: Any, moves: Sequence[str]) -> Any:
        if self._constant is not None:
            return np.full(len(table), np.clip(self._constant, EDGE, 1 - EDGE))
        means = self._model.predict_proba(self._with_drops(table, moves))[:, 1]
        return np.clip(means, EDGE, 1 - EDGE)

    def _with_drops(self, table: Any, moves: Sequence[str]) -> Any:
        return np.column_stack([table, [self._drops.get(move, 0.0) for move in moves]])


def _mean_rate(observed: Sequence[Observation]) -> float:
    """Over problems; each counts once."""
    weights = [each.weight for each in observed]
    rates = [each.pass_rate.rate for each in observed]
    return sum(w * rate for w, rate in zip(weights, rates, strict=True)) / sum(weights)


def _totals(means: Any, spread: Any) -> Any:
    """a + b of each Beta: log-linear in how far the mean is from a half, in logits."""
    return np.exp(spread[0] + spread[1] * np.abs(logit(means)) + spread[2] * logit(means))


def _fitted_spread(means: Any, passes: Any, rollouts: Any, weights: Any) -> Any:
    """The greatest likelihood of what was observed, on problems that the means were not fitted on.

    A weak normal prior (deviation 2) keeps it finite where the observations say nothing.
    """

    def loss(spread: Any) -> float:
        total = np.clip(_totals(means, spread), 1e-2, 1e4)
        a, b = means * total, (1 - means) * total
        likelihood = betaln(a + passes, b + rollouts - passes) - betaln(a, b)
        return float(-(weights * likelihood).sum() + (np.square(spread - [1, 0, 0]) / 8).sum())

    from scipy.optimize import minimize  # half a second to import

    return minimize(loss, np.array([1.0, 0.0, 0.0]), method="L-BFGS-B").x
