"""Breadth: which kinds of problems the solver can do, over problems written from scratch.

Run: python benchmarks/breadth.py [--time-limit SECONDS]

Reads tests/symbolic/solving/data/breadth.jsonl (each row: level, topic, text, answer, problem), solves
every problem and prints solved / unsupported / wrong by topic and level, then every problem that
was not solved. A problem counts as solved when the answer is unique and is the known one, as the solver
prints it.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.table import Table

from zoped.symbolic import SymbolicProblem, parse_expression, solve

PROBLEMS = Path(__file__).parents[1] / "tests" / "symbolic" / "solving" / "data" / "breadth.jsonl"


def outcome(row: dict, time_limit: float) -> tuple[str, str]:
    """("solved" | "unsupported" | "timeout" | "wrong", what the solver said)."""
    solution = solve(SymbolicProblem.model_validate(row["problem"]), time_limit=time_limit)
    if solution.status == "unique":
        right = str(parse_expression(solution.answer or "0")) == str(
            parse_expression(row["answer"])
        )
        return ("solved" if right else "wrong"), f"{solution.answer} ({solution.backend})"
    detail = f"{solution.status}: {solution.detail}"
    # "none" and "many" are claims about a problem that has one answer: they are wrong.
    return (solution.status if solution.status in ("unsupported", "timeout") else "wrong"), detail


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--time-limit", type=float, default=2.0)
    options = parser.parse_args()
    rows = [json.loads(line) for line in PROBLEMS.read_text().splitlines()]
    counts: dict[str, Counter[str]] = {}
    failed = []
    started = time.perf_counter()
    for row in rows:
        result, said = outcome(row, options.time_limit)
        for group in (row["topic"], f"level: {row['level']}", "all"):
            counts.setdefault(group, Counter())[result] += 1
        if result != "solved":
            failed.append((row["id"], result, row["answer"], said))
    seconds = time.perf_counter() - started
    console = Console()
    table = Table("topic", "problems", "solved", "unsupported", "timeout", "wrong")
    for group in sorted(counts, key=lambda name: (name == "all", name.startswith("level"), name)):
        count = counts[group]
        results = [str(count[key]) for key in ("solved", "unsupported", "timeout", "wrong")]
        table.add_row(group, str(count.total()), *results)
    console.print(table)
    for line in failed:
        console.print(" | ".join(line), highlight=False, soft_wrap=True)
    console.print(f"{len(rows)} problems in {seconds:.1f} s")


if __name__ == "__main__":
    main()
