"""What comes before the race: exploring, and the candidates made of what was found."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any

from zoped.evals import Decision
from zoped.optimizers.candidate import Candidate
from zoped.optimizers.explore import (
    ROLLOUT_SHARE,
    Exploration,
    each_alone,
    explored_by_the_teacher,
    explored_strategies,
    explored_variants,
)
from zoped.optimizers.measuring import Measuring
from zoped.optimizers.proposing.by_acceptance import Words
from zoped.optimizers.proposing.propose import proposed, tells_strategies
from zoped.optimizers.proposing.reflection import shown_to_reflection, written_strategies
from zoped.optimizers.settings import TeleprompterSettings
from zoped.optimizers.weighing import Weights, learnt_weights, pooled_weights
from zoped.programs import GenerateProblem, Seed
from zoped.programs.strategies import REWRITE, Strategy

NEW_TRIES = 4  # of a strategy that a model wrote


def asks_to_explore(program: GenerateProblem, *, symbols: bool) -> bool:
    """Whether the program's own decisions are what is explored. Operators are tried on symbols: where no
    seed has any (`symbols`), the teacher has to write some first. And where it rewrites under no
    strategy, there is no move to try alone."""
    return not symbols or (program.mutation == REWRITE and not tells_strategies(program))


@dataclass
class Opening:
    """Explores, and proposes the candidates that race.

    Args:
        measuring: Measures, on its budget. Strategies that a model writes become its program's.
        settings: What the teleprompter was told.
        seeds: Those to explore on.
        kept: Decisions that the budget must still pay for afterwards.
        report: Called with what was done: exploring, reflecting.
        save: Called after every batch of operators that was tried, and after what the teacher was asked
            for, before it is reported.
        tried: Sizes of those batches, as far as an earlier process came.
        asked: The decisions that the teacher was asked for; None where it was not yet.
    """

    measuring: Measuring
    settings: TeleprompterSettings
    seeds: Sequence[Seed]
    kept: int
    report: Callable[[str], None]
    save: Callable[[], None]
    tried: list[int] = field(default_factory=list)
    asked: list[Decision] | None = None

    def __post_init__(self) -> None:
        self._program = self.measuring.program  # as it is to be tuned
        self._with_symbols = [seed for seed in self.seeds if seed.symbols is not None]
        self._asks = asks_to_explore(self._program, symbols=bool(self._with_symbols))

    def explore(self) -> list[Decision]:
        if self._asks:
            return self._asked(explored_by_the_teacher)
        operators = self._explored_operators()
        strategies = tells_strategies(self._program)
        return [*operators, *(self._asked(explored_strategies) if strategies else ())]

    def propose(
        self, explored: Sequence[Decision], words: Words
    ) -> tuple[list[Candidate], dict[str, Any]]:
        """The candidates, the program as it was first; and what was found on the way."""
        explored = list(explored)
        written = self._written_strategies(explored)
        scores = each_alone(explored, self.settings, self.measuring)
        findings = _findings(explored, scores) | {
            "prompts": words.found(),
            "strategies": [strategy.model_dump() for strategy in written],
        }
        careful, pooled = self._weights(explored)
        candidates = proposed(
            self.measuring,
            self.settings,
            explored,
            scores,
            weights=careful,
            pooled=pooled,
            written=written,
            words=words.better,
            kept=self.kept,
        )
        if self.settings.reflection_lm is not None:
            self.report("reflecting")
        return candidates, findings

    def _explored_operators(self) -> list[Decision]:
        if self._program.mutation == REWRITE and tells_strategies(self._program):
            return []  # none is ever drawn
        share = ROLLOUT_SHARE * (2 if tells_strategies(self._program) else 1)
        exploration = Exploration(
            self.measuring, self.settings, self._explored_a_batch, self.tried, share
        )
        self.tried = exploration.sizes
        return exploration.run(self._with_symbols)

    def _asked(self, explored: Callable[..., list[Decision]]) -> list[Decision]:
        """What the teacher makes, asked for once; a search that is killed meanwhile asks all of it again."""
        if self.asked is None:
            seeds = self._with_symbols or self.seeds
            self.asked = explored(self.measuring, self.settings, seeds, kept=self.kept)
            self.save()
            self.report("exploring")
        return self.asked

    def _explored_a_batch(self) -> None:
        self.save()  # a search that is killed here explores again, out of what was measured
        self.report("exploring")

    def _written_strategies(self, explored: list[Decision]) -> list[Strategy]:
        """New strategies by the model that reflects; what they make is added to what was explored."""
        lm, count = self.settings.reflection_lm, self.settings.new_strategies
        if lm is None or not count or not explored or not tells_strategies(self._program):
            return []
        scores = each_alone(explored, self.settings, self.measuring)
        rng = random.Random(f"{self.settings.random_seed}-strategies")
        outcomes = shown_to_reflection(explored, scores, rng, self.settings.feedback)
        calls = self.measuring.reflecting(lm, kept=self.kept)
        written = written_strategies(self.measuring.program, explored, outcomes, calls, count)
        known = Candidate("", strategies=[strategy.model_dump() for strategy in written])
        self.measuring.program = known.applied_to(self.measuring.program)
        if written and self._with_symbols:
            explored += explored_strategies(
                self.measuring,
                self.settings,
                self._with_symbols,
                kept=self.kept,
                only=written,
                most=NEW_TRIES * len(written),
            )
        return written

    def _weights(self, explored: Sequence[Decision]) -> tuple[Weights, Weights]:
        """Those learnt with care, and the pooled ones where they say something else."""
        tried = self.measuring.variants if self._asks else explored_variants(self._program)
        careful, pooled = (
            learnt(
                self.measuring.program,
                explored,
                self.settings,
                self.measuring.notes,
                scale=self.measuring.variants / tried,
            )
            for learnt in (learnt_weights, pooled_weights)
        )
        return careful, pooled if tells_strategies(self._program) else {}


def _findings(explored: Sequence[Decision], scores: Sequence[float]) -> dict[str, Any]:
    """By operator: the mean score and in how many decisions; and what was rejected, by reason."""
    by_operator: dict[str, list[float]] = defaultdict(list)
    for decision, score in zip(explored, scores, strict=True):
        by_operator[decision.move].append(score)
    rejections = Counter(str(r.reason) for decision in explored for r in decision.rejections)
    rates = [rate for decision in explored for rate in decision.pass_rates]
    return {
        "operators": {name: [fmean(s), len(s)] for name, s in sorted(by_operator.items())},
        "rejections": dict(rejections.most_common()),
        "never_solved": sum(rate.passes == 0 for rate in rates),
        "always_solved": sum(rate.passes == rate.rollouts for rate in rates),
        "measured": len(rates),
    }
