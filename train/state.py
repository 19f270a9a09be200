"""The state of a run: one SQLite database that survives a kill at any moment.

Whatever belongs together is committed together: a generation step's problems with the mark that
the step is done, a phase's metrics with its done marker. So a resumed run neither loses nor
counts anything twice. WAL mode: a reader (a report, a second terminal) never blocks the run.
"""

from __future__ import annotations

import functools
import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from pydantic import ValidationError

from zoped.evals import PassRate
from zoped.foundation.database import Database
from zoped.foundation.errors import UNREADABLE, ZopedError, first_fault, first_line
from zoped.programs import GeneratedProblem, Reason, Rejection, Seed

STATE = "state.db"  # in the run folder
SCHEMA_VERSION = 2  # 1 was that of Zoped 0.1
SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (
    key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS seeds (
    id TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS steps (
    round INTEGER NOT NULL, step INTEGER NOT NULL, seed_id TEXT NOT NULL,
    teacher_calls INTEGER NOT NULL, PRIMARY KEY (round, step));
CREATE TABLE IF NOT EXISTS ahead (
    round INTEGER NOT NULL, step INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (round, step));
CREATE TABLE IF NOT EXISTS problems (
    instance_key TEXT PRIMARY KEY, id TEXT NOT NULL UNIQUE, round INTEGER NOT NULL,
    step INTEGER NOT NULL, position INTEGER NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS rejections (
    round INTEGER NOT NULL, step INTEGER NOT NULL, seed_id TEXT NOT NULL, reason TEXT NOT NULL,
    detail TEXT NOT NULL, move TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS pass_rates (
    problem_id TEXT NOT NULL, student TEXT NOT NULL, passes INTEGER NOT NULL,
    rollouts INTEGER NOT NULL, PRIMARY KEY (problem_id, student));
CREATE TABLE IF NOT EXISTS prompts (
    round INTEGER NOT NULL, stage TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (round, stage));
CREATE TABLE IF NOT EXISTS phases (
    round INTEGER NOT NULL, phase TEXT NOT NULL, metrics TEXT NOT NULL,
    done_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP, PRIMARY KEY (round, phase));
"""


# Of the problems that were measured before a round's first step: to see how good its prompts are.
BEFORE_STEPS = -1


@dataclass(frozen=True)
class StoredProblem:
    """A generated problem with the pass rate it had when its round was made, if measured."""

    problem: GeneratedProblem
    pass_rate: PassRate | None


class StateError(ZopedError, ValueError):
    """The database cannot be opened, read or written; the message starts with its path."""


class _Connection(sqlite3.Connection):
    """A connection whose errors name the database file."""

    path: Path | str = ""

    def execute(self, *arguments: Any) -> sqlite3.Cursor:
        with self._faults_told():
            return super().execute(*arguments)

    def executemany(self, *arguments: Any) -> sqlite3.Cursor:
        with self._faults_told():
            return super().executemany(*arguments)

    @contextmanager
    def _faults_told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.IntegrityError:
            raise
        except sqlite3.DatabaseError as error:
            raise StateError(f"{self.path}: {_remedy(error)} ({error})") from error


def _remedy(error: sqlite3.DatabaseError) -> str:
    text = str(error)
    if "locked" in text:
        return "another process is using it; wait for it, or choose another folder"
    if "not a database" in text or "malformed" in text:
        return "is damaged, or was never written by Zoped; move it away and start anew"
    if "open" in text or "readonly" in text:
        return "cannot be opened for writing; check the folder's permissions, or choose another"
    return "cannot be read or written"


def _is_out_of_reach(path: Path) -> bool:
    """Whether the database can be read alone, and all of it is in its file."""
    wal = path.with_name(f"{path.name}-wal")
    whole = not wal.exists() or not wal.stat().st_size
    return path.is_file() and not os.access(path.parent, os.W_OK) and whole


P = ParamSpec("P")
T = TypeVar("T")


def _reads(
    method: Callable[Concatenate[RunState, P], T],
) -> Callable[Concatenate[RunState, P], T]:
    """A method that raises StateError where what it reads is not as this Zoped writes it."""

    @functools.wraps(method)
    def read(self: RunState, *args: P.args, **kwargs: P.kwargs) -> T:
        with self.as_written(method.__name__.replace("_", " ")):
            return method(self, *args, **kwargs)

    return read


def _mapping(text: str) -> dict[str, Any]:
    found = json.loads(text)
    if not isinstance(found, dict):
        raise TypeError(f"a JSON object is needed, not {type(found).__name__}")
    return found


class RunState(Database):
    """The database of one run. Not thread-safe. Close it, or use it as a context manager.

    An `exclusive` one keeps every other process out until it is closed. Raises StateError for a
    file that is damaged, in use, or not Zoped's.
    """

    _db: _Connection

    def __init__(self, path: Path | str, *, exclusive: bool = False) -> None:
        try:
            # What lies where nothing can be written is read as it is: WAL mode wants a file beside it.
            fixed = not exclusive and _is_out_of_reach(Path(path))
            self._db = sqlite3.connect(
                f"{Path(path).resolve().as_uri()}?immutable=1" if fixed else path,
                uri=fixed,
                isolation_level=None,
                timeout=0 if exclusive else 30,
                factory=_Connection,
            )
        except sqlite3.Error as error:
            raise StateError(f"{path}: cannot be opened ({error}); choose another folder") from None
        self._db.path = path
        try:
            self._open(path, exclusive)
        except BaseException:
            self._db.close()
            raise

    def _open(self, path: Path | str, exclusive: bool) -> None:
        if exclusive:
            self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        tables = {name for (name,) in self._db.execute("SELECT name FROM sqlite_master")}
        if not version and tables:
            raise StateError(
                f"{path} is a database that Zoped did not write; move it away, or choose another folder"
            )
        if version not in (0, SCHEMA_VERSION):
            raise StateError(
                f"{path} was written by {'Zoped 0.1' if version == 1 else 'a newer Zoped'} (state "
                f"version {version}; this Zoped reads {SCHEMA_VERSION}); give a new folder"
            )
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        if version == SCHEMA_VERSION:
            return
        self._make_tables(SCHEMA, SCHEMA_VERSION)

    @contextmanager
    def as_written(self, what: str) -> Iterator[None]:
        """Raises StateError where `what` the block reads out of the database was damaged, or written by
        another version of Zoped."""
        try:
            yield
        except StateError:
            raise
        except (sqlite3.Error, *UNREADABLE) as error:
            why = first_fault(error) if isinstance(error, ValidationError) else first_line(error)
            raise StateError(
                f"{self._db.path}: cannot be read ({what}: {why}); it is damaged, or another "
                "version of Zoped wrote it: read it with that one"
            ) from error

    @_reads
    def meta(self, key: str) -> Any:
        """What `set_meta` kept under `key`; None when there is nothing."""
        row = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else json.loads(row[0])

    def set_meta(self, key: str, value: Any) -> None:
        self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, json.dumps(value)))

    def is_empty(self) -> bool:
        """Whether nothing has been made yet: no problem, no step and no phase is done, and no decision is
        kept."""
        tables = ("problems", "steps", "ahead", "phases")
        made = " OR ".join(f"EXISTS (SELECT 1 FROM {t})" for t in tables)
        return not self._db.execute(f"SELECT {made}").fetchone()[0]

    # Phases

    @_reads
    def phase_metrics(self, number: int, phase: str) -> dict[str, Any] | None:
        """The metrics of a phase that is done; None when it is not."""
        row = self._db.execute(
            "SELECT metrics FROM phases WHERE round = ? AND phase = ?", (number, phase)
        ).fetchone()
        return None if row is None else _mapping(row[0])

    def finish_phase(self, number: int, phase: str, metrics: Mapping[str, Any]) -> None:
        with self.transaction():
            self._db.execute(
                "INSERT OR REPLACE INTO phases (round, phase, metrics) VALUES (?, ?, ?)",
                (number, phase, json.dumps(metrics)),
            )
            self._db.execute("DELETE FROM ahead WHERE round = ? AND step < 0", (number,))

    @_reads
    def phases_done(self) -> list[tuple[int, str, str]]:
        """(round, phase, when: UTC, to the second) of all phases that are done, oldest first."""
        rows = self._db.execute("SELECT round, phase, done_at FROM phases ORDER BY done_at, round")
        return rows.fetchall()

    # Seeds

    def save_seeds(self, seeds: Iterable[Seed]) -> None:
        """In place of earlier ones, as long as nothing was made of these."""
        with self.transaction():
            if self.is_empty():
                self._db.execute("DELETE FROM seeds")
            self._db.executemany(
                "INSERT OR REPLACE INTO seeds VALUES (?, ?)",
                ((seed.id, seed.model_dump_json()) for seed in seeds),
            )

    @_reads
    def seeds(self) -> list[Seed]:
        rows = self._db.execute("SELECT body FROM seeds ORDER BY rowid")
        return [Seed.model_validate_json(body) for (body,) in rows]

    # Generation: a step is one decision of the teacher on one seed

    def next_step(self, number: int, *, below: int = 2**62) -> int:
        """The first step of the round, of those below a bound, that is not done."""
        row = self._db.execute(
            "SELECT MAX(step) FROM steps WHERE round = ? AND step < ?", (number, below)
        ).fetchone()
        return 0 if row[0] is None else row[0] + 1

    def record_step(
        self,
        number: int,
        step: int,
        *,
        seed_id: str,
        accepted: Sequence[GeneratedProblem],
        rejected: Sequence[Rejection],
        teacher_calls: int,
    ) -> list[GeneratedProblem]:
        """Store one step's outcome with the mark that it is done; return the problems that are
        new to this run. A problem that was there already is stored as a duplicate's rejection.
        """
        new: list[GeneratedProblem] = []
        rejections = list(rejected)
        with self.transaction():
            self._db.execute(
                "INSERT INTO steps VALUES (?, ?, ?, ?)", (number, step, seed_id, teacher_calls)
            )
            self._db.execute("DELETE FROM ahead WHERE round = ? AND step = ?", (number, step))
            for position, problem in enumerate(accepted):
                if self._store(problem, number, step, position):
                    new.append(problem)
                else:
                    rejections.append(
                        Rejection(
                            seed_id=seed_id,
                            reason=Reason.DUPLICATE,
                            detail="made before in this run",
                            move=problem.move,
                        )
                    )
            self._db.executemany(
                "INSERT INTO rejections VALUES (?, ?, ?, ?, ?, ?)",
                ((number, step, r.seed_id, str(r.reason), r.detail, r.move) for r in rejections),
            )
        return new

    def _store(self, problem: GeneratedProblem, number: int, step: int, position: int) -> bool:
        """Whether the problem is new to the run: it is stored then."""
        row = (problem.instance_key, problem.id, number, step, position, problem.model_dump_json())
        return bool(
            self._db.execute(
                "INSERT OR IGNORE INTO problems VALUES (?, ?, ?, ?, ?, ?)", row
            ).rowcount
        )

    def record_measured(
        self,
        number: int,
        measured: Sequence[tuple[GeneratedProblem, PassRate]],
        student: str,
    ) -> None:
        """Store problems of the round that no step made, with their pass rates; of those that were made
        before in this run, the pass rates alone."""
        with self.transaction():
            row = self._db.execute(
                "SELECT MAX(position) FROM problems WHERE round = ? AND step = ?",
                (number, BEFORE_STEPS),
            ).fetchone()
            for position, (problem, _) in enumerate(measured, start=(row[0] or 0) + 1):
                self._store(problem, number, BEFORE_STEPS, position)
            ids, rates = [problem.id for problem, _ in measured], [rate for _, rate in measured]
            self.save_pass_rates(ids, rates, student)

    @_reads
    def measured_before_steps(self, number: int) -> list[GeneratedProblem]:
        """The problems of `record_measured` that were new to the run, in their order."""
        rows = self._db.execute(
            "SELECT body FROM problems WHERE round = ? AND step = ? ORDER BY position",
            (number, BEFORE_STEPS),
        )
        return [GeneratedProblem.model_validate_json(body) for (body,) in rows]

    def keep_ahead(self, number: int, step: int, body: str) -> None:
        """Keep what came of a step until those before it are done, and it can be recorded."""
        self._db.execute("INSERT OR REPLACE INTO ahead VALUES (?, ?, ?)", (number, step, body))

    @_reads
    def kept_ahead(self, number: int) -> dict[int, str]:
        """What `keep_ahead` kept and was not recorded since, by step."""
        rows = self._db.execute(
            "SELECT step, body FROM ahead WHERE round = ? AND step >= 0", (number,)
        )
        return dict(rows.fetchall())

    def keep_in_phase(self, number: int, place: int, body: str) -> None:
        """Keep something until the phase that is under way is done; `place` counts from 0."""
        self.keep_ahead(number, -1 - place, body)

    @_reads
    def kept_in_phase(self, number: int) -> list[str]:
        """What `keep_in_phase` kept, by place."""
        rows = self._db.execute(
            "SELECT body FROM ahead WHERE round = ? AND step < 0 ORDER BY step DESC", (number,)
        )
        return [body for (body,) in rows]

    @_reads
    def instance_keys(self, *, before: int | None = None) -> set[str]:
        """Of every problem of the run, or of the rounds before one: what must not be made again."""
        rows = self._db.execute(
            "SELECT instance_key FROM problems WHERE ?1 IS NULL OR round < ?1", (before,)
        )
        return {key for (key,) in rows}

    @_reads
    def problems(self, number: int) -> list[GeneratedProblem]:
        """The round's problems in the order they were made."""
        rows = self._db.execute(
            "SELECT body FROM problems WHERE round = ? ORDER BY step, position", (number,)
        )
        return [GeneratedProblem.model_validate_json(body) for (body,) in rows]

    @_reads
    def problems_of_steps(self, number: int) -> dict[int, list[GeneratedProblem]]:
        """The round's problems by the step that made them; no entry for a step that made none."""
        rows = self._db.execute(
            "SELECT step, body FROM problems WHERE round = ? AND step >= 0 ORDER BY step, position",
            (number,),
        )
        made: dict[int, list[GeneratedProblem]] = {}
        for step, body in rows:
            made.setdefault(step, []).append(GeneratedProblem.model_validate_json(body))
        return made

    @_reads
    def first_texts(self, *, before: int) -> list[tuple[str, str]]:
        """(id of the seed, text) of the first problem of each step of the rounds before, in order."""
        rows = self._db.execute(
            "SELECT json_extract(body, '$.seed_id'), json_extract(body, '$.text'), MIN(position)"
            " FROM problems WHERE round < ? AND step >= 0"
            " GROUP BY round, step ORDER BY round, step",
            (before,),
        )
        return [(seed_id, text) for seed_id, text, _ in rows]

    @_reads
    def measured(self, number: int, student: str) -> list[StoredProblem]:
        """The same, with the pass rates of this version of the student."""
        rows = self._db.execute(
            "SELECT body, passes, rollouts FROM problems"
            " LEFT JOIN pass_rates ON problem_id = id AND student = ?"
            " WHERE round = ? ORDER BY step, position",
            (student, number),
        )
        return [
            StoredProblem(
                GeneratedProblem.model_validate_json(body),
                None if rollouts is None else PassRate(passes, rollouts),
            )
            for body, passes, rollouts in rows
        ]

    @_reads
    def rejection_counts(self, number: int | None = None) -> dict[str, int]:
        """How many were rejected for each reason, in one round or (None) in all; most first."""
        rows = self._db.execute(
            "SELECT reason, COUNT(*) FROM rejections WHERE ?1 IS NULL OR round = ?1"
            " GROUP BY reason ORDER BY COUNT(*) DESC, reason",
            (number,),
        )
        return dict(rows.fetchall())

    @_reads
    def rejections(self) -> list[tuple[int, str, str, int, str]]:
        """(round, reason, move, how many, the detail of one of them), most first."""
        rows = self._db.execute(
            "SELECT round, reason, move, COUNT(*), MIN(detail) FROM rejections"
            " GROUP BY round, reason, move ORDER BY COUNT(*) DESC, round, reason, move"
        )
        return rows.fetchall()

    def teacher_calls(self, number: int) -> int:
        """Of the round's generation steps."""
        row = self._db.execute(
            "SELECT SUM(teacher_calls) FROM steps WHERE round = ?", (number,)
        ).fetchone()
        return row[0] or 0

    def asked_steps(self, number: int) -> set[int]:
        """The round's steps that the teacher was asked for."""
        rows = self._db.execute(
            "SELECT step FROM steps WHERE round = ? AND teacher_calls > 0", (number,)
        )
        return {step for (step,) in rows}

    # Rollouts

    def save_pass_rates(self, ids: Sequence[str], rates: Sequence[PassRate], student: str) -> None:
        """Of problems or seeds, by their ids; for this version of the student."""
        with self.transaction():
            self._db.executemany(
                "INSERT OR REPLACE INTO pass_rates VALUES (?, ?, ?, ?)",
                (
                    (id_, student, rate.passes, rate.rollouts)
                    for id_, rate in zip(ids, rates, strict=True)
                ),
            )

    @_reads
    def pass_rates(self, student: str) -> dict[str, PassRate]:
        """Everything that was measured of this version of the student, by id."""
        rows = self._db.execute(
            "SELECT problem_id, passes, rollouts FROM pass_rates WHERE student = ?", (student,)
        )
        return {id_: PassRate(passes, rollouts) for id_, passes, rollouts in rows}

    @_reads
    def students(self) -> list[str]:
        """The versions under which anything was measured, in the order of their first pass rate."""
        rows = self._db.execute(
            "SELECT student FROM pass_rates GROUP BY student ORDER BY MIN(rowid)"
        )
        return [student for (student,) in rows]

    # Prompts

    def save_prompts(self, number: int, stage: str, program_state: Mapping[str, Any]) -> None:
        """`stage` is "before" or "after" (tuning); `program_state` is a program's dump_state()."""
        self._db.execute(
            "INSERT OR REPLACE INTO prompts VALUES (?, ?, ?)",
            (number, stage, json.dumps(program_state)),
        )

    @_reads
    def prompts(self, number: int, stage: str) -> dict[str, Any] | None:
        row = self._db.execute(
            "SELECT body FROM prompts WHERE round = ? AND stage = ?", (number, stage)
        ).fetchone()
        return None if row is None else _mapping(row[0])

    @_reads
    def prompt_versions(self) -> list[tuple[int, str]]:
        """(round, stage) of all stored prompts, oldest first."""
        rows = self._db.execute("SELECT round, stage FROM prompts ORDER BY round, stage DESC")
        return [(number, stage) for number, stage in rows]
