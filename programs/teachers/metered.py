"""Stand-ins for an LM and an adapter through which every request is counted and paid for.

A request is what the LM is really asked: an adapter's second try, each predictor of a module and
each retry is one.
"""

from __future__ import annotations

import asyncio
from copy import copy
from functools import cache
from typing import Any

import dspy

from zoped.programs.predictors.one_path import run_now
from zoped.programs.teachers.endpoint import of_completion_tokens
from zoped.programs.teachers.metering import Metering
from zoped.programs.teachers.pace import Awaiting, Blocking, ain_time, in_time
from zoped.programs.teachers.requests import Requests


def metered(lm: Any, metering: Metering) -> Any:
    """The LM whose requests are paid for; itself if they are already."""
    if isinstance(lm, _Metered):
        return lm
    stand_in = lm.copy(num_retries=0, **metering.sampling(lm))
    stand_in.__class__ = _metered_class(lm.__class__)
    stand_in.history = lm.history
    stand_in.original, stand_in.metering = lm, metering
    return stand_in


class _Metered:
    """What `metered` puts before an LM's class."""

    original: dspy.BaseLM
    metering: Metering
    model: str
    kwargs: dict[str, Any]

    def __call__(self, prompt: Any = None, *, messages: Any = None, **options: Any) -> Any:
        metering, call = self.metering, super().__call__  # type: ignore[misc]
        pace = Blocking(metering.waiting, metering.places)
        limit = self._time_limit

        async def send(tried: dict[str, Any]) -> Any:
            given = self._given(tried)
            return in_time(lambda: call(prompt, messages=messages, **given), limit)

        return run_now(self._requests(prompt, messages, options).answer(pace, send))

    async def acall(self, prompt: Any = None, *, messages: Any = None, **options: Any) -> Any:
        metering = self.metering
        sync, wait_for = super().__call__, super().acall  # type: ignore[misc]
        engine = getattr(self.original, "engine", "")
        only_sync = not isinstance(engine, str) and self.original._async_engine_spec is None
        pace = Awaiting(metering.waiting, metering.places)
        limit = self._time_limit

        async def send(tried: dict[str, Any]) -> Any:
            given = self._given(tried)
            if only_sync:
                return await asyncio.to_thread(sync, prompt, messages=messages, **given)
            return await ain_time(wait_for(prompt, messages=messages, **given), limit)

        return await self._requests(prompt, messages, options).answer(pace, send)

    def update_history(self, entry: dict[str, Any]) -> None:
        self.metering.heard(entry.get("response"))
        super().update_history(entry)  # type: ignore[misc]

    def _requests(self, prompt: Any, messages: Any, options: dict[str, Any]) -> Requests:
        waiting = self.metering.waiting
        return Requests(self.metering, self.original, waiting, (prompt, messages), options)

    def _given(self, tried: dict[str, Any]) -> dict[str, Any]:
        """What is sent; an option that is None is one that the server does not take."""
        for name in [n for n, value in tried.items() if value is None and n != "response_format"]:
            self.kwargs.pop(name, None)
            del tried[name]
        if self.metering.health.takes_completion_tokens:
            self.model = of_completion_tokens(self.original.model)
        return tried

    @property
    def _time_limit(self) -> float | None:
        """Seconds for a whole reply, of an LM that has a limit at all: a little less than what its
        client allows between two bytes, so that it is told in the same words."""
        limit = self.original.kwargs.get("timeout")
        return 0.98 * limit if isinstance(limit, int | float) else None


@cache
def _metered_class(lm_class: type) -> type:
    return type(f"Metered{lm_class.__name__}", (_Metered, lm_class), {})


def own_lms(adapter: Any) -> dict[str, dspy.BaseLM]:
    """The LMs that an adapter asks beside the one it is handed, such as the second of
    dspy.TwoStepAdapter, by the names that it has for them."""
    return {name: lm for name, lm in vars(adapter).items() if isinstance(lm, dspy.BaseLM)}


class MeteredAdapter:
    """An adapter whose LMs are metered: those of the context, a predictor's own, and the adapter's."""

    def __init__(self, inner: Any, metering: Metering) -> None:
        if own := own_lms(inner):
            inner = copy(inner)
            vars(inner).update({name: metered(lm, metering) for name, lm in own.items()})
        self.inner = inner
        self.metering = metering

    def around(self, inner: Any) -> MeteredAdapter:
        """The same about another adapter."""
        return MeteredAdapter(inner, self.metering)

    def __call__(self, lm: dspy.BaseLM, *args: Any, **kwargs: Any) -> Any:
        return self.inner(metered(lm, self.metering), *args, **kwargs)

    async def acall(self, lm: dspy.BaseLM, *args: Any, **kwargs: Any) -> Any:
        return await self.inner.acall(metered(lm, self.metering), *args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)
