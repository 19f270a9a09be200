"""The few numbers that runs are compared by."""

from __future__ import annotations

from zoped.train.loop.costs import SECONDS, read_costs
from zoped.train.results import Evaluated, Generated, Measured, Trained, Tuned
from zoped.train.state import RunState

SPENDING = (Measured, Tuned, Generated, Trained)  # evaluating is no part of what an arm costs


def headline(state: RunState, number: int) -> dict[str, float]:
    """What the run came to by the end of round `number` (0: before the first), its last one, and what
    it has cost; what was not measured is left out.

    `accuracy` on the held-out problems with its 95 % interval, and `gain` since the start, by sampled
    answers; `greedy_accuracy` and `greedy_gain` by the likeliest ones;
    `learnable_share`, the expected share of the round's training groups that carry a gradient;
    `coverage`, the different structures among its training problems; and costs of all that is done, of
    a round that is under way too: `rollouts` of the student without those of evaluating,
    `teacher_calls`, `tokens`, `dollars`, `minutes` of work.
    """
    begun = max((number for number, _, _ in state.phases_done()), default=0)
    total = read_costs(state).total
    costs = {
        "rollouts": _rollouts(state, begun),
        "teacher_calls": total.calls,
        "tokens": total.tokens,
        "dollars": total.dollars,
        "minutes": minutes_of_work(state),
    }
    return outcome(state, number) | {k: float(v) for k, v in costs.items() if v is not None}


def outcome(state: RunState, number: int) -> dict[str, float]:
    """The numbers that are kept round by round: those of `headline` with the `rollouts` up to that
    round, and without the other costs."""
    start, now = Evaluated.load(state, 0), Evaluated.load(state, number)
    numbers: dict[str, float | None] = {}
    if now is not None:
        numbers = {"accuracy": now.accuracy, "accuracy_low": now.low, "accuracy_high": now.high}
        before = start.accuracy if start is not None and number else None
        if before is not None and now.accuracy is not None:
            numbers["gain"] = now.accuracy - before
        if now.greedy is not None:
            numbers["greedy_accuracy"] = now.greedy.accuracy
            if start is not None and start.greedy is not None and number:
                numbers["greedy_gain"] = now.greedy.accuracy - start.greedy.accuracy
    generated = Generated.load(state, number)
    if generated is not None:
        numbers["learnable_share"] = generated.gradient_share_expected
        numbers["coverage"] = generated.structures
    numbers["rollouts"] = _rollouts(state, number)
    return {name: float(value) for name, value in numbers.items() if value is not None}


def minutes_of_work(state: RunState) -> float | None:
    """Of all processes so far, pauses between them left out. An earlier Zoped kept none."""
    seconds = state.meta(SECONDS)
    return None if seconds is None else seconds / 60


def _rollouts(state: RunState, rounds: int) -> int:
    """Of the rounds up to that one."""
    return sum(
        result.rollouts
        for number in range(1, rounds + 1)
        for kind in SPENDING
        if (result := kind.load(state, number)) is not None
    )
