"""Refills made in a process beside a service, whose requests do not wait for them.

The process is a command of its own, `python -m zoped.train.live.refill_process`: what it is asked
comes on its standard input, what it answers goes to its standard output, both pickled. It ends when
its input does, however the one that asks has ended.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from zoped.foundation.closing import Closing
from zoped.foundation.errors import ZopedError
from zoped.foundation.module_process import module_command, own_modules_last
from zoped.foundation.signals import starting_processes
from zoped.programs import Seed
from zoped.programs.acceptance import IsContaminated
from zoped.train.live.refill import Refiller
from zoped.train.live.settings import LiveSettings
from zoped.train.live.store import Chosen

MadeOf = tuple[Sequence[Seed], LiveSettings, IsContaminated | None]


class RefillError(ZopedError, RuntimeError):
    """The process that makes refills ended, twice at the same one."""


class RefillProcess(Closing):
    """A `Refiller` in a process of its own, started when it is first asked."""

    def __init__(self, folder: Path, made_of: MadeOf) -> None:
        self._folder, self._made_of = folder, made_of
        self._process: subprocess.Popen[bytes] | None = None
        self._closed = False

    def choose(self, refill: int, mark: int) -> list[Chosen]:
        """As `Refiller.choose`. A process that was killed is started again, once."""
        for _ in range(2):
            if self._closed:
                raise RefillError(f"{self._folder}: closed while refill {refill} was made")
            try:
                if self._process is None:
                    self._start()
                self._send((refill, mark))
                answer: list[Chosen] | ZopedError = pickle.load(self._stdout)
            except (EOFError, OSError, pickle.UnpicklingError):
                self._end()
                continue
            if isinstance(answer, ZopedError):
                raise answer
            return answer
        raise RefillError(
            f"{self._folder}: the process that makes refill {refill} ended twice; what it wrote to "
            "standard error says why, or there was too little memory"
        )

    def close(self) -> None:
        self._closed = True
        if self._process is not None:
            self._process.kill()  # it has nothing to lose; who waits for its answer hears of it
            self._process.wait()

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._stdin.close()
            self._stdout.close()
            self._process = None

    @property
    def pid(self) -> int | None:
        """Of the process, while there is one."""
        return None if self._process is None else self._process.pid

    def _start(self) -> None:
        with starting_processes():
            self._process = subprocess.Popen(
                module_command(__name__),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                bufsize=0,
            )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._stdin = self._process.stdin
        self._stdout = os.fdopen(os.dup(self._process.stdout.fileno()), "rb")
        self._process.stdout.close()
        self._send((self._folder.resolve(), self._made_of))

    def _send(self, what: object) -> None:
        data = memoryview(pickle.dumps(what))
        while data:
            data = data[self._stdin.write(data) :]


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # where it could not be blocked from the start
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # a library that prints disturbs nothing
    own_modules_last()
    asked = sys.stdin.buffer
    folder, made_of = pickle.load(asked)
    with Refiller(folder, *made_of) as refiller:
        while True:
            try:
                due: tuple[int, int] = pickle.load(asked)
            except EOFError:
                return
            answer: list[Chosen] | ZopedError
            try:
                answer = refiller.choose(*due)
            except ZopedError as error:
                answer = error
            pickle.dump(answer, answers)
            answers.flush()


if __name__ == "__main__":
    main()
