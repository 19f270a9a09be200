"""What enters the race: weights, menus, prompts and strategies, made of what was explored."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from zoped.evals import Decision
from zoped.optimizers.candidate import CHOOSING, REWRITING, Candidate, predictor_of
from zoped.optimizers.measuring import Measuring
from zoped.optimizers.proposing.proposals import demonstration_candidates
from zoped.optimizers.proposing.reflection import reflected_candidates, shown_to_reflection
from zoped.optimizers.proposing.rewriting import demonstrations_of_rewrites
from zoped.optimizers.settings import TeleprompterSettings
from zoped.optimizers.weighing import Weights
from zoped.programs import GenerateProblem
from zoped.programs.strategies import Strategy, is_rewrite

OPERATORS = "operators"  # the mode in which the teacher chooses one
CHOSEN_BY_THE_TEACHER = (OPERATORS, "both")
AS_IT_WAS = "the program as it was"


def tells_strategies(program: GenerateProblem) -> bool:
    """Whether the program has the teacher rewrite by strategies."""
    return program.mutation != OPERATORS and bool(program.mutate.strategies)


def proposed(
    measuring: Measuring,
    settings: TeleprompterSettings,
    explored: Sequence[Decision],
    scores: Sequence[float],
    *,
    weights: Weights,
    pooled: Weights,
    written: Sequence[Strategy],
    words: Candidate | None,
    kept: int,
) -> list[Candidate]:
    """The candidates, the program as it was before all others.

    Args:
        measuring: Its program is the one that is tuned; its budget pays for the reflecting.
        settings: How many are proposed, and by whom.
        explored: What was tried, with one of the `scores` each.
        scores: Of the decisions explored.
        weights: What was learnt of the moves.
        pooled: The same with less care; none where the careful weights are enough.
        written: Strategies that a model wrote, to which some of the weights belong.
        words: Prompts of Formalize and Verbalize, which all others have as well.
        kept: Decisions that the budget must still pay for afterwards.
    """
    program, mode = measuring.program, measuring.program.mutation
    rng = random.Random(f"{settings.random_seed}-propose")
    fields = [strategy.model_dump() for strategy in written]
    careful = Candidate("weights of moves", weights=weights, strategies=fields)
    weighed = [careful] if weights and mode != OPERATORS else []
    if pooled:
        # Before the careful ones, which come only where they say more than the program as it was.
        first = replace(careful, origin="pooled weights of moves", weights=pooled)
        weighed = [first, *(weighed if _tells_apart(weights) else ())]
    candidates = list(weighed)
    if mode != OPERATORS:
        prompts = _of_rewriting(measuring, settings, explored, scores, rng, kept)
        if weighed:
            prompts = [weighed[0].joined(prompt) for prompt in prompts]
        # All that was found together comes first: a budget may end before the others.
        candidates = [*prompts[:1], *weighed, *prompts[1:]]
    if mode in CHOSEN_BY_THE_TEACHER or settings.proposer is not None:
        propose = settings.proposer or partial(
            demonstration_candidates,
            count=settings.candidates,
            demos=settings.demos,
            skip_below=settings.skip_below,
        )
        candidates += propose(program, explored, scores, notes=measuring.notes, rng=rng)
    if mode in CHOSEN_BY_THE_TEACHER:
        candidates += _reflected(measuring, settings, CHOOSING, explored, scores, rng, kept)
    if words is not None:
        candidates = [candidate.joined(words) for candidate in candidates]
    candidates = [Candidate(AS_IT_WAS), *candidates]
    if mode == OPERATORS:
        # The teacher's choice does not depend on them: they are for who draws without it.
        candidates = [replace(candidate, weights=weights) for candidate in candidates]
    return candidates


def _of_rewriting(
    measuring: Measuring,
    settings: TeleprompterSettings,
    explored: Sequence[Decision],
    scores: Sequence[float],
    rng: random.Random,
    kept: int,
) -> list[Candidate]:
    """Prompts of the predictor that rewrites: its best rewrites as demonstrations and what a model writes
    that reflects on them, the first of each together, then each alone."""
    rewrites = [
        pair for pair in zip(explored, scores, strict=True) if is_rewrite(pair[0].move or "")
    ]
    if not rewrites or predictor_of(measuring.program, REWRITING) is None:
        return []
    shown = demonstrations_of_rewrites(measuring.program, rewrites, measuring.notes, settings.demos)
    decisions, worth = [d for d, _ in rewrites], [score for _, score in rewrites]
    told = _reflected(measuring, settings, REWRITING, decisions, worth, rng, kept)
    found = [*([shown] if shown else ()), *told]
    return [shown.joined(told[0]), *found] if shown and told else found


def _reflected(
    measuring: Measuring,
    settings: TeleprompterSettings,
    predictor: str,
    explored: Sequence[Decision],
    scores: Sequence[float],
    rng: random.Random,
    kept: int,
) -> list[Candidate]:
    lm = settings.reflection_lm
    if lm is None or not explored or predictor_of(measuring.program, predictor) is None:
        return []
    calls = measuring.reflecting(lm, kept=kept)
    told = partial(shown_to_reflection, explored, scores, rng, settings.feedback)
    return reflected_candidates(measuring.program, predictor, told, calls)


def _tells_apart(weights: Weights) -> bool:
    return any(len(set(by_move.values())) > 1 for by_move in weights.values())
