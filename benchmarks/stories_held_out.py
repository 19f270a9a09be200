"""The held-out stories: for students that read more than the rules' English.

    python -m benchmarks.stories_held_out

writes evals/data/stories_held_out.jsonl, 200 problems of each level: what one step solves, what two or
three do, and a story with a step by an operator behind it. The stories are told as those are that the
embedded reader and the stories student learn from (train/teacher/data/tellings.yaml), with numbers
that neither `zoped lab-student` nor a run uses again. The file is kept, so accuracies stay comparable.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

from benchmarks.held_out_file import Row, row, write_in_turn
from zoped.evals.held_out import normalized
from zoped.symbolic import SymbolicProblem, check_problem, instance_key, solve
from zoped.train.teacher.worked import told_problems

OUTPUT = Path(__file__).parents[1] / "evals" / "data" / "stories_held_out.jsonl"
A_LEVEL = 200


def main() -> None:
    rows: list[list[Row]] = [[], [], []]
    taken: set[str] = set()
    for text, problem in told_problems(Random("held-out stories")):
        check = check_problem(problem)
        key = instance_key(problem)
        if check.reason is not None or check.solution.answer is None:
            continue
        grade = _grade(problem)
        if len(rows[grade]) == A_LEVEL or {key, normalized(text)} & taken:
            continue
        taken |= {key, normalized(text)}
        rows[grade].append(row(text, check.solution.answer, grade, problem))
        if all(len(of_grade) == A_LEVEL for of_grade in rows):
            break
    write_in_turn(OUTPUT, rows)


def _grade(problem: SymbolicProblem) -> int:
    if len(problem.constraints) > 1:  # the story's relation, and the operator's
        return 2
    return min(len(solve(problem).steps), 2) - 1


if __name__ == "__main__":
    main()
