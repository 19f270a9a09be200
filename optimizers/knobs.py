"""The settings of any reasoning_gym generator as moves that are measured and weighed.

A move is one configuration of a data set. A student is measured on a few items of each, and the
moves get weights by the learnable items for their rollouts, as operators and strategies do
(weighing.py). What is trained on is drawn by the weights.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, product
from typing import Any

from zoped.evals import Band, Meter, PassRate, extract_answer
from zoped.foundation.errors import ZopedError, did_you_mean, first_line
from zoped.optimizers.objective import Objective, disagreement
from zoped.optimizers.weighing import Tried, weighed

MOST_MOVES = 256
RIGHT = 1 - 1e-9  # what a data set's own score is for a right answer; it may give parts for others


class KnobError(ZopedError, ValueError):
    """A data set or a setting that reasoning_gym does not take; the message says which."""


@dataclass(frozen=True)
class KnobItem:
    """An item as a meter asks it. `answer` is its name: several answers may be right, and the data
    set alone knows which."""

    text: str
    answer: str
    move: str
    entry: Mapping[str, Any] = field(repr=False, compare=False)


class Knobs:
    """The moves of a data set of reasoning_gym, and what its items are graded by.

    Args:
        dataset: Its name: "chain_sum", "simple_equations", or one that was registered.
        settings: Values to combine, each combination a move: `{"max_terms": [2, 4, 6], "max_digits":
            [1, 2]}`; or the configurations themselves, a list. If not given, the levels of the data
            set's own curriculum, all its attributes at once. Some curricula have levels that the data set
            itself refuses; they are no moves, and `refused` says why.

    Raises KnobError, also for settings of yours that the data set refuses.
    """

    def __init__(
        self,
        dataset: str,
        settings: Mapping[str, Sequence[Any]] | Sequence[Mapping[str, Any]] | None = None,
    ) -> None:
        from reasoning_gym.factory import DATASETS

        if dataset not in DATASETS:
            raise KnobError(
                f"reasoning_gym has no data set {dataset!r}{did_you_mean(dataset, DATASETS)}"
            )
        self.dataset = dataset
        if settings is None:
            self.moves = _levels(dataset)
        else:
            ranges = _combinations(settings) if isinstance(settings, Mapping) else settings
            self.moves = _named(ranges)
        self._items: dict[str, KnobItem] = {}
        self._graders: dict[str, Any] = {}
        self.refused: dict[str, str] = {}
        for name in self.moves:
            try:
                self._graders[name] = self._made(name, 1, 0)
            except KnobError as error:
                if settings is not None:
                    raise
                self.refused[name] = str(error)
        if not self._graders:
            raise KnobError(next(iter(self.refused.values())))
        self.moves = {name: self.moves[name] for name in self._graders}

    def items(self, move: str, count: int, *, seed: int = 0) -> list[KnobItem]:
        """The first `count` items of the move's generator at this random seed."""
        made = self._made(move, count, seed)
        found = []
        for index in range(count):
            entry = made[index]
            item = KnobItem(entry["question"], f"{move} #{seed}:{index}", move, entry)
            found.append(self._items.setdefault(item.answer, item))
        return found

    def check(self, text: str, answer: str) -> bool:
        """Whether a completion answers the item of that name: a meter's `check`. The answer stands in
        an `<answer>` tag, letter by letter (a grid has lines), in a box, or where `extract_answer` finds
        it; else it is the whole text."""
        from reasoning_gym.utils import extract_answer as in_a_tag

        item = self._items[answer]
        given = (in_a_tag(text), extract_answer(text), text.strip())
        tried = [each for each in given if each is not None]
        score = self._graders[item.move].score_answer
        return any(float(score(answer=one, entry=dict(item.entry))) >= RIGHT for one in tried)

    def drawn(self, weights: Mapping[str, float], *, seed: int = 0) -> Iterator[KnobItem]:
        """Endless new items, each move as often as its weight says. Raises KnobError where every weight
        is 0: nothing was learnable."""
        if not any(weights.values()):
            raise KnobError(f"{self.dataset}: every weight is 0; give settings within reach")
        rng = random.Random(f"knobs:{seed}")
        names = list(weights)
        made = dict.fromkeys(names, 0)
        while True:
            move = rng.choices(names, [weights[name] for name in names])[0]
            # A random seed of their own, so that nothing comes that was measured.
            yield self.items(move, 1, seed=(seed + 1) * 1_000_003 + made[move])[0]
            made[move] += 1

    def _made(self, move: str, size: int, seed: int) -> Any:
        from reasoning_gym.factory import create_dataset

        settings = {**self.moves[move], "size": size, "seed": seed}
        try:
            return create_dataset(self.dataset, **settings)
        except (AssertionError, TypeError, ValueError) as error:
            raise KnobError(f"{self.dataset}: {move}: {first_line(error)}") from None


@dataclass(frozen=True)
class MeasuredMove:
    """What a student made of a move's items."""

    pass_rates: tuple[PassRate, ...]
    learnable: float  # the mean of the objective
    weight: float


def weigh_knobs(
    knobs: Knobs,
    meter_with: Callable[[Callable[[str, str], bool]], Meter],
    *,
    items: int = 8,
    objective: Objective = disagreement,
    seed: int = 0,
) -> dict[str, MeasuredMove]:
    """Measure `items` items of every move, and weigh the moves; empty weights (0) for all where nothing
    was learnable.

    `meter_with(check)` makes the meter, whose `check` it is: a `PassRateMeter` on any student. All
    items are measured in one call.
    """
    meter = meter_with(knobs.check)
    asked = [item for move in knobs.moves for item in knobs.items(move, items, seed=seed)]
    rates = iter(meter.measure(asked))
    band = Band.of(meter.band)
    by_move = {move: tuple(next(rates) for _ in range(items)) for move in knobs.moves}
    worth = {move: [objective(r, band) for r in found] for move, found in by_move.items()}
    weights = weighed(
        {
            move: [
                Tried(0.0, value, float(rate.rollouts))
                for value, rate in zip(worth[move], found, strict=True)
                if rate.rollouts
            ]
            for move, found in by_move.items()
        }
    )
    return {
        move: MeasuredMove(found, sum(worth[move]) / items, weights.get(move, 0.0))
        for move, found in by_move.items()
    }


def _combinations(ranges: Mapping[str, Sequence[Any]]) -> Iterator[dict[str, Any]]:
    if ranges:
        for values in product(*ranges.values()):
            yield dict(zip(ranges, values, strict=True))


def _named(configurations: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """By what tells them from each other: "min_terms=2 max_terms=4"."""
    found = [dict(each) for each in islice(configurations, MOST_MOVES + 1)]
    if not 1 <= len(found) <= MOST_MOVES:
        count = f"more than {MOST_MOVES}" if found else "0"
        raise KnobError(f"{count} configurations; give 1 to {MOST_MOVES}")
    return {" ".join(f"{name}={value}" for name, value in each.items()): each for each in found}


def _levels(dataset: str) -> dict[str, dict[str, Any]]:
    """The configurations of its curriculum, level by level."""
    from reasoning_gym.factory import create_curriculum, has_curriculum

    if not has_curriculum(dataset):
        raise KnobError(f"{dataset} has no curriculum; give `settings`")
    curriculum = create_curriculum(dataset)
    levels = max(len(each.levels) for each in curriculum.attributes.values())
    found = {}
    for level in range(levels):
        for name, each in curriculum.attributes.items():
            curriculum.set_attr_level(name, min(level, len(each.levels) - 1))
        settings = vars(curriculum.generate_configuration())
        found[f"level={level}"] = {k: v for k, v in settings.items() if k not in ("seed", "size")}
    return found
