"""Pass rates: how often a student solves a problem, measured no longer than needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from math import comb
from random import Random
from typing import Protocol, runtime_checkable

from zoped.evals.answers.match import is_right
from zoped.evals.band import DEFAULT_BAND, Band
from zoped.evals.intervals import Interval, wilson_interval
from zoped.evals.sampling import Question, Student, sampled
from zoped.evals.stopping import PRIOR, Beta, rounded_prior, stopping_states

Cache = dict[str, "PassRate"]
Check = Callable[[str, str], bool]  # whether a completion's final answer is the gold one


@dataclass(frozen=True)
class PassRate:
    """`passes` right answers out of `rollouts` sampled ones."""

    passes: int
    rollouts: int

    def __post_init__(self) -> None:
        if not 0 <= self.passes <= self.rollouts:
            raise ValueError(f"{self.passes} passes out of {self.rollouts} rollouts")

    @property
    def rate(self) -> float:
        """The share of right answers; 0 when nothing was sampled."""
        return self.passes / self.rollouts if self.rollouts else 0.0

    def __add__(self, other: PassRate) -> PassRate:
        """Both counts together."""
        return PassRate(self.passes + other.passes, self.rollouts + other.rollouts)

    def halved(self) -> PassRate:
        """Half of the right and of the wrong answers, rounded up: what was seen stays seen."""
        passes, misses = -(-self.passes // 2), -(-(self.rollouts - self.passes) // 2)
        return PassRate(passes, passes + misses)

    def interval(self, level: float = 0.95) -> Interval:
        return wilson_interval(self.passes, self.rollouts, level)


def gradient_probability(passes: int, rollouts: int, group_size: int) -> float:
    """Unbiased estimate of the chance that a GRPO group carries a gradient.

    A group of `group_size` answers has a non-zero advantage unless all are right or all are
    wrong: 1 − p^G − (1−p)^G. The estimate is hypergeometric, over all groups that could be drawn
    from the measured rollouts (with G = 2 it is 2c(k−c)/(k(k−1))); putting the measured rate in
    for p would be biased low. Needs `rollouts >= group_size`; raises ValueError.
    """
    if not 0 <= passes <= rollouts:
        raise ValueError(f"{passes} passes out of {rollouts} rollouts")
    if group_size < 2:
        raise ValueError(f"a group of {group_size} cannot carry a gradient; give at least 2")
    if rollouts < group_size:
        raise ValueError(f"{rollouts} rollouts cannot estimate groups of {group_size}")
    groups = comb(rollouts, group_size)
    return 1 - (comb(passes, group_size) + comb(rollouts - passes, group_size)) / groups


class Meter(Protocol):
    """What an optimizer needs of a meter: `PassRateMeter` is one, yours may be another.

    `band` holds the pass rates worth training on. `rollouts_spent` only grows, by every answer that
    was really sampled: budgets are counted by it. `student.version` changes with the student's
    weights.
    """

    band: Band  # or a pair (low, high)
    rollouts_spent: int
    student: Student

    def measure(self, questions: Sequence[Question]) -> list[PassRate]:
        """One pass rate a question, in the order of `questions`.

        - The same question (text and answer) may stand there twice, and come again in a later call.
          Whether it is sampled again is up to the meter; `rollouts_spent` must say so.
        - A completion that cannot be read is a wrong answer. Raise only where the student cannot be
          asked: the error ends the search, which can be resumed.
        - Called from one thread at a time. Several searches at once need a meter each.
        """
        ...


OnMeasured = Callable[[Sequence[Question], Sequence[PassRate]], None]


@runtime_checkable
class BoundedMeter(Meter, Protocol):
    """A meter that says how many rollouts one question takes at most: a budget of rollouts can be
    kept exactly."""

    max_rollouts: int


@runtime_checkable
class RememberingMeter(Meter, Protocol):
    """A meter that measures nothing twice, and whose memory can be kept: a search that is killed
    while it explores resumes without asking the student again."""

    def remembered(self) -> dict[str, PassRate]:
        """What was measured, by keys that stand for question, student and settings."""
        ...

    def remember(self, known: Mapping[str, PassRate]) -> None:
        """Take what an earlier `remembered()` returned for measured."""
        ...


class PassRateMeter:
    """Samples each problem until it knows whether the pass rate is in the band.

    A problem is done when the next `min_rollouts` are not worth their price (evals/stopping.py),
    a wrong decision being worth `mistake_cost` rollouts, or at `max_rollouts`. `prior` holds the
    parameters of the Beta distribution that pass rates are expected to have; (1, 1) for a student
    that solves some problems of every rate. All problems that are not done are sampled together,
    `min_rollouts` at a time. Measurements are kept in `cache`
    (give one to share it) by question, student version and settings, so that nothing is sampled
    twice; `rollouts_spent` counts what really was. `check` decides what is right: `is_right`.
    `on_measured(questions, rates)` is called at the end of every `measure`.
    """

    def __init__(
        self,
        student: Student,
        *,
        band: Band | tuple[float, float] = DEFAULT_BAND,
        min_rollouts: int = 2,
        max_rollouts: int = 32,
        mistake_cost: float = 120.0,
        prior: tuple[float, float] = PRIOR,
        seed: int = 0,
        cache: Cache | None = None,
        check: Check | None = None,
        on_measured: OnMeasured | None = None,
    ) -> None:
        if not 1 <= min_rollouts <= max_rollouts:
            raise ValueError(
                f"min_rollouts {min_rollouts} and max_rollouts {max_rollouts}: "
                "give 1 <= min_rollouts <= max_rollouts"
            )
        if not mistake_cost > 0:
            raise ValueError(f"mistake_cost {mistake_cost}: give a number above 0")
        if not min(prior) > 0:
            raise ValueError(f"prior {prior}: give two numbers above 0")
        self.student = student
        self.band = Band.of(band)
        self.min_rollouts = min_rollouts
        self.max_rollouts = max_rollouts
        self.mistake_cost = mistake_cost
        self.prior = prior
        self.seed = seed
        self.cache: Cache = {} if cache is None else cache
        self.check = check or is_right
        self.on_measured = on_measured
        self.rollouts_spent = 0

    def measure(
        self,
        questions: Sequence[Question],
        *,
        priors: Sequence[Beta] | None = None,
        sample_all: bool = False,
        on_progress: Callable[[int, int], None] | None = None,
    ) -> list[PassRate]:
        """One pass rate a question, in order. `on_progress(done, total)` after every batch.

        `priors`, one a question, stand in the place of `prior`: what was predicted of it. A problem
        of which enough is known beforehand is not sampled at all, and has no rollouts, but with
        `sample_all`.
        """
        known = (
            [self.prior] * len(questions) if priors is None else list(map(rounded_prior, priors))
        )
        keys = [self._key(q, prior) for q, prior in zip(questions, known, strict=True)]
        first = dict(zip(keys, questions, strict=True))
        prior_of = dict(zip(keys, known, strict=True))
        counts = {key: PassRate(0, 0) for key in first if key not in self.cache}
        if priors is not None and not sample_all:
            done = [key for key in counts if self._is_done(counts[key], prior_of[key])]
            self.cache |= {key: counts[key] for key in done}
        open_ = [key for key in counts if key not in self.cache]
        turn = 0
        while open_:
            answers = sampled(
                self.student,
                [first[key].text for key in open_],
                samples=min(self.min_rollouts, self.max_rollouts - counts[open_[0]].rollouts),
                seed=Random(f"{self.seed}-{turn}-{open_[0]}").getrandbits(31),
            )
            for key, completions in zip(open_, answers, strict=True):
                right = sum(self.check(text, first[key].answer) for text in completions)
                counts[key] += PassRate(right, len(completions))
                self.rollouts_spent += len(completions)
            for key in [key for key in open_ if self._is_done(counts[key], prior_of[key])]:
                self.cache[key] = counts[key]
            open_ = [key for key in open_ if key not in self.cache]
            turn += 1
            if on_progress is not None:
                on_progress(len(first) - len(open_), len(first))
        rates = [self.cache[key] for key in keys]
        if self.on_measured is not None:
            self.on_measured(questions, rates)
        return rates

    def remembered(self) -> dict[str, PassRate]:
        """What was measured so far; what `remember` of another meter takes."""
        return dict(self.cache)

    def remember(self, known: Mapping[str, PassRate]) -> None:
        """Measure nothing of what `known` has."""
        self.cache.update(known)

    def in_band(self, rate: PassRate) -> bool:
        """Whether the measured rate lies in the band."""
        return self.band.contains(rate.rate)

    def _is_done(self, rate: PassRate, prior: Beta) -> bool:
        states = stopping_states(
            self.band, self.min_rollouts, self.max_rollouts, self.mistake_cost, prior
        )
        return (rate.passes, rate.rollouts) in states

    def _key(self, question: Question, prior: Beta) -> str:
        settings = (
            self.student.version,
            tuple(self.band),
            self.min_rollouts,
            self.max_rollouts,
            self.mistake_cost,
            prior,
        )
        parts = f"{question.text}\x1f{question.answer}\x1f{settings}"
        return blake2b(parts.encode(), digest_size=16).hexdigest()
