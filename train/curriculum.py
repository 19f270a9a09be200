"""A round's training file: the generated problems that this student can learn from."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from zoped.train.state import StoredProblem


class NothingToTrainOn(ValueError):
    """No generated problem has both right and wrong answers, so no group carries a gradient."""


@dataclass(frozen=True)
class Curriculum:
    """Exactly as many problems as the round's steps use, in the order they are used.

    `in_band` of them lie in the band, `outside` were the nearest to it when too few did, and
    `repeated` are second uses. The three add up to `len(problems)`.
    """

    problems: tuple[StoredProblem, ...]
    in_band: int
    outside: int
    repeated: int


def in_band(stored: StoredProblem, band: tuple[float, float]) -> bool:
    rate = stored.pass_rate
    return rate is not None and band[0] <= rate.rate <= band[1]


def choose_problems(
    measured: Sequence[StoredProblem], *, band: tuple[float, float], count: int, seed: int
) -> Curriculum:
    """`count` of the measured problems: those in the band; if they are too few, then those outside
    it, nearest first, that were solved at least once and missed at least once; then the same ones
    again. Raises NothingToTrainOn when there is none."""
    rng = random.Random(f"curriculum-{seed}")
    inside = [stored for stored in measured if in_band(stored, band)]
    rng.shuffle(inside)
    inside = inside[:count]
    near = sorted(
        (_distance(rate.rate, band), place)
        for place, stored in enumerate(measured)
        if (rate := stored.pass_rate) and 0 < rate.passes < rate.rollouts
    )
    outside = [measured[place] for distance, place in near if distance > 0][: count - len(inside)]
    chosen = inside + outside
    if not chosen:
        raise NothingToTrainOn(
            f"none of the {len(measured)} generated problems is within the student's reach: each "
            "was always or never solved; give seeds nearer to what the student can do, more "
            "`generate.decisions`, or more `meter.max_rollouts`"
        )
    repeated = [chosen[i % len(chosen)] for i in range(count - len(chosen))]
    problems = chosen + repeated
    rng.shuffle(problems)
    return Curriculum(tuple(problems), len(inside), len(outside), len(repeated))


def write_training_file(path: Path, problems: Sequence[StoredProblem]) -> None:
    """JSON Lines with `id`, `text`, `answer` and `pass_rate`; the file is whole or not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".tmp")
    with draft.open("w", encoding="utf-8") as file:
        for stored in problems:
            row = {
                "id": stored.problem.id,
                "text": stored.problem.text,
                "answer": stored.problem.answer,
                "pass_rate": stored.pass_rate.rate if stored.pass_rate else None,
            }
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    draft.replace(path)


def _distance(rate: float, band: tuple[float, float]) -> float:
    return max(band[0] - rate, rate - band[1])
