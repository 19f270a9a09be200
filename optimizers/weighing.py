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
from dataclasses import astuple, dataclass
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
    the worth of `new` ones, the cost in rollouts, and whether anything was `made` at all."""

    own: float
    new: float
    cost: float
    made: float = 1.0

    @classmethod
    def mean(cls, tries: Collection[Tried]) -> Tried:
        return cls(*(fmean(column) for column in zip(*map(astuple, tries), strict=True)))


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
    by_level = _by_level(program, decisions, notes)
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
    """The same, less careful: for a search that tried each move a few times at most. What the careful
    weights take for chance, these act on, and the race decides between the two. They go with the
    square of a move's rate, since rates of so few tries lie too near to each other."""
    weights: Weights = {}
    for name, rates in pooled_rates(program, decisions, settings, notes, scale=scale).items():
        mean = fmean(rate**2 for rate in rates.values())
        weights[name] = {move: max(FLOOR, rates[move] ** 2 / mean) for move in sorted(rates)}
    return with_neighbours(weights)


def pooled_rates(
    program: GenerateProblem,
    decisions: Iterable[Decision],
    settings: SearchSettings,
    notes: Mapping[str, str],
    *,
    scale: float = 1.0,
) -> Weights:
    """By level, each move's rate over the mean of all; none where nothing was worth anything.

    A rate is put together of how often anything came of a try, what that was worth, and what a try
    cost. Each of the three is shrunk, on a level to what it is on all of them, and there to that of all
    moves, as if `FEW_SEEDS` more seeds had come to it. So a move of which nothing came yet, by a
    mistake of the teacher, stands before one whose problems were measured and taught nothing.
    """
    by_level = _by_level(program, decisions, notes)
    everywhere = tries_of([d for found in by_level.values() for d in found], settings, scale)
    shared = _part_of_own(everywhere)
    overall = _Parts.of([t for seeds in everywhere.values() for t in seeds], shared)
    if overall is None or not overall.rate:
        return {}
    known = {move: overall.after(seeds, shared) for move, seeds in everywhere.items()}
    found: Weights = {}
    for name, alike in by_level.items():
        here = tries_of(alike, settings, scale)
        rates = {
            move: prior.after(here.get(move, ()), shared).rate for move, prior in known.items()
        }
        mean = fmean(rates.values())
        found[name] = {move: rate / mean for move, rate in rates.items()}
    return found


@dataclass(frozen=True)
class _Parts:
    """What a move's rate is put together of, means over seeds."""

    made: float
    worth: float  # of a try of which something came
    cost: float

    @property
    def rate(self) -> float:
        return self.made * self.worth / self.cost

    @classmethod
    def of(cls, tries: Sequence[Tried], shared: float) -> _Parts | None:
        """None where nothing came of any."""
        made = sum(t.made for t in tries)
        if not made:
            return None
        worth = sum(t.new + shared * t.own for t in tries) / made
        return cls(made / len(tries), worth, fmean(t.cost for t in tries))

    def after(self, tries: Sequence[Tried], shared: float) -> _Parts:
        """With the tries added to `FEW_SEEDS` that were like this."""
        n, made = len(tries) + FEW_SEEDS, sum(t.made for t in tries)
        worth = sum(t.new + shared * t.own for t in tries)
        return _Parts(
            (made + FEW_SEEDS * self.made) / n,
            (worth + FEW_SEEDS * self.worth) / (made + FEW_SEEDS),
            (sum(t.cost for t in tries) + FEW_SEEDS * self.cost) / n,
        )


def _by_level(
    program: GenerateProblem, decisions: Iterable[Decision], notes: Mapping[str, str]
) -> dict[str, list[Decision]]:
    """Those by moves that the program may draw."""
    moves = {*program.mutate.menu, *(s.move for s in program.mutate.strategies.values())}
    by_level: dict[str, list[Decision]] = defaultdict(list)
    for decision in decisions:
        if decision.move in moves and decision.symbols is not None:
            by_level[level(notes.get(decision.seed.id, ""))].append(decision)
    return by_level


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
    return Tried(own, sum(map(concave, sums.values())), cost, float(bool(decision.pass_rates)))


def weighed(tries: Mapping[str, Sequence[Tried]]) -> dict[str, float]:
    """The weights of the moves on one level, by the formula above; empty where nothing was worth
    anything."""
    shrunk = _shrunk(rates_of(tries))
    mean = fmean(shrunk.values()) if shrunk else 0.0
    return {move: max(FLOOR, rate / mean) for move, rate in shrunk.items()} if mean else {}


def rates_of(tries: Mapping[str, Sequence[Tried]]) -> dict[str, list[float]]:
    """By move, worth for cost on each of its seeds: their mean is the move's rate."""
    means = {move: Tried.mean(seeds) for move, seeds in sorted(tries.items())}
    part = _part_of_own(tries)
    return {
        move: [(t.new + part * t.own) / means[move].cost for t in tries[move]] for move in means
    }


def _part_of_own(tries: Mapping[str, Sequence[Tried]]) -> float:
    """What a learnable problem of a seed's own structure counts, which all moves make together."""
    together = sum(fmean(t.own for t in seeds) for seeds in tries.values())
    return concave(together) / together if together else 0.0


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
