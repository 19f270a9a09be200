"""The held-out problems: graded, fixed, and never trained on.

They are made from the built-in seeds by operators drawn at random, in three grades: other numbers,
one more operator, two more operators. Whoever makes training problems excludes their
`instance_key`s (`held_out_keys`); `overlap` checks that nobody forgot.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, lru_cache
from importlib import resources
from random import Random
from typing import Protocol

from zoped.foundation.json_lines import read_rows
from zoped.programs.seeds import Seed, builtin_seeds
from zoped.symbolic import (
    MutationRefused,
    SymbolicProblem,
    check_problem,
    instance_key,
    mutate,
    realize,
)
from zoped.symbolic.language.expression import Apply, Expression, walk
from zoped.symbolic.solving.linear import solve_linear
from zoped.symbolic.solving.worked_steps import Step, worked_steps
from zoped.symbolic.wording.wordings import first_wording

COUNT = 600
OLDEST = 85  # built-in seeds that everything held out comes from
# Four in five with one digit: a set that nobody can solve would measure nothing.
NUMBERS = (*4 * ("one_digit_numbers",), "two_digit_numbers")
STRUCTURE = (
    "add_step",
    "take_away_step",
    "multiply_step",
    "share_step",
    "double_step",
    "swap_unknown",
    "add_distractor",
    "compare_givens",
    "split_given",
    "ask_total",
)
LARGEST = 999


LEVELS = {
    "builtin": ("as_seeds", "one_operator", "two_operators"),
    "lab": ("at_level", "above", "far_above"),
    "stories": ("one_step", "more_steps", "one_operator"),
    "rewritten": ("as_told", "one_operator", "one_strategy"),
}


@dataclass(frozen=True)
class HeldOutProblem:
    """A question with its answer; `grade` 0 to 2 is its level (`LEVELS` names them): of the
    built-in ones, how many operators changed its structure."""

    text: str
    answer: str
    symbols: SymbolicProblem
    instance_key: str
    grade: int


class _Keyed(Protocol):
    @property
    def text(self) -> str: ...
    @property
    def instance_key(self) -> str: ...


def elementary(problem: SymbolicProblem, *, most_steps: int = 6) -> bool:
    """Whether `+ - * /` on whole numbers up to `LARGEST` solve it in a few steps."""
    if problem.query != "value" or not all(map(_plain, problem.relations)):
        return False
    result = solve_linear(problem)
    if result.status != "unique":
        return False
    steps = worked_steps(problem, result)
    return (
        1 <= len(steps) <= most_steps
        and all(_whole(value, LARGEST) for value in result.values.values())
        and plainly_worked(steps, LARGEST)
    )


def plainly_worked(steps: Iterable[Step], largest: int) -> bool:
    """Whether the steps are calculations whose results are whole and at most `largest`."""
    return all(
        _whole(step.value, largest) and not any(character.isalpha() for character in step.text)
        for step in steps
    )


def _whole(value: Fraction | None, largest: int) -> bool:
    return value is not None and value.denominator == 1 and 0 <= value <= largest


def _plain(relation: Expression) -> bool:
    return all(
        not isinstance(node, Apply) or node.operator in ("+", "-", "*", "/", "==")
        for node in walk(relation)
    )


def oldest_seeds() -> list[Seed]:
    """The oldest built-in seeds, in their first wording.

    The held-out problems and the lab student are made from them: with newer seeds or wordings they
    would become others, and no accuracy could be compared with an earlier one.
    """
    return [
        seed.model_copy(update={"symbols": first_wording(seed.symbols)})
        for seed in builtin_seeds()[:OLDEST]
        if seed.symbols is not None
    ]


def elementary_seeds(most_steps: int = 2) -> list[Seed]:
    """Of the oldest built-in seeds those that need one or two steps."""
    return [s for s in oldest_seeds() if s.symbols and elementary(s.symbols, most_steps=most_steps)]


@lru_cache(maxsize=4)
def held_out_problems(count: int = COUNT, *, seed: int = 20_260_219) -> tuple[HeldOutProblem, ...]:
    """`count` distinct problems, a third of each grade; the same ones in every process."""
    seeds = [seed.symbols for seed in elementary_seeds() if seed.symbols is not None]
    own = {instance_key(problem) for problem in seeds}
    found: dict[str, HeldOutProblem] = {}
    attempt = 0
    while len(found) < count:
        rng = Random(f"held-out-{seed}-{attempt}")
        grade = len(found) % 3
        attempt += 1
        problem = _changed(rng.choice(seeds), grade, rng)
        if problem is None or not elementary(problem):
            continue
        check = check_problem(problem)
        if check.reason is not None or check.solution.answer is None:
            continue
        key = instance_key(problem)
        if key in own:
            continue
        text = realize(problem, rng.getrandbits(31))
        found.setdefault(key, HeldOutProblem(text, check.solution.answer, problem, key, grade))
    return tuple(found.values())


@lru_cache(maxsize=2)
def _kept_problems(name: str) -> tuple[HeldOutProblem, ...]:
    """The 600 that benchmarks/{name}_held_out.py made, one of each level in turn."""
    kept = resources.files("zoped.evals") / "data" / f"{name}_held_out.jsonl"
    with resources.as_file(kept) as path:
        rows = [row for _, row in read_rows(path)]
    problems = [(row, SymbolicProblem.model_validate(row["symbols"])) for row in rows]
    return tuple(
        HeldOutProblem(row["text"], row["answer"], symbols, instance_key(symbols), row["grade"])
        for row, symbols in problems
    )


def held_out_set(name: str, count: int) -> tuple[HeldOutProblem, ...]:
    """`count` problems of a set that `LEVELS` names; all where it has no more."""
    return held_out_problems(count) if name == "builtin" else _kept_problems(name)[:count]


@cache
def held_out_keys() -> frozenset[str]:
    """The `instance_key`s of all `COUNT` problems of every set. They are kept: to make the built-in ones
    takes seconds."""
    kept = resources.files("zoped.evals") / "data" / "held_out_keys.jsonl"
    with resources.as_file(kept) as path:
        return frozenset(key for _, key in read_rows(path))


def _changed(problem: SymbolicProblem, grade: int, rng: Random) -> SymbolicProblem | None:
    names = [rng.choice(NUMBERS), *(rng.choice(STRUCTURE) for _ in range(grade))]
    try:
        for name in names:
            problem = mutate(problem, name, seed=rng.getrandbits(31))
    except MutationRefused:
        return None
    return problem


def overlap(held_out: Iterable[_Keyed], training: Iterable[_Keyed]) -> set[str]:
    """Keys of held-out problems that the training problems contain, by symbols or by text."""
    keys: set[str] = set()
    texts: set[str] = set()
    for problem in training:
        keys.add(problem.instance_key)
        texts.add(normalized(problem.text))
    return {
        problem.instance_key
        for problem in held_out
        if problem.instance_key in keys or normalized(problem.text) in texts
    }


def normalized(text: str) -> str:
    """Lower case, single spaces, no punctuation: what two copies of a text have in common."""
    return " ".join("".join(c if c.isalnum() else " " for c in text.lower()).split())
