"""What each move adds to the learnable coverage for its cost, as weights by the student's level.

For every level, from decisions that were tried on its seeds:

- A decision d of a move m is worth Σ √l over the structures that it makes, l being how learnable
  its problems of that structure are together, and costs c, in rollouts and teacher calls at
  their price. The seed's own structure is what all moves make that only change numbers, so there a
  decision has its part l/√S of what they have together: S is the sum over moves of their mean l.
- A move's rate is r = mean w / mean c over its seeds, a seed counting once however often it was tried.
- Rates are noisy, so each is shrunk to the mean r̄ of all moves by the number n of its seeds
  (empirical Bayes, as Efron and Morris 1975): (n·r + k·r̄)/(n + k). k = σ²/τ², where σ² is the variance
  of one seed's rate about its move's, pooled, and τ² that of the moves' rates less what σ² makes of
  it; where that leaves nothing, all weigh alike. Where no move had two seeds, k is 2.
- A weight is the shrunk rate over r̄, at least `FLOOR`: no move dies that may be right tomorrow. A
  move that was not tried has the weight of the mean, 1.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, variance

from zoped.evals import Decision
from zoped.evals.coverage import concave
from zoped.optimizers.objective import learnable_of
from zoped.optimizers.proposing.proposals import option_of, with_neighbours
from zoped.optimizers.settings import SearchSettings
from zoped.programs import GenerateProblem
from zoped.programs.student_note import level
from zoped.symbolic import fingerprint

FLOOR = 0.1
FEW_SEEDS = 2.0  # what the mean of all counts, in seeds, where the noise cannot be told
Weights = dict[str, dict[str, float]]


@dataclass(frozen=True)
class Tried:
    """What came of a try, or of the mean of several: learnable problems of the seed's `own` structure,
    the worth of `new` ones, and the cost in rollouts."""

    own: float
    new: float
    cost: float

    @classmethod
    def mean(cls, tries: Collection[Tried]) -> Tried:
        return cls(
            fmean(t.own for t in tries), fmean(t.new for t in tries), fmean(t.cost for t in tries)
        )


def learnt_weights(
    program: GenerateProblem,
    decisions: Iterable[Decision],
    settings: SearchSettings,
    notes: Mapping[str, str],
    *,
    scale: float = 1.0,
) -> Weights:
    """Weights of the moves that `program` may draw, by level; a level of which there was no seed has
    those of the nearest one. None for a level on which nothing was learnable.

    `scale` is how many problems a decision of the program makes for one that was tried.
    """
    moves = {*program.mutate.menu, *(s.move for s in program.mutate.strategies.values())}
    by_level: dict[str, list[Decision]] = defaultdict(list)
    for decision in decisions:
        if decision.move in moves and decision.symbols is not None:
            by_level[level(notes.get(decision.seed.id, ""))].append(decision)
    weights = {name: weighed(tries_of(found, settings, scale)) for name, found in by_level.items()}
    return with_neighbours({name: found for name, found in weights.items() if found})


def pooled_weights(
    program: GenerateProblem,
    decisions: Iterable[Decision],
    settings: SearchSettings,
    notes: Mapping[str, str],
    *,
    scale: float = 1.0,
) -> Weights:
    """The same, less careful: for a search that tried each move a few times at most.

    A move's rate on a level is shrunk to its rate on all levels, and that to the mean of all moves,
    each time as if `FEW_SEEDS` more seeds had come to it, however noisy they are: what the careful
    weights take for chance, these act on, and the race decides between the two.
    """
    moves = {*program.mutate.menu, *(s.move for s in program.mutate.strategies.values())}
    by_level: dict[str, list[Decision]] = defaultdict(list)
    for decision in decisions:
        if decision.move in moves and decision.symbols is not None:
            by_level[level(notes.get(decision.seed.id, ""))].append(decision)
    everywhere = rates_of(
        tries_of([d for found in by_level.values() for d in found], settings, scale)
    )
    overall = fmean(map(fmean, everywhere.values())) if everywhere else 0.0
    if not overall:
        return {}
    known = {move: _few(rates, overall) for move, rates in everywhere.items()}
    weights: Weights = {}
    for name, found in by_level.items():
        here = rates_of(tries_of(found, settings, scale))
        rates = {move: _few(here.get(move, ()), prior) for move, prior in known.items()}
        mean = fmean(rates.values())
        weights[name] = {move: max(FLOOR, rate / mean) for move, rate in sorted(rates.items())}
    return with_neighbours(weights)


def _few(rates: Sequence[float], prior: float) -> float:
    return (sum(rates) + FEW_SEEDS * prior) / (len(rates) + FEW_SEEDS)


def tries_of(
    decisions: Sequence[Decision], settings: SearchSettings, scale: float
) -> dict[str, list[Tried]]:
    """By move, what came on each of its seeds: the mean over its tries there, small, middle and large
    numbers counting alike. What cost nothing, a refusal by code, is left out."""
    found: dict[str, dict[str, dict[str, list[Tried]]]] = defaultdict(
        lambda: defaultdict(lambda: defaultdict(list))
    )
    for decision in decisions:
        tried = _tried(decision, settings, scale)
        if tried.cost:
            option = str(option_of(decision))
            found[decision.move][decision.seed.id][option].append(tried)
    return {
        move: [Tried.mean([Tried.mean(t) for t in options.values()]) for options in seeds.values()]
        for move, seeds in found.items()
    }


def _tried(decision: Decision, settings: SearchSettings, scale: float) -> Tried:
    sums: dict[str, float] = defaultdict(float)
    for structure, learnable in learnable_of(decision, settings.raised, decision.band):
        sums[structure] += scale * learnable
    own = sums.pop(fingerprint(decision.symbols), 0.0)
    rollouts = scale * sum(rate.rollouts for rate in decision.pass_rates)
    cost = rollouts + settings.teacher_call_price * decision.teacher_calls
    return Tried(own, sum(map(concave, sums.values())), cost)


def weighed(tries: Mapping[str, Sequence[Tried]]) -> dict[str, float]:
    """The weights of the moves on one level, by the formula above; empty where nothing was worth
    anything."""
    shrunk = _shrunk(rates_of(tries))
    mean = fmean(shrunk.values()) if shrunk else 0.0
    return {move: max(FLOOR, rate / mean) for move, rate in shrunk.items()} if mean else {}


def rates_of(tries: Mapping[str, Sequence[Tried]]) -> dict[str, list[float]]:
    """By move, worth for cost on each of its seeds: their mean is the move's rate."""
    means = {move: Tried.mean(seeds) for move, seeds in sorted(tries.items())}
    together = sum(mean.own for mean in means.values())
    part = concave(together) / together if together else 0.0
    return {
        move: [(t.new + part * t.own) / means[move].cost for t in tries[move]] for move in means
    }


def _shrunk(rates: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """Each mean, shrunk to the mean of all by its count."""
    if not rates:
        return {}
    means = {move: fmean(seeds) for move, seeds in rates.items()}
    overall = fmean(means.values())
    freedom = sum(len(seeds) - 1 for seeds in rates.values())
    if freedom and len(rates) > 1:
        squares = sum((x - means[m]) ** 2 for m, seeds in rates.items() for x in seeds)
        noise = squares / freedom
        spread = variance(means.values()) - noise * fmean(1 / len(s) for s in rates.values())
        if spread <= 0:
            return dict.fromkeys(means, overall)
        k = noise / spread
    else:
        k = FEW_SEEDS
    return {
        move: (len(rates[move]) * mean + k * overall) / (len(rates[move]) + k)
        for move, mean in means.items()
    }
