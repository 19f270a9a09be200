"""One way of writing what a module does, for its `forward` and its `aforward`.

The coroutine of a module awaits nothing but what it is handed: run with `called` it never stops, and
`run_now` has its result at once; awaited with `acalled`, it waits for the language model.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Coroutine
from typing import Any, Protocol, TypeVar

import dspy

T = TypeVar("T")


class Call(Protocol):
    """Calls a module with its inputs, now or later."""

    def __call__(self, module: dspy.Module, **inputs: Any) -> Awaitable[Any]: ...


async def called(module: dspy.Module, **inputs: Any) -> Any:
    return module(**inputs)


async def acalled(module: dspy.Module, **inputs: Any) -> Any:
    if not hasattr(type(module), "aforward"):  # as of dspy.Refine, and of most that users write
        return await asyncio.to_thread(module, **inputs)
    return await module.acall(**inputs)


def run_now(coroutine: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that waits for nothing."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value  # type: ignore[no-any-return]
    coroutine.close()
    raise RuntimeError("a synchronous call has to wait; use `acall`")
