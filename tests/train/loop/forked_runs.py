"""`zoped run` in forked children, so that the libraries are imported once for many runs.

python forked_runs.py: reads one JSON request a line from stdin, runs the command in a child that
leads a process group of its own, watches how far it is, and may kill the whole group, or others.

Request: {"arguments": [...], "file_limit": bytes or null,
          "kill": {"tasks": prefixes, "events": n, "delay": seconds, "signal": number, "pids": of other
                   processes that are killed in its stead} or null}
Reply: {"code": exit code, "events": {task: events}, "killed": bool, "printed": text}

An event is a task's start or an advance of it; the moment is event n of the first of `tasks`. Where
that is over sooner (what was done before a kill is not done again), it is the next event of any
later task; where it is not done again at all, the first event of the next of `tasks`.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any


def child(request: dict[str, Any], pipe: int) -> None:
    """The command; what it is at goes into the pipe, a line an event."""
    from zoped.cli import console

    task = console.ConsoleProgress.task

    @contextmanager
    def told_task(
        self: console.ConsoleProgress, description: str, total: int | None
    ) -> Iterator[Any]:
        os.write(pipe, f"{description}\n".encode())
        with task(self, description, total) as inner:
            advance = inner.advance

            def told(amount: int = 1) -> None:
                os.write(pipe, f"{description}\n".encode())
                advance(amount)

            inner.advance = told
            yield inner

    console.ConsoleProgress.task = told_task
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if request["file_limit"]:
        resource.setrlimit(resource.RLIMIT_FSIZE, (request["file_limit"], resource.RLIM_INFINITY))
    from zoped.cli.main import main

    sys.argv = ["zoped", *request["arguments"]]
    main()


def run(request: dict[str, Any]) -> dict[str, Any]:
    read, write = os.pipe()
    with tempfile.TemporaryFile("w+") as printed:
        process = os.fork()
        if process == 0:
            code = 1
            try:
                os.setsid()
                os.close(read)
                os.dup2(printed.fileno(), 1)
                os.dup2(printed.fileno(), 2)
                child(request, write)
                code = 0
            except SystemExit as exit_:
                code = exit_.code if isinstance(exit_.code, int) else 1
            except BaseException:  # noqa: BLE001  a child ends here, whatever it raised
                traceback.print_exc()
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(code)
        os.close(write)
        events, killed = watch(process, read, request["kill"])
        _, status = os.waitpid(process, 0)
        printed.seek(0)
        return {
            "code": os.waitstatus_to_exitcode(status),
            "events": events,
            "killed": killed,
            "printed": printed.read(),
        }


def watch(process: int, pipe: int, kill: dict[str, Any] | None) -> tuple[dict[str, int], bool]:
    events: dict[str, int] = {}
    killed = reached = False
    with os.fdopen(pipe, encoding="utf-8") as lines:
        for line in lines:
            name = line.rstrip("\n")
            events[name] = events.get(name, 0) + 1
            if kill is None or killed:
                continue
            reached = reached or name.startswith(tuple(kill["tasks"]))
            if reached and (
                not name.startswith(kill["tasks"][0]) or events[name] >= kill["events"]
            ):
                time.sleep(kill["delay"])
                for pid in kill.get("pids", [-process]):
                    with suppress(ProcessLookupError):
                        os.kill(pid, kill["signal"])
                killed = True
    return events, killed


def main() -> None:
    import dspy  # noqa: F401
    import litellm  # noqa: F401
    import mlflow.data.pandas_dataset
    import mlflow.dspy  # noqa: F401
    import trl

    import zoped.cli.tracking
    import zoped.train.rounds  # noqa: F401
    from zoped.cli.tracking_result import packages

    trl.GRPOTrainer, trl.GRPOConfig  # noqa: B018  loaded when first named
    packages()  # read once, too
    gc.collect()
    gc.freeze()  # what was imported stays: no run need look through it
    print("{}", flush=True)
    for line in sys.stdin:
        print(json.dumps(run(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
