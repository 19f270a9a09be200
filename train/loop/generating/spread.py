"""In which order problems are written: over seeds and structures first, within limits.

What comes of the decisions is asked for one decision at a time, so that the same results give the
same order, also where they come out of a state instead of a program.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction

from pydantic import BaseModel, ConfigDict, Field

from zoped.foundation.errors import ZopedError, counted
from zoped.programs import GeneratedProblem, Seed
from zoped.train.loop.generating.generation import seed_of_lap

OTHERS = ""  # the pool of the seeds whose topic has no share of its own
Results = Callable[[int, Seed], Sequence[GeneratedProblem]]
Upcoming = list[tuple[int, Seed]]  # steps, and whose they are likely to be


class SpreadError(ZopedError, ValueError):
    """The limits cannot be kept with these seeds."""


class Limits(BaseModel):
    """At most `max_per_story` problems of a seed; `shares` of the problems by the seeds' topics."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_per_story: int | None = Field(default=None, ge=1)
    shares: Mapping[str, float] = {}


class _Pool:
    """Seeds that take turns. In a lap each is decided on once, and one problem of it is given; the
    other problems of the lap follow, one of each seed at a time, before the next lap begins."""

    def __init__(self, seeds: Sequence[Seed], share: float, random_seed: int) -> None:
        self.seeds = seeds
        self.share = Fraction(share).limit_denominator(10_000)
        self._random_seed = random_seed
        self._steps = 0
        self._waiting: deque[deque[GeneratedProblem]] = deque()

    def next_seed(self) -> Seed:
        seed = self.seed_at(self._steps)
        self._steps += 1
        return seed

    def seed_at(self, step: int) -> Seed:
        return seed_of_lap(self.seeds, step, run_seed=self._random_seed)

    @property
    def steps(self) -> int:
        return self._steps

    @property
    def kept(self) -> int:
        """Problems that are made and wait for their turn."""
        return sum(map(len, self._waiting))

    def keep(self, problems: Sequence[GeneratedProblem]) -> None:
        if problems:
            self._waiting.append(deque(problems))

    def waiting(self, *, ended: bool = False) -> GeneratedProblem | None:
        """A problem that was kept, where the lap is over or no decision follows."""
        if not self._waiting or not (ended or self._steps % len(self.seeds) == 0):
            return None
        turn = self._waiting.popleft()
        problem = turn.popleft()
        if turn:
            self._waiting.append(turn)
        return problem


def spread_out(
    seeds: Sequence[Seed],
    limits: Limits,
    results: Results,
    *,
    decisions: int,
    random_seed: int,
    expect: Callable[[Upcoming], None] | None = None,
    ahead: int = 0,
    count: int | None = None,
) -> Iterator[GeneratedProblem]:
    """The problems in the order in which they are written, from up to `decisions` decisions.

    `results(step, seed)` gives what comes of decision `step`. Of every prefix each topic's share is
    kept to within one problem. Ends early where every seed has given its `max_per_story`.
    `expect`, where given, is told before each decision which up to `ahead` will follow it, if each
    gives a problem and `count` are wanted.
    """
    pools = _pools(seeds, limits, random_seed)
    given: Counter[str] = Counter()  # by pool
    told: Counter[str] = Counter()  # by seed
    most = limits.max_per_story
    step = 0

    def is_open(seed: Seed) -> bool:
        return most is None or told[seed.id] < most

    while True:
        name = max(pools, key=lambda key: pools[key].share * (given.total() + 1) - given[key])
        pool = pools[name]
        problem = pool.waiting(ended=step >= decisions)
        while problem is None:
            if step >= decisions or not any(map(is_open, pool.seeds)):
                return
            seed = pool.next_seed()
            if is_open(seed):
                if expect is not None:
                    missing = ahead if count is None else count - given.total() - 1
                    missing -= sum(pool.kept for pool in pools.values())
                    most_ahead = min(ahead, missing, decisions - step - 1)
                    expect(_upcoming(pools, given, name, is_open, step + 1, most_ahead))
                first, *rest = results(step, seed) or (None,)
                step += 1
                problem = first
                pool.keep(rest)
            if problem is None:
                problem = pool.waiting(ended=step >= decisions)
        if most is not None and told[problem.seed_id] >= most:
            continue
        given[name] += 1
        told[problem.seed_id] += 1
        yield problem


def _upcoming(
    pools: Mapping[str, _Pool],
    given: Counter[str],
    deciding: str,
    is_open: Callable[[Seed], bool],
    step: int,
    count: int,
) -> Upcoming:
    """The next decisions after one of the pool `deciding`, if that gives a problem and so do they."""
    found: Upcoming = []
    given = Counter(given)
    given[deciding] += 1
    steps = {name: pool.steps for name, pool in pools.items()}
    kept = {name: pool.kept for name, pool in pools.items()}
    able = {name for name, pool in pools.items() if any(map(is_open, pool.seeds))}
    while len(found) < count:
        name = max(pools, key=lambda key: pools[key].share * (given.total() + 1) - given[key])
        if name not in able:
            break
        given[name] += 1
        pool = pools[name]
        if kept[name] and steps[name] % len(pool.seeds) == 0:
            kept[name] -= 1
            continue
        while not is_open(seed := pool.seed_at(steps[name])):
            steps[name] += 1
        steps[name] += 1
        found.append((step, seed))
        step += 1
    return found


def _pools(seeds: Sequence[Seed], limits: Limits, random_seed: int) -> dict[str, _Pool]:
    rest = 1 - sum(limits.shares.values())
    pools = {
        topic: _Pool([s for s in seeds if s.topic == topic], share, random_seed)
        for topic, share in limits.shares.items()
    }
    others = [seed for seed in seeds if seed.topic not in limits.shares]
    if others and rest > 1e-9:
        pools[OTHERS] = _Pool(others, rest, random_seed)
    return pools


def require_possible(seeds: Sequence[Seed], limits: Limits, count: int) -> None:
    """Raise SpreadError where no `count` problems of these seeds keep the limits."""
    topics = Counter(seed.topic for seed in seeds)
    known = ", ".join(sorted(topic for topic in topics if topic)) or "none"
    for topic, share in limits.shares.items():
        if topic not in topics:
            raise SpreadError(f"topic {topic}: no seed is of it; the topics are {known}")
        if not 0 < share <= 1:
            raise SpreadError(f"topic {topic}: the share {share:g} is not above 0 and at most 1")
    total = sum(limits.shares.values())
    if total > 1 + 1e-9:
        raise SpreadError(f"the topics' shares add up to {total:g}; at most 1 is possible")
    if limits.shares and total < 1 - 1e-9 and not topics.keys() - limits.shares.keys():
        raise SpreadError(
            f"the topics' shares add up to {total:g}, and no seed is of another topic; "
            "make them add up to 1"
        )
    most = limits.max_per_story
    if most is None:
        return
    for name, pool in _pools(seeds, limits, 0).items():
        wanted = int(pool.share * count)
        if wanted > most * len(pool.seeds):
            what = f" of {name}" if name else ""
            raise SpreadError(
                f"{counted(wanted, 'problem')}{what} from {counted(len(pool.seeds), 'seed')}{what} are more than "
                f"{most} a story; {-(-wanted // len(pool.seeds))} would do"
            )
