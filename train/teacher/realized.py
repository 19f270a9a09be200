"""Examples out of Zoped's own seeds and operators: formalizations, tellings, strategies carried out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from importlib import resources
from random import Random

import yaml
from pydantic import ValidationError

from zoped.evals.held_out import held_out_problems
from zoped.programs.formalizing.own_words import in_own_words
from zoped.programs.formalizing.told import ASKED
from zoped.programs.seeds import builtin_seeds
from zoped.programs.strategies import known_strategies
from zoped.programs.teachers.reader.adapter import FORMALIZE, REWRITE, VERBALIZE
from zoped.programs.teachers.reader.carried_out import (
    CARRIED_OUT_BY_HAND,
    carried_out,
    goes_on,
)
from zoped.programs.teachers.reader.lines import fields_told
from zoped.signatures import WrittenProblem, as_lines, from_lines
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
from zoped.symbolic.language.expression import Symbol
from zoped.train.teacher.example import Example
from zoped.train.teacher.lines import lines_of_problem

NUMBERS = ("one_digit_numbers", "two_digit_numbers", "change_numbers", "three_digit_numbers")
# How a strategy is carried out by operators, one after the other.
CARRIED_OUT = {
    "chain_step": ("add_step", "take_away_step", "multiply_step", "share_step", "double_step"),
    "longer_chain": (
        "add_step multiply_step",
        "take_away_step share_step",
        "multiply_step take_away_step",
        "double_step add_step",
        "share_step add_step",
        "multiply_step share_step",
        "add_step take_away_step double_step",
    ),
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
    "ask_backwards": ("swap_unknown", "add_step swap_unknown", "multiply_step swap_unknown"),
    "nest_substitution": ("split_given split_given", "split_given compare_givens"),
    "cases": ("larger_case",),
}
HELD_OUT_SHARE = 8  # one structure in so many is never learnt from
LONGEST = 420  # characters of a text
LONGEST_REWRITE = 1000  # characters of a problem and what is made of it
FROM_TEXTS = 0.5  # of the problems that are rewritten are read from texts
_STIFF = "asked for"  # not to be learnt
SCHOOL = 0.8  # of the problems start from seeds of school
RETOLD = 0.5  # of the problems are put into words too
WAYS_TOLD = 3  # texts of a problem that are put into symbols


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
        chain += rng.sample(names, rng.choice((1, 1, 2) if held_out else (0, 1, 1, 2, 2, 3)))
        problem = _changed(_drawn(seeds, rng), chain, rng)
        if problem is None:
            continue
        structure = fingerprint(problem)
        if is_held_out(structure) is not held_out or instance_key(problem) in forbidden:
            continue
        told = _told(problem, rng)
        if told is None:
            continue
        check = check_problem(problem)
        if check.reason is None and check.solution.answer is not None:
            yield Made(*told, problem, structure, check.solution.answer)


def realized_examples(rng: Random) -> Iterator[Example]:
    """Formalizations and tellings, of structures that are not held out. Each problem is told in several
    ways, with other names and things: another telling costs a tenth of another problem."""
    for made in made_problems(rng, held_out=False):
        if rng.random() < RETOLD:
            yield Example(VERBALIZE, as_lines(made.problem), made.text, "realized", made.structure)
        yield Example(FORMALIZE, made.text, made.lines, "realized", made.structure)
        for _ in range(WAYS_TOLD - 1):
            told = _told(made.problem, rng)
            if told is not None:
                yield Example(FORMALIZE, *told, "realized", made.structure)


def _told(problem: SymbolicProblem, rng: Random) -> tuple[str, str] | None:
    """A text of the problem and its lines; None where it is too long, or lines do not say it."""
    text = realize(problem, rng.getrandbits(31))
    lines = lines_of_problem(text, problem) if len(text) <= LONGEST else None
    return None if lines is None else (text, lines)


def rewritten_examples(rng: Random, texts: Iterator[tuple[str, str]]) -> Iterator[Example]:
    """Strategies carried out by operators and by hand, on seeds and on what `texts` say (text, lines);
    of none is the structure of the result held out. With the rewrites come texts of some of their results,
    to be told and to be read."""
    seeds = _seeds()
    orders = _orders()
    names = list(orders)
    made: Counter[str] = Counter()
    while True:
        source = _source(seeds, texts, rng)
        if source is None:
            continue
        name = min(rng.sample(names, 3), key=lambda name: made[name])
        by_operators = name in CARRIED_OUT and (
            name not in CARRIED_OUT_BY_HAND or rng.random() < 0.5
        )
        if by_operators:
            chain = rng.choice(CARRIED_OUT[name]).split()
            result = _changed(source.in_own_words, chain, rng)
            text = "" if result is None else realize(result, rng.getrandbits(31))
        else:
            result, text = _by_hand(source, name, rng)
        if result is None or is_held_out(fingerprint(result)):
            continue
        if check_problem(result).reason is not None:
            continue
        before, after = as_lines(source.problem), as_lines(result)
        if len(before) + len(after) > LONGEST_REWRITE:
            continue
        made[name] += 1
        structure, told = fingerprint(result), rng.choice(orders[name])
        yield Example(REWRITE, f"{told}\n{before}", after, f"strategy:{name}", structure)
        if text and len(text) <= LONGEST and _STIFF not in text:
            yield Example(VERBALIZE, after, text, "strategy", structure)
            if (lines := lines_of_problem(text, result)) and f"{ASKED}_" not in lines:
                yield Example(FORMALIZE, text, lines, "strategy", structure)


@dataclass(frozen=True)
class _Source:
    """A problem to rewrite, its text, and the same told in that text's words."""

    problem: SymbolicProblem
    text: str
    in_own_words: SymbolicProblem


def taught_strategies() -> list[str]:
    """The names of what is carried out, by operators or by hand."""
    return sorted({*CARRIED_OUT, *CARRIED_OUT_BY_HAND})


def carry_out(problem: SymbolicProblem, name: str, rng: Random) -> SymbolicProblem | None:
    """The problem after the strategy, in one of the ways that it was taught; None where that does not fit."""
    ways = [chain.split() for chain in CARRIED_OUT.get(name, ())]
    if name in CARRIED_OUT_BY_HAND and (not ways or rng.random() < 0.5):
        return _by_hand(_Source(problem, "", problem), name, rng)[0]
    return _changed(problem, rng.choice(ways), rng)


def problem_told(text: str, lines: str) -> SymbolicProblem | None:
    """The problem that a text's lines give, with the units and meanings that the text has; None where
    the lines are no problem."""
    try:
        return WrittenProblem.model_validate(fields_told(from_lines(lines), text)).to_problem()
    except (ValueError, ValidationError):
        return None


def _source(
    seeds: tuple[list[SymbolicProblem], list[SymbolicProblem]],
    texts: Iterator[tuple[str, str]],
    rng: Random,
) -> _Source | None:
    if rng.random() < FROM_TEXTS:
        text, lines = next(texts)
        problem = problem_told(text, lines)
        return None if problem is None else _Source(problem, text, in_own_words(problem, text))
    problem = _changed(_drawn(seeds, rng), [rng.choice(NUMBERS)], rng)
    if problem is None:
        return None
    return _Source(problem, realize(problem, rng.getrandbits(31)), problem)


def _by_hand(source: _Source, name: str, rng: Random) -> tuple[SymbolicProblem | None, str]:
    """What the strategy makes of it, and its text, where that is the source's with another end."""
    problem = source.problem
    value = check_problem(problem, sense=False).solution.value
    if value is None or not isinstance(problem.target, Symbol) or problem.query != "value":
        return None, ""
    done = carried_out(name, from_lines(as_lines(problem)), value, rng)
    if done is None:
        return None, ""
    story, _, question = source.text.rpartition(". ")
    text = ""
    if done.telling.endswith("?") and goes_on(problem, story, question):
        values = {v["name"]: v["value"] for v in done.fields["variables"]}
        text = f"{story}. {done.telling.format(**values)}"
    try:
        return WrittenProblem.model_validate(done.fields).to_problem(), text
    except ValidationError:
        return None, ""


def _orders() -> dict[str, list[str]]:
    """What each strategy is ordered by: its own text as often as all other ways together."""
    path = resources.files("zoped.train.teacher") / "data" / "orders.yaml"
    ways: dict[str, list[str]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    strategies = known_strategies(None)
    orders = {}
    for name in taught_strategies():
        others = ways.get(name, [])
        own = [strategies[name].text] if name in strategies else []
        orders[name] = others + own * max(1, len(others))
    return orders


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
