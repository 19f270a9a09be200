"""The lab's held-out problems, at, above and far above the level of the lab student.

    python -m benchmarks.lab_held_out

writes evals/data/lab_held_out.jsonl (about six minutes on a core). The file is kept: a new wording
or another lab student leaves it as it is, and accuracies stay comparable.

Every problem is a built-in seed with sentences that training never shows: other wordings of its
clauses, its question or both, while training tells seeds in their first wording. Numbers are drawn
here; a second step is added by operators that no arm of configs/lab uses. A kind is a seed with a
form, a step and a number of digits. Its level is the lab student's pass rate on a few problems of
the kind, which are not kept: the problems of the file are others, so that no lucky answers chose
them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from pathlib import Path
from random import Random

from benchmarks.held_out_file import row, write_in_turn
from zoped.evals import accuracy
from zoped.evals.held_out import HeldOutProblem, elementary, elementary_seeds
from zoped.programs import builtin_seeds
from zoped.symbolic import (
    MutationRefused,
    SymbolicProblem,
    check_problem,
    instance_key,
    mutate,
    realize,
)
from zoped.symbolic.wording.wordings import first_wording
from zoped.train import load_student

OUTPUT = Path(__file__).parents[1] / "evals" / "data" / "lab_held_out.jsonl"
FORMS = ("question", "clauses", "both")  # what is told in another wording
STEPS = ("halve_step", "percent_step")
DIGITS = (1, 2)  # of the largest given
# The lab student's pass rate on a kind: at its level, above, far above (what it never solves would
# measure nothing).
LEVELS = ((0.3, 0.8), (0.12, 0.3), (0.02, 0.12))
A_LEVEL = 200
TRIED, ANSWERS = 4, 8  # problems of a kind that are measured, answers to each
A_KIND = 8  # problems of a kind that are kept, at most
ATTEMPTS = 60


@dataclass(frozen=True)
class Kind:
    seed: str
    form: str
    step: str
    digits: int

    def problems(
        self, symbols: SymbolicProblem, taken: set[str], stream: str
    ) -> Iterator[HeldOutProblem]:
        """Problems of this kind whose texts and keys are not taken; their texts are added.

        Two may have one key: the same numbers in another story or wording."""
        for attempt in range(ATTEMPTS):
            rng = Random(f"lab-held-out-{stream}-{self}-{attempt}")
            problem = self._made(symbols, rng)
            if problem is None or not elementary(problem):
                continue
            check = check_problem(problem)
            key = instance_key(problem)
            text = realize(problem, rng.getrandbits(31))
            if check.reason is not None or check.solution.answer is None or {key, text} & taken:
                continue
            taken.add(text)
            yield HeldOutProblem(text, check.solution.answer, problem, key, grade=0)

    def _made(self, symbols: SymbolicProblem, rng: Random) -> SymbolicProblem | None:
        problem = with_numbers(in_other_words(symbols, self.form, rng), self.digits, rng)
        if sentences(problem) <= sentences(first_wording(symbols)):
            return None
        try:
            return mutate(problem, self.step, seed=rng.getrandbits(31)) if self.step else problem
        except MutationRefused:
            return None


def sentences(problem: SymbolicProblem) -> set[str]:
    """The forms of its sentences, whatever their numbers."""
    text = re.sub(r"\d+", "#", realize(problem, 0)).lower()
    return set(re.findall(r"[^.?]+[.?]", text.replace(" ", "")))


def in_other_words(problem: SymbolicProblem, form: str, rng: Random) -> SymbolicProblem:
    """The problem with none of the first wordings of its clauses, its question, or both."""
    changes: dict[str, object] = {"other_stories": (), "questions": ()}
    if form != "clauses":
        changes["questions"] = (rng.choice(problem.questions[1:] or problem.questions),)
    if form != "question" and problem.other_stories:
        changes["story"] = rng.choice(problem.other_stories)
    # Where the rules make the question, they make it out of the first clause.
    asked = problem.target.symbols if form == "clauses" else frozenset()
    changes["variables"] = tuple(
        v.replaced(clause=rng.choice(v.other_clauses))
        if form != "question" and v.other_clauses and v.name not in asked
        else v.replaced(other_clauses=())
        for v in problem.variables
    )
    changes["constraints"] = tuple(
        c.replaced(statement=rng.choice(c.other_statements))
        if form != "question" and c.other_statements
        else c.replaced(other_statements=())
        for c in problem.constraints
    )
    return problem.replaced(**changes)


def with_numbers(problem: SymbolicProblem, digits: int, rng: Random) -> SymbolicProblem:
    """Each given from 2 to 9; for two digits, one of them from 10 to 40."""
    large = rng.choice(problem.givens).name if digits == 2 else None
    return problem.replaced(
        variables=tuple(
            v
            if v.value is None
            else v.replaced(value=Fraction(rng.randint(*((10, 40) if v.name == large else (2, 9)))))
            for v in problem.variables
        )
    )


def main() -> None:
    names = {seed.id for seed in elementary_seeds()}
    seeds = {s.id: s.symbols for s in builtin_seeds() if s.id in names and s.symbols}
    # A step has a question of its own.
    forms = [*((form, "") for form in FORMS), *(("clauses", step) for step in STEPS)]
    kinds = [Kind(seed, *form, d) for seed, form, d in product(seeds, forms, DIGITS)]
    taken = {instance_key(symbols) for symbols in seeds.values()}
    tried = [
        (kind, problem)
        for kind in kinds
        for problem, _ in zip(
            kind.problems(seeds[kind.seed], taken, "tried"), range(TRIED), strict=False
        )
    ]
    student = load_student("lab")
    measured = accuracy(student, [problem for _, problem in tried], samples=ANSWERS, seed=1)
    rates: dict[Kind, list[float]] = defaultdict(list)
    for (kind, _), score in zip(tried, measured.scores, strict=True):
        rates[kind].append(score)
    rows: list[list[dict[str, object]]] = []
    for grade, (low, high) in enumerate(LEVELS):
        fitting = [
            kind
            for kind, scores in rates.items()
            if len(scores) == TRIED and low <= sum(scores) / TRIED < high
        ]
        chosen = drawn(fitting, seeds, taken, Random(f"level-{grade}"))
        rows.append([row(p.text, p.answer, grade, p.symbols) for p in chosen])
        right = accuracy(student, chosen, samples=ANSWERS, seed=2)
        print(f"level {grade}: {len(chosen)} of {len(fitting)} kinds, {right.mean:.1%} right")
    write_in_turn(OUTPUT, rows)


def drawn(
    kinds: list[Kind], seeds: dict[str, SymbolicProblem], taken: set[str], rng: Random
) -> list[HeldOutProblem]:
    """A level's problems: one of every kind in turn."""
    rng.shuffle(kinds)
    streams = [kind.problems(seeds[kind.seed], taken, "kept") for kind in kinds]
    found: list[HeldOutProblem] = []
    for _ in range(A_KIND):
        for stream in streams:
            problem = next(stream, None)
            if problem is not None:
                found.append(problem)
            if len(found) == A_LEVEL:
                return found
    raise SystemExit(f"{len(kinds)} kinds gave {len(found)} problems, not {A_LEVEL}")


if __name__ == "__main__":
    main()
