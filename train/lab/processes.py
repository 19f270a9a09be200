"""The runs of a lab in processes of their own, a few at a time, on one thread each.

A process that is killed, or whose run fails, takes nothing else with it; the same call goes on with
what is not over.
"""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO

from zoped.foundation.module_process import module_command
from zoped.train.lab.settings import LabRun

FAILED, INTERRUPTED = 2, 130
# Two runs of one thread each use two cores as well as one run of two, and their start-up too.
ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OMP_WAIT_POLICY": "PASSIVE",
    "TOKENIZERS_PARALLELISM": "false",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "PYTHONWARNINGS": "ignore",
}
OnEnd = Callable[[LabRun, str], None]


@dataclass
class Processes:
    """`on_end(run, why)` is told when a run is over; `why` says what went wrong, and is empty where
    nothing did. Several threads call it. What happens in a run goes into a log beside its folder."""

    jobs: int
    on_end: OnEnd
    _inputs: dict[str, IO[str]] = field(default_factory=dict)
    _stopping: threading.Event = field(default_factory=threading.Event)

    def run(self, runs: Sequence[LabRun]) -> list[LabRun]:
        """Do the runs in this order; returns those that failed. An interrupt stops those that are
        under way, waits for them, and is raised again."""
        failed = []
        with ThreadPoolExecutor(self.jobs) as pool:
            pending = {pool.submit(self._one, run): run for run in runs}
            try:
                for future in as_completed(pending):
                    if future.result():
                        failed.append(pending[future])
            except BaseException:
                self._stop()
                raise
        return failed

    def _stop(self) -> None:
        self._stopping.set()
        for stream in list(self._inputs.values()):
            stream.close()  # ends the process

    def _one(self, run: LabRun) -> str:
        """What went wrong in it; empty where nothing did, or where it was stopped."""
        if self._stopping.is_set():
            return ""
        run.folder.parent.mkdir(parents=True, exist_ok=True)
        log = run.folder.with_suffix(".log")
        with (
            log.open("a", encoding="utf-8") as output,
            subprocess.Popen(
                module_command("zoped.train.lab"),
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
                env={**os.environ, **ENVIRONMENT},
            ) as process,
        ):
            assert process.stdin is not None
            self._inputs[run.name] = process.stdin
            job = {"settings": run.settings.model_dump(mode="json"), "folder": str(run.folder)}
            with suppress(BrokenPipeError):  # it is dead already; its exit code says why
                process.stdin.write(json.dumps(job) + "\n")
                process.stdin.flush()
            if self._stopping.is_set():
                process.stdin.close()
            code = process.wait()
            del self._inputs[run.name]
        if self._stopping.is_set():
            return ""
        why = "" if code == 0 else f"{_reason(code, log.read_text(encoding='utf-8'))} ({log})"
        self.on_end(run, why)
        return why


def _reason(code: int, log: str) -> str:
    """Why a process ended with that code; its last line says it where it ended by itself."""
    if code < 0:
        return f"killed by signal {-code}; the same command goes on with it"
    if code == INTERRUPTED:
        return "interrupted; the same command goes on with it"
    lines = log.strip().splitlines()
    return lines[-1] if lines else f"exit code {code}"
