"""What a round generates from, and trains on: seeds and problems at this student's level."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from zoped.evals import PassRate
from zoped.programs import Seed
from zoped.train.state import StoredProblem

# Expected shares of a seed's problems in the band, before any is made.
NEVER_SOLVED, SOLVED = 0.02, 0.4
FEWEST_SEEDS = 8  # that the prompts are measured and tuned on


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


def seed_weights(
    seeds: Sequence[Seed],
    on_seeds: Mapping[str, PassRate],
    measured: Sequence[StoredProblem],
    band: tuple[float, float],
) -> list[float]:
    """How often to generate from each seed: the share of its problems expected in the band.

    The posterior mean of the share, with a prior worth four problems: a seed that the student
    never solves seldom gives a problem within reach, though it may (a step less, smaller numbers).
    What is not measured yet does not count.
    """
    generated = Counter(stored.problem.seed_id for stored in measured if stored.pass_rate)
    hits = Counter(stored.problem.seed_id for stored in measured if in_band(stored, band))
    weights = []
    for seed in seeds:
        rate = on_seeds.get(seed.id)
        prior = NEVER_SOLVED if rate is not None and rate.passes == 0 else SOLVED
        weights.append((4 * prior + hits[seed.id]) / (4 + generated[seed.id]))
    return weights


def within_reach(seeds: Sequence[Seed], on_seeds: Mapping[str, PassRate]) -> list[Seed]:
    """The seeds that the student has solved at least once; all of them if these are few."""
    solved = [seed for seed in seeds if seed.id in on_seeds and on_seeds[seed.id].passes]
    return solved if len(solved) >= FEWEST_SEEDS else list(seeds)


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
