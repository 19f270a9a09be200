"""Problems to read: what the operators make of the built-in seeds, with counts that need no reader.

    python benchmarks/readability.py [--seed N] [--number N] [--output FILE]

Takes the operators in turn and the seeds at random; three problems in ten get a second operator.
Each problem has a random stream of its own, so that another number of them begins with the same.
Every problem is checked as `zoped generate` checks it. Writes one numbered problem a line with its
source and answer (default: standard output), and counts after them: structures, seeds, operators,
stock sentences (that could stand in any problem), ugly answers, degenerate values.
Whether a text is good is for a reader to say: benchmarks/results/readability_200.txt has judgements.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from itertools import count
from pathlib import Path
from random import Random

from zoped.programs import Seed, builtin_seeds
from zoped.programs.acceptance import Acceptance, NotAccepted
from zoped.symbolic import (
    MutationRefused,
    SymbolicProblem,
    fingerprint,
    mutate,
    operators,
    realize,
)

SECOND_OPERATOR = 0.3
STOCK = re.compile(
    r"\b[Tt]he (\w+ )?(result|rest|part|share|new total|divisor|rounded quotient|larger number) is"
    r"|\b[Tt]he result\b|A part is|A share is|The side of a square is|positive whole number multip"
    r"|The square of a positive number plus|is divided by \d+ with a remainder|^Compare "
)


@dataclass(frozen=True)
class Told:
    """One accepted problem."""

    seed_id: str
    path: tuple[str, ...]
    problem: SymbolicProblem
    text: str
    answer: str

    @property
    def is_stock(self) -> bool:
        return STOCK.search(self.text) is not None

    @property
    def is_ugly(self) -> bool:
        """No whole number, no decimal of two places, no fraction below one with a small denominator."""
        try:
            value = Fraction(self.answer)
        except ValueError:
            return "sqrt" in self.answer or "**" in self.answer
        return (value * 100).denominator != 1 and (value > 1 or value.denominator > 60)

    @property
    def is_degenerate(self) -> bool:
        """An answer or given of 0, or a bare factor of 1."""
        return self.answer == "0" or any(
            v.value == 0 or (v.value == 1 and not v.unit and v.domain.is_integer)
            for v in self.problem.givens
        )


def told(rng: Random, operator: str) -> Told | None:
    """The first of the seeds, shuffled, that `operator` can change; None where it can change none."""
    seeds = [seed for seed in builtin_seeds() if seed.symbols is not None]
    known = sorted(operators())
    for seed in rng.sample(seeds, len(seeds)):
        names = [operator]
        if rng.random() < SECOND_OPERATOR:
            names.append(rng.choice(known))
        found = _attempt(seed, names, rng)
        if found is not None:
            return found
    return None


def _attempt(seed: Seed, names: list[str], rng: Random) -> Told | None:
    problem = seed.symbols
    if problem is None:
        return None
    try:
        for name in names:
            problem = mutate(problem, name, seed=rng.getrandbits(31))
    except MutationRefused:
        return None
    text = realize(problem, rng.getrandbits(31))
    judge = Acceptance()
    try:
        answer = judge.new_answer(problem, "", seed)
        judge.text(text, problem, answer)
    except NotAccepted:
        return None
    return Told(seed.id, tuple(names), problem, text, answer)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--number", type=int, default=100)
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    names = sorted(operators())
    Random(f"readability-{options.seed}").shuffle(names)
    samples: list[Told] = []
    for i in count():
        if len(samples) == options.number:
            break
        one = told(Random(f"readability-{options.seed}-{i}"), names[i % len(names)])
        if one is not None:
            samples.append(one)
    lines = [
        f"{i}. [{one.seed_id} > {' > '.join(one.path)}] {one.text} -> {one.answer}"
        for i, one in enumerate(samples, start=1)
    ]
    seeds = Counter(one.seed_id for one in samples)
    counts = {
        "problems": len(samples),
        "structures": len({fingerprint(one.problem) for one in samples}),
        "seeds": len(seeds),
        "most of one seed": max(seeds.values()),
        "operators": len({name for one in samples for name in one.path}),
        "with a stock sentence": sum(one.is_stock for one in samples),
        "ugly answers": sum(one.is_ugly for one in samples),
        "degenerate values": sum(one.is_degenerate for one in samples),
    }
    lines += ["", *(f"{name:<22} {count}" for name, count in counts.items())]
    text = "\n".join(lines) + "\n"
    if options.output is None:
        sys.stdout.write(text)
    else:
        options.output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
