"""One refill: many problems proposed by operators, the learnable ones that cover most chosen."""

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
from zoped.train.curriculum.choose import NOTHING, expected_gradient, later
from zoped.train.exchange.row import ProblemRow
from zoped.train.live.settings import LiveSettings
from zoped.train.live.store import Chosen, LiveStore

WINDOW = 4_000  # observations that the model is fitted on: older ones hardly count
LEARNABLE = 1.5  # times the wanted number: of the most learnable, which ones cover most is asked
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
        settings, start = self.settings, refill * self.settings.batch
        keys = self._store.keys_from(self._read)
        self._seen.update(keys)
        self._read += len(keys)
        observed, again = self._known(mark, start)
        model = DifficultyModel(
            observed, prior=settings.prior, random_seed=self._number("difficulty", refill)
        )
        new = self._proposals(refill)
        chosen = self._best(
            [*map(Chosen, new, model.predict(new)), *again], len(new), refill=refill
        )
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

    def _known(self, mark: int, start: int) -> tuple[list[Observation], list[Chosen]]:
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
            uses, last, (a, b) = self._store.uses(key)
            if uses >= settings.uses or last >= start - settings.batch:
                continue
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

    def _proposals(self, refill: int) -> list[GeneratedProblem]:
        """New problems of seeds drawn at random, by operators drawn at random."""
        wanted = self.settings.batch * self.settings.pool
        rng = random.Random(f"propose-{self.settings.seed}-{refill}")
        seen = set(self._seen)
        found: list[GeneratedProblem] = []
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
