"""What a round trains on: new problems, replayed ones and seeds, at this student's level."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, lgamma
from pathlib import Path
from typing import Any

from zoped.evals import Band, PassRate
from zoped.evals.stopping import PRIOR, Beta
from zoped.foundation.errors import ZopedError
from zoped.foundation.files import write_whole
from zoped.foundation.json_lines import dump_rows, read_rows
from zoped.programs import Seed
from zoped.train.curriculum.problem import TrainingProblem
from zoped.train.curriculum.rules import ORDER_RULES, OrderRule, ordered_problems
from zoped.train.state import StoredProblem

# Expected shares of a seed's problems in the band, before any is made.
NEVER_SOLVED, SOLVED = 0.02, 0.4
NOTHING = PassRate(0, 0)
FEWEST_SEEDS = 8  # that the prompts are measured and tuned on
# A run folder is of one configuration (train/config_file.py).
_IN_ANOTHER = (
    "; this run folder takes more decisions, and other settings need one of their own (--run-dir)"
)


class NothingToTrainOn(ZopedError, ValueError):
    """No generated problem has both right and wrong answers, so no group carries a gradient."""


@dataclass(frozen=True)
class Curriculum:
    """Exactly as many problems as the round's steps use, in the order they are used.

    `in_band` new ones lie in the band, `outside` were the nearest to it when too few did,
    `repeated` are second uses, `replayed` come from earlier rounds and `seeds` are seeds. The five
    add up to `len(problems)`.
    """

    problems: tuple[TrainingProblem, ...]
    in_band: int
    outside: int
    repeated: int
    replayed: int = 0
    seeds: int = 0

    def beliefs(self, ahead: float) -> list[Beta]:
        """Of the pass rate of each problem, for a student that is better by `ahead`, in logits."""
        return [later(p.pass_rate, p.predicted or PRIOR, ahead) for p in self.problems]


def expected_gradient(rate: PassRate, group_size: int, prior: Beta = PRIOR) -> float:
    """The chance that a group of `group_size` answers is neither all right nor all wrong.

    1 − E[p^G] − E[(1−p)^G] under the posterior Beta(a + passes, b + misses) of the pass rate. The
    unbiased `gradient_probability` of the same counts would be too high for problems that were
    chosen because their counts came out in the middle, and needs G rollouts.
    """
    a, b = prior[0] + rate.passes, prior[1] + rate.rollouts - rate.passes
    everything_right = _log_beta(a + group_size, b) - _log_beta(a, b)
    everything_wrong = _log_beta(a, b + group_size) - _log_beta(a, b)
    return 1 - exp(everything_right) - exp(everything_wrong)


def expected_worth(belief: Beta, aim: float) -> float:
    """E[p^(2m) (1 − p)^(2 − 2m)] over its value at p = m, the aim, where it is greatest: with an aim
    of 1/2 the expected 4 p (1 − p)."""
    a, b = belief
    most = aim ** (2 * aim) * (1 - aim) ** (2 - 2 * aim)
    return exp(_log_beta(a + 2 * aim, b + 2 - 2 * aim) - _log_beta(a, b)) / most


def later(rate: PassRate, predicted: Beta, ahead: float) -> Beta:
    """The posterior of a pass rate, its mean moved up by `ahead` logits."""
    a, b = predicted[0] + rate.passes, predicted[1] + rate.rollouts - rate.passes
    mean = a / (a + exp(-ahead) * b)
    return mean * (a + b), (1 - mean) * (a + b)


def _log_beta(a: float, b: float) -> float:
    """The logarithm of Euler's beta function."""
    return lgamma(a) + lgamma(b) - lgamma(a + b)


def in_band(stored: StoredProblem | TrainingProblem, band: Band) -> bool:
    """Whether the measured rate lies in the band; not where nothing was measured."""
    rate = stored.pass_rate
    return rate is not None and rate.rollouts > 0 and Band.of(band).contains(rate.rate)


def choose_problems(
    new: Sequence[TrainingProblem],
    *,
    band: Band,
    count: int,
    seed: int,
    replayed: Sequence[TrainingProblem] = (),
    seeds: Sequence[TrainingProblem] = (),
    order: OrderRule = ORDER_RULES["shuffled"],
) -> Curriculum:
    """`count` problems: the replayed ones and the seeds, as they are given, and new ones.

    Of the new ones those in the band; if they are too few, then those outside it, nearest first,
    that were solved at least once and missed at least once; then the same ones again. Raises
    NothingToTrainOn when there is none, and RuleError when `order` does not return what it got.
    """
    rng, band = random.Random(f"curriculum-{seed}"), Band.of(band)
    others = [*replayed, *seeds][:count]
    wanted = count - len(others)
    inside = [problem for problem in new if in_band(problem, band)]
    rng.shuffle(inside)
    inside = inside[:wanted]
    near = sorted(
        (band.distance(problem.pass_rate.rate), i)
        for i, problem in enumerate(new)
        if 0 < problem.pass_rate.passes < problem.pass_rate.rollouts
    )
    outside = [new[i] for distance, i in near if distance > 0][: wanted - len(inside)]
    chosen = inside + outside
    if wanted and not new:
        raise NothingToTrainOn(
            "no problem was accepted; the run's table of rejections says why, and more seeds with "
            f"their symbolic form or more `generate.decisions` give more of them{_IN_ANOTHER}"
        )
    if wanted and not chosen:
        none = f"none of the {len(new):,} generated problems is"
        if len(new) == 1:
            none = "the one generated problem is not"
        raise NothingToTrainOn(
            f"{none} within the student's reach: each was always or never solved; give seeds nearer to "
            f"what the student can do, more `generate.decisions`, or more `meter.max_rollouts`{_IN_ANOTHER}"
        )
    return used_up_to(wanted, chosen, in_band=len(inside), others=others, order=order, rng=rng)


def used_up_to(
    wanted: int,
    chosen: Sequence[TrainingProblem],
    *,
    in_band: int,
    others: Sequence[TrainingProblem],
    order: OrderRule,
    rng: random.Random,
) -> Curriculum:
    """The chosen problems, `in_band` of which lie in the band, each again until there are `wanted`, and
    the replayed ones and seeds beside them. Raises RuleError."""
    repeated = [chosen[i % len(chosen)] for i in range(wanted - len(chosen))]
    sources = Counter(problem.source for problem in others)
    return Curriculum(
        ordered_problems(order, [*chosen, *repeated, *others], rng),
        in_band,
        len(chosen) - in_band,
        len(repeated),
        replayed=sources["replayed"],
        seeds=sources["seed"],
    )


def seed_weights(
    seeds: Sequence[Seed],
    on_seeds: Mapping[str, PassRate],
    measured: Sequence[StoredProblem],
    band: Band,
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


def write_training_file(path: Path, problems: Sequence[TrainingProblem]) -> None:
    """JSON Lines with `id`, `text`, `answer`, `pass_rate` and `source`; the file is whole or not
    there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows: list[dict[str, Any]] = [
        {
            "id": problem.id,
            "text": problem.text,
            "answer": problem.answer,
            "pass_rate": problem.expected_pass_rate,
            "source": problem.source,
        }
        for problem in problems
    ]
    write_whole(path, dump_rows(rows))


def read_training_file(path: Path) -> list[TrainingProblem]:
    """The problems of a file that `write_training_file` wrote, as not measured: the student has
    changed since."""
    return [
        TrainingProblem(row["id"], row["text"], row["answer"], PassRate(0, 0), row["source"])
        for _, row in read_rows(path)
    ]
