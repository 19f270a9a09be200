"""How fast is the symbolic engine on one core, next to SymPy on the same problems?

    python benchmarks/symbolic_speed.py [--data FOLDER] > benchmarks/results/symbolic_speed.txt

Solving: rows of the four equation data sets, by `solve` from parsed problems and with parsing, and
by `sympy.parse_expr` + `sympy.solve`; the answers are compared. Making: operators drawn at random
on the built-in seeds, mutate + solve + check + realize + compare with what is there, one after the
other; once with what is decided in the process alone (as `zoped generate --time-limit 0` does), once
with SymPy, Z3 and enumeration in workers too.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import sympy
from sympy.parsing.sympy_parser import parse_expr

sys.path.insert(0, str(Path(__file__).parent))
from solver_soundness import DATA, UnusableError, problems_of, real_value, rows_of

from zoped.programs import builtin_seeds
from zoped.symbolic import (
    MutationRefused,
    SymbolicProblem,
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


def by_sympy(equations: list[str]) -> list[sympy.Expr]:
    """All values of all unknowns; decimals are floats to SymPy."""
    relations = []
    for equation in equations:
        left, _, right = equation.partition("=")
        relations.append(sympy.Eq(parse_expr(left), parse_expr(right)))
    symbols = sorted({s for r in relations for s in r.free_symbols}, key=str)
    found = sympy.solve(relations, symbols, dict=True)
    return [value for one in found for value in one.values()]


def are_among(answers: set[str | None], values: list[sympy.Expr]) -> bool:
    """Whether SymPy has each of our answers, as far as its floats go."""
    theirs = [complex(value).real for value in values]
    ours = [real_value(answer) for answer in answers if answer is not None]
    return len(ours) == len(answers) and all(
        any(math.isclose(one, other, rel_tol=1e-9) for other in theirs) for one in ours
    )


def solved(problems: list[SymbolicProblem]) -> set[str | None]:
    """The values of all unknowns: by one `solve` where its backend proves them all at once."""
    first = solve(problems[0], steps=False)  # SymPy writes none either
    if first.backend == "linear":
        return {str(first.values[unknown.name]) for unknown in problems[0].unknowns}
    return {first.answer, *(solve(problem, steps=False).answer for problem in problems[1:])}


def solving(folder: Path, name: str) -> str:
    """One after the other, each in one go: what the other leaves in the processor's caches helps
    neither."""
    rows = [row for row in rows_of(folder) if row["equations"]]
    Random(name).shuffle(rows)
    theirs: list[list[sympy.Expr]] = []
    chosen: list[dict[str, Any]] = []
    theirs_time = 0.0
    for row in rows:
        if len(chosen) == ROWS:
            break
        start = time.perf_counter()
        try:
            problems_of(row, name)
            start = time.perf_counter()
            theirs.append(by_sympy(row["equations"]))
        except (UnusableError, TypeError, NotImplementedError, AttributeError):
            continue  # or a name that SymPy takes for one of its own
        theirs_time += time.perf_counter() - start
        chosen.append(row)
    start = time.perf_counter()
    problems = [problems_of(row, name) for row in chosen]
    parsed = time.perf_counter()
    ours = [solved(of_row) for of_row in problems]
    done = time.perf_counter()
    equal = sum(map(are_among, ours, theirs))
    ours_time, parsed_time = done - parsed, done - start
    per = 1000 / len(chosen)
    return (
        f"{name:18}{len(chosen):6}{equal:8}{ours_time * per:10.3f}{parsed_time * per:10.3f}"
        f"{theirs_time * per:10.3f}{theirs_time / ours_time:8.0f}x{theirs_time / parsed_time:8.0f}x"
    )


def making(time_limit: float) -> list[str]:
    seeds = [seed.symbols for seed in builtin_seeds() if seed.symbols is not None]
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
        check = check_problem(problem, time_limit=time_limit)
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
    how = f"up to {time_limit:.0f} s in a worker" if time_limit else "no workers"
    made = f"made ({how}): {accepted:,} accepted of {tried:,} tried in {seconds:.0f} s"
    lines = [f"{made}: {rate:,.0f} a second"]
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
    for time_limit in (0.0, 2.0):
        print("\n".join(["", *making(time_limit)]), flush=True)


if __name__ == "__main__":
    main()
