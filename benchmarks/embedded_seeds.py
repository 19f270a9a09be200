"""How many raw-text seeds the embedded reader formalizes, in how many calls, and what operators make of them.

    python -m benchmarks.embedded_seeds

The seeds of configs/raw_text_seeds.jsonl, formalized as in a run: up to eight tries, the solver as judge. Then
two decisions on each, by operators drawn at random, in the seed's own words.
"""

from __future__ import annotations

import argparse
import os
import time
from collections import Counter

from zoped.programs import GenerateProblem, load_seeds
from zoped.programs.formalizing.tries import ASKED_ANEW
from zoped.programs.teachers.calls import TeacherCalls
from zoped.programs.teachers.load import load_teacher
from zoped.programs.teachers.notation import adapter_of
from zoped.programs.under_way import all_at_once

OPERATORS = ("change_numbers", "add_step", "take_away_step", "double_step", "share_step")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--reader", default="embedded-reader")
    parser.add_argument("--shown", type=int, default=20, help="problems to print")
    options = parser.parse_args()
    seeds = load_seeds("configs/raw_text_seeds.jsonl")[: options.seeds]
    program = GenerateProblem(
        mutation="weights",
        operators=list(OPERATORS),
        strategies=[],
        variants=2,
        tries=ASKED_ANEW,
    )
    teacher = TeacherCalls(
        load_teacher(options.reader, max_tokens=160), adapter=adapter_of("short"), concurrency=4
    )
    began = time.monotonic()
    made = all_at_once(
        [lambda seed=seed: program.acall(seed=seed, teacher=teacher) for seed in seeds], most=4
    )
    seconds = time.monotonic() - began
    read = [outcome for outcome in made if outcome.symbols is not None]
    accepted = [problem for outcome in read for problem in outcome.accepted]
    print(f"python -m benchmarks.embedded_seeds --seeds {options.seeds}, {os.cpu_count()} cores")
    print(f"{len(read)} of {len(seeds)} seeds formalized with the known answer")
    print(f"{teacher.spent.calls} calls in {seconds:.0f} s with checking")
    print(f"{len(accepted)} problems accepted, {len(accepted) / seconds:.2f} a second")
    reasons = Counter(str(why.reason) for outcome in made for why in outcome.rejected)
    print(f"rejected: {', '.join(f'{n} {why}' for why, n in reasons.most_common())}")
    for problem in accepted[:: max(1, len(accepted) // options.shown)]:
        print(f"  {problem.text} [{problem.answer}]")


if __name__ == "__main__":
    main()
