"""One refill: many problems proposed by operators, the learnable ones that cover most chosen.

What the model predicts of a problem counts beside what was observed of its family: problems of the
same seed and structure with other numbers. The learnable ones among what was observed are proposed
with other numbers too, and themselves again as long as they may be used.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from zoped.evals.coverage import Candidate, choose_covering
from zoped.evals.difficulty import DifficultyModel, Observation
from zoped.evals.stopping import Beta
from zoped.foundation.closing import Closing
from zoped.foundation.errors import ZopedError
from zoped.programs import GeneratedProblem, RandomOperators, Seed
from zoped.programs.acceptance import Acceptance
from zoped.programs.menu import Option
from zoped.programs.outcome import Outcome
from zoped.programs.variants import Variant, changed_quietly, same_size
from zoped.train.curriculum.choose import NOTHING, expected_gradient, later
from zoped.train.exchange.row import ProblemRow
from zoped.train.live.settings import LiveSettings
from zoped.train.live.store import Chosen, LiveStore

WINDOW = 4_000  # observations that the model is fitted on: older ones hardly count
LEARNABLE = 1.5  # times the wanted number: of the most learnable, which ones cover most is asked
SIBLINGS = 3  # of a learnable problem, proposed with other numbers
FAMILY = 8.0  # rollouts that a family's observations count for a new problem of it, at most
TRIES = 4  # decisions a wanted proposal, at most
STREAMS = 1_000_000  # keeps the random streams of different refills apart


class NoMoreProblems(ZopedError, LookupError):
    """The seeds and operators give no problem that was not handed out before."""


class Refiller(Closing):
    """Chooses the problems of refills: a function of the settings, the seeds, and what the database
    in `folder` holds. Problems that it has read are kept in memory."""

    def __init__(
        self,
        folder: Path,
        seeds: Sequence[Seed],
        settings: LiveSettings,
        is_contaminated: Callable[[str], bool] | None = None,
    ) -> None:
        self.settings = settings
        self._seeds = [seed for seed in seeds if seed.symbols is not None]
        self._store = LiveStore(folder, reading=True)
        self._generate = RandomOperators(
            operators=settings.operators,
            variants=settings.variants,
            random_seed=settings.seed,
            is_contaminated=is_contaminated,
            time_limit=settings.time_limit,
        )
        self._seen: set[str] = set()
        self._read = 0  # numbers whose keys are in `_seen`
        self._problems: dict[str, GeneratedProblem] = {}

    def close(self) -> None:
        self._store.close()

    def choose(self, refill: int, mark: int) -> list[Chosen]:
        """Exactly `batch` problems; where fewer are left, some of them stand there again. Raises
        NoMoreProblems where none is."""
        settings = self.settings
        keys = self._store.keys_from(self._read)
        self._seen.update(keys)
        self._read += len(keys)
        observed, again = self._known(mark)
        families = _families(observed)
        model = DifficultyModel(
            observed, prior=settings.prior, random_seed=self._number("difficulty", refill)
        )
        new = self._proposals(refill, again)
        beliefs = [
            _with_family(belief, families.get(_family(problem)))
            for problem, belief in zip(new, model.predict(new), strict=True)
        ]
        chosen = self._best([*map(Chosen, new, beliefs), *again], len(new), refill=refill)
        if not chosen:
            raise NoMoreProblems(
                f"{len(self._seen):,} problems were handed out, and the seeds and operators make no "
                "other one; give more seeds with their symbolic form, or more `uses`"
            )
        random.Random(f"order-{settings.seed}-{refill}").shuffle(chosen)
        chosen = [
            each if each.problem.instance_key in self._seen else self._told(each) for each in chosen
        ]
        return [chosen[i % len(chosen)] for i in range(settings.batch)]

    def _told(self, chosen: Chosen) -> Chosen:
        row = ProblemRow.of(chosen.problem, instruction=self.settings.instruction)
        return replace(chosen, row=row.model_dump_json())

    def _known(self, mark: int) -> tuple[list[Observation], list[Chosen]]:
        """What was observed, and the problems of it that may be handed out again, each with what is
        believed of it now."""
        settings = self.settings
        rows = self._store.observed(last=WINDOW, mark=mark)
        found: list[Observation] = []
        by_key: dict[str, list[Observation]] = defaultdict(list)
        for seq, each in rows:
            age = (mark - seq) / settings.groups_per_version
            problem = self._problem(each.key)
            found.append(Observation(problem, each.pass_rate, age))
            by_key[each.key].append(found[-1])
        again = []
        for key, observations in by_key.items():
            uses, (a, b) = self._store.uses(key)
            if uses >= settings.uses or len(observations) < uses:
                continue  # or an answer to it is still to come
            for one in observations:
                a += one.weight * one.pass_rate.passes
                b += one.weight * (one.pass_rate.rollouts - one.pass_rate.passes)
            again.append(Chosen(self._problem(key), (a, b)))
        self._problems = {key: self._problems[key] for key in by_key}
        return found, again

    def _best(self, candidates: Sequence[Chosen], new: int, *, refill: int) -> list[Chosen]:
        """A share of the first `new` at random; for the rest the most learnable that cover most."""
        settings = self.settings
        rng = random.Random(f"explore-{settings.seed}-{refill}")
        explored = rng.sample(range(new), min(new, round(settings.explore * settings.batch)))
        taken = set(explored)
        left = [i for i in range(len(candidates)) if i not in taken]
        count = settings.batch - len(explored)
        learnable = {i: self._learnable(candidates[i].belief) for i in left}
        best = sorted(left, key=lambda i: -learnable[i])[: int(LEARNABLE * count)]
        asked = [_candidate(candidates[i].problem, learnable[i]) for i in best]
        places = [*explored, *(best[i] for i in choose_covering(asked, count))]
        return [candidates[i] for i in places]

    def _learnable(self, belief: Beta) -> float:
        then = later(NOTHING, belief, self.settings.ahead)
        return expected_gradient(NOTHING, self.settings.group_size, then)

    def _proposals(self, refill: int, known: Sequence[Chosen]) -> list[GeneratedProblem]:
        """New problems: the most learnable of the known ones with other numbers, and seeds drawn at
        random that operators drawn at random have changed."""
        wanted = self.settings.batch * self.settings.pool
        rng = random.Random(f"propose-{self.settings.seed}-{refill}")
        seen = set(self._seen)
        judge = Acceptance(
            seen=seen,
            is_contaminated=self._generate.is_contaminated,
            time_limit=self.settings.time_limit,
        )
        parents = sorted(known, key=lambda each: -self._learnable(each.belief))
        found: list[GeneratedProblem] = []
        for each in parents[: self.settings.batch]:
            found += _siblings(each.problem, f"{self.settings.seed}:{refill}", judge)
        wanted += len(found)
        for step in range(TRIES * wanted if self._seeds else 0):
            if len(found) >= wanted:
                break
            seed = rng.choice(self._seeds)
            found += self._generate(seed, refill * STREAMS + step, seen=seen).accepted
        return found

    def _problem(self, key: str) -> GeneratedProblem:
        if key not in self._problems:
            self._problems[key] = self._store.problem(key)
        return self._problems[key]

    def _number(self, name: str, refill: int) -> int:
        return random.Random(f"{name}-{self.settings.seed}-{refill}").getrandbits(31)


def _candidate(problem: GeneratedProblem, learnable: float) -> Candidate:
    return Candidate(learnable, (problem.fingerprint, problem.move, problem.symbols.topic))


Family = tuple[str, str]  # a seed and a structure


def _family(problem: GeneratedProblem) -> Family:
    return problem.seed_id, problem.fingerprint


def _families(observed: Sequence[Observation]) -> dict[Family, Beta]:
    """What was observed of each family: right and wrong answers, by their weights."""
    found: dict[Family, Beta] = {}
    for each in observed:
        rate = each.pass_rate
        right, wrong = found.get(_family(_made(each)), (0.0, 0.0))
        found[_family(_made(each))] = (
            right + each.weight * rate.passes,
            wrong + each.weight * (rate.rollouts - rate.passes),
        )
    return found


def _made(observation: Observation) -> GeneratedProblem:
    assert isinstance(observation.problem, GeneratedProblem)
    return observation.problem


def _with_family(belief: Beta, observed: Beta | None) -> Beta:
    """The belief, and what its family's problems with other numbers came to, at half its weight and
    worth one group at most."""
    if observed is None:
        return belief
    share = min(0.5, FAMILY / sum(observed))
    return belief[0] + share * observed[0], belief[1] + share * observed[1]


def _siblings(problem: GeneratedProblem, key: str, judge: Acceptance) -> list[GeneratedProblem]:
    """The problem with other numbers, of as many digits where all have as many."""
    seed = Seed(id=problem.seed_id, text=problem.text, answer=problem.answer)
    outcome = Outcome(seed, move=problem.move, depth=problem.depth)
    numbers = Option(same_size(problem.symbols))
    for i in range(SIBLINGS):
        stream = f"{key}:{problem.instance_key}:{i}"
        changed = changed_quietly(problem.symbols, numbers, stream)
        if changed is not None:
            kept = changed.replaced(lineage=problem.symbols.lineage)
            outcome.judge(Variant.of(stream, kept), judge)
    return outcome.accepted
