"""Formalizations that were paid for, kept: no text is formalized twice under the same prompt."""

from __future__ import annotations

import asyncio
import hashlib
import json
import sqlite3
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import closing, contextmanager
from copy import copy
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from typing import Any

import dspy

from zoped.foundation.database import require_own_tables
from zoped.foundation.errors import UNREADABLE, ZopedError, first_line
from zoped.programs.acceptance import NotAccepted, Reason
from zoped.programs.teachers.load import identity
from zoped.symbolic import SymbolicProblem

# What may be otherwise the next time, and what only this attempt could not afford.
_PASSING = frozenset({Reason.TEACHER_ERROR, Reason.BUDGET_SPENT})


class KeptError(ZopedError, ValueError):
    """A file that holds no formalizations."""


class KeptFormalizations:
    """By the key of `formalization_key`, what came of formalizing: symbols, or the reason for none.

    Two that need the same at once wait for one another, so it is asked once. Safe for threads and
    for tasks, and for processes that share the file. A copy is the same store.

    Args:
        path: An SQLite file, made where there is none; in memory if not given.
    """

    def __init__(self, path: Path | str | None = None) -> None:
        self.path = None if path is None else Path(path)
        self._memory: dict[str, str] = {}
        self._in_work: dict[str, Future[None]] = {}
        self._lock = Lock()

    def __deepcopy__(self, memo: Any) -> KeptFormalizations:
        return self

    def __reduce__(self) -> tuple[type[KeptFormalizations], tuple[Path | None]]:
        return KeptFormalizations, (self.path,)

    async def get_or_make(
        self,
        key: str,
        make: Callable[[], Awaitable[SymbolicProblem]],
        *,
        waits: bool,
        room: int = 0,
        limits: tuple[float, int] = (0.0, 0),
    ) -> SymbolicProblem:
        """What is kept, else what `make` makes, which is kept. Raises NotAccepted, now or as it was
        kept: a failure counts for this version and for replies of at most as much `room`, in tokens (0:
        of any length), as it had, and solvers of no greater `limits`, in seconds and MB. `waits` as in
        GenerationStep."""
        while True:
            with self._lock:
                record = self._read(key)
                try:
                    if record is not None and _counts(record, room, limits):
                        return _opened(record)
                except UNREADABLE as error:
                    raise self._fault(error) from error
                other = self._in_work.get(key)
                if other is None:
                    mine = self._in_work[key] = Future()
                    break
            # What the other one could not keep is tried again here.
            if waits:
                # A task that is cancelled while it waits must not cancel the other's work.
                await asyncio.shield(asyncio.wrap_future(other))
            else:
                other.result()
        try:
            try:
                made = await make()
            except NotAccepted as why:
                if why.reason not in _PASSING:
                    failure = {"reason": str(why.reason), "detail": why.detail}
                    allowed = {"room": room, "limits": limits}
                    self._keep(key, {**failure, **allowed, "version": version("zoped")})
                raise
            self._keep(key, {"symbols": made.model_dump(mode="json")})
            return made
        finally:
            with self._lock:
                del self._in_work[key]
            mine.set_result(None)

    def _keep(self, key: str, record: dict[str, Any]) -> None:
        text = json.dumps(record)
        with self._lock:
            self._memory[key] = text
            if self.path is not None:
                with self._file() as file:
                    file.execute("INSERT OR REPLACE INTO formalizations VALUES (?, ?)", (key, text))

    def _read(self, key: str) -> dict[str, Any] | None:
        text = self._memory.get(key)
        if text is None and self.path is not None:
            with self._file() as file:
                row = file.execute(
                    "SELECT record FROM formalizations WHERE key = ?", (key,)
                ).fetchone()
            if row is not None:
                text = self._memory[key] = row[0]
        try:
            return None if text is None else json.loads(text)
        except (ValueError, TypeError, RecursionError) as error:
            raise self._fault(error) from error

    def require_own(self) -> None:
        """Raise KeptError where the file is there and is anything else."""
        if self.path is not None and self.path.exists():
            with self._file():
                pass

    @contextmanager
    def _file(self) -> Iterator[sqlite3.Connection]:
        """What the block changes is kept whole. Raises KeptError, of the block's own faults too."""
        assert self.path is not None
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self.path, timeout=30)) as file:
                require_own_tables(file, "formalizations")
                file.execute("PRAGMA journal_mode=WAL")
                file.execute(
                    "CREATE TABLE IF NOT EXISTS formalizations (key TEXT PRIMARY KEY, record TEXT NOT NULL)"
                )
                with file:
                    yield file
        except (OSError, sqlite3.Error) as error:
            raise self._fault(error) from error

    def _fault(self, error: Exception) -> KeptError:
        return KeptError(
            f"{self.path} cannot keep formalizations ({first_line(error)}); name a file that is "
            "not there yet, or one of an earlier run"
        )


def formalization_key(
    module: dspy.Module,
    lm: dspy.BaseLM | None,
    adapter: Any,
    text: str,
    golds: Sequence[str],
    tries: str,
) -> str:
    """A digest of all that a formalization depends on: the text and its known answers, the module's
    prompts, demonstrations and own values, the model, how it is asked and how often."""
    signatures = [
        [
            _without_lm(predictor).dump_state(json_mode=True),
            [str(field.annotation) for field in predictor.signature.output_fields.values()],
            identity(predictor.lm),
            *([predictor.lm.kwargs.get("temperature")] if predictor.lm else []),
        ]
        for predictor in module.predictors()
    ]
    inner = getattr(adapter, "inner", adapter)
    asked = [
        type(module).__qualname__,
        signatures,
        getattr(module, "constants", {}),
        identity(lm),
        (getattr(lm, "kwargs", None) or {}).get("temperature"),
        type(inner).__qualname__,
        text,
        list(golds),
        tries,
    ]
    return hashlib.sha256(json.dumps(asked, sort_keys=True, default=str).encode()).hexdigest()


def _without_lm(predictor: dspy.Predict) -> dspy.Predict:
    """The predictor as it is saved without an LM of its own: one in this process cannot be saved."""
    bare = copy(predictor)
    bare.lm = None
    return bare


def _counts(record: dict[str, Any], room: int, limits: tuple[float, int]) -> bool:
    if "symbols" in record:
        return True
    if record["version"] != version("zoped"):
        return False
    had = int(record["room"])
    solvers = zip(limits, record.get("limits", (0.0, 0)), strict=True)
    return (had == 0 or 0 < room <= had) and all(now <= then for now, then in solvers)


def _opened(record: dict[str, Any]) -> SymbolicProblem:
    if "symbols" in record:
        return SymbolicProblem.model_validate(record["symbols"])
    raise NotAccepted(Reason(record["reason"]), record["detail"])
