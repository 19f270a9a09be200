"""Signals that end a command: SIGTERM as Ctrl-C, so that whoever stops it, it ends whole and tells how
to go on; and processes that leave both to their parent."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_MASKS = hasattr(signal, "pthread_sigmask")  # not on Windows


@contextmanager
def ended_like_ctrl_c() -> Iterator[None]:
    """SIGTERM raises KeyboardInterrupt in the main thread while the context is open.

    Processes that are forked meanwhile end by it as before: a parent stops its workers so.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def starting_processes() -> Iterator[None]:
    """Processes that are started in the block never get Ctrl-C, which a terminal sends to a whole group:
    it is their parent's to answer. An interrupt of the parent itself waits for the end of the block,
    so that none is left with half of what it is to be told."""
    if not _MASKS:
        yield
        return
    with _held_back():
        # A new process inherits what this thread blocks. (What it ignores, too; but an interrupt of
        # ours would be lost then.)
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _held_back() -> Iterator[None]:
    """SIGINT and SIGTERM are answered at the end of the block, whichever thread gets them."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread is interrupted
        return
    came: list[int] = []
    before = {
        number: signal.signal(number, lambda number, frame: came.append(number))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if came:
            signal.raise_signal(came[0])


def _interrupt(number: int, frame: FrameType | None) -> None:
    own = signal.getsignal(signal.SIGINT)
    # A shell's background job ignores SIGINT; asyncio has a handler of its own.
    (own if callable(own) else signal.default_int_handler)(number, frame)


def _as_before() -> None:
    if signal.getsignal(signal.SIGTERM) is _interrupt:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


os.register_at_fork(after_in_child=_as_before)
