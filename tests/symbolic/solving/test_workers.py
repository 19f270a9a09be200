"""Workers have real limits: bombs cost one problem, never the run, and nothing leaks."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from zoped.symbolic import SymbolicProblem, solve
from zoped.symbolic.solving import workers


def problem(*constraints, domain="integer", names="x", **more) -> SymbolicProblem:
    return SymbolicProblem.model_validate(
        {
            "variables": [{"name": name, "domain": domain} for name in names],
            "constraints": constraints,
            "target": names[0],
        }
        | more
    )


EASY = problem("x**3 + x == 350", "x > 0")  # too much for the fast paths
BOMBS = {
    "three cubes": problem("x**3 + y**3 + z**3 == 114", names="xyz"),
    "a high power": problem("x**97 + y**89 == z**83 + 1", "x > 1", "y > 1", "z > 1", names="xyz"),
    "many unknowns": problem(
        *[f"{a}*{b} + {a} > {c}**3" for a, b, c in zip("abcdefgh", "bcdefgha", "cdefghab", strict=True)],
        names="abcdefgh",
    ),
    "a long sum": problem("sum(k**7*x, k, 1, 100000) == sum(k**3, k, 1, 99999)", names="x"),
    "nested roots": problem(
        "sqrt(x + sqrt(x + sqrt(x + sqrt(x)))) + x**5 == 17 + sin(x)", domain="real"
    ),
    "factorials": problem("factorial(x) == factorial(500) + y", "y > 10**30", names="xy"),
}  # fmt: skip


def solver_workers() -> list[int]:
    """The workers of this process that still run."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == os.getpid() and b"backend_worker" in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
        except OSError:
            continue  # it ended while we looked
    return found


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_costs_one_problem(name):
    solve(EASY)  # a worker is there
    start = time.monotonic()
    bombed = solve(BOMBS[name], time_limit=1.0, memory_limit_mb=200)
    assert bombed.status in ("timeout", "unsupported", "none", "many"), bombed
    assert bombed.answer is None
    assert time.monotonic() - start < 15, "the limit holds, but for the start of a worker"
    assert solve(EASY).answer == "7", "the pool goes on"


def test_a_problem_that_ran_out_of_time_costs_the_next_one_nothing():
    """Whatever a worker was stopped in, the next answer is what it is in a new worker."""
    for name in ("three cubes", "many unknowns", "nested roots"):
        solve(BOMBS[name], time_limit=0.3)
        solve(problem("x**9 + x == 5", domain="positive_real"), time_limit=0.3)
        solution = solve(problem("(-17) // x == 2", "(-17) % x == -3"))
        assert (solution.status, solution.answer) == ("unique", "-7")


def test_memory_over_the_limit_is_refused():
    hungry = problem(
        "x*y*z + x**2*y == z**4 + 12345678901234567890", "x > y", "y > z", "z > 10**12", names="xyz"
    )
    assert solve(hungry, time_limit=4.0, memory_limit_mb=16).answer is None
    assert solve(EASY, memory_limit_mb=512).answer == "7"


def test_an_easy_problem_needs_a_worker():
    """Or these tests would test nothing."""
    assert solve(EASY).backend in ("sympy", "z3", "enumeration")
    assert solver_workers()


@pytest.mark.slow
def test_a_worker_that_dies_is_replaced():
    solve(EASY)
    for pid in solver_workers():
        os.kill(pid, signal.SIGKILL)
    time.sleep(0.1)
    assert solve(EASY).answer == "7"


def test_a_worker_killed_in_the_middle_costs_one_problem():
    solve(EASY)
    busy = threading.Thread(target=solve, args=(BOMBS["three cubes"],), kwargs={"time_limit": 30})
    busy.start()
    time.sleep(0.5)
    for pid in solver_workers():
        os.kill(pid, signal.SIGKILL)
    busy.join(timeout=10)
    assert not busy.is_alive()
    assert solve(EASY).answer == "7"


@pytest.mark.slow
def test_ten_thousand_problems_leak_nothing():
    def some(count: int, first: int) -> None:
        for n in range(first, first + count):
            assert solve(problem(f"3*x + {n} == 5*{n}", domain="real")).answer is not None
            if n % 200 == 0:
                assert solve(problem(f"x**3 == {n}**3", "x >= 0")).answer == str(n)

    some(1_000, 0)
    before, opened = resident_mb(), len(os.listdir("/proc/self/fd"))
    some(9_000, 1_000)
    assert resident_mb() - before < 30
    assert len(os.listdir("/proc/self/fd")) <= opened + 4
    assert len(solver_workers()) <= (os.cpu_count() or 1)


def test_a_worker_is_replaced_after_its_share(monkeypatch):
    monkeypatch.setattr(workers, "TASKS_PER_WORKER", 2)
    for _ in range(5):
        assert solve(EASY).answer == "7"
