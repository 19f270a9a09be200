"""Coroutines that ask teachers, run by a thread of the process's own while the caller waits or works.

One event loop for all of them, so that connections to a server are kept from one to the next.
"""

from __future__ import annotations

import asyncio
import gc
import os
import threading
from collections.abc import Callable, Coroutine, Hashable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar

from zoped.foundation.closing import Closing

T = TypeVar("T")
Name = TypeVar("Name", bound=Hashable)

THREADS = 32  # for what DSPy does beside the loop; they wait more than they work
TIME_TO_END = 10.0  # seconds for what was cancelled
WAIT = 1.0  # seconds between two calls of `while_waiting`
NEW_OBJECTS = 10_000  # between two looks for cyclic garbage

_lock = threading.Lock()
_loops: list[asyncio.AbstractEventLoop] = []
_usual: list[tuple[int, int, int]] = []  # of the garbage collector, one for each UnderWay


def _running_loop() -> asyncio.AbstractEventLoop:
    with _lock:
        if not _loops:
            loop = asyncio.new_event_loop()
            loop.set_default_executor(ThreadPoolExecutor(THREADS, "zoped-asking"))
            threading.Thread(target=loop.run_forever, name="zoped-asking", daemon=True).start()
            _loops.append(loop)
        return _loops[0]


os.register_at_fork(after_in_child=_loops.clear)  # its thread is the parent's


def _collect_rarely() -> None:
    """What belongs to a call lives as long as the call: with many under way Python takes it for old,
    and looks through all that was ever imported again and again, a fifth of a second each time."""
    with _lock:
        _usual.append(gc.get_threshold())
        newest, *older = _usual[0]
        if newest:  # 0: it never looks
            gc.set_threshold(max(newest, NEW_OBJECTS), *older)


def _collect_as_usual() -> None:
    with _lock:
        usual = _usual.pop()
        if not _usual:
            gc.set_threshold(*usual)


@dataclass(frozen=True)
class Ended(Generic[T]):
    """What a coroutine returned or raised. An error is a value here: one that nobody asks for would
    be logged by asyncio."""

    value: T | None = None
    error: BaseException | None = None

    def result(self) -> T:
        """The value; raises the error."""
        if self.error is not None:
            raise self.error
        return self.value  # type: ignore[return-value]  # None where T has it


class UnderWay(Closing, Generic[Name, T]):
    """What was started and has not been taken: `take` waits for whichever ends next. Leaving the
    context cancels the rest. For one thread."""

    def __init__(self) -> None:
        self._loop = _running_loop()
        self._ended: SimpleQueue[tuple[Name, Future[Ended[T]]]] = SimpleQueue()
        self._futures: dict[Name, Future[Ended[T]]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._closed = False
        _collect_rarely()

    def __len__(self) -> int:
        return len(self._futures)

    def __contains__(self, name: Name) -> bool:
        return name in self._futures

    def start(self, name: Name, coroutine: Coroutine[Any, Any, T]) -> None:
        """Begin it, in the caller's context variables."""
        future = asyncio.run_coroutine_threadsafe(self._kept(coroutine), self._loop)
        self._futures[name] = future
        future.add_done_callback(lambda ended: self._ended.put((name, ended)))

    def names(self) -> list[Name]:
        return list(self._futures)

    def take(self, *, while_waiting: Callable[[], None] | None = None) -> tuple[Name, Ended[T]]:
        """Wait for the next that ends: its name, and what came of it. `while_waiting` is called every
        second until then."""
        while True:
            try:
                name, future = self._ended.get(timeout=WAIT if while_waiting else None)
            except Empty:
                assert while_waiting is not None  # else there is no end to the waiting
                while_waiting()
                continue
            if self._futures.get(name) is future:
                del self._futures[name]
                return name, future.result()

    def ended(self) -> Iterator[tuple[Name, T]]:
        """The results that were there when it was closed, and had not been taken."""
        while not self._ended.empty():
            name, future = self._ended.get()
            if not future.cancelled() and (ended := future.result()).error is None:
                yield name, ended.result()

    def drop(self, name: Name) -> None:
        """Cancel one."""
        self._futures.pop(name).cancel()

    def close(self) -> None:
        """Cancel all, and wait until they have ended: what they asked is counted then."""
        if not self._closed:
            self._closed = True
            _collect_as_usual()
        for future in self._futures.values():
            future.cancel()
        self._futures.clear()
        asyncio.run_coroutine_threadsafe(self._all_ended(), self._loop).result(TIME_TO_END)

    async def _kept(self, coroutine: Coroutine[Any, Any, T]) -> Ended[T]:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            return Ended(await coroutine)
        except Exception as error:  # noqa: BLE001  # raised where the result is asked for
            return Ended(error=error)
        finally:
            self._tasks.discard(task)

    async def _all_ended(self) -> None:
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=TIME_TO_END / 2)


def all_at_once(
    asks: Sequence[Callable[[], Coroutine[Any, Any, T]]],
    *,
    most: int,
    on_progress: Callable[[], None] | None = None,
    while_waiting: Callable[[], None] | None = None,
) -> list[T]:
    """The results in the order of `asks`, of which up to `most` are under way at once. The first
    error ends the others and is raised.

    `on_progress` is called whenever one has ended, `while_waiting` every second until the next does."""
    results: dict[int, T] = {}
    with UnderWay[int, T]() as under_way:
        waiting = iter(range(len(asks)))
        for i in waiting:
            under_way.start(i, asks[i]())
            if len(under_way) >= most:
                break
        while len(under_way):
            i, ended = under_way.take(while_waiting=while_waiting)
            results[i] = ended.result()
            if on_progress is not None:
                on_progress()
            for following in waiting:
                under_way.start(following, asks[following]())
                break
    return [results[i] for i in range(len(asks))]
