"""Signals that end a command: SIGTERM as Ctrl-C, so that whoever stops it, it ends whole and tells how
to go on, whatever a library makes of the interrupt; and processes that leave both to their parent."""

from __future__ import annotations

import _thread
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_MASKS = hasattr(signal, "pthread_sigmask")  # not on Windows


AGAIN = 1.0  # seconds after which an interrupt that was lost comes again


class _Interrupts:
    """Those of a command. Library code may swallow one (`except:`), and the command would run on to its
    end: it comes again until nothing of the command runs but what unwinds for it."""

    def __init__(self) -> None:
        self.came = False
        self._again = False  # the next signal is not the person's
        self._over = threading.Event()
        self._lock = threading.Lock()  # none comes when it is over

    def answer(self, number: int, frame: FrameType | None) -> None:
        again, self._again = self._again, False
        if again and (_is_unwinding() or self._over.is_set()):
            return
        if not self.came:
            self.came = True
            threading.Thread(target=self._repeat, daemon=True).start()
        raise KeyboardInterrupt

    def end(self) -> None:
        self._over.set()
        with self._lock:
            pass

    def _repeat(self) -> None:
        while not self._over.wait(AGAIN):
            with self._lock:
                if not self._over.is_set():
                    self._again = True
                    interrupt_main_thread()


_open: list[_Interrupts] = []


@contextmanager
def ended_like_ctrl_c() -> Iterator[None]:
    """SIGTERM raises KeyboardInterrupt in the main thread while the context is open, as SIGINT does. One that
    is swallowed comes again, and an error that is made of it is the interrupt still.

    Processes that are forked meanwhile end by them as before: a parent stops its workers so.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    interrupts = _Interrupts()
    _open.append(interrupts)
    numbers = [signal.SIGTERM]
    # A shell's background job ignores SIGINT; asyncio has a handler of its own.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        numbers.append(signal.SIGINT)
    before = {number: signal.signal(number, _interrupt) for number in numbers}
    try:
        yield
    except Exception as error:
        if interrupts.came:
            raise KeyboardInterrupt from error
        raise
    finally:
        interrupts.end()
        for number, handler in before.items():
            signal.signal(number, handler)
        _open.remove(interrupts)


def interrupt_main_thread() -> None:
    """As Ctrl-C does, also where it waits."""
    if os.name == "nt":
        _thread.interrupt_main()
    else:  # a signal, which ends waiting too
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)


def _is_unwinding() -> bool:
    """Whether the code that was interrupted runs because of a KeyboardInterrupt: what ends files and
    processes is to end them."""
    error = sys.exception()
    while error is not None:
        if isinstance(error, KeyboardInterrupt):
            return True
        error = error.__context__
    return False


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
    if callable(own) and own is not _interrupt:
        own(number, frame)
    elif _open:
        _open[-1].answer(number, frame)
    else:
        raise KeyboardInterrupt


def _as_before() -> None:
    if signal.getsignal(signal.SIGTERM) is _interrupt:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if signal.getsignal(signal.SIGINT) is _interrupt:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    _open.clear()


os.register_at_fork(after_in_child=_as_before)
