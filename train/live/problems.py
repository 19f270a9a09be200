"""Live problems: an iterator that follows what a trainer's own rollouts say of its problems."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import RLock
from typing import Any

from zoped.evals.difficulty import calibration
from zoped.evals.pass_rate import PassRate
from zoped.evals.stopping import Beta
from zoped.foundation.closing import Closing
from zoped.foundation.own_files import held, make_folder
from zoped.programs import GeneratedProblem, Seed
from zoped.programs.acceptance import IsContaminated
from zoped.train.curriculum.choose import NOTHING, expected_gradient
from zoped.train.live.refill import Refiller
from zoped.train.live.settings import LiveSettings
from zoped.train.live.store import Chosen, LiveStore, UnknownProblem

RECENT = 512  # groups that `stats` calls recent
REMEMBERED = 4_096  # problems in memory, at least
FURTHEST = 4_096  # numbers beyond the front that may be asked for


@dataclass(frozen=True)
class LiveProblem:
    """What was handed out with a number; `predicted` is the Beta distribution of its pass rate."""

    number: int
    problem: GeneratedProblem
    predicted: Beta
    _row: str = field(repr=False)

    @property
    def key(self) -> str:
        """That of the symbols: what `observe` is told."""
        return self.problem.instance_key

    @property
    def text(self) -> str:
        return self.problem.text

    @property
    def answer(self) -> str:
        return self.problem.answer

    @property
    def json(self) -> str:
        """What a trainer is sent: the problem's `ProblemRow` with its `number` and `predicted`, the
        mean of its pass rate."""
        return _sent(self.number, self._row, self.predicted)

    @property
    def row(self) -> dict[str, Any]:
        """`json` as a dictionary."""
        found: dict[str, Any] = json.loads(self.json)
        return found


class LiveProblems(Closing):
    """Endless problems at the edge of what a student can do while it is trained.

    Operators propose many problems, the difficulty model chooses those that are learnable and unlike
    each other, and learns from what `observe` is told of the trainer's own groups. Which problem has
    which number depends on the settings, the seeds, and the order of the calls alone; what was handed
    out or observed is on the disk when the call returns, so that a killed process goes on as if it
    had not been. Safe for threads; one process at a time has the folder.

    Args:
        folder: Where the state lies; it is made, or gone on from.
        seeds: To start from; those without symbols make nothing.
        settings: What is chosen, and how.
        is_contaminated: Whether a text shares a passage with a test set (`Passages.shares_passage`).

    Raises:
        LiveError: For a folder that was made with other seeds or settings.
        OutputError: For one that another process has, or that cannot be written to.
    """

    def __init__(
        self,
        folder: str | Path,
        seeds: Sequence[Seed],
        settings: LiveSettings | None = None,
        *,
        is_contaminated: IsContaminated | None = None,
    ) -> None:
        self.folder = Path(folder)
        self.settings = settings or LiveSettings()
        self._made_of = (list(seeds), self.settings, is_contaminated)
        self._lock = RLock()
        self._refiller: Refiller | None = None
        self._recent: dict[int, LiveProblem] = {}
        make_folder(self.folder, str(folder))
        with ExitStack() as stack:
            stack.enter_context(held(self.folder, str(folder)))
            self._store = stack.enter_context(LiveStore(self.folder))
            self._store.require(self.settings.model_dump(mode="json") | {"seeds": _digest(seeds)})
            self._move_front(self._store.front)
            self._open = stack.pop_all()

    def close(self) -> None:
        if self._refiller is not None:
            self._refiller.close()
        self._open.close()

    def __iter__(self) -> Iterator[LiveProblem]:
        return self

    def __next__(self) -> LiveProblem:
        """Never raises StopIteration; raises NoMoreProblems where operators make no other one."""
        return self.take(1)[0]

    def take(self, count: int, *, request: str | None = None) -> list[LiveProblem]:
        """The next problems. A `request` that comes again gets what it got before: a client that did
        not hear the answer asks anew with the same name. Raises NoMoreProblems."""
        with self._lock:
            return [self.problem(number) for number in self.reserve(count, request=request)]

    def problem(self, number: int) -> LiveProblem:
        """The problem of this number, the same one whenever it is asked for; those before it count
        as handed out. Makes the refills that are due up to it. Raises NoMoreProblems, and
        UnknownProblem for a number far beyond what was handed out."""
        with self._lock:
            self.reach(number)
            while (found := self.made(number)) is None:
                self.refill()
            return found

    def observe(self, key: str, passes: int, rollouts: int, *, batch: str | None = None) -> bool:
        """Tell what a group of `rollouts` answers came to; it is on the disk when this returns.

        Of one key and `batch` the first observation counts, and True says that it was: what is told
        again after a crash changes nothing. Without `batch` every call counts. Raises UnknownProblem
        for a key that was not handed out, and ValueError for impossible counts.
        """
        rate = PassRate(passes, rollouts)
        if not rollouts:
            raise ValueError(f"an observation of {key} without rollouts: give at least 1")
        with self._lock:
            return self._store.observe(key, rate, batch)

    def stats(self) -> dict[str, Any]:
        """How many problems were handed out and observed, and how well they were chosen.

        `gradient_share` is the share of observed groups with right and wrong answers, of all and of the
        last 512 (answers that were observed one by one are no groups); `expected` is what was predicted for the latter. `calibration` compares predictions
        with first observations (None where there is none).
        """
        with self._lock:
            totals, counts = self._store.totals(), self._store.counts()
            rows = [
                each for _, each in self._store.observed(last=RECENT, mark=self._store.last_seq)
            ]
            groups = [row.pass_rate for row in rows if row.pass_rate.rollouts > 1]
            first = {row.key: row for row in reversed(rows)}
            beliefs = {key: self._store.uses(key)[2] for key in first}
        group = self.settings.group_size
        expected = [expected_gradient(NOTHING, group, belief) for belief in beliefs.values()]
        found = calibration(list(beliefs.values()), [row.pass_rate for row in first.values()])
        return {
            "handed_out": self._store.front,
            **counts,
            "observed_groups": totals["observations"],
            "observed_rollouts": totals["rollouts"],
            "pass_rate": _share(totals["passes"], totals["rollouts"]),
            "gradient_share": _share(totals["with_gradient"], totals["groups"]),
            "recent": {
                "groups": len(rows),
                "gradient_share": _share(sum(map(_varied, groups)), len(groups)),
                "expected": _share(sum(expected), len(expected)),
            },
            "calibration": found
            and {
                "problems": found.problems,
                "log_loss": found.log_loss,
                "base_log_loss": found.base_log_loss,
                "coverage": found.coverage,
            },
        }

    # What a service needs: handing out and making apart

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All calls of the block are committed together, at its end."""
        with self._lock, self._store.transaction():
            yield

    def reserve(self, count: int, *, request: str | None = None) -> range:
        """The numbers of the next problems, which may not be made yet; else as `take`."""
        if count < 1:
            raise ValueError(f"count is {count}; give at least 1")
        with self._lock, self._store.transaction():
            before = None if request is None else self._store.request(request)
            if before is not None:
                return range(before[0], sum(before))
            start = self._store.front
            self._move_front(start + count)
            if request is not None:
                self._store.keep_request(request, start, count)
            return range(start, start + count)

    def made(self, number: int) -> LiveProblem | None:
        """The problem of this number; None as long as its refill is not made."""
        with self._lock:
            if number not in self._recent:
                chosen = self._store.at(number)
                if chosen is None:
                    return None
                if len(self._recent) > max(REMEMBERED, 4 * self.settings.batch):
                    self._recent.clear()
                self._recent[number] = LiveProblem(
                    number, chosen.problem, chosen.belief, chosen.row
                )
            return self._recent[number]

    def json(self, number: int) -> str | None:
        """`LiveProblem.json` of this number, for less: the problem in it is not read."""
        with self._lock:
            found = self._store.row_at(number)
        return None if found is None else _sent(number, *found)

    def reach(self, number: int) -> None:
        """Count the problems up to this number as handed out. Raises UnknownProblem for one that is
        far beyond them: every refill before it would have to be made."""
        with self._lock:
            if not 0 <= number < self._store.front + FURTHEST:
                raise UnknownProblem(
                    f"no problem {number}: {self._store.front} were handed out, and the next "
                    f"{FURTHEST} may be asked for"
                )
            if number >= self._store.front:
                self._move_front(number + 1)

    def require_known(self, key: str) -> None:
        """Raises UnknownProblem for a key that was not handed out."""
        with self._lock:
            self._store.require_known(key)

    def due(self) -> tuple[int, int] | None:
        """The next refill that is to be made, and the last observation that it may know."""
        with self._lock:
            return self._store.due()

    def refill(self) -> bool:
        """Make the next refill that is due, in this process; whether there was one."""
        due = self.due()
        if due is None:
            return False
        with self._lock:
            if self._refiller is None:
                self._refiller = self.refiller()
            self.save_refill(due[0], self._refiller.choose(*due))
        return True

    def save_refill(self, refill: int, chosen: Sequence[Chosen]) -> None:
        with self._lock:
            self._store.save_refill(refill, chosen, start=self.settings.numbers(refill).start)

    def refiller(self) -> Refiller:
        return Refiller(self.folder, *self._made_of)

    @property
    def made_of(self) -> tuple[list[Seed], LiveSettings, IsContaminated | None]:
        """What a `Refiller` of another process needs beside the folder."""
        return self._made_of

    def _move_front(self, front: int) -> None:
        self._store.move_front(front, self.settings.begun_at)


def _sent(number: int, row: str, predicted: Beta) -> str:
    mean = predicted[0] / sum(predicted)
    return f'{{"number": {number}, "predicted": {mean:.6g}, {row[1:]}'


def _digest(seeds: Sequence[Seed]) -> str:
    text = "\n".join(seed.model_dump_json() for seed in seeds)
    return hashlib.sha256(text.encode()).hexdigest()


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _varied(rate: PassRate) -> bool:
    return 0 < rate.passes < rate.rollouts
