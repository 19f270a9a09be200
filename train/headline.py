"""The few numbers that runs are compared by."""

from __future__ import annotations

from zoped.train.loop.costs import SECONDS, read_costs
from zoped.train.results import Evaluated, Generated, Measured, Trained, Tuned
from zoped.train.state import RunState

SPENDING = (Measured, Tuned, Generated, Trained)  # evaluating is no part of what an arm costs


def headline(state: RunState, number: int) -> dict[str, float]:
    """What the run came to by the end of round `number` (0: before the first); what was not measured
    is left out.

    `accuracy` on the held-out problems with its 95 % interval, and `gain` since the start;
    `learnable_share`, the expected share of the round's training groups that carry a gradient;
    `coverage`, the different structures among its training problems; and costs of all rounds so far:
    `rollouts` of the student without those of evaluating, `teacher_calls`, `tokens`, `dollars`,
    `minutes` of work.
    """
    start, now = Evaluated.load(state, 0), Evaluated.load(state, number)
    numbers: dict[str, float | None] = {}
    if now is not None:
        numbers = {"accuracy": now.accuracy, "accuracy_low": now.low, "accuracy_high": now.high}
        before = start.accuracy if start is not None and number else None
        if before is not None and now.accuracy is not None:
            numbers["gain"] = now.accuracy - before
    generated = Generated.load(state, number)
    if generated is not None:
        numbers["learnable_share"] = generated.gradient_share_expected
        numbers["coverage"] = generated.structures
    total = read_costs(state).total
    numbers["rollouts"] = sum(
        result.rollouts
        for earlier in range(1, number + 1)
        for kind in SPENDING
        if (result := kind.load(state, earlier)) is not None
    )
    numbers |= {"teacher_calls": total.calls, "tokens": total.tokens, "dollars": total.dollars}
    seconds = state.meta(SECONDS)  # an earlier Zoped kept none
    numbers["minutes"] = None if seconds is None else seconds / 60
    return {name: float(value) for name, value in numbers.items() if value is not None}
