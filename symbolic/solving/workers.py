"""Worker processes for the heavy backends, with enforced limits of time and memory.

A worker is `python -m zoped.symbolic.solving.backend_worker`: it imports nothing but the symbolic engine,
reads one JSON line a problem and writes one JSON line back. The operating system ends it when it has
spent the CPU time that the problem may cost (so that what is solved does not depend on what else
the machine does) and refuses it memory past its limit; the parent kills it when it stays silent for
far longer. Any of these costs one problem, never the run.
Workers are started when needed, reused, and replaced after `TASKS_PER_WORKER` problems. (A process
pool of the standard library or of pebble would import the caller's main module into every worker.)
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import threading
from collections.abc import Sequence
from typing import Any

from zoped.foundation.module_process import module_command
from zoped.symbolic.problem import SymbolicProblem

START_LIMIT = 60.0  # seconds for a worker to import its libraries
TASKS_PER_WORKER = 500
# A worker that gets a tenth of a core still has its CPU time; one that sleeps for ever is ended.
PATIENCE = 10


class _Worker:
    def __init__(self, module: str) -> None:
        self.tasks = 0
        self.process = subprocess.Popen(
            module_command(module),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            # A terminal's Ctrl-C goes to the run, which ends its workers itself.
            start_new_session=True,
        )
        if self._read(START_LIMIT) is None:
            raise RuntimeError(f"the worker process {module} did not start")

    def ask(self, request: str, time_limit: float) -> dict[str, Any] | None:
        """The reply; None when the worker died or was killed at the limit."""
        if self.process.stdin is None:
            return None
        self.tasks += 1
        try:
            self.process.stdin.write(request + "\n")
            self.process.stdin.flush()
        except OSError:
            return None
        return self._read(time_limit)

    def _read(self, time_limit: float) -> dict[str, Any] | None:
        if self.process.stdout is None:
            return None
        timer = threading.Timer(time_limit, self.process.kill)
        timer.daemon = True
        timer.start()
        try:
            line = self.process.stdout.readline()
        finally:
            timer.cancel()
        if not line.endswith("\n"):
            return None
        reply: dict[str, Any] = json.loads(line)
        return reply

    def close(self) -> None:
        self.process.kill()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()
        self.process.wait()


def _started(module: str) -> _Worker:
    try:
        return _Worker(module)
    except RuntimeError:
        return _Worker(module)  # something killed it while it started: once more


class WorkerPool:
    """At most `size` processes of `python -m module`, which writes a line when it is ready and
    then answers every JSON line with one. A forked child starts its own."""

    def __init__(self, module: str, size: int) -> None:
        self._module = module
        self._size = size
        self._renew()
        atexit.register(self.close)
        if hasattr(os, "register_at_fork"):
            # A forked child must not talk through its parent's pipes.
            os.register_at_fork(after_in_child=self._renew)

    def _renew(self) -> None:
        self._slots = threading.BoundedSemaphore(self._size)
        self._idle: list[_Worker] = []
        self._lock = threading.Lock()

    def run(self, request: str, time_limit: float) -> dict[str, Any] | None:
        """The reply; None when the worker died or was killed at the limit, in seconds.

        Raises RuntimeError when none can be started.
        """
        with self._slots:
            with self._lock:
                worker = self._idle.pop() if self._idle else None
            if worker is None or worker.process.poll() is not None:
                worker = _started(self._module)
            keep = False
            try:
                reply = worker.ask(request, time_limit)
                keep = reply is not None and worker.tasks < TASKS_PER_WORKER
            finally:
                if keep:
                    with self._lock:
                        self._idle.append(worker)
                else:
                    worker.close()
        return reply

    def close(self) -> None:
        with self._lock:
            while self._idle:
                self._idle.pop().close()


_pool = WorkerPool("zoped.symbolic.solving.backend_worker", max(1, os.cpu_count() or 1))


def run_in_worker(
    problem: SymbolicProblem,
    *,
    time_limit: float,
    memory_limit_mb: int,
    fit: Sequence[Sequence[str]] = (),
) -> dict[str, Any]:
    """{"status", "answer", "backend", "detail"} from the heavy backends, within the limits.

    `time_limit` is in seconds of CPU time. With `fit`, sets of givens, other values for one of them are
    looked for instead of the answer (z3_backend.fit_with_z3).
    """
    request = json.dumps(
        {
            "problem": problem.model_dump_json(),
            "time_limit": time_limit,
            "memory_limit_mb": memory_limit_mb,
            "fit": fit,
        }
    )
    reply = _pool.run(request, PATIENCE * (time_limit + 1))
    if reply is None:
        detail = f"over {time_limit:g} s of CPU time or {memory_limit_mb} MB"
        return {"status": "timeout", "answer": None, "backend": "", "detail": detail}
    return reply
