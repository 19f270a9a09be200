"""What of a problem may make it hard: read off its symbols, its worked steps and its text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from math import log2
from typing import Protocol

from zoped.symbolic import SymbolicProblem
from zoped.symbolic.language.expression import Apply, walk
from zoped.symbolic.problem import Variable
from zoped.symbolic.solving.linear import solve_linear
from zoped.symbolic.solving.worked_steps import worked_steps

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_OPERATIONS = ("+", "-", "*", "/", "**")
_QUERIES = ("value", "count", "minimum", "maximum")


class Posed(Protocol):
    """A problem in symbols and in words; `move` says how it was made, and from which seed."""

    @property
    def text(self) -> str: ...
    @property
    def answer(self) -> str: ...
    @property
    def symbols(self) -> SymbolicProblem: ...
    @property
    def seed_id(self) -> str: ...
    @property
    def move(self) -> str: ...


def features(problem: Posed) -> dict[str, float]:
    """Numbers by name, always the same names in the same order: what the difficulty model reads.

    Sizes are in bits: log2(1 + |value|). The worked steps are those of the linear engine; a problem
    that it does not solve has none, and its relations' operations count alone.
    """
    return dict(_features(problem.symbols, problem.text, problem.answer, problem.move))


@lru_cache(maxsize=16_384)  # the same proposals are looked at after every batch
def _features(symbols: SymbolicProblem, text: str, answer: str, move: str) -> Mapping[str, float]:
    return {
        **_of_symbols(symbols),
        **_of_steps(symbols),
        **_of_text(text),
        "answer": _bits_of_text(answer),
        "moves": float(1 + move.count("+")),
    }


def _of_symbols(symbols: SymbolicProblem) -> dict[str, float]:
    givens = [v for v in symbols.variables if v.value is not None]
    sizes = [_bits(v) for v in givens] or [0.0]
    operations = Counter(
        node.operator
        for relation in symbols.relations
        for node in walk(relation)
        if isinstance(node, Apply)
    )
    found = {f"relation {name}": float(operations[name]) for name in _OPERATIONS}
    return {
        **found,
        "other_operations": float(
            sum(n for name, n in operations.items() if name not in (*_OPERATIONS, "=="))
        ),
        "relations": float(len(symbols.relations)),
        "givens": float(len(givens)),
        "unknowns": float(len(symbols.variables) - len(givens)),
        "distractors": float(sum(v.distractor for v in givens)),
        "largest_given": max(sizes),
        "mean_given": sum(sizes) / len(sizes),
        "long_givens": float(sum(size > log2(10) for size in sizes)),
        "fractions": float(sum(v.value.denominator != 1 for v in givens if v.value is not None)),
        "query": float(_QUERIES.index(symbols.query)),
    }


def _of_steps(symbols: SymbolicProblem) -> dict[str, float]:
    steps = _steps(symbols)
    found = {f"step {sign}": 0.0 for sign in _OPERATIONS}
    largest = dict.fromkeys((f"largest {sign}" for sign in _OPERATIONS), 0.0)
    carries = 0.0
    for text in steps:
        left, _, _ = text.partition(" = ")
        sizes = [log2(1 + float(n)) for n in _NUMBER.findall(left)] or [0.0]
        for sign in _OPERATIONS:
            if f" {sign} " in left:
                found[f"step {sign}"] += 1
                # The smaller operand decides how hard it is: 90 + 5 is easier than 48 + 37.
                largest[f"largest {sign}"] = max(
                    largest[f"largest {sign}"], min(sizes) + max(sizes)
                )
        carries += _carries(left)
    return {**found, **largest, "steps": float(len(steps)), "carries": carries}


def _of_text(text: str) -> dict[str, float]:
    numbers = _NUMBER.findall(text)
    return {
        "words": float(len(text.split())),
        "sentences": float(sum(text.count(mark) for mark in ".?!")),
        "numbers_in_text": float(len(numbers)),
        "digits_in_text": float(sum(map(len, numbers))),
    }


def _steps(symbols: SymbolicProblem) -> tuple[str, ...]:
    result = solve_linear(symbols)
    if result.status != "unique":
        return ()
    return tuple(step.text for step in worked_steps(symbols, result))


def _carries(left: str) -> float:
    """How often a sum carries, or a difference borrows, in column addition."""
    parts = re.fullmatch(r"(\d+) ([+-]) (\d+)", left)
    if parts is None:
        return 0.0
    a, b = parts[1][::-1], parts[3][::-1]
    count, carry = 0, 0
    for x, y in zip(a, b, strict=False):
        total = int(x) + int(y) + carry if parts[2] == "+" else int(x) - int(y) - carry
        carry = int(total > 9 or total < 0)
        count += carry
    return float(count)


def _bits(variable: Variable) -> float:
    assert variable.value is not None
    return log2(1 + abs(float(variable.value)))


def _bits_of_text(answer: str) -> float:
    numbers = [float(n) for n in _NUMBER.findall(answer)]
    return log2(1 + max(numbers, default=0.0))
