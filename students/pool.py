"""Servers that have the same student: asked in turn, those that fail left alone for a while."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from threading import Lock
from typing import Any

from zoped.foundation.secrets import without_secrets
from zoped.programs.teachers.health import LONGEST_BACKOFF, Health
from zoped.programs.teachers.pace import Waiting

RETRIES = 3  # of a request at one server that could not serve it
_jitter = Random()


@dataclass(eq=False)
class Server:
    """`base` is its URL without secrets, `extra` what the requests have of those."""

    base: str
    extra: dict[str, Any]
    takes_seed: bool = True
    health: Health = field(default_factory=lambda: Health("the student"))
    failures: int = 0  # one after the other
    rests_until: float = 0.0

    @classmethod
    def at(cls, url: str) -> Server:
        return cls(*without_secrets(url))

    def pause_left(self, waiting: Waiting) -> float:
        """Seconds until it may be asked."""
        rest = self.rests_until - waiting.clock()
        return max(rest, self.health.pause_left(waiting, _jitter))


class Pool:
    """For many threads. Raises ValueError where there is no server."""

    def __init__(self, urls: Sequence[str], waiting: Waiting) -> None:
        self.servers = [Server.at(url) for url in urls]
        if not self.servers:
            raise ValueError("no server: give at least one URL")
        self._waiting = waiting
        self._turn = 0
        self._lock = Lock()

    @property
    def places(self) -> str:
        return ", ".join(server.base for server in self.servers)

    def next(self, failed: Counter[Server]) -> Server:
        """The next that may be asked, of those that a request has not given up; waits until one may."""
        while True:
            with self._lock:
                pauses = []
                for i in range(self._turn, self._turn + len(self.servers)):
                    server = self.servers[i % len(self.servers)]
                    if failed[server] > RETRIES:
                        continue
                    left = server.pause_left(self._waiting)
                    if left <= 0:
                        self._turn = i + 1
                        return server
                    pauses.append(left)
            self._waiting.sleep(min(pauses))

    def came(self, server: Server) -> None:
        """It answered."""
        server.health.came()
        server.failures = 0

    def failed(
        self, server: Server, failed: Counter[Server], *, absent: bool, wait: float | None
    ) -> bool:
        """It did not serve a request, or nobody is there (`absent`): it rests for `wait` seconds, or else
        the longer the oftener it failed. Whether the request has failed at every server."""
        with self._lock:
            failed[server] += RETRIES + 1 if absent else 1
            now = self._waiting.clock()
            if now >= server.rests_until:  # else it is known, by one of several requests
                server.failures += 1
                rest = 2.0 ** min(server.failures - 1, 10) if wait is None else wait
                server.rests_until = now + min(rest, LONGEST_BACKOFF)
            return all(failed[each] > RETRIES for each in self.servers)
