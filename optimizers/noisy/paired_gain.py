"""When gepa should accept a candidate under a noisy metric.

gepa's own criterion accepts what scores more in sum on the same minibatch: with a metric that
comes out otherwise each time, an identical candidate passes four times in ten. Here the mean paired
difference has to exceed its standard error.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import fmean, stdev
from typing import Any

Evaluated = Any  # gepa.core.adapter's SubsampleEvaluation


def _scores(evaluated: Evaluated) -> Sequence[float]:
    found: Sequence[float] = evaluated.scores
    return found


class PairedGain:
    """For gepa's `acceptance_criterion`: accept what is better by more than chance explains.

        dspy.GEPA(..., reflection_minibatch_size=8, gepa_kwargs={"acceptance_criterion": PairedGain()})

    The parent and the proposal are measured on the same examples; the mean of the differences has to
    exceed `errors` standard errors. With d examples and errors = 1 about one in six identical
    candidates passes (one in forty with 2). Give a minibatch of at least six examples: the standard
    error of three is hardly known.

    Args:
        errors: Standard errors that the gain must exceed; 0 is gepa's own criterion.
        scores: The scores of an evaluation, one an example; its `scores` if not given.
    """

    def __init__(
        self, errors: float = 1.0, *, scores: Callable[[Evaluated], Sequence[float]] = _scores
    ) -> None:
        if not errors >= 0:
            raise ValueError(f"errors is {errors}; give a number from 0 on")
        self.errors = errors
        self._scores = scores

    def should_accept(self, proposal: Any, state: Any) -> bool:
        """Whether the proposal is clearly better than its parent."""
        gain, error = self.gain(proposal)
        return gain > self.errors * error

    def reject_reason(self, proposal: Any, state: Any) -> str:
        """What gepa logs of a proposal that was not accepted."""
        gain, error = self.gain(proposal)
        return f"a paired gain of {gain:+.3f} does not exceed {self.errors:g} x {error:.3f}"

    def gain(self, proposal: Any) -> tuple[float, float]:
        """The mean paired difference and its standard error; the greatest there can be, a half,
        where there is one example."""
        before, after = self._scores(proposal.eval_before), self._scores(proposal.eval_after)
        gains = [new - old for old, new in zip(before, after, strict=True)]
        return fmean(gains), stdev(gains) / len(gains) ** 0.5 if len(gains) > 1 else 0.5
