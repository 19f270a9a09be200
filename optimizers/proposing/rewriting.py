"""Demonstrations of what the teacher wrote itself: rewrites, formalizations and texts that were good."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from zoped.evals import Decision
from zoped.optimizers.candidate import FORMALIZING, REWRITING, TELLING, Candidate
from zoped.optimizers.proposing.proposals import Scored
from zoped.programs import GenerateProblem, Seed
from zoped.programs.outcome import draft
from zoped.programs.strategies import is_rewrite
from zoped.programs.variants import Variant
from zoped.signatures import WrittenProblem, as_lines
from zoped.symbolic import SymbolicProblem

Demonstration = dict[str, Any]


def demonstrations_of_rewrites(
    program: GenerateProblem,
    scored: Iterable[Scored],
    notes: Mapping[str, str],
    count: int,
) -> Candidate | None:
    """The best rewrites as demonstrations of the predictor that rewrites, each of another strategy and
    another seed; None where none was worth anything."""
    best = sorted(scored, key=lambda pair: -pair[1])
    shown: list[Demonstration] = []
    used: set[str] = set()
    for decision, score in best:
        strategy = _strategy_of(program, decision)
        if score <= 0 or len(shown) == count:
            break
        if strategy is None or {decision.move, decision.seed.id} & used:
            continue
        used |= {decision.move, decision.seed.id}
        shown.append(
            {
                "problem": decision.seed.text,
                "symbols": as_lines(decision.symbols),
                "strategy": strategy,
                "second": "",
                "student": notes.get(decision.seed.id, ""),
                "made": "",
                "mistake": "",
                "rewritten": _written(decision.problems[0].symbols),
            }
        )
    if not shown:
        return None
    return Candidate(f"{_demonstrations(len(shown))} of rewrites", demos={REWRITING: shown})


def _strategy_of(program: GenerateProblem, decision: Decision) -> str | None:
    """The text of the strategy that a rewrite was made by; None for what cannot be shown: another
    move, no problem, or a strategy that a second problem belongs to."""
    if not (is_rewrite(decision.move) and decision.problems and decision.symbols is not None):
        return None
    by_move = {s.move: s for s in program.mutate.strategies.values()}
    strategy = by_move.get(decision.move)
    return None if strategy is None or strategy.second else strategy.text


def demonstrations_of(
    predictor: str, accepted: Sequence[tuple[Seed, SymbolicProblem, str]], count: int
) -> Candidate | None:
    """What was accepted, as demonstrations of the predictor that formalizes or that tells: of each a
    seed, symbols and their text. None where nothing was."""
    shown = [_of(predictor, *each) for each in accepted[:count]]
    if not shown:
        return None
    what = {FORMALIZING: "formalizations", TELLING: "texts"}[predictor]
    return Candidate(f"{_demonstrations(len(shown))} of {what}", demos={predictor: shown})


def _of(predictor: str, seed: Seed, symbols: SymbolicProblem, text: str) -> Demonstration:
    if predictor == FORMALIZING:
        return {"text": text, "mistake": "", "formalization": _written(symbols)}
    stiff = draft(Variant.of(seed.id, symbols), rename=False)
    return {"symbols": as_lines(symbols), "draft": stiff, "original": seed.text, "text": text}


def _written(symbols: SymbolicProblem) -> dict[str, Any]:
    return WrittenProblem.of(symbols).model_dump(mode="json")


def _demonstrations(n: int) -> str:
    return "1 demonstration" if n == 1 else f"{n} demonstrations"
