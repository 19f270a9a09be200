"""Intervals of shares, so that no rate is shown without its uncertainty."""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist

Interval = tuple[float, float]


def wilson_interval(passes: float, total: float, level: float = 0.95) -> Interval:
    """Wilson's score interval for a share (Wilson 1927); (0, 1) when nothing was counted.

    Both arguments may be fractional: effective counts of clustered samples.
    """
    if not 0 <= passes <= total:
        raise ValueError(f"{passes} of {total} is not a share")
    if total == 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf((1 + level) / 2)
    share = passes / total
    centre = share + z * z / (2 * total)
    spread = z * sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    scale = 1 + z * z / total
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)


def paired_difference(before: list[float], after: list[float], level: float = 0.95) -> Interval:
    """Student's interval for the mean of after − before over the same questions in the same order."""
    if len(before) != len(after) or len(before) < 2:
        raise ValueError("give two equally long lists of at least 2 scores")
    n = len(before)
    differences = [b - a for a, b in zip(before, after, strict=True)]
    mean = sum(differences) / n
    variance = sum((d - mean) ** 2 for d in differences) / (n - 1)
    from scipy.stats import t  # a second to import

    half = float(t.ppf((1 + level) / 2, n - 1)) * sqrt(variance / n)
    return mean - half, mean + half
