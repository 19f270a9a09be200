"""The rules of a curriculum: small functions, each of which a user can replace by one of theirs.

A band rule says which pass rates a round wants; an order rule says in which order the round's
problems are used. Both are pure: the same arguments, the same result, or a resumed run would differ.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, TypeVar

from zoped.evals import Band
from zoped.foundation.errors import ZopedError
from zoped.programs.dotted_path import DottedPathError, import_object
from zoped.train.curriculum.problem import TrainingProblem


class RuleError(ZopedError, ValueError):
    """A rule of the user's cannot be used, or does not do what it must; the message names it."""


@dataclass(frozen=True)
class RoundView:
    """What a band rule may look at: the round, counted from 1, of how many, the configured band,
    and the metrics of every earlier round, oldest first (`generate/band_share`,
    `train/gradient_share`, `evaluate/accuracy`, ...)."""

    round: int
    rounds: int
    band: Band
    history: tuple[Mapping[str, Any], ...] = ()


BandRule = Callable[[RoundView], Band | tuple[float, float]]
OrderRule = Callable[[Sequence[TrainingProblem], Random], Sequence[TrainingProblem]]
Rule = TypeVar("Rule")


def fixed(view: RoundView) -> Band:
    """The configured band in every round. Pass rates are the present student's, so what lies in it
    gets harder as the student gets better."""
    return view.band


def towards_hard(view: RoundView) -> Band:
    """Half of the band: its easy half in the first round, its hard half in the last."""
    low, high = view.band
    width = (high - low) / 2
    done = (view.round - 1) / (view.rounds - 1) if view.rounds > 1 else 0.5
    top = high - done * width
    return Band(top - width, top)


def shuffled(problems: Sequence[TrainingProblem], rng: Random) -> Sequence[TrainingProblem]:
    """In random order."""
    return rng.sample(problems, len(problems))


def easy_to_hard(problems: Sequence[TrainingProblem], rng: Random) -> Sequence[TrainingProblem]:
    """By falling pass rate, in random order where it is equal."""
    return sorted(shuffled(problems, rng), key=lambda problem: -problem.pass_rate.rate)


def mixed(problems: Sequence[TrainingProblem], rng: Random) -> Sequence[TrainingProblem]:
    """One easy, one middling and one hard problem in turn, so that every step has all three."""
    graded = easy_to_hard(problems, rng)
    third = -(-len(graded) // 3)
    columns = [graded[start : start + third] for start in range(0, len(graded), third)]
    return [column[place] for place in range(third) for column in columns if place < len(column)]


BAND_RULES: dict[str, BandRule] = {"fixed": fixed, "towards_hard": towards_hard}
ORDER_RULES: dict[str, OrderRule] = {
    "shuffled": shuffled,
    "easy_to_hard": easy_to_hard,
    "mixed": mixed,
}


def load_rule(name: str, rules: Mapping[str, Rule], field: str) -> Rule:
    """The rule of that name, or the function at that dotted path. Raises RuleError, which starts
    with `field`."""
    if name in rules:
        return rules[name]
    try:
        rule = import_object(name, "rule", example="my_rules.my_rule")
    except DottedPathError as error:
        raise RuleError(f"{field}: {error}, or one of {', '.join(rules)}") from error
    if not callable(rule):
        raise RuleError(f"{field}: {name} is no function")
    return rule  # type: ignore[no-any-return]
