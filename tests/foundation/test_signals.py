"""Ctrl-C is answered once, by the process that a person started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

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
def test_an_interrupt_waits_until_a_process_is_started_whole(number: signal.Signals) -> None:
    whole = False
    with pytest.raises(KeyboardInterrupt), ended_like_ctrl_c(), starting_processes():
        os.kill(os.getpid(), number)
        whole = True
    assert whole
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())
