"""The weighted set of moves that a decision draws from: operators and strategies alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import isfinite
from random import Random
from typing import Any

from dspy.predict.parameter import Parameter

from zoped.programs.menu import StateError
from zoped.programs.student_note import LEVELS

WEIGHT = 1.0  # of a move that nothing was learnt about


class MoveWeights(Parameter):  # type: ignore[misc]  # DSPy has no types
    """By level of the student (programs/student_note.py), how often each move is drawn.

    A move is an operator's name, or a strategy's `rewrite:ID`. One without a weight has 1; a level
    without weights draws all moves alike. Saved and loaded with the program.

        >>> weights = MoveWeights({"easy": {"double_step": 3.0, "rewrite:race": 0.0}})
        >>> weights.draw(Random(0), "easy", ["double_step", "rewrite:race"])
        'double_step'
    """

    def __init__(self, by_level: Mapping[str, Mapping[str, float]] | None = None) -> None:
        self.by_level: dict[str, dict[str, float]] = {}
        for level, weights in (by_level or {}).items():
            self.set(level, weights)

    def set(self, level: str, weights: Mapping[str, float]) -> None:
        """Replace the weights of a level. Raises ValueError for a level that there is not, and for a weight
        that is negative or no number."""
        if level not in ("", *LEVELS.values()):
            known = ", ".join(map(repr, dict.fromkeys(LEVELS.values())))
            raise ValueError(f"no level {level!r}; there are {known}, and '' where it is not known")
        for move, weight in weights.items():
            if not (isfinite(weight) and weight >= 0):
                raise ValueError(f"the weight of {move} is {weight}; give a number from 0 on")
        self.by_level[level] = {move: float(weight) for move, weight in weights.items()}

    def weight(self, level: str, move: str) -> float:
        return self.by_level.get(level, {}).get(move, WEIGHT)

    def draw(self, rng: Random, level: str, available: Iterable[str]) -> str | None:
        """A move of those available, by the level's weights; None where all of them weigh nothing.

        It depends on the random stream and on the set, not on the order, of what is available.
        """
        moves = sorted(set(available))
        weights = [self.weight(level, move) for move in moves]
        if not any(weights):
            return None
        return rng.choices(moves, weights)[0]

    def shuffle(self, random_seed: int) -> None:
        """Give each weight to another move, on every level: what tuned weights are compared with.

        Where all weights of a level are alike, nothing changes there.
        """
        rng = Random(random_seed)
        for level, weights in self.by_level.items():
            values = list(weights.values())
            mixed = rng.sample(values, len(values))
            while mixed == values and len(set(values)) > 1:
                mixed = rng.sample(values, len(values))
            self.set(level, dict(zip(weights, mixed, strict=True)))

    def reset(self) -> None:
        self.by_level = {}

    def dump_state(self, json_mode: bool = True) -> dict[str, Any]:
        return {
            "weights": {
                level: dict(sorted(w.items())) for level, w in sorted(self.by_level.items())
            }
        }

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Raises StateError for a state that no weights were saved as."""
        try:
            loaded = MoveWeights(state["weights"])
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise StateError(f"mutate.weights: no weights were saved there ({error})") from error
        self.by_level = loaded.by_level
