"""How fast is the symbolic engine on one core, next to SymPy on the same problems?

    python benchmarks/symbolic_speed.py [--data FOLDER] > benchmarks/results/symbolic_speed.txt

Solving: rows of the four equation data sets, by `solve` from parsed problems and with parsing, and
by `sympy.parse_expr` + `sympy.solve`; the answers are compared. Making: operators drawn at random
on the built-in seeds, mutate + solve + check + realize + fingerprint, one after the other.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random

import sympy
from sympy.parsing.sympy_parser import parse_expr

sys.path.insert(0, str(Path(__file__).parent))
from solver_soundness import DATA, UnusableError, problems_of, rows_of

from zoped.programs import builtin_seeds
from zoped.symbolic import (
    MutationRefused,
    check_problem,
    instance_key,
    missing_givens,
    mutate,
    operators,
    realize,
    solve,
    states_answer,
)

SETS = ("svamp", "mawps_singleeq", "alg514", "draw1k")
ROWS = 150
SECONDS = 20.0


def by_sympy(equations: list[str]) -> set[str]:
    """All values of all unknowns, as text."""
    relations = []
    for equation in equations:
        left, _, right = equation.partition("=")
        relations.append(sympy.Eq(parse_expr(left), parse_expr(right)))
    symbols = sorted({s for r in relations for s in r.free_symbols}, key=str)
    found = sympy.solve(relations, symbols, dict=True)
    return {str(sympy.nsimplify(value, rational=True)) for one in found for value in one.values()}


def solving(folder: Path, name: str) -> str:
    rows = [row for row in rows_of(folder) if row["equations"]]
    Random(name).shuffle(rows)
    ours_time = parsed_time = theirs_time = 0.0
    compared = equal = 0
    for row in rows:
        if compared == ROWS:
            break
        start = time.perf_counter()
        try:
            problems = problems_of(row, name)
        except UnusableError:
            continue
        parsed = time.perf_counter()
        answers = {solution.answer for solution in map(solve, problems)}
        done = time.perf_counter()
        try:
            theirs = by_sympy(row["equations"])
        except (TypeError, NotImplementedError, AttributeError):
            continue  # a name that SymPy takes for one of its own
        end = time.perf_counter()
        parsed_time += done - start
        ours_time += done - parsed
        theirs_time += end - done
        compared += 1
        equal += answers <= theirs
    per = 1000 / compared
    return (
        f"{name:18}{compared:6}{equal:8}{ours_time * per:10.3f}{parsed_time * per:10.3f}"
        f"{theirs_time * per:10.3f}{theirs_time / ours_time:8.0f}x{theirs_time / parsed_time:8.0f}x"
    )


def making() -> list[str]:
    seeds = [seed.problem for seed in builtin_seeds() if seed.problem is not None]
    names = sorted(operators())
    accepted = tried = 0
    backends: Counter[str] = Counter()
    spent: Counter[str] = Counter()
    start = time.perf_counter()
    while time.perf_counter() - start < SECONDS:
        rng = Random(tried)
        tried += 1
        begin = time.perf_counter()
        try:
            problem = mutate(rng.choice(seeds), rng.choice(names), seed=tried)
        except (MutationRefused, ValueError):
            continue
        check = check_problem(problem)
        if check.reason is None and check.solution.answer is not None:
            text = realize(problem, tried)
            good = not missing_givens(problem, text)
            good = good and not states_answer(text, check.solution.answer, problem)
            instance_key(problem)
            accepted += good
            backends[check.solution.backend] += good
        spent[check.solution.backend or "none"] += time.perf_counter() - begin
    seconds = time.perf_counter() - start
    rate = accepted / seconds
    lines = [
        f"made {accepted:,} accepted of {tried:,} tried in {seconds:.0f} s: {rate:,.0f} a second"
    ]
    for backend, count in backends.most_common():
        rate = count / spent[backend]
        share = spent[backend] / seconds
        lines.append(f"  {backend:12}{count:8,}   {rate:8,.0f} a second   {share:5.0%} of the time")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=DATA)
    options = parser.parse_args()
    if not options.data.is_dir():
        sys.exit(f"no folder {options.data}; set ZOPED_DATA to the folder of data sets")
    print("$ python benchmarks/symbolic_speed.py")
    print(f"one of {os.cpu_count()} cores; milliseconds a row")
    print(
        f"{'set':18}{'rows':>6}{'equal':>8}{'solve':>10}{'+ parse':>10}{'SymPy':>10}{'faster':>9}"
    )
    for name in SETS:
        print(solving(options.data / name, name), flush=True)
    print("\n".join(["", *making()]))


if __name__ == "__main__":
    main()
