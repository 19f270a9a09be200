"""Whether the difficulty model's predictions hold: log loss, a calibration table, coverage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from zoped.evals.pass_rate import PassRate
from zoped.evals.stopping import Beta

BINS = 5
LEVEL = 0.9  # of the intervals whose coverage is reported


@dataclass(frozen=True)
class CalibrationBin:
    """Problems whose predicted pass rate lies in a fifth of (0, 1), and how they came out."""

    problems: int
    predicted: float
    observed: float


@dataclass(frozen=True)
class Calibration:
    """Predictions against what was observed afterwards.

    `log_loss` is that of one rollout, in nats, and `base_log_loss` that of the observed mean pass
    rate for every problem. `coverage` is the share of counts within their 90 % predictive interval;
    counts are discrete, so one that straddles an interval's end counts by the part of it that lies
    inside, and a calibrated model has 0.9.
    """

    problems: int
    log_loss: float
    base_log_loss: float
    coverage: float
    bins: tuple[CalibrationBin, ...]


def calibration(predicted: Sequence[Beta], observed: Sequence[PassRate]) -> Calibration | None:
    """None where nothing was observed. Problems without rollouts do not count."""
    pairs = [(p, o) for p, o in zip(predicted, observed, strict=True) if o.rollouts]
    if not pairs:
        return None
    a, b = np.array([p for p, _ in pairs]).T
    passes = np.array([o.passes for _, o in pairs])
    rollouts = np.array([o.rollouts for _, o in pairs])
    means, total = a / (a + b), float(rollouts.sum())
    base = float(passes.sum()) / total

    def log_loss(chance: np.ndarray | float) -> float:
        chance = np.clip(chance, 1e-6, 1 - 1e-6)
        losses = passes * np.log(chance) + (rollouts - passes) * np.log(1 - chance)
        return float(-losses.sum() / total)

    from scipy.stats import betabinom  # a second to import

    below = betabinom.cdf(passes - 1, rollouts, a, b)
    at = betabinom.pmf(passes, rollouts, a, b)
    low, high = (1 - LEVEL) / 2, (1 + LEVEL) / 2
    inside = np.minimum(below + at, high) - np.maximum(below, low)
    coverage = np.clip(inside, 0, None) / np.maximum(at, 1e-300)
    places = np.minimum((means * BINS).astype(int), BINS - 1)
    bins = [
        CalibrationBin(
            int(chosen.sum()),
            float(means[chosen].mean()),
            float((passes[chosen] / rollouts[chosen]).mean()),
        )
        for k in range(BINS)
        if (chosen := places == k).any()
    ]
    return Calibration(
        len(pairs), log_loss(means), log_loss(base), float(coverage.clip(0, 1).mean()), tuple(bins)
    )
