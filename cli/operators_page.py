"""docs/operators.md, made from the operators themselves: python -m zoped.cli.operators_page > FILE"""

from __future__ import annotations

import inspect
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress

from zoped.programs import Seed, builtin_seeds
from zoped.symbolic import (
    MutationRefused,
    Operator,
    SymbolicProblem,
    check_problem,
    mutate,
    operators,
    realize,
)

HEAD = """\
# Operators

An operator changes a symbolic problem and asks no language model. Each is one class in
`symbolic/operators/`; [write-an-operator.md](write-an-operator.md) shows how to add yours.
`generate.operators` in a configuration, and `operators=` of `GenerateProblem`, name those to use.

Every example is a built-in seed and what the operator made of it, both in the words of `realize`.

This page is made from the code by `python -m zoped.cli.operators_page`.
"""
EXAMPLE_SEED = 1  # of the random stream that the examples are drawn from


def render() -> str:
    """The page as Markdown: a section for each module of operators, an example for each operator."""
    by_module: dict[str, list[Operator]] = defaultdict(list)
    for operator in operators().values():
        by_module[type(operator).__module__].append(operator)
    parts = [HEAD]
    for module, members in by_module.items():
        about = inspect.cleandoc(sys.modules[module].__doc__ or "").splitlines()[0]
        parts.append(f"## {module.rpartition('.')[2].replace('_', ' ').capitalize()}\n\n{about}\n")
        parts += [entry(operator, first_seed=i) for i, operator in enumerate(members)]
    return "\n".join(parts)


def entry(operator: Operator, first_seed: int = 0) -> str:
    """One operator as Markdown; the example is the first that works from `first_seed` on."""
    seeds = builtin_seeds()
    seeds = seeds[first_seed:] + seeds[:first_seed]
    lines = [f"### `{operator.name}`\n", f"{operator.description}\n"]
    for name, limit in operator.arguments.items():
        meaning = f": {limit.meaning}" if limit.meaning else ""
        lines.append(f"- `{name}`, {limit.low} to {limit.high}{meaning}\n")
    before, after, answer = _example(operator, seeds)
    lines.append(f"> {before}\n>\n> → {after} ({answer})\n")
    return "\n".join(lines)


def _example(operator: Operator, seeds: list[Seed]) -> tuple[str, str, str]:
    """(a problem in words, the changed one in words, its answer): the first that is accepted."""
    for problem in _problems(seeds):
        try:
            changed = mutate(problem, operator.name, seed=EXAMPLE_SEED)
        except MutationRefused:
            continue
        check = check_problem(changed)
        text = realize(changed, EXAMPLE_SEED)
        if check.reason is None and check.solution.answer is not None and text:
            return realize(problem, EXAMPLE_SEED), text, check.solution.answer
    raise ValueError(f"{operator.name} applies to none of the built-in seeds")


def _problems(seeds: list[Seed]) -> Iterator[SymbolicProblem]:
    """The seeds' problems; then the same with something idle in them, which one operator removes."""
    problems = [seed.symbols for seed in seeds if seed.symbols is not None]
    yield from problems
    for problem in problems:
        with suppress(MutationRefused):
            yield mutate(problem, "add_distractor", seed=EXAMPLE_SEED)


if __name__ == "__main__":
    sys.stdout.write(render())
