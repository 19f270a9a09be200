"""The worker process: one JSON request a line on stdin, one JSON reply a line on stdout."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any

import sympy

from zoped.symbolic.problem import SymbolicProblem
from zoped.symbolic.solving.enumeration import solve_by_enumeration
from zoped.symbolic.solving.sympy_backend import solve_with_sympy
from zoped.symbolic.solving.z3_backend import solve_with_z3

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


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """The first decisive reply of the backends, else the last one's reason."""
    problem = SymbolicProblem.model_validate_json(request["problem"])
    end = time.monotonic() + float(request["time_limit"]) * 0.95
    whole = any(v.domain.is_integer for v in problem.unknowns)
    reply = {"status": "unsupported", "answer": None, "backend": "", "detail": "no backend"}

    def with_z3() -> dict[str, Any]:
        return solve_with_z3(problem, max(0.05, (end - time.monotonic()) / 2))

    order: list[Callable[[], dict[str, Any]]] = [
        lambda: solve_with_sympy(problem),
        with_z3,
    ]
    if whole:
        order.reverse()
    for attempt in [lambda: solve_by_enumeration(problem), *order]:
        if time.monotonic() > end:
            return {"status": "timeout", "answer": None, "backend": "", "detail": "out of time"}
        try:
            reply = attempt()
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001
            # SymPy raises many kinds; one backend's fault must not hide another's answer.
            reply = {**reply, "detail": f"{type(error).__name__}: {str(error)[:200]}"}
            continue
        if reply["status"] in _DECISIVE:
            return reply
    return reply


def main() -> None:
    sys.stdout.write("{}\n")
    sys.stdout.flush()
    for served, line in enumerate(sys.stdin, start=1):
        request = json.loads(line)
        set_memory_limit(int(request["memory_limit_mb"]))
        reply = answer(request)
        if served % CACHED == 0:
            sympy.core.cache.clear_cache()
        sys.stdout.write(json.dumps(reply) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
