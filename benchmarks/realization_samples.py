"""200 random realizations to read: the seeds and what the operators make of them.

Run: python benchmarks/realization_samples.py [--seed N] [--number N] [--output FILE]

Writes one text a line with its source (seed id and operators) and answer to
benchmarks/results/realization_samples.txt.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from random import Random

from zoped.programs import builtin_seeds
from zoped.symbolic import (
    MutationRefused,
    SymbolicProblem,
    check_problem,
    mutate,
    operators,
    realize,
)

OUTPUT = Path(__file__).parent / "results" / "realization_samples.txt"


def sample(rng: Random) -> str:
    """A seed after zero to three operators that keep it well-posed, told once."""
    seed = rng.choice(builtin_seeds())
    problem = seed.problem
    if problem is None:
        raise ValueError(f"{seed.id} has no symbolic form")
    path, answer = [seed.id], seed.answer
    for _ in range(rng.choice((0, 1, 1, 1, 2, 3))):
        operator = rng.choice(sorted(operators()))
        changed = _changed(problem, operator, rng)
        if changed is not None:
            problem, answer = changed
            path.append(operator)
    return f"[{' > '.join(path)}] {realize(problem, rng.randrange(10**6))} -> {answer}"


def _changed(
    problem: SymbolicProblem, operator: str, rng: Random
) -> tuple[SymbolicProblem, str] | None:
    try:
        child = mutate(problem, operator, seed=rng.randrange(10**6))
    except MutationRefused:
        return None
    check = check_problem(child)
    if check.reason is not None or check.solution.answer is None:
        return None
    return child, check.solution.answer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--number", type=int, default=200)
    parser.add_argument("--output", type=Path, default=OUTPUT)
    options = parser.parse_args()
    rng = Random(options.seed)
    lines = [sample(rng) for _ in range(options.number)]
    options.output.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(lines)} realizations in {options.output}")


if __name__ == "__main__":
    main()
