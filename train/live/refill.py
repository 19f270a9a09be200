"""One refill: many problems proposed by operators, the learnable ones that cover most chosen.

Learnable alone is not enough. What is easiest to find by the shares of right answers are problems
that a guess solves, all with the same answer: a student that is trained on them learns to say it. So
an answer has a tenth of a refill at most, and a seed or a move a third.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from math import ceil
from pathlib import Path

from zoped.evals.coverage import Candidate, choose_covering
from zoped.evals.difficulty import DifficultyModel, Observation
from zoped.evals.stopping import Beta
from zoped.foundation.closing import Closing
from zoped.foundation.errors import ZopedError, counted
from zoped.programs import GeneratedProblem, RandomOperators, Seed
from zoped.programs.acceptance import IsContaminated
from zoped.train.curriculum.choose import NOTHING, expected_gradient, later
from zoped.train.curriculum.corrections import correction
from zoped.train.exchange.row import ProblemRow
from zoped.train.live.settings import LiveSettings
from zoped.train.live.store import Chosen, LiveStore

WINDOW = 4_000  # observations that the model is fitted on: older ones hardly count
PREDICTED = 2.0  # answers that a prediction counts for at most where there are real ones
RECENT = 192  # groups by which beliefs are corrected
LEARNABLE = 1.1  # times the wanted number: of the most learnable, which ones cover most is asked
ALIKE = 3  # a seed or a move has at most one in so many problems of a refill
ANSWER = 10  # an answer has at most one in so many
SIBLINGS = 0.5  # share of proposals that are made as an observed problem was
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
        is_contaminated: IsContaminated | None = None,
    ) -> None:
        self.settings = settings
        self._seeds = [seed for seed in seeds if seed.symbols is not None]
        self._store = LiveStore(folder, reading=True)
        self._by_id = {seed.id: seed for seed in self._seeds}
        self._is_contaminated = is_contaminated
        self._generate = self._generator(settings.operators)
        self._by_move: dict[str, RandomOperators] = {}
        self._seen: set[str] = set()
        self._read = 0  # numbers whose keys are in `_seen`
        self._problems: dict[str, GeneratedProblem] = {}
        self._corrections = dict.fromkeys((False, True), correction((), settings.group_size))

    def close(self) -> None:
        self._store.close()

    def choose(self, refill: int, mark: int) -> list[Chosen]:
        """Exactly as many problems as the refill has numbers; where fewer are left, some of them stand
        there again. Raises NoMoreProblems where none is."""
        settings = self.settings
        size = len(settings.numbers(refill))
        keys = self._store.keys_from(self._read)
        self._seen.update(keys)
        self._read += len(keys)
        observed, again = self._known(refill, mark)
        outcomes = self._store.outcomes(last=RECENT, mark=mark)
        self._corrections = {
            repeated: correction(
                ((o.belief, o.pass_rate) for o in outcomes if o.again is repeated),
                settings.group_size,
            )
            for repeated in (False, True)
        }
        model = DifficultyModel(
            observed, prior=settings.prior, random_seed=self._number("difficulty", refill)
        )
        new = self._proposals(refill, size * settings.pool, observed)
        chosen = self._best(
            size, [*map(Chosen, new, model.predict(new)), *again], len(new), refill=refill
        )
        if not chosen:
            raise NoMoreProblems(
                f"handed out: {counted(len(self._seen), 'problem')}; the seeds and operators make no "
                "other one; give more seeds with their symbolic form, or more `uses`"
            )
        random.Random(f"order-{settings.seed}-{refill}").shuffle(chosen)
        chosen = [
            each if each.problem.instance_key in self._seen else self._told(each) for each in chosen
        ]
        return [chosen[i % len(chosen)] for i in range(size)]

    def _told(self, chosen: Chosen) -> Chosen:
        row = ProblemRow.of(chosen.problem, instruction=self.settings.instruction)
        return replace(chosen, row=row.model_dump_json())

    def _known(self, refill: int, mark: int) -> tuple[list[Observation], list[Chosen]]:
        """What was observed, and the problems of it that may be handed out again, each with what is
        believed of it now."""
        settings = self.settings
        latest = settings.numbers(refill - 1).start if refill else 0
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
            if uses >= settings.uses or last >= latest:
                continue
            # What was predicted counts less than a group of its own answers, however sure it was.
            trust = min(1.0, PREDICTED / (a + b))
            a, b = trust * a, trust * b
            for one in observations:
                a += one.weight * one.pass_rate.passes
                b += one.weight * (one.pass_rate.rollouts - one.pass_rate.passes)
            again.append(Chosen(self._problem(key), (a, b)))
        self._problems = {key: self._problems[key] for key in by_key}
        return found, again

    def _best(
        self, size: int, candidates: Sequence[Chosen], new: int, *, refill: int
    ) -> list[Chosen]:
        """A share of the first `new` at random; for the rest the most learnable that cover most."""
        settings = self.settings
        rng = random.Random(f"explore-{settings.seed}-{refill}")
        explored = rng.sample(range(new), min(new, round(settings.explore * size)))
        taken = set(explored)
        left = [i for i in range(len(candidates)) if i not in taken]
        count = size - len(explored)
        learnable = {i: self._learnable(candidates[i].belief, again=i >= new) for i in left}
        ranked = sorted(left, key=lambda i: -learnable[i])
        unlike = _unlike([candidates[i].problem for i in ranked], int(LEARNABLE * count), size)
        best = [ranked[place] for place in unlike]
        asked = [_candidate(candidates[i].problem, learnable[i]) for i in best]
        places = [*explored, *(best[i] for i in choose_covering(asked, count))]
        return [candidates[i] for i in places]

    def _learnable(self, belief: Beta, *, again: bool) -> float:
        then = later(NOTHING, belief, self.settings.ahead)
        return self._corrections[again].gradient(then, self.settings.group_size)

    def _proposals(
        self, refill: int, wanted: int, observed: Sequence[Observation]
    ) -> list[GeneratedProblem]:
        """New problems. Half of them by operators drawn at random of seeds drawn at random; half are
        siblings of observed problems, by the same operator of the same seed, the more the likelier
        that such a group has a gradient."""
        rng = random.Random(f"propose-{self.settings.seed}-{refill}")
        seen = set(self._seen)
        group, prior = self.settings.group_size, self.settings.prior
        weights = [expected_gradient(each.pass_rate, group, prior) for each in observed]
        found: list[GeneratedProblem] = []
        for step in range(TRIES * wanted if self._seeds else 0):
            if len(found) >= wanted:
                break
            if observed and rng.random() < SIBLINGS:
                parent = rng.choices(observed, weights)[0].problem
                seed, generate = self._by_id[parent.seed_id], self._sibling_generator(parent.move)
            else:
                seed, generate = rng.choice(self._seeds), self._generate
            found += generate(seed, refill * STREAMS + step, seen=seen).accepted
        return found

    def _sibling_generator(self, move: str) -> RandomOperators:
        if move not in self._by_move:
            self._by_move[move] = self._generator((move,))
        return self._by_move[move]

    def _generator(self, operators: tuple[str, ...] | None) -> RandomOperators:
        return RandomOperators(
            operators=operators,
            variants=self.settings.variants,
            random_seed=self.settings.seed,
            is_contaminated=self._is_contaminated,
            time_limit=self.settings.time_limit,
        )

    def _problem(self, key: str) -> GeneratedProblem:
        if key not in self._problems:
            self._problems[key] = self._store.problem(key)
        return self._problems[key]

    def _number(self, name: str, refill: int) -> int:
        return random.Random(f"{name}-{self.settings.seed}-{refill}").getrandbits(31)


def _unlike(problems: Sequence[GeneratedProblem], count: int, size: int) -> list[int]:
    """The places of the first `count` problems among which no seed, move or answer has more than its
    part of a refill of this size; where they are fewer, the first others follow."""
    alike, same_answer = ceil(size / ALIKE), ceil(size / ANSWER)
    seeds, moves, answers = Counter[str](), Counter[str](), Counter[str]()
    found: list[int] = []
    others: list[int] = []
    for i, each in enumerate(problems):
        if len(found) >= count:
            break
        if (
            seeds[each.seed_id] < alike
            and moves[each.move] < alike
            and answers[each.answer] < same_answer
        ):
            seeds[each.seed_id] += 1
            moves[each.move] += 1
            answers[each.answer] += 1
            found.append(i)
        else:
            others.append(i)
    return [*found, *others[: count - len(found)]]


def _candidate(problem: GeneratedProblem, learnable: float) -> Candidate:
    return Candidate(learnable, (problem.fingerprint, problem.move, problem.seed_id))
