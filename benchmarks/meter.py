"""What does measuring one after the other save? A simulation with known pass rates.

    python benchmarks/meter.py > benchmarks/results/meter.txt

2,000 problems whose true pass rates are drawn from three mixes. A meter decides for each whether it
is in the band (0.2 to 0.8); a decision is wrong when the true rate says otherwise. Compared with 16
rollouts for every problem.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from zoped.evals import PassRateMeter

PROBLEMS = 2_000
BAND = (0.2, 0.8)
METERS = (
    ("fixed 16", {"min_rollouts": 16, "max_rollouts": 16}),
    ("by default", {}),
    ("steps of 4", {"min_rollouts": 4}),
    ("cheap mistakes", {"mistake_cost": 90.0}),
    ("dear mistakes", {"mistake_cost": 200.0}),
)


@dataclass(frozen=True)
class Question:
    text: str
    answer: str = "1"


class KnownStudent:
    """Right with the probability that is written in the question."""

    version = "known"

    def sample(self, texts: Sequence[str], *, samples: int, seed: int) -> list[list[str]]:
        rng = Random(seed)
        return [
            [r"\boxed{1}" if rng.random() < float(text.split()[1]) else "" for _ in range(samples)]
            for text in texts
        ]


def uniform(rng: Random) -> float:
    return rng.random()


def mostly_extreme(rng: Random) -> float:
    """Half of the problems out of reach, a fifth mastered: a small student on mixed problems."""
    draw = rng.random()
    if draw < 0.5:
        return rng.betavariate(0.3, 4)
    return rng.betavariate(8, 0.5) if draw < 0.7 else rng.random()


def mostly_hopeless(rng: Random) -> float:
    draw = rng.random()
    if draw < 0.65:
        return rng.betavariate(0.4, 6)
    return rng.betavariate(12, 0.6) if draw < 0.78 else rng.random()


def main() -> None:
    print("$ python benchmarks/meter.py")
    print(f"{os.cpu_count()} cores; {PROBLEMS:,} problems")
    print(f"{'pass rates':18}{'meter':16}{'rollouts a problem':>20}{'of fixed':>10}{'wrong':>8}")
    for mix in (uniform, mostly_extreme, mostly_hopeless):
        rng = Random(mix.__name__)
        truth = [mix(rng) for _ in range(PROBLEMS)]
        questions = [Question(f"problem {rate:.6f} {n}") for n, rate in enumerate(truth)]
        fixed = 0.0
        for name, settings in METERS:
            meter = PassRateMeter(KnownStudent(), band=BAND, **settings)
            rates = meter.measure(questions)
            wrong = sum(
                meter.in_band(rate) != (BAND[0] <= true <= BAND[1])
                for rate, true in zip(rates, truth, strict=True)
            )
            spent = meter.rollouts_spent / PROBLEMS
            fixed = fixed or spent
            print(f"{mix.__name__:18}{name:16}{spent:20.1f}{spent / fixed:10.0%}"
                  f"{wrong / PROBLEMS:8.1%}", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
