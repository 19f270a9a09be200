"""Where candidates come from: menus and demonstrations of what worked."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from statistics import fmean
from typing import Any, Protocol, TypeVar

import dspy

from zoped.evals import Decision, student_note
from zoped.optimizers.candidate import CHOOSING, Candidate, predictor_of
from zoped.programs import GenerateProblem
from zoped.programs.menu import Option
from zoped.programs.strategies import is_rewrite
from zoped.programs.student_note import LEVELS, level
from zoped.symbolic import fingerprint

# A demonstration without the menu: it is long, the same for all, and stands in the question.
LEFT_OUT = frozenset({"operators"})
EVERY = "every"  # level of the student
_WHERE = {
    "easy": "where the problem is too easy, ",
    "hard": "where the problem is hard, ",
    "right": "where the problem is about right, ",
    "too hard": "where the problem is too hard, ",
}
Scored = tuple[Decision, float]
T = TypeVar("T")
Feedback = Callable[[Decision], str]
"""What a reflection model reads of a decision."""


class Proposer(Protocol):
    """Candidates from what was explored: `scores` has one number a decision, `notes` says by seed
    id what the teacher is told of the student, all chance comes from `rng`. They are raced in the
    order given, after the program as it was; a budget may end before the last."""

    def __call__(
        self,
        program: GenerateProblem,
        decisions: Sequence[Decision],
        scores: Sequence[float],
        *,
        notes: Mapping[str, str],
        rng: random.Random,
    ) -> list[Candidate]: ...


CHAINED = 3  # options that are tried after other operators


def demonstration_candidates(
    program: GenerateProblem,
    decisions: Sequence[Decision],
    scores: Sequence[float],
    *,
    notes: Mapping[str, str],
    count: int,
    demos: int,
    rng: random.Random,
    skip_below: float = 0.0,
) -> list[Candidate]:
    """Up to `count` candidates: menus of what scored well, and decisions that did as examples.

    Where the student does differently on the seeds, first a menu and `demos` examples for each
    level (too easy, too hard, in between), of the options that were best on seeds of that level;
    the program shows the teacher those of the level at hand. Then sets of `demos` for all seeds
    alike, the menu left whole. Levels whose best option scored less than `skip_below` times as much as
    the best of all levels are skipped, while a quarter of the seeds is left. A small teacher repeats
    what it is shown, a large one sees the pattern; so the sets show one option, or two, or three.
    """
    useful = [
        (decision, score)
        for decision, score in zip(decisions, scores, strict=True)
        if decision.problems and decision.symbols is not None and not is_rewrite(decision.move)
    ]
    if not useful or max(score for _, score in useful) <= 0:
        return []
    by_level: dict[str, list[Scored]] = defaultdict(list)
    for decision, score in useful:
        by_level[level(notes.get(decision.seed.id, ""))].append((decision, score))
    ranked = {name: _one_of_each(ranked_options(pairs)) for name, pairs in sorted(by_level.items())}
    beyond = _skipped_levels(by_level, skip_below)
    sets = [
        {name: best[: 0 if name in beyond else size] for name, best in ranked.items()}
        for size in (1, 2, 3)
    ]
    if len(by_level) > 1:
        sets += [{EVERY: mix} for mix in _mixes(_one_of_each(ranked_options(useful)), count)]
    by_level[EVERY] = useful
    own = predictor_of(program, CHOOSING)
    candidates = []
    for options in sets:
        chosen = {name: _spread(by_level[name], mix, demos, rng) for name, mix in options.items()}
        shown = [decision for part in chosen.values() for decision in part]
        menus = with_neighbours({n: mix for n, mix in options.items() if n != EVERY})
        names = dict.fromkeys(option.name for mix in options.values() for option in mix)
        candidate = Candidate(
            f"{'a menu and ' if menus else ''}demonstrations of {', '.join(names)}",
            instructions={} if own is None else {CHOOSING: _advice(own, options)},
            demos={}
            if own is None
            else {CHOOSING: [demonstration(program, d, notes) for d in shown]},
            menus={name: [asdict(option) for option in mix] for name, mix in menus.items()},
        )
        if shown and (candidate.demos or menus) and candidate not in candidates:
            candidates.append(candidate)
    return candidates[:count]


def with_neighbours(by_level: Mapping[str, T]) -> dict[str, T]:
    """What was found by level, and for a level of which there was no seed that of the nearest."""
    levels = list(dict.fromkeys(LEVELS.values()))
    known = [name for name in levels if name in by_level]
    filled = dict(by_level)
    for place, name in enumerate(levels if known else []):
        near = min(known, key=lambda other: abs(levels.index(other) - place))
        filled.setdefault(name, by_level[near])
    return filled


def _skipped_levels(by_level: Mapping[str, Sequence[Scored]], skip_below: float) -> set[str]:
    """The levels to skip."""
    worth = {name: max(option_scores(pairs).values()) for name, pairs in by_level.items()}
    seeds = {name: len({d.seed.id for d, _ in pairs}) for name, pairs in by_level.items()}
    kept, beyond = 0, set()
    for name in sorted(worth, key=lambda name: -worth[name]):
        if worth[name] < skip_below * max(worth.values()) and 4 * kept >= sum(seeds.values()):
            beyond.add(name)
        else:
            kept += seeds[name]
    return beyond


def option_of(decision: Decision) -> Option:
    """What was chosen: the option, with the third of its number's limits that the number is in."""
    chosen = Option.of(decision.move)
    number = next(iter(decision.arguments.values()), 0)
    thirds = chosen.thirds() if number else ()
    return next((o for o in thirds if o.low <= number <= o.high), chosen)


def chains(best: Sequence[Option], decisions: Sequence[Decision]) -> list[Option]:
    """The best changes of structure, each after every operator that only changes numbers: so its
    numbers are of one size, not what chance makes of them."""
    kept: dict[str, bool] = {}  # whether the operator has only changed numbers so far
    for decision in decisions:
        structure = fingerprint(decision.symbols)
        same = all(problem.fingerprint == structure for problem in decision.problems)
        kept[decision.move] = kept.get(decision.move, True) and same
    numbers = sorted(name for name, only in kept.items() if only)
    structural = [option for option in best if not kept[option.operator]]
    return [replace(o, first=name) for o in structural[:CHAINED] for name in numbers]


def ranked_options(useful: Sequence[Scored]) -> list[Option]:
    """Best first, by `option_scores`."""
    scores = option_scores(useful)
    return sorted(scores, key=lambda option: (-scores[option], option.operator, option.low))


def option_scores(useful: Sequence[Scored]) -> dict[Option, float]:
    """The mean score of each option over the seeds that it was tried on, shrunk towards the mean
    over all options (prior weight: two seeds). What one seed makes is alike, so a seed
    counts once, however often it was tried."""
    overall = fmean(score for _, score in useful)
    by_seed: dict[Option, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for decision, score in useful:
        by_seed[option_of(decision)][decision.seed.id].append(score)
    return {
        option: (sum(map(fmean, seeds.values())) + 2 * overall) / (len(seeds) + 2)
        for option, seeds in by_seed.items()
    }


def _one_of_each(ranked: Sequence[Option]) -> list[Option]:
    """The best option of each operator."""
    best: dict[str, Option] = {}
    for option in ranked:
        best.setdefault(option.operator, option)
    return list(best.values())


def _mixes(ranked: Sequence[Option], count: int) -> list[list[Option]]:
    """Sets of options to show: 1; 1 and 2; 1 to 3; 2; 2 and 3; 3; then further pairs."""
    mixes: list[list[Option]] = []
    for start in range(len(ranked)):
        for size in (1, 2, 3) if start == 0 else (1, 2):
            mix = list(ranked[start : start + size])
            if len(mix) == size and mix not in mixes:
                mixes.append(mix)
    return mixes[:count]


def _spread(
    pairs: Sequence[Scored], mix: Sequence[Option], demos: int, rng: random.Random
) -> list[Decision]:
    """`demos` decisions that scored, by turns over the options, the best of each, no seed twice
    while there are others."""
    best = sorted((pair for pair in pairs if pair[1] > 0), key=lambda pair: -pair[1])
    turns = {option: [d for d, _ in best if option_of(d) == option] for option in mix}
    chosen: list[Decision] = []
    used: set[str] = set()
    while len(chosen) < demos and any(turns.values()):
        for option in [option for option in mix if turns[option]][: demos - len(chosen)]:
            decision = next((d for d in turns[option] if d.seed.id not in used), turns[option][0])
            turns[option].remove(decision)
            used.add(decision.seed.id)
            chosen.append(decision)
    rng.shuffle(chosen)
    return chosen


def _advice(predictor: dspy.Predict, options: Mapping[str, Sequence[Option]]) -> str:
    """The predictor's first instruction with what was found about this student."""
    base = predictor.signature.instructions.partition("\n\nFor this student")[0].rstrip()
    found = [
        f"{_WHERE.get(name, '')}these changes worked best: {', '.join(o.name for o in mix)}."
        for name, mix in options.items()
        if mix
    ]
    return f"{base}\n\nFor this student {' '.join(found)}"


def demonstration(
    program: GenerateProblem, decision: Decision, notes: Mapping[str, str]
) -> dict[str, Any]:
    """The predictor's inputs and output, as they would have been."""
    seed = decision.seed.model_copy(update={"symbols": decision.symbols})
    fields = program.mutate.inputs(seed, notes.get(decision.seed.id, ""))
    number = next(iter(decision.arguments.values()), 0)
    return {
        **{name: text for name, text in fields.items() if name not in LEFT_OUT and text},
        "choice": {"operator": decision.move, "number": number},
    }


def feedback(decision: Decision) -> str:
    """What came of a decision, in words for a model or a person."""
    lines = [f"{decision.move or 'no choice'} on: {decision.seed.text[:200]}"]
    for problem, rate in list(zip(decision.problems, decision.pass_rates, strict=True))[:2]:
        lines.append(
            f"  gave: {problem.text[:200]} The student {student_note(rate, decision.band)}."
        )
    for rejection in decision.rejections[:2]:
        lines.append(f"  rejected ({rejection.reason}): {rejection.detail[:120]}")
    return "\n".join(lines)
