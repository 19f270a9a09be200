"""How a step asks the teacher and has things solved: at once, or awaited while others go on."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

import dspy

from zoped.programs.acceptance import NotAccepted, Reason
from zoped.programs.teachers.calls import CallFailed, TeacherCalls

T = TypeVar("T")
FRESH_TEMPERATURE = 1.0  # of a sample that shall differ from those before it, at least

# Threads of their own: what waits for a solver is not to hold up who asks.
_solving: list[ThreadPoolExecutor] = []
os.register_at_fork(after_in_child=_solving.clear)


def _solver_threads() -> ThreadPoolExecutor:
    if not _solving:
        _solving.append(ThreadPoolExecutor(2 * (os.cpu_count() or 1), "zoped-solving"))
    return _solving[0]


async def asked(
    teacher: TeacherCalls,
    module: dspy.Module,
    *,
    key: str,
    step: str,
    waits: bool,
    fresh: bool = False,
    **inputs: Any,
) -> dspy.Prediction:
    """The module's reply; NotAccepted where the teacher gave none that can be used.

    `key` and `step` as for `TeacherCalls.ask`; `fresh` wants a sample that differs from what the teacher
    would say first. `waits` says whether the caller awaits it: otherwise it never stops on the way
    (one_path.py).
    """
    if fresh:
        teacher = teacher.at_temperature(FRESH_TEMPERATURE)
    try:
        if waits:
            return await teacher.aask(module, key=key, step=step, **inputs)
        return teacher.ask(module, key=key, step=step, **inputs)
    except CallFailed as failure:
        reason = Reason.MALFORMED if failure.malformed else Reason.TEACHER_ERROR
        raise NotAccepted(reason, str(failure)) from failure


async def now_or_later(work: Callable[..., T], *args: Any, waits: bool) -> T:
    """What takes seconds: where the caller `waits`, in a thread, while others may go on."""
    if not waits:
        return work(*args)
    future = asyncio.get_running_loop().run_in_executor(_solver_threads(), partial(work, *args))
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        await asyncio.wait([future])  # a thread cannot be cancelled
        raise
