"""Every operator over every seed: well-posed or refused with a reason, changed, reproducible."""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
from collections import Counter
from functools import cache
from random import Random

import pytest
from pydantic import ValidationError

from zoped.programs import builtin_seeds
from zoped.symbolic import (
    MutationRefused,
    SymbolicProblem,
    check_problem,
    fingerprint,
    instance_key,
    mutate,
    operators,
    parse_expression,
)
from zoped.symbolic.solving.linear import solve_linear

SEEDS = [seed.symbols for seed in builtin_seeds() if seed.symbols is not None]
OPERATORS = sorted(operators())


def made(name, problems):
    """What the operator makes of those that it applies to."""
    for problem in problems:
        with contextlib.suppress(MutationRefused):
            yield mutate(problem, name, seed=1)


# Problems to change: the seeds, and what a few operators make of them.
POOL = [*SEEDS, *made("add_distractor", SEEDS[::3]), *made("double_step", SEEDS[:40:2])]
# What a well-posed seed may turn into where an operator's draw does not suit it.
REASONS = {
    "no_solution",
    "many_solutions",
    "answer_size",
    "idle_given",
    "unsupported",
    "timeout",
    "invalid",
    "implausible",
}


def results(name: str):
    for place, problem in enumerate(POOL):
        try:
            yield problem, mutate(problem, name, seed=place)
        except MutationRefused as refusal:
            yield problem, refusal
        except ValidationError as error:
            yield problem, error


def test_there_are_enough_and_each_says_what_it_does():
    assert len(OPERATORS) >= 24
    descriptions = [operator.description for operator in operators().values()]
    assert len(set(descriptions)) == len(descriptions)
    for text in descriptions:
        assert text.endswith(".") and "\n" not in text and 20 < len(text) < 200
        assert not re.search(r"[a-z]\. [A-Z]", text), "one sentence"


@cache
def judged(name: str) -> Counter[str]:
    """How many problems the operator refused, and what became of those that it changed."""
    outcomes: Counter[str] = Counter()
    for problem, result in results(name):
        if isinstance(result, MutationRefused):
            assert re.fullmatch(r"[a-z_]+", result.reason) and len(result.detail) > 10
            outcomes["refused"] += 1
            continue
        assert isinstance(result, SymbolicProblem), result
        assert instance_key(result) != instance_key(problem)
        assert result.lineage.move == name
        for relation in result.relations:
            assert parse_expression(str(relation)) == relation
        check = check_problem(result, time_limit=5.0)
        assert check.reason is None or check.reason in REASONS
        outcomes["accepted" if check.reason is None else check.reason] += 1
    return outcomes


@pytest.mark.parametrize("name", OPERATORS)
def test_an_operator_changes_a_problem_or_says_why_not(name):
    assert judged(name)["accepted"] >= 5, judged(name)


@pytest.mark.parametrize("name", OPERATORS)
def test_the_seed_alone_decides(name):
    for problem in SEEDS[::7]:
        one, two = (attempt(problem, name, seed=3) for _ in range(2))
        assert one == two


def attempt(problem, name, seed):
    try:
        return mutate(problem, name, seed=seed).model_dump_json()
    except (MutationRefused, ValidationError) as error:
        return str(error)


def test_it_is_the_same_in_another_process():
    script = (
        "from zoped.programs import builtin_seeds\n"
        "from zoped.symbolic import mutate, operators, instance_key, MutationRefused\n"
        "p = builtin_seeds()[3].symbols\n"
        "for name in sorted(operators()):\n"
        "    try: print(instance_key(mutate(p, name, seed=5)))\n"
        "    except MutationRefused as e: print(e)\n"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True
        ).stdout
        for _ in range(2)
    ]
    assert runs[0] == runs[1] and len(runs[0].splitlines()) == len(OPERATORS)


def test_most_operators_apply_to_many_seeds():
    applied = {name: judged(name).total() - judged(name)["refused"] for name in OPERATORS}
    assert sum(count >= 40 for count in applied.values()) >= 24, applied
    assert min(applied.values()) >= 5, applied


@pytest.mark.parametrize("name", [n for n in OPERATORS if operators()[n].arguments])
def test_arguments_are_typed_and_limited(name):
    limits = operators()[name].arguments
    for argument, limit in limits.items():
        for wrong, message in (
            (limit.high + 1, "is not in"),
            (limit.low - 1, "is not in"),
            (1.5, "whole number"),
            (True, "whole number"),
            ("2", "whole number"),
        ):
            with pytest.raises(ValueError, match=message):
                mutate(SEEDS[0], name, seed=0, **{argument: wrong})
    with pytest.raises(ValueError, match="has no argument 'colour'"):
        mutate(SEEDS[0], name, seed=0, colour=1)


def test_an_unknown_operator_is_named():
    with pytest.raises(ValueError, match="no operator 'improve'; there are"):
        mutate(SEEDS[0], "improve", seed=0)


def test_chains_give_a_thousand_structures():
    """Five operators deep from sixty seeds, and well-posed at the end."""
    found: set[str] = set()
    fast = [name for name in OPERATORS if not name.startswith(("ask_", "quadratic", "square"))]
    for problem in SEEDS[:60]:
        for chain in range(36):
            rng = Random(f"{problem.target}-{chain}")
            current = chained(problem, rng, fast)
            if current is not None and solve_linear(current).status == "unique":
                if check_problem(current).reason is None:
                    found.add(fingerprint(current))
    assert len(found) >= 1_000


def chained(problem, rng, names):
    """Five operators on top of each other; None where they were refused too often."""
    depth = 0
    for _ in range(40):
        try:
            problem = mutate(problem, rng.choice(names), seed=rng.getrandbits(31))
        except (MutationRefused, ValidationError):
            continue
        depth += 1
        if depth == 5:
            return problem
    return None
