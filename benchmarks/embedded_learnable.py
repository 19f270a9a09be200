"""Can the student learn from what the embedded reader rewrites? How much of it lies within its reach, beside operators.

    python -m benchmarks.embedded_learnable --texts 100
    python -m benchmarks.embedded_learnable --student runs/lab/taught --seeds configs/lab/strategies_seeds.jsonl \
        --strategies area_from_length average_target recursion repeated_growth

One decision on each text that the reader formalizes, as in configs/raw_text.yaml: by strategies alone, which the reader
carries out, and by operators alone; all moves alike. Then sixteen answers of the student to every problem.
"Reached": solved at least once; "in the band": a pass rate from 0.2 to 0.8. "New": of a structure that no single operator
made of the seed in `TRIES` draws of each. Seeds that are formalized are kept in the file `--formalizations`.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from random import Random

import yaml

from benchmarks.embedded_teacher_writing import by_one_operator
from benchmarks.embedded_tuning import CONFIG, formalized, reader
from zoped.evals import PassRateMeter, measure_program
from zoped.evals.band import DEFAULT_BAND
from zoped.evals.measurement import Decision
from zoped.programs import GenerateProblem, load_seeds
from zoped.programs.formalizing.kept import KeptFormalizations
from zoped.students import load_student

ANSWERS = 16
Kinds = tuple[bool, bool, bool]  # of a problem: new, reached, in the band


def kinds(decision: Decision, rng: Random) -> list[Kinds]:
    """Of its problems."""
    if not decision.problems:
        return []
    known = by_one_operator(decision.symbols, rng)
    return [
        (problem.fingerprint not in known, rate.passes > 0, DEFAULT_BAND.contains(rate.rate))
        for problem, rate in zip(decision.problems, decision.pass_rates, strict=True)
    ]


def told(name: str, decisions: Sequence[list[Kinds]]) -> str:
    problems = [each for decision in decisions for each in decision]
    counts = [sum(column) for column in zip(*problems, strict=True)] or [0, 0, 0]
    both = sum(new and learnable for new, _, learnable in problems)
    numbers = [sum(map(bool, decisions)), len(problems), *counts, both]
    return f"{name:28} {len(decisions):9}" + "".join(f" {n:8}" for n in numbers)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--texts", type=int, default=100)
    parser.add_argument("--student", default="lab-stories")
    parser.add_argument("--seeds", default="configs/raw_text_seeds.jsonl")
    parser.add_argument("--strategies", nargs="+", help="instead of those of the configuration")
    parser.add_argument("--formalizations", type=Path, default=Path("formalizations.db"))
    options = parser.parse_args()
    moves = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))["generate"]
    kept = KeptFormalizations(options.formalizations)
    ways = {
        "rewriting": GenerateProblem(
            mutation="rewrite",
            strategies=options.strategies or moves["strategies"],
            variants=4,
            kept=kept,
        ),
        "operators": GenerateProblem(
            mutation="weights", strategies=[], operators=moves["operators"], variants=4
        ),
    }
    teacher = reader()
    texts = load_seeds(options.seeds)[: options.texts]
    seeds = formalized(texts, ways["rewriting"], teacher)
    meter = PassRateMeter(
        load_student(options.student), min_rollouts=ANSWERS, max_rollouts=ANSWERS, seed=1
    )
    given = " ".join(sys.argv[1:])
    print(f"python -m benchmarks.embedded_learnable {given}, {os.cpu_count()} cores")
    heads = ("accepted", "problems", "new", "reached", "in band", "both")
    print(f"{'':28} decisions" + "".join(f" {head:>8}" for head in heads))
    for name, program in ways.items():
        made = measure_program(program, seeds, meter, teacher=teacher)
        by_move, rng = defaultdict(list), Random(0)
        for decision in made.decisions:
            by_move[decision.move or "none"].append(kinds(decision, rng))
        for move, decisions in sorted(by_move.items()):
            print(told(f"  {move}", decisions))
        print(told(name, [each for some in by_move.values() for each in some]), flush=True)


if __name__ == "__main__":
    sys.exit(main())
