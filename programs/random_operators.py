"""Problems by operators drawn at random: no teacher is asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from random import Random
from typing import Any

import dspy

from zoped.programs.acceptance import Acceptance, IsContaminated, NotAccepted, Reason
from zoped.programs.known_operators import known_operators
from zoped.programs.menu import Option
from zoped.programs.moves import MoveWeights
from zoped.programs.outcome import Outcome, require_seed, with_lineage
from zoped.programs.seeds import Seed
from zoped.programs.student_note import level
from zoped.programs.variants import Decision, Variant
from zoped.symbolic import SymbolicProblem


class RandomOperators:
    """A generator without a language model: what `GenerateProblem` is called with, and what it
    gives, but for the teacher. It needs seeds with symbols, and its English is that of rules.

    What comes is a function of `random_seed`, the seed, the stream, and what was seen.

    Args:
        operators: Names or dotted paths to draw from; all registered ones if not given.
        options: To draw from these instead, with narrower limits or in chains.
        weights: How often each is drawn, by the student's level; all alike where it has none.
        variants: Problems tried per decision.
        random_seed: Of all that is drawn.
        is_contaminated: As in `Acceptance`, like the limits below.
        time_limit: Seconds for a solver process.
        memory_limit_mb: Of a solver process.
    """

    def __init__(
        self,
        *,
        operators: Iterable[str] | None = None,
        options: Sequence[Option] | None = None,
        weights: MoveWeights | None = None,
        variants: int = 8,
        random_seed: int = 0,
        is_contaminated: IsContaminated | None = None,
        time_limit: float = 2.0,
        memory_limit_mb: int = 512,
    ) -> None:
        if variants < 1:
            raise ValueError(f"variants is {variants}; give at least 1")
        if operators is not None and not isinstance(operators, str):
            operators = tuple(operators)
        names = known_operators(operators) if options is None else ()
        self._named = operators if options is None else None
        self.options = tuple(options) if options is not None else tuple(map(Option, names))
        self.weights = weights or MoveWeights()
        self.variants = variants
        self.random_seed = random_seed
        self.is_contaminated = is_contaminated
        self.time_limit = time_limit
        self.memory_limit_mb = memory_limit_mb

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        if self._named is not None:
            known_operators(self._named)  # another process knows those of the user's by now

    def __call__(
        self,
        seed: Seed,
        stream: int = 0,
        student_note: str = "",
        *,
        seen: set[str] | None = None,
        variants: int | None = None,
    ) -> dspy.Prediction:
        """Prediction(accepted, rejected, teacher_calls, costs, move, symbols), as GenerateProblem.

        `stream` numbers the decisions on one seed. `seen` are the instance keys that must not be
        made again; those of accepted problems are added. `student_note` makes a
        difference where there are weights for such a student.
        """
        require_seed(seed)
        acceptance = Acceptance(
            seen=seen,
            is_contaminated=self.is_contaminated,
            time_limit=self.time_limit,
            memory_limit_mb=self.memory_limit_mb,
        )
        outcome = Outcome(seed)
        key = f"{self.random_seed}:{seed.id}:{stream}"
        try:
            if seed.symbols is None:
                detail = "the seed has no symbols, and no teacher writes them"
                raise NotAccepted(Reason.UNSUPPORTED, detail)
            problem = outcome.symbols = with_lineage(seed.symbols, seed)
            decision = self._decided(problem, key, student_note)
        except NotAccepted as why:
            outcome.reject(why)
            return outcome.prediction()
        outcome.decide(decision)
        n = min(self.variants, variants or self.variants)
        for variant in decision.variants(problem, key, n, taken=acceptance.seen):
            if isinstance(variant, Variant):
                outcome.judge(variant, acceptance)
            else:
                outcome.reject(variant)
        return outcome.prediction()

    def _decided(self, problem: SymbolicProblem, key: str, student_note: str) -> Decision:
        fitting = [option for option in self.options if option.applies(problem)]
        if not fitting:
            raise NotAccepted(Reason.REFUSED, "no operator of the menu applies to this problem")
        rng = Random(f"{key}:decision")
        option = self._drawn(fitting, student_note, rng)
        if option is None:
            detail = "no operator that applies has any weight for such a student"
            raise NotAccepted(Reason.REFUSED, detail)
        return Decision(option, option.random_arguments(rng))

    def _drawn(self, fitting: Sequence[Option], student_note: str, rng: Random) -> Option | None:
        name = level(student_note)
        if name not in self.weights.by_level:
            return rng.choice(fitting)
        weights = [self.weights.weight(name, option.name) for option in fitting]
        return rng.choices(fitting, weights)[0] if any(weights) else None
