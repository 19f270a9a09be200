"""Success rates of anything that can be tried again, measured no longer than needed.

The meter without students and problems: an item is whatever `measure` can try, a rate the share of its
tries that pass.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from zoped.evals.band import Band
from zoped.evals.pass_rate import PassRate
from zoped.evals.stopping import PRIOR, Beta, stopping_states

T = TypeVar("T")
Counts = tuple[int, int]  # passes, rollouts


def measured_rates(
    items: Sequence[T],
    measure: Callable[[list[T]], Sequence[Counts]],
    *,
    band: Band | tuple[float, float],
    max_rollouts: int = 32,
    mistake_cost: float = 120.0,
    prior: Beta = PRIOR,
    on_progress: Callable[[int, int], None] | None = None,
) -> list[PassRate]:
    """One rate an item, in order, each tried until it is known whether it lies in the band.

    `measure(items)` tries each item once or several times, and returns (passes, rollouts) for each,
    in order. It is called again with those items of which the next try is worth its price: one
    wrong decision is worth `mistake_cost` tries (evals/stopping.py), and rates are expected to have
    the Beta distribution `prior`. An item whose count reaches `max_rollouts` is done; a call that
    tries several times may pass it.

    Raises ValueError for arguments out of range and for counts that are impossible, or zero.

    >>> rates = measured_rates(
    ...     ["always", "never"], lambda items: [(2 * (i == "always"), 2) for i in items],
    ...     band=(0.2, 0.8),
    ... )
    >>> [rate.rate for rate in rates]
    [1.0, 0.0]
    """
    if max_rollouts < 1 or not mistake_cost > 0 or not min(prior) > 0:
        raise ValueError(
            f"max_rollouts {max_rollouts}, mistake_cost {mistake_cost}, prior {prior}: give numbers "
            "above 0"
        )
    stops = stopping_states(Band.of(band), 1, max_rollouts, mistake_cost, prior)
    counts = [PassRate(0, 0)] * len(items)
    left = list(range(len(items)))
    while left:
        new = measure([items[i] for i in left])
        if len(new) != len(left):
            raise ValueError(f"{len(new)} counts for {len(left)} items")
        for i, (passes, rollouts) in zip(left, new, strict=True):
            tried = PassRate(passes, rollouts)
            if not rollouts:
                raise ValueError(f"{items[i]!r} was not tried: 0 rollouts")
            counts[i] += tried
        left = [
            i
            for i in left
            if counts[i].rollouts < max_rollouts
            and (counts[i].passes, counts[i].rollouts) not in stops
        ]
        if on_progress is not None:
            on_progress(len(items) - len(left), len(items))
    return counts
