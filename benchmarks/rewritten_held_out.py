"""The held-out problems for a student that was taught strategies.

    python -m benchmarks.rewritten_held_out

writes evals/data/rewritten_held_out.jsonl: of the held-out stories (benchmarks/stories_held_out.py) 200 as they are
told, half of one step and half of two or three, and 200 with an operator's step behind them; and 200 other stories
that a strategy was carried out on by its rules, told as no rewrite of the embedded reader is. The file is kept, so
accuracies stay comparable.
"""

from __future__ import annotations

import json
from itertools import chain
from pathlib import Path
from random import Random

from zoped.evals.held_out import COUNT, held_out_set, normalized
from zoped.foundation.files import write_whole
from zoped.symbolic import SymbolicProblem, check_problem, instance_key
from zoped.train.teacher.worked import rewritten_problems

OUTPUT = Path(__file__).parents[1] / "evals" / "data" / "rewritten_held_out.jsonl"
A_LEVEL = 200


def main() -> None:
    stories = held_out_set("stories", COUNT)
    one, more, operator = ([p for p in stories if p.grade == grade] for grade in range(3))
    told = list(chain.from_iterable(zip(one, more, strict=True)))[:A_LEVEL]
    levels = [
        [_row(p.text, p.answer, grade, p.symbols) for p in of_level]
        for grade, of_level in enumerate((told, operator))
    ]
    # In turn, so that every beginning of the file has as many of each level.
    lines = [
        json.dumps(row)
        for of_each in zip(*levels, _by_strategies(), strict=True)
        for row in of_each
    ]
    write_whole(OUTPUT, "\n".join(lines) + "\n")


def _by_strategies() -> list[dict[str, object]]:
    rows, taken = [], set[str]()
    for text, problem in rewritten_problems(Random("held-out rewritten"), other_words=1):
        check = check_problem(problem)
        keys = {instance_key(problem), normalized(text)}
        if check.reason is not None or check.solution.answer is None or keys & taken:
            continue
        taken |= keys
        rows.append(_row(text, check.solution.answer, 2, problem))
        if len(rows) == A_LEVEL:
            break
    return rows


def _row(text: str, answer: str, grade: int, problem: SymbolicProblem) -> dict[str, object]:
    symbols = problem.model_dump(mode="json", exclude_defaults=True)
    return {"text": text, "answer": answer, "grade": grade, "symbols": symbols}


if __name__ == "__main__":
    main()
