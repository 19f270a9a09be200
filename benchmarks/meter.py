"""What does measuring one after the other save? A simulation with known pass rates.

    python benchmarks/meter.py > benchmarks/results/meter.txt
    python benchmarks/meter.py --student lab > benchmarks/results/meter_lab.txt
    python benchmarks/meter.py --student smollm2 --problems 16 --truth 32 --tokens 48 \
        > benchmarks/results/meter_smollm2.txt

2,000 problems whose true pass rates are drawn from three mixes. A meter decides for each whether it
is in the band (0.2 to 0.8); a decision is wrong when the true rate says otherwise. Compared with 16
rollouts for every problem, and with the best that any rule can do: the Bayes-optimal one that knows
the mix, with no more wrong decisions than 16 rollouts for every problem make. With a real student
the problems are random changes of the elementary seeds, and the true rate is what `--truth` further
rollouts say, so that some "wrong" decisions are faults of that.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from random import Random

import numpy as np
from scipy.stats import binom

from zoped.evals import Band, PassRateMeter

PROBLEMS = 2_000
BAND = Band(0.2, 0.8)
METERS = (
    ("fixed 16", {"min_rollouts": 16, "max_rollouts": 16}),
    ("by default", {}),
    ("steps of 4", {"min_rollouts": 4}),
    ("cheap mistakes", {"mistake_cost": 90.0}),
    ("dear mistakes", {"mistake_cost": 200.0}),
    ("prior (1, 1)", {"mistake_cost": 88.0, "prior": (1.0, 1.0)}),
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


def best_possible(
    truth: Sequence[float], most_wrong: float, limit: int = 64
) -> tuple[float, float]:
    """Expected rollouts a problem, and share of wrong decisions, of the cheapest rule that samples
    one at a time, knows how the pass rates are spread, and is wrong no more than `most_wrong`."""
    counts, edges = np.histogram(truth, bins=100, range=(0, 1))
    rates, weights = (edges[1:] + edges[:-1]) / 2, counts / len(truth)
    inside = (rates >= BAND.low) & (rates <= BAND.high)
    low, high = 10.0, 1_000.0  # the price of a mistake, halved down to the least that is enough
    best = (float(limit), 0.0)
    while high / low > 1.02:
        price = (low * high) ** 0.5
        # From each number of passes on: the expected price, rollouts and mistakes of the best rule.
        ahead = np.full((3, limit + 2), np.inf)
        for done in range(limit, -1, -1):
            passes = np.arange(done + 1)
            joint = binom.pmf(passes[:, None], done, rates) * weights
            total = np.maximum(joint.sum(1), 1e-300)
            within = joint[:, inside].sum(1) / total
            mistake = np.minimum(within, 1 - within)
            stop = np.stack([price * mistake, 0 * mistake, mistake])
            right = (joint @ rates) / total
            go_on = ahead[:, passes + 1] * right + ahead[:, passes] * (1 - right)
            go_on[:2] += 1
            ahead[:, : done + 1] = np.where(stop[0] <= go_on[0], stop, go_on)
        _, rollouts, wrong = (float(value) for value in ahead[:, 0])
        if wrong <= most_wrong:
            best, high = (rollouts, wrong), price
        else:
            low = price
    return best


def real(options: argparse.Namespace) -> None:
    """Meters next to 16 rollouts for every problem, on a real student."""
    from zoped.evals.held_out import elementary
    from zoped.programs import RandomOperators, builtin_seeds
    from zoped.train import load_student

    student = load_student(options.student, max_new_tokens=options.tokens)
    program = RandomOperators(variants=4)
    seeds = [s for s in builtin_seeds() if s.symbols and elementary(s.symbols, most_steps=2)]
    problems: list[Question] = []
    for index in count():
        if len(problems) >= options.problems:
            break
        made = program(seed=Random(f"seed-{index}").choice(seeds), stream=index).accepted
        problems += [Question(problem.text, problem.answer) for problem in made]
    problems = problems[: options.problems]
    many = {"min_rollouts": options.truth, "max_rollouts": options.truth}
    truth = PassRateMeter(student, band=BAND, seed=1, **many).measure(problems)
    print(f"$ python benchmarks/meter.py {' '.join(sys.argv[1:])}")
    print(f"{os.cpu_count()} cores; {student.name}, {len(problems)} problems, "
          f"{sum(BAND.contains(r.rate) for r in truth)} in the band by {options.truth} "
          "rollouts each")  # fmt: skip
    print(f"{'meter':16}{'rollouts a problem':>20}{'of fixed':>10}{'wrong':>8}{'seconds':>9}")
    fixed = 0.0
    for name, settings in (*METERS[:2], METERS[3]):
        meter = PassRateMeter(student, band=BAND, seed=2, **settings)
        start = time.monotonic()
        rates = meter.measure(problems)
        seconds = time.monotonic() - start
        wrong = sum(
            meter.in_band(rate) != (BAND[0] <= true.rate <= BAND[1])
            for rate, true in zip(rates, truth, strict=True)
        )
        spent = meter.rollouts_spent / len(problems)
        fixed = fixed or spent
        print(f"{name:16}{spent:20.1f}{spent / fixed:10.0%}{wrong / len(problems):8.1%}"
              f"{seconds:9.0f}", flush=True)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--student", default=None, help="lab, smollm2, ...; default: a simulation")
    parser.add_argument("--problems", type=int, default=200, help="for a real student")
    parser.add_argument("--truth", type=int, default=64, help="rollouts that say the true rate")
    parser.add_argument("--tokens", type=int, default=None, help="longest answer")
    options = parser.parse_args()
    if options.student:
        real(options)
        return
    print("$ python benchmarks/meter.py")
    print(f"{os.cpu_count()} cores; {PROBLEMS:,} problems")
    print(f"{'pass rates':18}{'meter':16}{'rollouts a problem':>20}{'of fixed':>10}{'wrong':>8}")
    for mix in (uniform, mostly_extreme, mostly_hopeless):
        rng = Random(mix.__name__)
        truth = [mix(rng) for _ in range(PROBLEMS)]
        questions = [Question(f"problem {rate:.6f} {n}") for n, rate in enumerate(truth)]
        fixed = most_wrong = 0.0
        for name, settings in METERS:
            meter = PassRateMeter(KnownStudent(), band=BAND, **settings)
            rates = meter.measure(questions)
            wrong = sum(
                meter.in_band(rate) != (BAND[0] <= true <= BAND[1])
                for rate, true in zip(rates, truth, strict=True)
            )
            spent = meter.rollouts_spent / PROBLEMS
            fixed, most_wrong = fixed or spent, most_wrong or wrong / PROBLEMS
            print(row(mix.__name__, name, spent, fixed, wrong / PROBLEMS), flush=True)
        spent, wrong_share = best_possible(truth, most_wrong)
        print(row(mix.__name__, "best possible", spent, fixed, wrong_share), flush=True)


def row(mix: str, name: str, spent: float, fixed: float, wrong: float) -> str:
    return f"{mix:18}{name:16}{spent:20.1f}{spent / fixed:10.0%}{wrong:8.1%}"


if __name__ == "__main__":
    main()
