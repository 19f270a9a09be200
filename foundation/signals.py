"""SIGTERM as Ctrl-C: whoever stops a command, it ends whole, and tells how to go on."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


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


def _interrupt(number: int, frame: FrameType | None) -> None:
    own = signal.getsignal(signal.SIGINT)
    # A shell's background job ignores SIGINT; asyncio has a handler of its own.
    (own if callable(own) else signal.default_int_handler)(number, frame)


def _as_before() -> None:
    if signal.getsignal(signal.SIGTERM) is _interrupt:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


os.register_at_fork(after_in_child=_as_before)
