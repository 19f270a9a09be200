"""A client of `zoped serve`: the methods of `LiveProblems` over HTTP."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from zoped.foundation.closing import Closing
from zoped.foundation.errors import ZopedError
from zoped.train.live.refill import NoMoreProblems
from zoped.train.live.store import UnknownProblem

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0  # seconds between tries


class ServiceError(ZopedError, RuntimeError):
    """The service cannot be reached, or refuses a request; the message says why."""


@dataclass(frozen=True)
class RemoteProblem:
    """A problem as the service sends it; `row` has everything that it says."""

    number: int
    key: str
    text: str
    answer: str
    row: dict[str, Any] = field(repr=False)

    @classmethod
    def of(cls, row: dict[str, Any]) -> RemoteProblem:
        return cls(row["number"], row["key"], row["question"], row["answer"], row)


class LiveClient(Closing):
    """Asks a service for problems, and tells it what became of them.

    A service that is away is asked again for `patience` seconds. Requests and observations carry
    names, so that one that was done although no answer came is not done twice. Safe for threads.

    Raises:
        ServiceError: When it stays away, or refuses a request.
    """

    def __init__(self, url: str, *, patience: float = 120.0) -> None:
        self.url = url.rstrip("/")
        self.patience = patience
        self._http = httpx.Client(base_url=self.url, timeout=patience)

    def close(self) -> None:
        self._http.close()

    def __iter__(self) -> Iterator[RemoteProblem]:
        return self

    def __next__(self) -> RemoteProblem:
        return self.take(1)[0]

    def take(self, count: int, *, request: str | None = None) -> list[RemoteProblem]:
        """The next problems, as `LiveProblems.take`."""
        body = {"count": count, "request": request or uuid.uuid4().hex}
        rows = self._asked("POST", "/next", body)["problems"]
        return [RemoteProblem.of(row) for row in rows]

    def problem(self, number: int) -> RemoteProblem:
        """The problem of this number, as `LiveProblems.problem`."""
        return RemoteProblem.of(self._asked("GET", f"/problems/{number}")["problems"][0])

    def observe(self, key: str, passes: int, rollouts: int, *, batch: str | None = None) -> bool:
        """Whether the observation is new, as `LiveProblems.observe`."""
        return bool(self.observe_all([(key, passes, rollouts, batch)]))

    def observe_all(self, groups: Sequence[tuple[str, int, int, str | None]]) -> int:
        """Several observations (key, passes, rollouts, batch) at once; how many are new."""
        observations = [
            {"key": k, "passes": p, "rollouts": n, "batch": batch or uuid.uuid4().hex}
            for k, p, n, batch in groups
        ]
        return int(self._asked("POST", "/observe", {"observations": observations})["new"])

    def stats(self) -> dict[str, Any]:
        return self._asked("GET", "/stats")

    def _asked(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        end, pause = time.monotonic() + self.patience, FIRST_PAUSE
        while True:
            try:
                reply = self._http.request(method, path, json=body)
            except httpx.TransportError as error:
                fault = str(error) or type(error).__name__
            else:
                if reply.status_code != 503:
                    return self._read(reply)
                fault = reply.text
            if time.monotonic() + pause > end:
                raise ServiceError(f"{self.url}: no answer in {self.patience:g} s: {fault}")
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def _read(self, reply: httpx.Response) -> dict[str, Any]:
        if reply.is_success:
            found: dict[str, Any] = reply.json()
            return found
        kind = {404: UnknownProblem, 410: NoMoreProblems}.get(reply.status_code, ServiceError)
        raise kind(f"{self.url}: {reply.status_code}: {reply.text[:500]}")
