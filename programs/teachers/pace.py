"""How calls of a teacher wait: for a free place, for each other's bills, for a server that is away.

The same for those who block and those who await: the coroutines of `Blocking` never stop, so that
one story of a request serves both (`predictors.one_path`).
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import asynccontextmanager
from contextvars import copy_context
from dataclasses import dataclass, field
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from dspy.utils.exceptions import LMTimeoutError

logger = logging.getLogger(__name__)


@dataclass
class Waiting:
    """The clock that waits go by, and who is told of the long ones."""

    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    asleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    note: Callable[[str], None] = logger.warning


@dataclass
class Places:
    """So many requests at once, of threads and of each event loop; None for no bound."""

    most: int | None = None
    _threads: threading.Semaphore | None = field(init=False, default=None)
    _loops: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = field(
        init=False, default_factory=WeakKeyDictionary
    )

    def __post_init__(self) -> None:
        if self.most is not None:
            if self.most < 1:
                raise ValueError(f"concurrency is {self.most}; give at least 1")
            self._threads = threading.Semaphore(self.most)

    @property
    def of_threads(self) -> threading.Semaphore | None:
        return self._threads

    @property
    def of_tasks(self) -> asyncio.Semaphore | None:
        if self.most is None:
            return None
        loop = asyncio.get_running_loop()
        return self._loops.setdefault(loop, asyncio.Semaphore(self.most))


class Pace(Protocol):
    """Blocking or awaiting."""

    def place(self) -> Any:
        """A context in which one request may be under way."""
        ...

    async def sleep(self, seconds: float) -> None: ...

    async def until(self, register: Callable[[Callable[[], None]], bool]) -> None:
        """Calls `register` with what ends the wait, until it says that there is nothing to wait for."""
        ...


class Blocking:
    """For a thread that waits."""

    def __init__(self, waiting: Waiting, places: Places) -> None:
        self.waiting = waiting
        self.places = places

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        semaphore = self.places.of_threads
        if semaphore is None:
            yield
            return
        with semaphore:
            yield

    async def sleep(self, seconds: float) -> None:
        self.waiting.sleep(seconds)

    async def until(self, register: Callable[[Callable[[], None]], bool]) -> None:
        event = threading.Event()
        while not register(event.set):
            event.wait()
            event.clear()


class Awaiting:
    """For a task among others."""

    def __init__(self, waiting: Waiting, places: Places) -> None:
        self.waiting = waiting
        self.places = places

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        semaphore = self.places.of_tasks
        if semaphore is None:
            yield
            return
        async with semaphore:
            yield

    async def sleep(self, seconds: float) -> None:
        await self.waiting.asleep(seconds)

    async def until(self, register: Callable[[Callable[[], None]], bool]) -> None:
        loop, event = asyncio.get_running_loop(), asyncio.Event()

        def settled() -> None:
            loop.call_soon_threadsafe(event.set)

        while not register(settled):
            await event.wait()
            event.clear()


def in_time(call: Callable[[], Any], seconds: float | None) -> Any:
    """`call()`; LMTimeoutError after so many seconds in all. A socket's own limit is one between two
    bytes: a server that trickles never meets it."""
    if seconds is None:
        return call()
    reply: Future[Any] = Future()
    context = copy_context()

    def work() -> None:
        try:
            reply.set_result(context.run(call))
        except BaseException as error:  # noqa: BLE001  # raised where the reply is waited for
            reply.set_exception(error)

    # A daemon: what was given up keeps no process alive.
    threading.Thread(target=work, daemon=True).start()
    try:
        return reply.result(seconds)
    except FutureTimeout:
        if reply.done():  # a time-out of the call's own
            raise
        raise LMTimeoutError(f"no whole reply within {seconds:g} s") from None


async def ain_time(call: Awaitable[Any], seconds: float | None) -> Any:
    """The same, awaited."""
    try:
        return await asyncio.wait_for(call, seconds)
    except TimeoutError:
        raise LMTimeoutError(f"no whole reply within {seconds:g} s") from None
