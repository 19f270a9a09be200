"""The band: the interval of pass rates that are worth training on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Self


class _Limits(NamedTuple):
    low: float
    high: float


class Band(_Limits):
    """Pass rates from `low` to `high`, both included; a pair, so `low, high = band` works.

    Raises ValueError unless 0 <= low < high <= 1.

    >>> Band(0.25, 0.75).contains(0.5)
    True
    """

    __slots__ = ()

    def __new__(cls, low: float, high: float) -> Self:
        try:
            fits = 0 <= low < high <= 1
        except TypeError:
            fits = False
        if not fits:
            raise ValueError(f"band ({low!r}, {high!r}): give 0 <= low < high <= 1")
        return super().__new__(cls, float(low), float(high))

    @classmethod
    def of(cls, limits: Sequence[float]) -> Band:
        """A pair or list as a band; a band as it is. Raises ValueError for anything else."""
        if isinstance(limits, cls):
            return limits
        if not isinstance(limits, tuple | list) or len(limits) != 2:
            raise ValueError(f"band {limits!r}: give (low, high)")
        return cls(*limits)

    def contains(self, rate: float) -> bool:
        """Whether the pass rate lies in the band."""
        return self.low <= rate <= self.high

    def distance(self, rate: float) -> float:
        """How far outside the band the pass rate lies; 0 or less inside."""
        return max(self.low - rate, rate - self.high)


DEFAULT_BAND = Band(0.2, 0.8)
