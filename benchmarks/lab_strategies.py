"""The seeds and the held-out problems of configs/lab/strategies.yaml, for a student that was taught strategies.

    python -m benchmarks.lab_strategies

writes configs/lab/strategies_seeds.jsonl, 100 stories with small numbers that a sentence can go on from; and
evals/data/rewritten_held_out.jsonl: of the held-out stories (benchmarks/stories_held_out.py) 200 as they are
told, half of one step and half of two or three, and 200 with an operator's step behind them; and 200 other stories
that a strategy was carried out on by its rules, told as no rewrite of the embedded reader is. The files are kept, so
accuracies stay comparable.
"""

from __future__ import annotations

import json
import re
from itertools import chain
from pathlib import Path
from random import Random

from benchmarks.held_out_file import Row, row, write_in_turn
from zoped.evals.held_out import COUNT, LEVELS, held_out_set, normalized
from zoped.foundation.files import write_whole
from zoped.programs.formalizing.own_words import in_own_words
from zoped.programs.teachers.reader.carried_out import goes_on
from zoped.symbolic import check_problem, instance_key
from zoped.train.teacher.worked import rewritten_problems, told_problems

ROOT = Path(__file__).parents[1]
HELD_OUT = ROOT / "evals" / "data" / "rewritten_held_out.jsonl"
SEEDS = ROOT / "configs" / "lab" / "strategies_seeds.jsonl"
A_LEVEL = 200
COUNT_OF_SEEDS, LARGEST = 100, 12


def main() -> None:
    stories = held_out_set("stories", COUNT)
    one, more, operator = ([p for p in stories if p.grade == grade] for grade in range(3))
    told = list(chain.from_iterable(zip(one, more, strict=True)))[:A_LEVEL]
    levels = [
        [row(p.text, p.answer, grade, p.symbols) for p in of_level]
        for grade, of_level in enumerate((told, operator))
    ]
    write_in_turn(HELD_OUT, [*levels, _by_strategies()])
    write_whole(SEEDS, "\n".join(map(json.dumps, _seeds())) + "\n")


def _seeds() -> list[dict[str, str]]:
    """Texts with their answers; the reader has to formalize them."""
    taken = {p.instance_key for name in LEVELS for p in held_out_set(name, COUNT)}
    rows: list[dict[str, str]] = []
    for text, problem in told_problems(Random("lab strategies")):
        story, _, question = text.rpartition(". ")
        key, check = instance_key(problem), check_problem(problem)
        if key in taken or check.reason is not None or check.solution.answer is None:
            continue
        if any(given.value is None or given.value > LARGEST for given in problem.givens):
            continue
        if len(problem.constraints) > 1 or in_own_words(problem, text) == problem:
            continue
        beginning = " ".join(re.findall(r"\b[a-z]+\b", story)[:3])  # of one telling, mostly
        if beginning in taken or not goes_on(problem, story, question):
            continue
        taken |= {key, beginning}
        id_ = f"told-{len(rows) + 1:03}"
        rows.append({"id": id_, "text": text, "answer": check.solution.answer})
        if len(rows) == COUNT_OF_SEEDS:
            break
    return rows


def _by_strategies() -> list[Row]:
    rows, taken = list[Row](), set[str]()
    for text, problem in rewritten_problems(Random("held-out rewritten"), other_words=1):
        check = check_problem(problem)
        keys = {instance_key(problem), normalized(text)}
        if check.reason is not None or check.solution.answer is None or keys & taken:
            continue
        taken |= keys
        rows.append(row(text, check.solution.answer, 2, problem))
        if len(rows) == A_LEVEL:
            break
    return rows


if __name__ == "__main__":
    main()
