"""The rules of a curriculum: small functions, each of which a user can replace by one of theirs.

A band rule says which pass rates a round wants; an order rule says in which order the round's
problems are used. Both are pure: the same arguments, the same result, or a resumed run would differ.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, TypeVar

from zoped.evals import Band, PassRate
from zoped.foundation.errors import ZopedError, counted, first_line
from zoped.programs.dotted_path import DottedPathError, import_object
from zoped.train.curriculum.problem import TrainingProblem
from zoped.train.results import Evaluated, Generated, Measured, RoundResults, Trained, Tuned


class RuleError(ZopedError, ValueError):
    """A rule of the user's cannot be used, or does not do what it must; the message names it."""


@dataclass(frozen=True)
class RoundView:
    """What a band rule may look at: the round, counted from 1, of how many, the configured band,
    and what every earlier round came to, oldest first (`history[-1].generated.band_share`,
    `.trained.gradient_share`, `.evaluated.accuracy`, ...: zoped.train.results)."""

    round: int
    rounds: int
    band: Band
    history: tuple[RoundResults, ...] = ()


BandRule = Callable[[RoundView], Band | tuple[float, float]]
# It is given a list of its own.
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
    """By falling expected pass rate, in random order where it is equal."""
    return sorted(shuffled(problems, rng), key=lambda problem: -problem.expected_pass_rate)


def mixed(problems: Sequence[TrainingProblem], rng: Random) -> Sequence[TrainingProblem]:
    """One easy, one middling and one hard problem in turn, so that every step has all three."""
    graded = easy_to_hard(problems, rng)
    third = -(-len(graded) // 3)
    columns = [graded[start : start + third] for start in range(0, len(graded), third)]
    return [column[i] for i in range(third) for column in columns if i < len(column)]


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


def round_band(rule: BandRule, view: RoundView) -> Band:
    """The pass rates that the round wants. Raises RuleError, which names the rule, when it fails or
    returns no band."""
    found = _result("curriculum.band", rule, view)
    try:
        return Band.of(found)
    except ValueError:
        raise RuleError(
            f"curriculum.band: {_name(rule)} returned {found!r} for round {view.round}; "
            "a band is (low, high) with 0 <= low < high <= 1"
        ) from None


def ordered_problems(
    rule: OrderRule, problems: Sequence[TrainingProblem], rng: Random
) -> tuple[TrainingProblem, ...]:
    """The problems in the rule's order. Raises RuleError, which names the rule, when it fails or
    returns anything but what it was given."""
    found = _result("curriculum.order", rule, list(problems), rng)
    try:
        ordered = tuple(found)
        same = Counter(ordered) == Counter(problems)
    except TypeError:
        same = False
    if not same:
        shown = (
            counted(len(found), "problem") if isinstance(found, list | tuple) else repr(found)[:100]
        )
        raise RuleError(
            f"curriculum.order: {_name(rule)} returned {shown}; it must return the "
            f"{counted(len(problems), 'problem')} that it was given, each as often as it was given"
        )
    return ordered


def try_rules(band_rule: BandRule, order_rule: OrderRule, *, rounds: int, band: Band) -> None:
    """Run the rules on examples, so that what is wrong with them is found before any work. Raises
    RuleError."""
    for number in sorted({1, min(2, rounds), rounds}):
        history = tuple(_example_results(earlier, band) for earlier in range(1, number))
        round_band(band_rule, RoundView(number, rounds, band, history))
    examples = [
        TrainingProblem(f"example-{n}", f"What is {n} + 1?", str(n + 1), PassRate(n, 8))
        for n in range(2, 7)
    ]
    ordered_problems(order_rule, examples, Random(0))


def _result(field: str, rule: Callable[..., Any], *arguments: Any) -> Any:
    try:
        return rule(*arguments)
    except Exception as error:
        raise RuleError(
            f"{field}: {_name(rule)} failed: {type(error).__name__}: {first_line(error)}"
        ) from error


def _name(rule: Callable[..., Any]) -> str:
    return f"{rule.__module__}.{getattr(rule, '__qualname__', type(rule).__name__)}"


def _example_results(number: int, band: Band) -> RoundResults:
    """A round that went neither well nor badly."""
    return RoundResults(
        number=number,
        measured=Measured(0.4, 100, 0.5, 0.5, teacher_calls=20, rollouts=800),
        tuned=Tuned(0.5, 100, "demonstrations", teacher_calls=80, rollouts=2_000),
        generated=Generated(
            student="example",
            accepted=200,
            rejected=50,
            contaminated=1,
            in_band=100,
            band_share=0.5,
            band_low=band.low,
            band_high=band.high,
            training_problems=100,
            from_outside=0,
            repeated=0,
            replayed=0,
            seeds=0,
            gradient_share_expected=0.8,
            teacher_calls=50,
            rollouts=1_600,
        ),
        trained=Trained(
            steps=10,
            schedule_rounds=number + 1,
            rollouts=800,
            gradient_share_expected=0.8,
            reward_at_start=0.4,
            reward_at_end=0.5,
            pass_rate_at_start=0.4,
            pass_rate_at_end=0.5,
            gradient_share=0.75,
        ),
        evaluated=Evaluated(accuracy=0.5, correct=50, total=100, low=0.4, high=0.6, rollouts=100),
    )
