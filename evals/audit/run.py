"""The audit of a data set: each row by itself, then the rows against each other and the benchmarks.

What a row comes to by itself is kept, so that a long audit that was killed goes on, and nothing a
teacher was paid for is asked again.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Self

from zoped.evals.audit.equations import Found, Verdict, judged_by_equations
from zoped.evals.audit.findings import KINDS, Finding
from zoped.evals.audit.rows import AuditError, AuditRow
from zoped.evals.audit.symbols import is_gold, judged_by_symbols
from zoped.evals.contamination import SimilarTexts, TestedTexts
from zoped.evals.held_out import normalized
from zoped.foundation.database import require_own_tables
from zoped.foundation.errors import UNREADABLE
from zoped.programs.acceptance import Acceptance, NotAccepted
from zoped.programs.formalize import Formalize
from zoped.programs.predictors.asking import now_or_later
from zoped.programs.teachers.calls import TeacherCalls
from zoped.programs.teachers.errors import CallFailed
from zoped.programs.teachers.load import identity
from zoped.programs.under_way import all_at_once

RULES = 1  # raised when a row may come to other findings
READINGS = 3  # of a text by the teacher, at most
NEARLY = 0.85  # of the words and numbers of two rows in common
BATCH = 64  # rows that are judged and kept together
NOTHING = "no symbols, no equations and no teacher"


@dataclass(frozen=True)
class Audit:
    """What was found in `rows` rows. `solved` of them could be compared with an exact solution;
    `unread` counts why others could not."""

    rows: int
    solved: int
    findings: tuple[Finding, ...]
    unread: Mapping[str, int]

    @property
    def counts(self) -> dict[str, int]:
        """How many rows have a finding of each kind, in the order of KINDS."""
        rows = {(finding.kind, finding.line) for finding in self.findings}
        found = Counter(kind for kind, _ in rows)
        return {kind: found[kind] for kind in KINDS if found[kind]}


def audit(
    rows: Sequence[AuditRow],
    *,
    teacher: TeacherCalls | None = None,
    tested: TestedTexts | None = None,
    kept: Path | None = None,
    time_limit: float = 2.0,
    on_judged: Callable[[int], object] = lambda rows: None,
) -> Audit:
    """Audit the rows.

    A row's symbols are solved; without them its equations; without either the `teacher`, if there is
    one, formalizes the text, and its answer counts where it is the gold or two readings agree on it.
    `tested` is what no text may be too near to. `kept` is the SQLite file of what rows came to.
    `on_judged` is told how many rows more are judged. Raises AuditError, or TeacherError and
    BudgetSpent of the teacher: the same call then goes on where it ended.
    """
    judged = _judged(rows, teacher, kept, time_limit, on_judged)
    findings = [
        Finding(kind, row.line, row.id, evidence)
        for row, verdict in zip(rows, judged, strict=True)
        for kind, evidence in verdict.found
    ]
    findings += _copies(rows)
    for row in rows if tested is not None else ():
        shared = tested.find(row.text) if tested is not None else None
        if shared is not None and shared.id != row.id:
            findings.append(Finding("overlap", row.line, row.id, str(shared)))
    order = {kind: place for place, kind in enumerate(KINDS)}
    findings.sort(key=lambda finding: (order[finding.kind], finding.line))
    unread = Counter(verdict.unread.partition(":")[0] for verdict in judged if verdict.unread)
    return Audit(
        rows=len(rows),
        solved=sum(not verdict.unread for verdict in judged),
        findings=tuple(findings),
        unread=dict(unread.most_common()),
    )


def _judged(
    rows: Sequence[AuditRow],
    teacher: TeacherCalls | None,
    kept: Path | None,
    time_limit: float,
    on_judged: Callable[[int], object],
) -> list[Verdict]:
    """Each row's verdict; those that are kept are not come to again."""
    name = identity(None if teacher is None else teacher.lm)
    found: list[Verdict] = []
    with _Verdicts(kept) as store:
        for start in range(0, len(rows), BATCH):
            part = rows[start : start + BATCH]
            # Only what a teacher reads depends on who it is.
            keys = [f"{RULES}:{time_limit:g}:{'' if _told(r) else name}:{r.digest()}" for r in part]
            known = store.get(keys)
            left = [i for i, key in enumerate(keys) if key not in known]
            new = {keys[i]: _by_itself(part[i], time_limit) for i in left if _told(part[i])}
            asked = [i for i in left if not _told(part[i])]
            if teacher is None:
                new |= {keys[i]: Verdict(unread=part[i].unread or NOTHING) for i in asked}
            else:
                read: dict[str, Verdict] = {}
                asks = [
                    partial(_read_by, teacher, part[i], time_limit, keys[i], read) for i in asked
                ]
                try:
                    all_at_once(asks, most=teacher.concurrency or 1)
                finally:  # what was paid for is kept, whatever ended the others
                    store.put(read.copy())
                new |= read
            store.put(new)
            found += [(known | new)[key] for key in keys]
            on_judged(len(part))
    return found


def _told(row: AuditRow) -> bool:
    """Whether the row itself has what can be solved."""
    return row.symbols is not None or bool(row.equations)


def _by_itself(row: AuditRow, time_limit: float) -> Verdict:
    if row.symbols is not None:
        return judged_by_symbols(row.symbols, row.text, row.gold, time_limit=time_limit)
    return judged_by_equations(row, time_limit=time_limit)


async def _read_by(
    teacher: TeacherCalls, row: AuditRow, time_limit: float, key: str, read: dict[str, Verdict]
) -> None:
    """Put under `key` what the teacher's readings of the text say of the gold."""
    read[key] = await _verdict_by(teacher, row, time_limit)


async def _verdict_by(teacher: TeacherCalls, row: AuditRow, time_limit: float) -> Verdict:
    acceptance, formalize = Acceptance(time_limit=time_limit), Formalize()
    others: list[tuple[str, Verdict]] = []
    why, passing = "", False
    for number in range(READINGS):
        try:
            reply = await teacher.aask(
                formalize, key=f"audit:{row.digest()}:{number}", step="formalize", text=row.text
            )
            _, answer = await now_or_later(
                acceptance.formalization, reply.symbols, row.text, waits=True
            )
        except (CallFailed, NotAccepted) as fault:
            why = str(fault)
            passing |= isinstance(fault, CallFailed) and not fault.malformed
            continue
        if is_gold(answer, row.gold):
            return Verdict()
        for earlier, verdict in others:
            if is_gold(answer, earlier):
                return verdict
        evidence = f"two readings of the text give {answer}; the gold is {row.gold}"
        others.append((answer, Verdict((("wrong_gold", evidence),))))
    if others:
        return Verdict(unread="the teacher's readings of the text differ", passing=passing)
    return Verdict(unread=f"the teacher did not formalize the text: {why[:200]}", passing=passing)


def _copies(rows: Sequence[AuditRow]) -> list[Finding]:
    """Rows that say what an earlier one says."""
    findings = []
    first: dict[str, AuditRow] = {}
    near = SimilarTexts(least=NEARLY)
    place_of: list[AuditRow] = []
    for row in rows:
        same = first.setdefault(normalized(row.text), row)
        if same is not row:
            where = f"the text of line {same.line} ({same.id})"
            if is_gold(row.gold, same.gold) or row.gold == same.gold:
                findings.append(Finding("near_duplicate", row.line, row.id, where))
            else:
                told = f"{where} with the answer {same.gold} there, {row.gold} here"
                findings.append(Finding("contradiction", row.line, row.id, told))
            continue
        alike = near.find(row.text)
        if alike is not None:
            other = place_of[alike[0]]
            told = f"{alike[1]:.0%} of its words and numbers are those of line {other.line} ({other.id})"
            findings.append(Finding("near_duplicate", row.line, row.id, told))
        near.add(row.text)
        place_of.append(row)
    return findings


class _Verdicts:
    """Verdicts by key in a SQLite file; without a path nothing is kept."""

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def __enter__(self) -> Self:
        try:
            if self._path is not None:
                self._path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(self._path or ":memory:", timeout=60.0)
            require_own_tables(self._db, "verdicts")
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute(
                "CREATE TABLE IF NOT EXISTS verdicts (key TEXT PRIMARY KEY, body TEXT NOT NULL)"
            )
        except (sqlite3.Error, OSError) as error:
            raise self._fault(error) from None
        return self

    def __exit__(self, *error: object) -> None:
        self._db.close()

    def get(self, keys: Sequence[str]) -> dict[str, Verdict]:
        found = {}
        try:
            for key in keys:
                row = self._db.execute("SELECT body FROM verdicts WHERE key = ?", (key,)).fetchone()
                if row is not None:
                    body = json.loads(row[0])
                    faults: list[Found] = [(kind, told) for kind, told in body["found"]]
                    found[key] = Verdict(tuple(faults), body["unread"])
        except (sqlite3.Error, *UNREADABLE) as error:
            raise self._fault(error) from None
        return found

    def put(self, verdicts: Mapping[str, Verdict]) -> None:
        """All of them or none; a passing one is not kept."""
        rows = [
            (key, json.dumps({"found": one.found, "unread": one.unread}))
            for key, one in verdicts.items()
            if not one.passing
        ]
        try:
            with self._db:
                self._db.executemany("INSERT OR REPLACE INTO verdicts VALUES (?, ?)", rows)
        except sqlite3.Error as error:
            raise self._fault(error) from None

    def _fault(self, error: Exception) -> AuditError:
        return AuditError(f"{self._path}: findings cannot be kept in it ({error}); name another")
