"""Prompts of the steps that are right or wrong whatever the student does: Formalize and Verbalize.

They are tuned by how often what they write is accepted: a formalization at the first try, a text by
all checks and by being read back. That asks no student. Candidates are demonstrations of what was
accepted, and what a reflection model writes about what was not; they are raced as all candidates are.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property, partial, reduce
from typing import Any

import dspy

from zoped.optimizers.candidate import FORMALIZING, TELLING, Candidate, predictor_of
from zoped.optimizers.measuring import Measuring
from zoped.optimizers.proposing.reflection import reflected_candidates
from zoped.optimizers.proposing.rewriting import demonstrations_of
from zoped.optimizers.raced_search import OutOfBudget, RacedSearch, Score
from zoped.optimizers.settings import TeleprompterSettings
from zoped.programs import GenerateProblem, Reason, Seed
from zoped.programs.formalizing.tries import Tries
from zoped.symbolic import SymbolicProblem

STREAM = -3_000  # of the random streams, from here downwards
DRAWN = "weights"  # the mode in which a decision asks nobody, without strategies
STEPS = {"formalize": FORMALIZING, "verbalize": TELLING}
# Why a text is rejected; any other reason comes before there is one.
_OF_TEXTS = frozenset(
    {
        Reason.MALFORMED,
        Reason.MISSING_GIVEN,
        Reason.STATES_ANSWER,
        Reason.ROUND_TRIP,
        Reason.CONTAMINATED,
    }
)


@dataclass(frozen=True)
class Tried:
    """What came of a try on a seed, and its score; None where it does not count."""

    seed: Seed
    made: dspy.Prediction
    score: float | None

    def formalized(self) -> tuple[Seed, SymbolicProblem, str]:
        return self.seed, self.made.symbols, self.seed.text

    def told(self) -> tuple[Seed, SymbolicProblem, str]:
        [problem] = self.made.accepted
        return self.seed, problem.symbols, problem.text

    def mistake(self) -> str:
        said = [f"\n  {r.reason}: {r.detail}" for r in self.made.rejected]
        return f"On: {self.seed.text[:300]}{''.join(said)}"


class ByAcceptance:
    """Tunes the prompt of one step; the `Evaluator` of its race.

    Args:
        step: "formalize" or "verbalize".
        measuring: Asks the teacher, within its budget.
        settings: How much is tried.
        seeds: Those that it is raced on.
        settle_on: Those that the best are measured on again.
        kept: Decisions that the budget must still pay for afterwards.
        on_change: Called after every batch, when `state` is consistent.
    """

    def __init__(
        self,
        step: str,
        measuring: Measuring,
        settings: TeleprompterSettings,
        seeds: Sequence[Seed],
        settle_on: Sequence[Seed],
        *,
        kept: int,
        on_change: Callable[[], None],
    ) -> None:
        self.predictor = STEPS[step]
        self.measuring, self.settings, self.on_change = measuring, settings, on_change
        self.step = step
        fits = partial(_fits, step)
        self.seeds, self.settle_on = list(filter(fits, seeds)), list(filter(fits, settle_on))
        self.dearest = max(measuring.most_calls(seed) for seed in [*seeds, *settle_on])
        self.kept = kept
        self.left = int(settings.prompt_share * (settings.max_teacher_calls or 0)) // len(STEPS)
        self.candidates: list[Candidate] = []
        self.race: RacedSearch[int, Seed] | None = None

    @cached_property
    def alone(self) -> GenerateProblem:
        """The program as it is when the step's turn comes, with nothing else to ask."""
        return _alone(self.step, self.measuring.program)

    # The evaluator of the race

    def evaluate(self, candidate: int, seeds: Sequence[Seed], stream: int) -> list[float | None]:
        program = self.candidates[candidate].applied_to(self.alone)
        return [tried.score for tried in self._tried(program, seeds, STREAM - 1 - stream)]

    def affords(self, seeds: Sequence[Seed]) -> bool:
        asked = sum(map(self._most_calls, seeds))
        later = self.kept * self.dearest
        return asked <= self.left and self.measuring.budget.affords(asked + later)

    # The steps

    def run(self) -> None:
        """Race, where there is something to race."""
        if self.race is not None or self._begun():
            assert self.race is not None  # `_begun` makes it
            self.race.run()

    @property
    def best(self) -> Candidate | None:
        """The prompt that is accepted more often than the present one; None where none is."""
        if self.race is None:
            return None
        first = self.race.ranked()[0].candidate
        return self.candidates[first] if first else None

    def found(self) -> dict[str, Any]:
        """The acceptance rate before and after, as [mean, standard error], and what the best is."""
        if self.race is None:
            return {}
        ranked = [entry for entry in self.race.ranked() if entry.scores]
        rates = {e.candidate: Score.of(e.scores + e.settled) for e in ranked}
        if 0 not in rates:
            return {}
        after = rates[ranked[0].candidate]
        return {
            "origin": self.candidates[ranked[0].candidate].origin,
            "before": [rates[0].mean, rates[0].standard_error],
            "after": [after.mean, after.standard_error],
        }

    def state(self) -> dict[str, Any] | None:
        """As JSON; None before the race."""
        if self.race is None:
            return None
        candidates = [asdict(candidate) for candidate in self.candidates]
        return {"candidates": candidates, "race": self.race.state(), "left": self.left}

    def restore(self, state: Mapping[str, Any]) -> None:
        self.left = state["left"]
        self._race_of([Candidate(**candidate) for candidate in state["candidates"]]).restore(
            dict(state["race"])
        )

    def _begun(self) -> bool:
        """Whether there is something to race: the present prompt is tried once, to learn from."""
        if not (self.seeds and self.settle_on) or predictor_of(self.alone, self.predictor) is None:
            return False
        rng = random.Random(f"{self.settings.random_seed}-{self.predictor}")
        batch = rng.sample(self.seeds, min(len(self.seeds), self.settings.batch_size))
        # As many again for each of two in the race and in the settling.
        while batch and not self.affords(batch * 5):
            batch.pop()
        if not batch:
            return False
        try:
            tried = self._tried(self.alone, batch, STREAM)
        except OutOfBudget:
            return False
        if all(each.score is None or each.score == 1.0 for each in tried):
            return False  # there is nothing to put right
        candidates = self._proposed(tried, rng)
        if not candidates:
            return False
        self._race_of([Candidate("the prompt as it was"), *candidates])
        self.on_change()
        return True

    def _proposed(self, tried: Sequence[Tried], rng: random.Random) -> list[Candidate]:
        formalizing = self.predictor == FORMALIZING
        good = [each.formalized() if formalizing else each.told() for each in tried if each.score]
        rng.shuffle(good)
        shown = demonstrations_of(self.predictor, good, self.settings.demos)
        candidates = [] if shown is None else [shown]
        lm = self.settings.reflection_lm
        if lm is not None:
            calls = self.measuring.reflecting(lm, kept=self.kept)
            outcomes = "\n\n".join(each.mistake() for each in tried if each.score == 0.0)
            candidates += reflected_candidates(
                self.alone, self.predictor, lambda: outcomes, calls, count=1
            )
        return candidates

    def _race_of(self, candidates: list[Candidate]) -> RacedSearch[int, Seed]:
        self.candidates = candidates
        self.race = RacedSearch(
            self,
            range(len(candidates)),
            self.seeds,
            settle_on=self.settle_on,
            batch_size=self.settings.batch_size,
            random_seed=self.settings.random_seed,
            on_change=self.on_change,
        )
        return self.race

    def _tried(self, program: GenerateProblem, seeds: Sequence[Seed], stream: int) -> list[Tried]:
        before = self.measuring.budget.spent_calls
        try:
            made = self.measuring.make(program, seeds, stream)
        finally:
            self.left -= self.measuring.budget.spent_calls - before
        formalizing = self.predictor == FORMALIZING
        return [
            Tried(seed, each, _right(each) if formalizing else _told(each))
            for seed, each in zip(seeds, made, strict=True)
        ]

    def _most_calls(self, seed: Seed) -> int:
        return self.alone.most_calls(
            symbols=seed.symbols is not None, variants=1, adapter=self.measuring.calls.adapter
        )


def _alone(step: str, program: GenerateProblem) -> GenerateProblem:
    """The program that asks the teacher for nothing but this step, and to read back what it tells."""
    alone: GenerateProblem = program.deepcopy()
    alone.mutate.given = {}
    alone.mutate.written.reset()
    alone.mutate.weights.reset()
    alone.mutate.tuned.reset()
    alone.mutation, alone.variants = DRAWN, 1
    if step == "formalize":
        alone.verbalization, alone.tries, alone.kept = "rules", Tries(told=0, fresh=0), None
    return alone


def _fits(step: str, seed: Seed) -> bool:
    return (seed.symbols is None) == (step == "formalize")


def _right(made: dspy.Prediction) -> float:
    """Whether the seed was formalized at the first try."""
    return float(made.symbols is not None)


def _told(made: dspy.Prediction) -> float | None:
    """Whether the text passed; None where the problem had been rejected before."""
    if made.accepted:
        return 1.0
    return 0.0 if any(r.reason in _OF_TEXTS for r in made.rejected) else None


class Words:
    """The steps whose prompts are tuned by acceptance, one after the other.

    Args:
        measuring: Asks the teacher, within its budget; its program gets the prompts that are better.
        settings: How much is tried.
        seeds: Those that prompts are raced on.
        settle_on: Those that the best are measured on again.
        kept: Decisions that the budget must still pay for afterwards.
        on_change: Called after every batch, when `state` is consistent.
    """

    def __init__(
        self,
        measuring: Measuring,
        settings: TeleprompterSettings,
        seeds: Sequence[Seed],
        settle_on: Sequence[Seed],
        *,
        kept: int,
        on_change: Callable[[], None],
    ) -> None:
        program = measuring.program
        asked = {
            "formalize": any(seed.symbols is None for seed in seeds),
            "verbalize": program.verbalization == "teacher",
        }
        tuned = bool(settings.max_teacher_calls and settings.prompt_share)
        self.measuring = measuring
        self.steps = {
            step: ByAcceptance(
                step, measuring, settings, seeds, settle_on, kept=kept, on_change=on_change
            )
            for step in STEPS
            if tuned and asked[step]
        }

    def tune(self) -> None:
        """Look for prompts that are accepted more often."""
        for stage in self.steps.values():
            stage.run()
            if stage.best is not None:  # what is tuned next works with it
                self.measuring.program = stage.best.applied_to(self.measuring.program)

    @property
    def better(self) -> Candidate | None:
        """The prompts that were found so; None where none were."""
        found = [stage.best for stage in self.steps.values() if stage.best is not None]
        return reduce(Candidate.joined, found) if found else None

    def found(self) -> dict[str, dict[str, Any]]:
        return {step: stage.found() for step, stage in self.steps.items()}

    def state(self) -> dict[str, Any]:
        """As JSON, of the steps that are raced."""
        states = {step: stage.state() for step, stage in self.steps.items()}
        return {step: state for step, state in states.items() if state is not None}

    def restore(self, states: Mapping[str, Any]) -> None:
        for step, state in states.items():
            self.steps[step].restore(state)
