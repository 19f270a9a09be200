"""The worker process: one JSON request a line on stdin, one JSON reply a line on stdout."""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import sympy

from zoped.symbolic.problem import SymbolicProblem
from zoped.symbolic.solving.enumeration import solve_by_enumeration
from zoped.symbolic.solving.scaling import normalized
from zoped.symbolic.solving.sympy_backend import solve_with_sympy
from zoped.symbolic.solving.z3_backend import fit_with_z3, solve_with_z3

CACHED = 50  # problems between which SymPy may remember what it worked out
_DECISIVE = ("unique", "none", "many", "invalid")


def set_memory_limit(megabytes: int) -> None:
    """Let this process grow by at most `megabytes`, where the system can enforce it."""
    try:
        import resource

        with open("/proc/self/statm") as file:
            pages = int(file.read().split()[0])
    except (ImportError, OSError):  # not Linux: only the time limit holds
        return
    limit = pages * resource.getpagesize() + megabytes * 2**20
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))


def set_cpu_limit(seconds: float) -> None:
    """End this process after so much CPU time, also within a library that never returns."""
    signal.setitimer(signal.ITIMER_PROF, seconds)  # the signal's default action ends the process


class _OutOfTime(Exception):
    """A backend has used its share."""


@contextmanager
def _share(seconds: float) -> Iterator[None]:
    """Raise _OutOfTime in the block after so much CPU time, so that the next backend has its turn."""

    def stop(_: int, __: FrameType | None) -> None:
        raise _OutOfTime

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """The first decisive reply of the backends, else the last one's reason."""
    written = SymbolicProblem.model_validate_json(request["problem"])
    problem = normalized(written)
    if sets := request.get("fit"):
        return fit_with_z3(written, sets, float(request["time_limit"]) * 0.9)
    end = time.process_time() + float(request["time_limit"]) * 0.95
    whole = any(v.domain.is_integer for v in problem.unknowns)
    reply = {"status": "unsupported", "answer": None, "backend": "", "detail": "no backend"}

    def left() -> float:
        return max(0.05, end - time.process_time())

    def with_z3() -> dict[str, Any]:
        return solve_with_z3(problem, left() / 2)

    def with_sympy() -> dict[str, Any]:
        with _share(left() / 2):
            return solve_with_sympy(problem)

    def by_trying() -> dict[str, Any]:
        with _share(left() / 2):
            return solve_by_enumeration(problem)

    order: list[Callable[[], dict[str, Any]]] = [with_sympy, with_z3]
    if whole and problem.query != "count":  # Z3 counts by one solution at a time
        order.reverse()
    out_of_time = False
    for attempt in [by_trying, *order]:
        if time.process_time() > end:
            out_of_time = True
            break
        try:
            reply = attempt()
        except MemoryError:
            raise
        except _OutOfTime:
            out_of_time = True
            continue
        except Exception as error:  # noqa: BLE001
            # SymPy raises many kinds; one backend's fault must not hide another's answer.
            reply = {**reply, "detail": f"{type(error).__name__}: {str(error)[:200]}"}
            continue
        if reply["status"] in _DECISIVE:
            # One of many solutions that differ in scale alone is none to show.
            return reply if problem is written else reply | {"values": {}, "numbers": {}}
        out_of_time = out_of_time or reply["status"] == "timeout"
    if out_of_time:
        return {"status": "timeout", "answer": None, "backend": "", "detail": "out of time"}
    return reply


def main() -> None:
    sys.stdout.write("{}\n")
    sys.stdout.flush()
    for served, line in enumerate(sys.stdin, start=1):
        request = json.loads(line)
        set_memory_limit(int(request["memory_limit_mb"]))
        set_cpu_limit(float(request["time_limit"]))
        reply = answer(request)
        set_cpu_limit(0)
        if served % CACHED == 0:
            sympy.core.cache.clear_cache()
        sys.stdout.write(json.dumps(reply) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
