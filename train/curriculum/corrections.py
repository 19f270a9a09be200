"""What became of the beliefs by which problems were chosen.

Whoever chooses the most promising of many chooses those that were taken for better than they are
("winner's curse"; Smith and Winkler 2006, "The optimizer's curse"), and a student that is trained
leaves what is known of it behind. Both show in what the groups of the training came to: so the next
problems are believed as far as the last ones were borne out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import log
from typing import Literal

from zoped.evals import PassRate
from zoped.evals.pass_rate import gradient_probability
from zoped.evals.stopping import Beta
from zoped.train.curriculum.choose import NOTHING, expected_gradient, later
from zoped.train.curriculum.observed import training_label
from zoped.train.state import RunState

Of = Literal["problems", "seeds"]
DOUBT = 16  # groups that count as borne out before there was any


@dataclass(frozen=True)
class Correction:
    """`shift` moves means, in logits; `share` is how much of the expected gradients there was then."""

    shift: float = 0.0
    share: float = 1.0

    def gradient(self, belief: Beta, group_size: int) -> float:
        """The chance that a group of answers to such a problem carries a gradient."""
        return self.share * expected_gradient(
            NOTHING, group_size, later(NOTHING, belief, self.shift)
        )


def correction(outcomes: Iterable[tuple[Beta, PassRate]], group_size: int) -> Correction:
    """From what was believed of problems, and what the answers to each came to, in one group of
    `group_size` or in several."""
    found = list(outcomes)
    believed = solved = float(DOUBT) / 2
    for belief, group in found:
        believed += belief[0] / sum(belief)
        solved += group.rate
    total = DOUBT + len(found)
    shift = _logit(solved / total) - _logit(believed / total)
    expected = gradients = float(DOUBT)
    for belief, group in found:
        size = min(group_size, group.rollouts)
        if size < 2:
            continue  # a single answer is alike
        expected += expected_gradient(NOTHING, size, later(NOTHING, belief, shift))
        gradients += gradient_probability(group.passes, group.rollouts, size)
    return Correction(shift, gradients / expected)


def believed_key(number: int, of: Of = "problems") -> str:
    """Under which the state keeps what is believed of the problems that a round trains on, by id; of
    seeds apart: they have several groups, and are learnt faster."""
    return f"believed {number}" if of == "problems" else f"believed {number} {of}"


def last_correction(
    state: RunState, number: int, group_size: int, of: Of = "problems"
) -> Correction:
    """By what the round before this one came to; none for the first.

    Expectations may be lowered by it and not raised: a model that knew too little expected too
    little, and knows more now."""
    believed: dict[str, Beta] | None = state.meta(believed_key(number - 1, of))
    if not believed:
        return Correction()
    groups = state.pass_rates(training_label(number - 1))
    outcomes = ((belief, groups[id_]) for id_, belief in believed.items() if id_ in groups)
    found = correction(outcomes, group_size)
    return replace(found, share=min(1.0, found.share))


def _logit(share: float) -> float:
    return log(share / (1 - share))
