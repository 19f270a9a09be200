"""Problems by operators drawn at random, several in a row: no teacher, hundreds a second."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from random import Random

from pydantic import ValidationError

from zoped.programs.acceptance import Acceptance, GeneratedProblem, NotAccepted, Reason
from zoped.programs.known_operators import known_operators
from zoped.programs.menu import Option, chain
from zoped.programs.outcome import Outcome, with_lineage
from zoped.programs.seeds import Seed
from zoped.programs.variants import (
    OTHER_NUMBERS,
    Variant,
    changed_quietly,
    refusal,
    with_other_numbers,
)
from zoped.symbolic import MutationRefused, SymbolicProblem, applicable


class RandomWalks:
    """One to `longest` operators, one after the other, on a seed; only the last problem is checked.

    The seed's numbers are drawn anew first: otherwise walks by the same operators would meet. Where
    the problem is accepted, it comes in `variants` versions with numbers of their own. A walk is a
    function of `random_seed`, its number, and of what `acceptance` has seen.

    Args:
        seeds: To start from; one without symbols makes nothing.
        acceptance: The judge.
        operators: Names or dotted paths to draw from; all registered ones if not given.
        longest: Operators in a row, at most.
        variants: Problems of a walk, at most.
        random_seed: Of the seeds and operators that are drawn.
    """

    def __init__(
        self,
        seeds: Sequence[Seed],
        acceptance: Acceptance,
        *,
        operators: Iterable[str] | None = None,
        longest: int = 3,
        variants: int = 2,
        random_seed: int = 0,
    ) -> None:
        self.seeds = seeds
        self._symbols = {
            seed.id: with_lineage(seed.symbols, seed) for seed in seeds if seed.symbols is not None
        }
        self.acceptance = acceptance
        self.menu = known_operators(operators)
        self.longest = longest
        self.variants = variants
        self.random_seed = random_seed

    def walk(self, number: int) -> Outcome:
        """The problems of one walk, or why there are none."""
        rng = Random(f"{self.random_seed}:walk:{number}")
        seed = rng.choice(self.seeds)
        key = f"{self.random_seed}:{seed.id}:{number}"
        outcome = Outcome(seed)
        outcome.symbols = self._symbols.get(seed.id)
        if outcome.symbols is None:
            detail = "the seed has no symbols, and no teacher writes them"
            outcome.reject(NotAccepted(Reason.UNSUPPORTED, detail))
            return outcome
        problem = self._walked(outcome, key, rng)
        if problem is None:
            return outcome
        outcome.judge(Variant.of(key, problem), self.acceptance)
        if outcome.accepted:
            for variant in with_other_numbers(problem, f"{key}:variant", self.variants):
                outcome.judge(variant, self.acceptance)
        return outcome

    def walks(self, first: int, count: int) -> tuple[list[GeneratedProblem], Counter[str]]:
        """The problems of `count` walks from number `first` on; the rejections' reasons, counted."""
        accepted: list[GeneratedProblem] = []
        reasons: Counter[str] = Counter()
        for number in range(first, first + count):
            outcome = self.walk(number)
            accepted += outcome.accepted
            # An operator that was refused on the way to a problem has cost none.
            lost = [r for r in outcome.rejected if r.reason is not Reason.REFUSED]
            reasons.update(
                str(r.reason) for r in (lost if outcome.accepted else outcome.rejected[-1:])
            )
        return accepted, reasons

    def _walked(self, outcome: Outcome, key: str, rng: Random) -> SymbolicProblem | None:
        """The problem at the end of the way, whose operators are noted; None where none applied."""
        start = outcome.symbols
        assert start is not None
        problem = changed_quietly(start, Option(OTHER_NUMBERS), f"{key}:numbers") or start
        names: list[str] = []
        for i in range(rng.randint(1, self.longest)):
            outcome.move = self._drawn(problem, rng)
            if not outcome.move:
                break
            try:
                problem = Option(outcome.move).changed(problem, f"{key}:{i}")
            except (MutationRefused, ValidationError) as error:
                outcome.reject(refusal(error))
                break  # what was made until here may still be a problem
            names.append(outcome.move)
        if not names:
            return None
        outcome.move, outcome.depth = chain(names), len(names)
        return problem

    def _drawn(self, problem: SymbolicProblem, rng: Random) -> str:
        """One of the operators that may apply, each as likely as the other; "" where none does."""
        left = list(self.menu)
        while left:
            name = left.pop(rng.randrange(len(left)))
            if applicable(problem, name):
                return name
        return ""
