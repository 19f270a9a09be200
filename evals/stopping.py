"""When to stop sampling a problem: the Bayes-optimal rule, worked out once and looked up after.

With a Beta(a, b) prior on the pass rate, c passes in k rollouts leave the posterior
Beta(a + c, b + k − c), and P, its mass in the band. To stop now and call the problem in or out of
the band costs min(P, 1 − P) mistakes; to go on costs the next rollouts, and then whatever the best
course costs from where they lead. Backward induction from the limit (Berger 1985, Statistical
Decision Theory, 7.4) gives the least cost in every state, and with it the states to stop in.
"""

from __future__ import annotations

from functools import lru_cache
from math import exp, log, log2
from typing import Any

import numpy as np
from scipy.special import betainc

from zoped.evals.band import Band

Beta = tuple[float, float]  # the two parameters of a prior
PRIOR: Beta = (0.3, 0.3)  # of a small model: most problems are solved nearly always or nearly never


def band_probability(passes: Any, rollouts: int, band: Band, prior: Beta = PRIOR) -> Any:
    """The posterior probability that the pass rate lies in the band; `passes` may be an array."""
    a, b = prior[0] + passes, prior[1] + rollouts - passes
    low, high = band
    return betainc(a, b, high) - betainc(a, b, low)


@lru_cache(maxsize=2048)
def stopping_states(
    band: Band, step: int, limit: int, mistake_cost: float, prior: Beta = PRIOR
) -> frozenset[tuple[int, int]]:
    """The (passes, rollouts) in which the next `step` rollouts are not worth their price.

    `mistake_cost` is the price of one wrong decision, in rollouts. (0, 0) is among them where the
    prior says enough; the last step is cut at `limit`, where every state is one to stop in.
    """
    counts = [*range(0, limit, step), limit]
    stops: set[tuple[int, int]] = set()
    least = np.full(limit + 1, np.inf)  # cost from each number of passes, at the count after
    for now, then in reversed(list(zip(counts, [*counts[1:], limit], strict=True))):
        passes = np.arange(now + 1)
        inside = band_probability(passes, now, band, prior)
        stop = mistake_cost * np.minimum(inside, 1 - inside)
        go_on = np.full(now + 1, np.inf)
        if ahead := then - now:
            a, b = prior[0] + passes, prior[1] + now - passes
            from scipy.stats import betabinom  # a second to import

            chances = [betabinom.pmf(new, ahead, a, b) for new in range(ahead + 1)]
            worth = [chance * least[passes + new] for new, chance in enumerate(chances)]
            go_on = ahead + np.sum(worth, axis=0)
        stops |= {(int(c), now) for c in passes[stop <= go_on]}
        least = np.minimum(stop, go_on)
    return frozenset(stops)


def rounded_prior(prior: Beta) -> Beta:
    """The prior on a grid of means and totals, fine against its own uncertainty, so that the rules
    of many problems are worked out once: the mean to a tenth of a logit, the total to an eighth of a
    doubling."""
    mean, total = prior[0] / sum(prior), sum(prior)
    odds = round(10 * log(mean / (1 - mean))) / 10
    mean, total = 1 / (1 + exp(-odds)), 2 ** (round(8 * log2(total)) / 8)
    return round(mean * total, 9), round((1 - mean) * total, 9)
