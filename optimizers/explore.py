"""What could work, before the teacher is asked: operators tried on seeds, measured in halvings."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice

from zoped.evals import Decision
from zoped.evals.measurement import Generator
from zoped.optimizers.measuring import Measuring
from zoped.optimizers.proposing.proposals import chains, ranked_options
from zoped.optimizers.raced_search import OutOfBudget
from zoped.optimizers.settings import TeleprompterSettings
from zoped.optimizers.weighing import pooled_rates
from zoped.programs import GenerateProblem, Seed
from zoped.programs.menu import Option
from zoped.programs.random_operators import RandomOperators
from zoped.programs.strategies import REWRITE, Strategy
from zoped.programs.student_note import level

STREAM = -1  # of the random streams, from here downwards
VARIANTS = 2
LAPS = 8  # how often an option is tried on one seed, at most
Try = tuple[Generator, Seed]
ROLLOUT_SHARE = 2  # exploring spends one in so many of the rollouts that a budget has
CALL_SHARE = 2  # and of the calls of the teacher
STRATEGY_STREAM = -900
STRATEGY_HALVINGS = 3


class Exploration:
    """Tries operators on seeds by the student's level; costs rollouts, and no call of the teacher.

    For each level (too easy, too hard, in between) all operators of the menu, with small, middle
    and large numbers, get the same few seeds; the better half, and chains with them, get more, and
    so on (successive halving, Jamieson and Talwalkar 2016), so that most of the rollouts tell the
    good ones apart. The problems are worded by rules, whatever words the program has.

    Args:
        measuring: Measures, within its budget.
        settings: How much is tried.
        on_batch: Called after every batch that was measured.
        rollout_share: It spends one in so many of the rollouts that the budget has.
        sizes: How many tries each batch had, as far as an earlier process came: a resumed search
            finds its rollouts spent and its pass rates remembered, and must try the same again.
    """

    def __init__(
        self,
        measuring: Measuring,
        settings: TeleprompterSettings,
        on_batch: Callable[[], None],
        sizes: Sequence[int] = (),
        rollout_share: int = ROLLOUT_SHARE,
    ) -> None:
        self.measuring = measuring
        self.settings = settings
        self.on_batch = on_batch
        self.sizes = list(sizes)
        self.rollout_share = rollout_share
        self._batches = 0

    def run(self, seeds: Sequence[Seed]) -> list[Decision]:
        """Decisions on seeds, all of which must have symbols."""
        by_level: dict[str, list[Seed]] = defaultdict(list)
        for seed in seeds:
            by_level[level(self.measuring.notes.get(seed.id, ""))].append(seed)
        decisions: list[Decision] = []
        for name, alike in sorted(by_level.items()):
            tries = self.settings.exploration_tries * len(alike) // len(seeds)
            decisions += self._halvings(name, alike, tries)
        return decisions

    def _halvings(self, level_name: str, seeds: Sequence[Seed], tries: int) -> list[Decision]:
        menu = self.measuring.program.mutate.menu
        left = [option for operator in menu for option in Option(operator).thirds()]
        halvings = 1 + max(1, len(left).bit_length() - 1)
        decisions: list[Decision] = []
        for halving in range(halvings):
            each = max(1, tries // (halvings * len(left)))
            rng = random.Random(f"{self.settings.random_seed}-explore-{level_name}-{halving}")
            order = rng.sample(list(seeds), len(seeds))
            made = self._try_options(left, order, each, halving)
            decisions += made
            if not made:
                break  # no operator of the menu applies to any of the seeds, or nothing is left
            scores = each_alone(decisions, self.settings, self.measuring)
            ranked = ranked_options(list(zip(decisions, scores, strict=True)))
            left = [option for option in ranked if option in left][: (len(left) + 1) // 2]
            if halving == 0:
                left += chains(left, decisions)
        return decisions

    def _try_options(
        self,
        options: Sequence[Option],
        order: Sequence[Seed],
        each: int,
        halving: int,
    ) -> list[Decision]:
        """Each option `each` times: on the seeds in `order`, the same for all as far as they
        apply, and on the same seeds again, with other numbers, when there are too few."""
        laps: dict[int, list[Try]] = defaultdict(list)
        for option in options:
            trial = self._trial(option)
            fit = [s for s in order if s.symbols and option.applies(s.symbols)]
            for turn in range(min(each, LAPS * len(fit))):
                laps[turn // len(fit)].append((trial, fit[turn % len(fit)]))
        decisions: list[Decision] = []
        for lap, pairs in laps.items():
            pairs = self._afforded(pairs)
            if pairs:
                stream = STREAM - halving - 100 * lap
                decisions += self.measuring.measure_without_teacher(pairs, stream).decisions
                self.on_batch()
        return decisions

    def _trial(self, option: Option) -> Generator:
        """Draws this option alone, and makes nothing twice."""
        program = self.measuring.program
        drawn = RandomOperators(
            options=(option,),
            variants=self._variants,
            random_seed=program.random_seed,
            is_contaminated=program.is_contaminated,
            time_limit=program.time_limit,
            memory_limit_mb=program.memory_limit_mb,
        )
        return partial(drawn, seen=set())

    def _afforded(self, pairs: list[Try]) -> list[Try]:
        """As many of the pairs as exploring may still spend, drawn at random where not all."""
        batch, self._batches = self._batches, self._batches + 1
        if batch == len(self.sizes):
            self.sizes.append(min(len(pairs), self._most_tries(len(pairs))))
        size = self.sizes[batch]
        if size == len(pairs):
            return pairs
        rng = random.Random(f"{self.settings.random_seed}-explore-cut-{batch}")
        return [pairs[i] for i in sorted(rng.sample(range(len(pairs)), size))]

    def _most_tries(self, wanted: int) -> int:
        budget, price = self.measuring.budget, self.measuring.most_rollouts(self._variants)
        if not budget.affords():
            return 0
        if not price or budget.rollouts is None:
            return wanted
        return max(0, budget.rollouts // self.rollout_share - budget.spent_rollouts) // price

    @property
    def _variants(self) -> int:
        return explored_variants(self.measuring.program)


def explored_variants(program: GenerateProblem) -> int:
    """Problems of a try."""
    return min(VARIANTS, program.variants)


def explored_strategies(
    measuring: Measuring,
    settings: TeleprompterSettings,
    seeds: Sequence[Seed],
    kept: int,
    *,
    only: Sequence[Strategy] | None = None,
    most: int | None = None,
) -> list[Decision]:
    """Strategies carried out by the teacher, each time on another seed.

    In halvings, as operators are: all by turns, then for each level of the student the better half of
    them, and again. As many tries as `exploration_tries`, half of the budget, and room for `kept`
    further decisions allow; those of `only`, `most` times, where these are given.
    """
    program = measuring.program
    rng = random.Random(f"{settings.random_seed}-explore-strategies-{'new' if only else 'all'}")
    listed = list(program.mutate.strategies.values()) if only is None else list(only)
    strategies = rng.sample(listed, len(listed))
    tries = _most_strategy_tries(measuring, settings, seeds, kept)
    tries = tries if most is None else min(tries, most)
    by_level: dict[str, list[Seed]] = defaultdict(list)
    for seed in rng.sample(list(seeds), len(seeds)):
        by_level[level(measuring.notes.get(seed.id, ""))].append(seed)
    alone = {strategy.move: _one_strategy(program, strategy) for strategy in strategies}
    left = {name: list(alone) for name in by_level}
    halvings = STRATEGY_HALVINGS if only is None else 1
    decisions: list[Decision] = []
    options = {"variants": explored_variants(program)}
    for halving in range(halvings):
        pairs: list[tuple[GenerateProblem, Seed]] = []
        for name, alike in sorted(by_level.items()):
            # A strategy that comes again finds another seed.
            n = tries * len(alike) // len(seeds) // halvings
            moves = left[name]
            turns = [(moves[i % len(moves)], i + i // len(moves)) for i in range(n)]
            pairs += [(alone[move], alike[(i + halving) % len(alike)]) for move, i in turns]
        try:
            if pairs:
                stream = STRATEGY_STREAM - halving - (STRATEGY_HALVINGS if only else 0)
                decisions += measuring.measure_each(pairs, stream, options).decisions
        except OutOfBudget:
            break
        rates = pooled_rates(program, decisions, settings, measuring.notes)
        for name, moves in left.items():
            worth = rates.get(name, {})
            best = sorted(moves, key=lambda move: -worth.get(move, 1.0))
            left[name] = best[: (len(best) + 1) // 2]
    return decisions


def _most_strategy_tries(
    measuring: Measuring, settings: TeleprompterSettings, seeds: Sequence[Seed], kept: int
) -> int:
    program, budget = measuring.program, measuring.budget
    variants = explored_variants(program)
    alone = _one_strategy(program, next(iter(program.mutate.strategies.values())))
    each = max(
        1,
        alone.most_calls(symbols=True, variants=variants, adapter=measuring.calls.adapter),
    )
    most = settings.exploration_tries
    if budget.teacher_calls is not None:
        most = min(most, budget.teacher_calls // CALL_SHARE // each)
    price = measuring.most_rollouts(variants)
    if price and budget.rollouts is not None:
        left = budget.rollouts // ROLLOUT_SHARE - budget.spent_rollouts
        most = min(most, max(0, left) // price)
    later = kept * max(map(measuring.most_calls, seeds))
    rollouts = kept * measuring.most_rollouts(measuring.variants)
    while most and not budget.affords(most * each + later, most * price + rollouts):
        most -= 1
    return most


def _one_strategy(program: GenerateProblem, strategy: Strategy) -> GenerateProblem:
    """The program with nothing to draw but this."""
    alone: GenerateProblem = program.deepcopy()
    alone.mutation, alone.tries = REWRITE, replace(program.tries, rewrite=0)
    alone.mutate.given = {strategy.id: strategy}
    alone.mutate.written.reset()
    alone.mutate.weights.reset()
    return alone


def explored_by_the_teacher(
    measuring: Measuring, settings: TeleprompterSettings, seeds: Sequence[Seed], kept: int
) -> list[Decision]:
    """Where the teacher has to write the symbols first, its own decisions are the exploration.

    On a batch of seeds, or as many as leave room for `kept` further decisions.
    """
    rng = random.Random(f"{settings.random_seed}-explore")
    drawn = rng.sample(list(seeds), min(len(seeds), settings.batch_size))
    dearest = max(seeds, key=measuring.most_calls)
    sizes = range(len(drawn), 0, -1)
    size = next((n for n in sizes if measuring.affords([*drawn[:n], *[dearest] * kept])), 0)
    drawn = list(islice(drawn, size))
    try:
        return list(measuring.measure(measuring.program, drawn, STREAM).decisions) if drawn else []
    except OutOfBudget:
        return []


def each_alone(
    decisions: Sequence[Decision], settings: TeleprompterSettings, measuring: Measuring
) -> list[float]:
    """Scores in which repeats of one structure do not count less: what looks best is tried most
    often, and would look worse the more it is tried."""
    band = measuring.meter.band
    return [settings.scores([decision], band)[0] for decision in decisions]
