"""Ctrl-C is answered once, by the process that a person started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event

import pytest

from zoped.foundation import signals
from zoped.foundation.signals import ended_like_ctrl_c, starting_processes

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no signal masks")
SPEAKS = [sys.executable, "-c", "print(input())"]


def test_a_process_that_is_started_gets_no_ctrl_c_from_its_first_moment_on() -> None:
    with starting_processes():
        child = subprocess.Popen(SPEAKS, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    child.send_signal(signal.SIGINT)
    assert child.communicate("alive")[0] == "alive\n" and child.returncode == 0
    with starting_processes():
        child = subprocess.Popen(SPEAKS, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    child.terminate()
    child.communicate()
    assert child.returncode == -signal.SIGTERM


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_that_a_library_swallows_comes_again(
    number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signals, "AGAIN", 0.05)
    swallowed = 0
    with pytest.raises(KeyboardInterrupt), ended_like_ctrl_c():
        while swallowed < 2:
            try:
                if not swallowed:
                    os.kill(os.getpid(), number)
                Event().wait(60)
            except:  # noqa: E722  # as libraries do
                swallowed += 1
        Event().wait(60)
    assert swallowed == 2
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_what_is_ended_because_of_an_interrupt_is_not_interrupted_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(signals, "AGAIN", 0.01)
    ended = []

    @contextmanager
    def open_file() -> Iterator[None]:
        try:
            yield
        finally:
            Event().wait(0.2)
            ended.append("the file")

    with pytest.raises(KeyboardInterrupt), ended_like_ctrl_c():
        try:
            with open_file():
                os.kill(os.getpid(), signal.SIGINT)
        finally:
            Event().wait(0.2)
            ended.append("the command")
    assert ended == ["the file", "the command"]


def test_an_error_that_a_library_makes_of_an_interrupt_is_one() -> None:
    with pytest.raises(KeyboardInterrupt), ended_like_ctrl_c():
        try:
            os.kill(os.getpid(), signal.SIGINT)
        except BaseException as error:
            raise ValueError("cannot be written") from error
    with pytest.raises(ValueError, match="no interrupt"), ended_like_ctrl_c():
        raise ValueError("no interrupt")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_waits_until_a_process_is_started_whole(number: signal.Signals) -> None:
    whole = False
    with pytest.raises(KeyboardInterrupt), ended_like_ctrl_c(), starting_processes():
        os.kill(os.getpid(), number)
        whole = True
    assert whole
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())
