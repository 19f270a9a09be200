"""What the last groups say of the beliefs by which they were chosen.

Whoever chooses the most promising of many chooses those that were taken for better than they are
("winner's curse"; Smith and Winkler 2006, "The optimizer's curse"), and a student that is trained
leaves what is known of it behind. Both show in what became of the choices: so new problems, and those
that are handed out again, are each believed as far as their like was borne out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import log

from zoped.train.curriculum.choose import NOTHING, expected_gradient, later
from zoped.train.live.store import Outcome

DOUBT = 16  # groups that count as borne out before there was any


@dataclass(frozen=True)
class Correction:
    """`shift` moves means, in logits; `share` is how much of the expected gradients there was then."""

    shift: float = 0.0
    share: float = 1.0


def corrections(outcomes: Iterable[Outcome]) -> dict[bool, Correction]:
    """Of new problems (False) and of those that were handed out before (True)."""
    found = list(outcomes)
    return {
        again: _correction([each for each in found if each.again is again])
        for again in (False, True)
    }


def _correction(outcomes: list[Outcome]) -> Correction:
    believed = float(DOUBT) / 2
    solved = float(DOUBT) / 2
    for each in outcomes:
        believed += each.belief[0] / sum(each.belief)
        solved += each.pass_rate.rate
    total = DOUBT + len(outcomes)
    shift = _logit(solved / total) - _logit(believed / total)
    expected = gradients = float(DOUBT)
    for each in outcomes:
        then = later(NOTHING, each.belief, shift)
        expected += expected_gradient(NOTHING, each.pass_rate.rollouts, then)
        gradients += 0 < each.pass_rate.passes < each.pass_rate.rollouts
    return Correction(shift, gradients / expected)


def _logit(share: float) -> float:
    return log(share / (1 - share))
