"""What live problems know: one SQLite database (WAL, every commit on the disk before it returns).

A refill is due from the moment when a certain number is handed out (`LiveSettings.begun_at`); the
observations that it may know, those up to `mark`, are noted in that same transaction. What it chooses is therefore a
function of what is stored, whoever makes it and however often that is tried.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zoped.evals.pass_rate import PassRate
from zoped.evals.stopping import Beta
from zoped.foundation.database import Database, require_own_tables
from zoped.foundation.errors import ZopedError
from zoped.programs import GeneratedProblem

FILE = "live.db"
VERSION = 1
SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE problems (key TEXT PRIMARY KEY, body TEXT NOT NULL, row TEXT NOT NULL);
CREATE TABLE refills (refill INTEGER PRIMARY KEY, mark INTEGER NOT NULL, done INTEGER NOT NULL);
CREATE INDEX due ON refills (refill) WHERE NOT done;
CREATE TABLE queue (
    number INTEGER PRIMARY KEY, key TEXT NOT NULL, a REAL NOT NULL, b REAL NOT NULL);
CREATE INDEX uses ON queue (key, number);
CREATE TABLE observations (
    seq INTEGER PRIMARY KEY, key TEXT NOT NULL, batch TEXT NOT NULL, passes INTEGER NOT NULL,
    rollouts INTEGER NOT NULL, UNIQUE (key, batch));
CREATE TABLE requests (request TEXT PRIMARY KEY, start INTEGER NOT NULL, count INTEGER NOT NULL);
"""


class LiveError(ZopedError, ValueError):
    """A folder of live problems that cannot be used; the message says why."""


class UnknownProblem(ZopedError, KeyError):
    """A key or a number of which no problem was handed out."""

    def __str__(self) -> str:
        return str(self.args[0])


@dataclass(frozen=True)
class Chosen:
    """A problem of a refill with the pass rate that was predicted of it, as a Beta distribution.

    `row` is its row of exports as JSON; "" for a problem that is stored already.
    """

    problem: GeneratedProblem
    belief: Beta
    row: str = ""


@dataclass(frozen=True)
class Observed:
    key: str
    pass_rate: PassRate


@dataclass(frozen=True)
class Outcome:
    """What was believed of a problem when it was handed out, for the first time or `again`, and what
    its group came to."""

    again: bool
    belief: Beta
    pass_rate: PassRate


class LiveStore(Database):
    """The database. Not thread-safe; a `reading` one only reads, beside the one that writes."""

    def __init__(self, folder: Path, *, reading: bool = False) -> None:
        self.path = folder / FILE
        uri = f"{self.path.resolve().as_uri()}{'?mode=ro' if reading else ''}"
        try:
            self._db = sqlite3.connect(
                uri, uri=True, isolation_level=None, timeout=30, check_same_thread=False
            )
            if not reading:
                self._open()
        except sqlite3.DatabaseError as error:
            raise LiveError(
                f"{self.path}: cannot be opened ({error}); name another folder"
            ) from None

    def _open(self) -> None:
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version not in (0, VERSION):
            raise LiveError(f"{self.path} was written by a newer Zoped; name another folder")
        if not version:
            require_own_tables(self._db)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        if not version:
            self._make_tables(SCHEMA, VERSION)

    def require(self, made_with: dict[str, Any]) -> None:
        """Note what the problems are a function of, or raise LiveError where it is another."""
        told = json.dumps(made_with, sort_keys=True)
        kept = self._meta("made_with")
        if kept is None:
            self._set_meta("made_with", told)
        elif kept != told:
            before = json.loads(kept)
            other = [name for name in made_with if made_with[name] != before.get(name)]
            raise LiveError(
                f"{self.path} was made with another value of {', '.join(other)}; give that one, or "
                "name another folder"
            )

    # Handing out

    @property
    def front(self) -> int:
        """The number after the last one that was handed out."""
        return int(self._meta("front") or 0)

    def move_front(self, front: int, begun_at: Callable[[int], int]) -> None:
        """The front is there, and every refill that is due by it is noted with what it may know: the
        first one always, another one when the number at which it is begun is handed out."""
        with self.transaction():
            self._set_meta("front", str(front))
            due = self._one("SELECT COALESCE(MAX(refill) + 1, 0) FROM refills")
            while due == 0 or begun_at(due) < front:
                self._db.execute("INSERT INTO refills VALUES (?, ?, 0)", (due, self.last_seq))
                due += 1

    def request(self, name: str) -> tuple[int, int] | None:
        """The first number and the count that a request of this name was given."""
        found = self._db.execute(
            "SELECT start, count FROM requests WHERE request = ?", (name,)
        ).fetchone()
        return None if found is None else (found[0], found[1])

    def keep_request(self, name: str, start: int, count: int) -> None:
        self._db.execute("INSERT INTO requests VALUES (?, ?, ?)", (name, start, count))

    # Refills

    def due(self) -> tuple[int, int] | None:
        """The first refill that is due and not made, and the last observation that it may know."""
        found: tuple[int, int] | None = self._db.execute(
            "SELECT refill, mark FROM refills WHERE NOT done ORDER BY refill LIMIT 1"
        ).fetchone()
        return found

    def save_refill(self, refill: int, chosen: Iterable[Chosen], *, start: int) -> None:
        """Its problems, numbered from `start` on."""
        with self.transaction():
            for number, each in enumerate(chosen, start=start):
                key = each.problem.instance_key
                self._db.execute(
                    "INSERT OR IGNORE INTO problems VALUES (?, ?, ?)",
                    (key, each.problem.model_dump_json(), each.row),
                )
                self._db.execute(
                    "INSERT INTO queue VALUES (?, ?, ?, ?)", (number, key, *each.belief)
                )
            self._db.execute("UPDATE refills SET done = 1 WHERE refill = ?", (refill,))

    def at(self, number: int) -> Chosen | None:
        """What has this number; None as long as its refill is not made."""
        found = self._db.execute(
            "SELECT body, a, b, row FROM queue JOIN problems USING (key) WHERE number = ?",
            (number,),
        ).fetchone()
        if found is None:
            return None
        body, a, b, row = found
        return Chosen(GeneratedProblem.model_validate_json(body), (a, b), row)

    def row_at(self, number: int) -> tuple[str, Beta] | None:
        """The row of exports of what has this number, and what was predicted of it; None as `at`."""
        found = self._db.execute(
            "SELECT row, a, b FROM queue JOIN problems USING (key) WHERE number = ?", (number,)
        ).fetchone()
        return None if found is None else (found[0], (found[1], found[2]))

    def keys_from(self, number: int) -> list[str]:
        """The keys of the problems from this number on, in order."""
        rows = self._db.execute(
            "SELECT key FROM queue WHERE number >= ? ORDER BY number", (number,)
        )
        return [key for (key,) in rows]

    def problem(self, key: str) -> GeneratedProblem:
        return GeneratedProblem.model_validate_json(
            self._one("SELECT body FROM problems WHERE key = ?", key)
        )

    def problems(self) -> list[GeneratedProblem]:
        """All that were chosen."""
        rows = self._db.execute("SELECT body FROM problems")
        return [GeneratedProblem.model_validate_json(body) for (body,) in rows]

    def uses(self, key: str) -> tuple[int, int, Beta]:
        """How often the problem was chosen, the last number, and what was predicted at first."""
        rows = self._db.execute(
            "SELECT number, a, b FROM queue WHERE key = ? ORDER BY number", (key,)
        ).fetchall()
        return len(rows), rows[-1][0], (rows[0][1], rows[0][2])

    # Observations

    @property
    def last_seq(self) -> int:
        return int(self._one("SELECT COALESCE(MAX(seq), 0) FROM observations"))

    def observe(self, key: str, rate: PassRate, batch: str | None) -> bool:
        """Whether it is new: of one key and batch the first observation counts. Raises
        UnknownProblem."""
        self.require_known(key)
        seq = self.last_seq + 1
        name = f"#{seq}" if batch is None else f":{batch}"
        added = self._db.execute(
            "INSERT OR IGNORE INTO observations VALUES (?, ?, ?, ?, ?)",
            (seq, key, name, rate.passes, rate.rollouts),
        )
        return bool(added.rowcount)

    def require_known(self, key: str) -> None:
        if not self._one("SELECT EXISTS (SELECT 1 FROM problems WHERE key = ?)", key):
            raise UnknownProblem(
                f"no problem with the key {key!r} was handed out; give the `key` that came with it"
            )

    def observed(self, *, last: int, mark: int) -> list[tuple[int, Observed]]:
        """The last observations up to the mark, oldest first, each with its number."""
        rows = self._db.execute(
            "SELECT seq, key, passes, rollouts FROM observations WHERE seq <= ? "
            "ORDER BY seq DESC LIMIT ?",
            (mark, last),
        ).fetchall()
        return [(seq, Observed(key, PassRate(p, n))) for seq, key, p, n in reversed(rows)]

    def outcomes(self, *, last: int, mark: int) -> list[Outcome]:
        """What became of the last groups up to the mark. The n-th group of a problem is taken for what
        was answered when it was handed out for the n-th time."""
        rows = self._db.execute(
            "WITH told AS (SELECT seq, key, passes, rollouts, ROW_NUMBER() OVER "
            "(PARTITION BY key ORDER BY seq) AS use FROM observations WHERE seq <= ? AND rollouts > 1), "
            "handed AS (SELECT key, a, b, ROW_NUMBER() OVER (PARTITION BY key ORDER BY number) AS use "
            "FROM queue) SELECT use > 1, a, b, passes, rollouts FROM told JOIN handed USING (key, use) "
            "ORDER BY seq DESC LIMIT ?",
            (mark, last),
        )
        return [Outcome(bool(again), (a, b), PassRate(p, n)) for again, a, b, p, n in rows]

    def totals(self) -> dict[str, int]:
        """Of all observations: how many, those of several answers, rollouts, passes, and those with
        right and wrong answers."""
        row = self._db.execute(
            "SELECT COUNT(*), COALESCE(SUM(rollouts > 1), 0), COALESCE(SUM(rollouts), 0), "
            "COALESCE(SUM(passes), 0), COALESCE(SUM(passes > 0 AND passes < rollouts), 0) "
            "FROM observations"
        ).fetchone()
        names = ("observations", "groups", "rollouts", "passes", "with_gradient")
        return dict(zip(names, row, strict=True))

    def counts(self) -> dict[str, int]:
        return {
            "chosen": self._one("SELECT COUNT(*) FROM queue"),
            "distinct": self._one("SELECT COUNT(*) FROM problems"),
            "refills": self._one("SELECT COUNT(*) FROM refills WHERE done"),
        }

    def _one(self, query: str, *values: Any) -> Any:
        return self._db.execute(query, values).fetchone()[0]

    def _meta(self, key: str) -> str | None:
        found = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if found is None else found[0]

    def _set_meta(self, key: str, value: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))
