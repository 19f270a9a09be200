"""Examples out of Zoped's own seeds and operators: formalizations, tellings, strategies carried out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from random import Random

from pydantic import ValidationError

from zoped.evals.held_out import held_out_problems
from zoped.programs.seeds import builtin_seeds
from zoped.programs.strategies import known_strategies
from zoped.programs.teachers.reader.adapter import FORMALIZE, REWRITE, VERBALIZE
from zoped.signatures import as_lines
from zoped.symbolic import (
    MutationRefused,
    SymbolicProblem,
    check_problem,
    fingerprint,
    instance_key,
    mutate,
    operators,
    realize,
)
from zoped.train.teacher.example import Example
from zoped.train.teacher.lines import lines_of_problem

NUMBERS = ("one_digit_numbers", "two_digit_numbers", "change_numbers", "three_digit_numbers")
# How a strategy is carried out by operators, one after the other.
CARRIED_OUT = {
    "chain_step": ("add_step", "take_away_step", "multiply_step", "share_step", "double_step"),
    "ask_backwards": ("swap_unknown",),
    "given_from_step": ("split_given",),
    "told_in_words": ("compare_givens",),
    "irrelevant_numbers": ("add_distractor add_distractor", "add_distractor"),
    "leftover_rounding": ("leftover_step", "boxes_step"),
    "make_quadratic": ("quadratic_step", "square_step"),
    "ask_difference": ("ask_difference",),
    "best_choice": ("ask_maximum", "ask_minimum"),
    "count_ways": ("ask_count",),
    "simpler": ("remove_step",),
    "two_branches": ("ask_total",),
    "couple_unknowns": ("compare_givens swap_unknown",),
    "undo_percent": ("percent_step swap_unknown",),
    "nest_substitution": ("split_given split_given", "split_given compare_givens"),
    "cases": ("larger_case",),
}
HELD_OUT_SHARE = 8  # one structure in so many is never learnt from
LONGEST = 420  # characters of a text
LONGEST_REWRITE = 700  # characters of a problem and what is made of it
SCHOOL = 0.8  # of the problems start from seeds of school
RETOLD = 0.12  # of the problems are put into words instead of symbols


@dataclass(frozen=True)
class Made:
    """A problem by operators, with its text and its lines."""

    text: str
    lines: str
    problem: SymbolicProblem
    structure: str
    answer: str


def is_held_out(structure: str) -> bool:
    """Whether problems of this fingerprint are for measuring alone; the same in every process."""
    return blake2b(structure.encode(), digest_size=4).digest()[0] % HELD_OUT_SHARE == 0


def made_problems(rng: Random, *, held_out: bool) -> Iterator[Made]:
    """Endless problems of structures that are, or are not, held out.

    Held-out ones are changed by at least one operator, so that nothing of their kind was read as a seed.
    """
    seeds = _seeds()
    names = [name for name in operators() if name not in NUMBERS]
    forbidden = {problem.instance_key for problem in held_out_problems()}
    while True:
        chain = [rng.choice(NUMBERS)]
        chain += rng.sample(names, rng.choice((1, 1, 2) if held_out else (0, 1, 1, 2)))
        problem = _changed(_drawn(seeds, rng), chain, rng)
        if problem is None:
            continue
        structure = fingerprint(problem)
        if is_held_out(structure) is not held_out or instance_key(problem) in forbidden:
            continue
        text = realize(problem, rng.getrandbits(31))
        lines = lines_of_problem(text, problem) if len(text) <= LONGEST else None
        if lines is None:
            continue
        check = check_problem(problem)
        if check.reason is None and check.solution.answer is not None:
            yield Made(text, lines, problem, structure, check.solution.answer)


def realized_examples(rng: Random) -> Iterator[Example]:
    """Formalizations and tellings in turn, of structures that are not held out."""
    for made in made_problems(rng, held_out=False):
        if rng.random() < RETOLD:
            yield Example(VERBALIZE, made.lines, made.text, "realized", made.structure)
        else:
            yield Example(FORMALIZE, made.text, made.lines, "realized", made.structure)


def rewritten_examples(rng: Random) -> Iterator[Example]:
    """Strategies carried out by operators; of none is the structure of the result held out."""
    seeds = _seeds()
    strategies = known_strategies(None)
    while True:
        name = rng.choice(list(CARRIED_OUT))
        problem = _changed(_drawn(seeds, rng), [rng.choice(NUMBERS)], rng)
        if problem is None:
            continue
        result = _changed(problem, rng.choice(CARRIED_OUT[name]).split(), rng)
        if result is None or is_held_out(fingerprint(result)):
            continue
        before, after = as_lines(problem), as_lines(result)
        if len(before) + len(after) > LONGEST_REWRITE:
            continue
        given = f"{strategies[name].text}\n{before}"
        yield Example(REWRITE, given, after, f"operators:{name}", fingerprint(result))


def _seeds() -> tuple[list[SymbolicProblem], list[SymbolicProblem]]:
    """Of school, and the others."""
    seeds = [seed for seed in builtin_seeds() if seed.symbols is not None]
    school = [s.symbols for s in seeds if s.level == "school" and s.symbols]
    return school, [s.symbols for s in seeds if s.level != "school" and s.symbols]


def _drawn(
    seeds: tuple[list[SymbolicProblem], list[SymbolicProblem]], rng: Random
) -> SymbolicProblem:
    return rng.choice(seeds[0] if rng.random() < SCHOOL else seeds[1])


def _changed(problem: SymbolicProblem, chain: list[str], rng: Random) -> SymbolicProblem | None:
    try:
        for name in chain:
            problem = mutate(problem, name, seed=rng.getrandbits(31))
    except (MutationRefused, ValidationError):
        return None
    return problem
