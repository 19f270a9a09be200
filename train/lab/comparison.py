"""Arms compared over the same random seeds: paired differences, and rollouts to the same accuracy."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from zoped.train.lab.results import RunNumbers

LEVEL = 0.95
RESAMPLES = 9_999


@dataclass(frozen=True)
class Difference:
    """The mean of paired differences over `pairs` seeds, with two 95 % intervals: Student's t
    (`low`, `high`), and a percentile bootstrap over the seeds."""

    pairs: int
    mean: float
    low: float
    high: float
    bootstrap_low: float
    bootstrap_high: float

    def told(self, *, percent: bool) -> str:
        scale, digits = (100, 1) if percent else (1, 2)
        mean, low, high = (f"{scale * x:+.{digits}f}" for x in (self.mean, self.low, self.high))
        unit = " points" if percent else ""
        return f"{mean}{unit}, 95 % {low} to {high}, {self.pairs} seeds"


def mean_interval(values: Sequence[float]) -> tuple[float, float, float]:
    """(mean, low, high) by Student's t; the bounds are not finite for fewer than two values."""
    array = np.asarray(values, dtype=float)
    mean = float(array.mean())
    if len(array) < 2:
        return mean, -math.inf, math.inf
    half = float(stats.t.ppf((1 + LEVEL) / 2, len(array) - 1) * stats.sem(array))
    return mean, mean - half, mean + half


def difference(
    first: Mapping[int, float | None], second: Mapping[int, float | None]
) -> Difference | None:
    """First minus second, by seed; None where fewer than two seeds have both."""
    pairs = [(first[seed], second[seed]) for seed in sorted(first.keys() & second.keys())]
    differences = [a - b for a, b in pairs if a is not None and b is not None]
    if len(differences) < 2:
        return None
    mean, low, high = mean_interval(differences)
    means = np.asarray(differences)[_resampled(len(differences))].mean(axis=1)
    return Difference(len(differences), mean, low, high, *_percentiles(means))


@dataclass(frozen=True)
class Needed:
    """The rollouts with which an arm's mean accuracy reaches the reference arm's final one, as a
    share of those that the reference arm spent; infinite where it never does. The 95 % interval is
    a bootstrap's over the seeds that both have."""

    share: float
    low: float
    high: float
    pairs: int

    def told(self) -> str:
        share, low, high = (
            f"{x:.2f}" if math.isfinite(x) else "never" for x in (self.share, self.low, self.high)
        )
        return f"{share} of its rollouts, 95 % {low} to {high}, {self.pairs} seeds"


def rollouts_needed(arm: Sequence[RunNumbers], reference: Sequence[RunNumbers]) -> Needed | None:
    """None where fewer than two seeds have both, or the rounds that were evaluated differ."""
    by_seed = {run.seed: run for run in reference}
    pairs = [(run, by_seed[run.seed]) for run in arm if run.seed in by_seed]
    if len(pairs) < 2 or any(
        len({len(run.points) for run in side}) > 1 for side in zip(*pairs, strict=True)
    ):
        return None
    curves = [_curves([pair[side] for pair in pairs]) for side in (0, 1)]
    everyone = np.arange(len(pairs))[None, :]
    share = _shares(curves[0], curves[1], everyone)[0]
    resampled = _shares(curves[0], curves[1], _resampled(len(pairs)))
    return Needed(float(share), *_percentiles(resampled), len(pairs))


def _curves(runs: Sequence[RunNumbers]) -> np.ndarray:
    """(runs, points, 2): rollouts and accuracy."""
    return np.asarray([[(p.rollouts, p.accuracy) for p in run.points] for run in runs], dtype=float)


def _shares(arm: np.ndarray, reference: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """For each row of `draws`, a choice of seeds: the share of the reference's rollouts at which
    the arm's mean curve first reaches the reference's last mean accuracy."""
    shares = np.full(len(draws), np.inf)
    for i, seeds in enumerate(draws):
        goal_rollouts, goal = reference[seeds, -1].mean(axis=0)
        rollouts, accuracy = arm[seeds].mean(axis=0).T
        reached = np.flatnonzero(accuracy >= goal)
        if not len(reached):
            continue
        at = int(reached[0])
        needed = rollouts[at]
        if at:
            rise = (goal - accuracy[at - 1]) / (accuracy[at] - accuracy[at - 1])
            needed = rollouts[at - 1] + rise * (rollouts[at] - rollouts[at - 1])
        shares[i] = needed / goal_rollouts if goal_rollouts else np.inf
    return shares


def _resampled(count: int) -> np.ndarray:
    """(RESAMPLES, count): seeds drawn with replacement, always the same draws."""
    return np.random.default_rng(0).integers(0, count, (RESAMPLES, count))


def _percentiles(values: np.ndarray) -> tuple[float, float]:
    """Of ordered values rather than between them: some may be infinite."""
    tail = 100 * (1 - LEVEL) / 2
    low = np.percentile(values, tail, method="lower")
    return float(low), float(np.percentile(values, 100 - tail, method="higher"))
