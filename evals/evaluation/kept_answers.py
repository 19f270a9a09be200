"""A student's answers in one SQLite file: what was sampled once is not sampled again."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from pathlib import Path

from zoped.foundation.closing import Closing
from zoped.foundation.database import require_own_tables
from zoped.foundation.errors import ZopedError

SCHEMA = """
CREATE TABLE IF NOT EXISTS answers (
    student TEXT NOT NULL, question BLOB NOT NULL, seed INTEGER NOT NULL, sample INTEGER NOT NULL,
    answer TEXT NOT NULL, PRIMARY KEY (student, question, seed, sample)) WITHOUT ROWID;
"""
WAIT = 60.0  # seconds for another process that writes


class KeptAnswersError(ZopedError, OSError):
    """The file cannot be opened, read or written; the message starts with its path."""


class KeptAnswers(Closing):
    """Answers by the student's version, the question's text, the random seed and the sample's
    number. Several processes may use one file. `:memory:` keeps them for this process alone."""

    def __init__(self, path: Path | str) -> None:
        self._path = path
        try:
            if str(path) != ":memory:":
                Path(path).parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=WAIT)
            require_own_tables(self._db, "answers")
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.executescript(SCHEMA)
        except (sqlite3.Error, OSError) as error:
            raise self._fault(error) from None

    def known(
        self, student: str, texts: Iterable[str], *, seed: int, samples: int
    ) -> dict[str, list[str]]:
        """The first answers to each text, up to `samples`, in the order of their numbers."""
        found: dict[str, list[str]] = {}
        try:
            for text in texts:
                rows = self._db.execute(
                    "SELECT answer FROM answers WHERE student = ? AND question = ? AND seed = ? "
                    "AND sample < ? ORDER BY sample",
                    (student, _key(text), seed, samples),
                )
                found[text] = [answer for (answer,) in rows]
        except sqlite3.Error as error:
            raise self._fault(error) from None
        return found

    def keep(
        self,
        student: str,
        texts: Sequence[str],
        answers: Sequence[Sequence[str]],
        *,
        seed: int,
        first: int,
    ) -> None:
        """Keep the answers to each text, all or none of them; the first has the number `first`."""
        rows = [
            (student, _key(text), seed, number, answer.encode("utf-8", "replace").decode())
            for text, given in zip(texts, answers, strict=True)
            for number, answer in enumerate(given, start=first)
        ]
        try:
            with self._db:
                self._db.executemany("INSERT OR IGNORE INTO answers VALUES (?, ?, ?, ?, ?)", rows)
        except sqlite3.Error as error:
            raise self._fault(error) from None

    def close(self) -> None:
        self._db.close()

    def _fault(self, error: Exception) -> KeptAnswersError:
        return KeptAnswersError(
            f"{self._path}: answers cannot be kept in it ({error}); name another file with --cache, "
            "or move this one away"
        )


def _key(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=16).digest()
