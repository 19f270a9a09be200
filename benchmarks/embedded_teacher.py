"""The embedded teacher: time of a call, malformed replies, and whether demonstrations steer it.

    python benchmarks/embedded_teacher.py [--calls 100] > benchmarks/results/embedded_teacher.txt

Each call chooses an operator for one of Zoped's own seeds, at temperature 0.7. The demonstrations
"too hard" tell of a student that fails and choose operators that make problems easier; "too easy"
the opposite. A choice is easier or harder by the lists below.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections import Counter

import dspy

from zoped.programs import GenerateProblem, Seed, builtin_seeds
from zoped.programs.teachers.load import load_teacher

EASIER = ("shrink_numbers", "one_digit_numbers", "round_numbers", "remove_step", "halve_step")
HARDER = ("grow_numbers", "add_step", "three_digit_numbers", "multiply_step", "quadratic_step")
FAILS = "It solves 0 of 8 such problems: too hard."
SOLVES = "It solves 8 of 8 such problems: too easy."


def demonstrations(
    program: GenerateProblem, seeds: list[Seed], names: tuple[str, ...], note: str
) -> list[dict[str, object]]:
    demos = []
    for seed, name in zip(seeds, names, strict=False):
        fields = program.mutate.inputs(seed, note)
        del fields["operators"]
        demos.append({**fields, "choice": {"operator": name, "number": 0}})
    return demos


def choose(title: str, note: str, seeds: list[Seed], demos: list[dict[str, object]]) -> None:
    program = GenerateProblem(variants=2)
    program.mutate.choose.demos = demos
    seconds, chosen, malformed, refused = [], Counter[str](), 0, 0
    for index, seed in enumerate(seeds):
        start = time.perf_counter()
        outcome = program(seed=seed, stream=index, student_note=note)
        seconds.append(time.perf_counter() - start)
        malformed += any(r.reason == "malformed" for r in outcome.rejected)
        refused += any(r.reason == "refused" for r in outcome.rejected)
        chosen[outcome.move or "(none)"] += 1
    easier = sum(chosen[name] for name in EASIER)
    harder = sum(chosen[name] for name in HARDER)
    print(
        f"{title:32} calls {len(seeds)}  median {statistics.median(seconds) * 1000:.0f} ms  "
        f"slowest {max(seconds) * 1000:.0f} ms  malformed {malformed}  refused {refused}  "
        f"easier {easier}  harder {harder}"
    )
    print(f"    {', '.join(f'{name} {n}' for name, n in chosen.most_common(8))}", flush=True)


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, default=100, help="in all (default: 100)")
    calls = parser.parse_args(argv).calls
    seeds = builtin_seeds()
    examples, rest = seeds[-3:], seeds[:-3]
    program = GenerateProblem()
    easier = demonstrations(program, examples, EASIER, FAILS)
    harder = demonstrations(program, examples, HARDER, SOLVES)
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    with dspy.context(lm=load_teacher("embedded", max_tokens=64), adapter=dspy.JSONAdapter()):
        for title, note, demos in (
            ("no demonstrations, too hard", FAILS, []),
            ("no demonstrations, too easy", SOLVES, []),
            ("demonstrations, too hard", FAILS, easier),
            ("demonstrations, too easy", SOLVES, harder),
        ):
            choose(title, note, [rest[i % len(rest)] for i in range(calls // 4)], demos)


if __name__ == "__main__":
    main()
