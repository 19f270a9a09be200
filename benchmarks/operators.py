"""What each operator does to the built-in seeds, and how many structures chains of them reach.

    python benchmarks/operators.py > benchmarks/results/operators.txt

A row an operator: the share of (seed, draw) pairs that give an accepted problem, the mean change in
depth of the longest relation, in the number of digits of the givens, and in the worked steps; and
the most common reasons why the others gave none.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from random import Random
from statistics import fmean

from pydantic import ValidationError

from zoped.programs import builtin_seeds
from zoped.symbolic import (
    MutationRefused,
    SymbolicProblem,
    check_problem,
    fingerprint,
    mutate,
    operators,
)
from zoped.symbolic.language.expression import depth

DRAWS = 2
CHAINS = 36
SEEDS = [seed.symbols for seed in builtin_seeds() if seed.symbols is not None]


def measures(problem: SymbolicProblem, steps: int) -> tuple[float, float, float]:
    digits = [len(str(abs(v.value.numerator))) for v in problem.givens if v.value is not None]
    return (
        max(depth(relation) for relation in problem.relations),
        fmean(digits) if digits else 0.0,
        steps,
    )


def operator_row(name: str, before: list[tuple[float, float, float]]) -> str:
    reasons: Counter[str] = Counter()
    changes: list[list[float]] = []
    for place, problem in enumerate(SEEDS):
        for draw in range(DRAWS):
            try:
                result = mutate(problem, name, seed=f"{place}-{draw}")
            except MutationRefused as refusal:
                reasons[refusal.reason] += 1
                continue
            except ValidationError:
                reasons["over_limit"] += 1
                continue
            check = check_problem(result)
            if check.reason is not None:
                reasons[check.reason] += 1
                continue
            after = measures(result, len(check.solution.steps))
            changes.append([a - b for a, b in zip(after, before[place], strict=True)])
    share = len(changes) / (DRAWS * len(SEEDS))
    means = [fmean(column) for column in zip(*changes, strict=True)] if changes else [0.0] * 3
    why = ", ".join(f"{reason} {n}" for reason, n in reasons.most_common(3))
    numbers = "".join(f"{mean:+9.2f}" for mean in means)
    return f"{name:22}{share:9.0%}{numbers}   {why}"


def chains() -> Iterator[str]:
    """Fingerprints of well-posed problems five operators away from a seed."""
    names = sorted(operators())
    for problem in SEEDS[:60]:
        for chain in range(CHAINS):
            rng = Random(f"{problem.target}-{chain}")
            current, made = problem, 0
            for _ in range(40):
                try:
                    current = mutate(current, rng.choice(names), seed=rng.getrandbits(31))
                except (MutationRefused, ValidationError):
                    continue
                made += 1
                if made == 5:
                    break
            if made == 5 and check_problem(current).reason is None:
                yield fingerprint(current)


def main() -> None:
    print("$ python benchmarks/operators.py")
    print(f"{os.cpu_count()} cores; {len(SEEDS)} seeds, {DRAWS} draws each")
    print(f"{'operator':22}{'accepted':>9}{'depth':>9}{'digits':>9}{'steps':>9}   not accepted")
    before = [measures(problem, len(check_problem(problem).solution.steps)) for problem in SEEDS]
    for name in sorted(operators()):
        print(operator_row(name, before), flush=True)
    found = list(chains())
    print(f"\nfive operators deep from 60 seeds: {len(found)} well-posed problems, "
          f"{len(set(found))} structures")  # fmt: skip


if __name__ == "__main__":
    main()
