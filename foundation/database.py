"""SQLite databases whose changes are whole: transactions that nest, tables made all or none."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from zoped.foundation.closing import Closing


def require_own_tables(db: sqlite3.Connection, *own: str) -> None:
    """Raise sqlite3.DatabaseError where the file has tables beside those: it is another's database. To
    be called before anything is changed in it, its journal's mode included."""
    rows = db.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
    )
    foreign = sorted({name for (name,) in rows} - set(own))
    if foreign:
        raise sqlite3.DatabaseError(
            f"it has the table {foreign[0]}, which Zoped did not write there"
        )


class Database(Closing):
    """What a SQLite file is kept by. `_db` is a connection with `isolation_level=None`."""

    _db: sqlite3.Connection

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of the block is stored, or nothing. Nests: the outermost one commits."""
        if self._db.in_transaction:
            yield
            return
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def _make_tables(self, schema: str, version: int) -> None:
        """All tables and the file's version, or none, whenever it is killed."""
        with self.transaction():
            for statement in filter(str.strip, schema.split(";")):
                self._db.execute(statement)
            self._db.execute(f"PRAGMA user_version = {version}")
