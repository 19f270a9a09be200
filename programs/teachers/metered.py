"""Stand-ins for an LM and an adapter through which every request is counted and paid for.

A request is what the LM is really asked: an adapter's second try, each predictor of a module and
each retry is one.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from random import Random
from threading import RLock
from typing import Any
from weakref import WeakKeyDictionary

import dspy
from dspy.utils.exceptions import (
    LMError,
    LMInvalidRequestError,
    LMProviderError,
    LMUnsupportedFeatureError,
    is_retryable_lm_error,
)
from dspy.utils.usage_tracker import UsageTracker

from zoped.programs.teachers.budget import CallBudget, Spent
from zoped.programs.teachers.prices import dollars, has_price

LONGEST_WAIT = 60.0  # seconds between two tries
# Formats of the reply, from strict to free: the schema as it was asked for, then
_FREER_FORMATS = ({"type": "json_object"}, None)
_ABOUT_FORMAT = re.compile(r"response_format|json|schema|grammar|structured", re.IGNORECASE)


class EmptyReply(Exception):
    """A reply without text. No AdapterParseError: another adapter would not read it either."""


@dataclass
class Health:
    """What is known of an LM, whoever asks it."""

    failures: int = 0  # in a row
    refused_formats: int = 0  # how many of the formats, from the strictest on
    lock: RLock = field(default_factory=RLock)


_healths: WeakKeyDictionary[dspy.BaseLM, Health] = WeakKeyDictionary()
_healths_lock = RLock()


def health_of(lm: dspy.BaseLM) -> Health:
    """The same for every budget that the LM is asked on."""
    with _healths_lock:
        return _healths.setdefault(lm, Health())


def is_priced(lm: dspy.BaseLM) -> bool:
    """Whether LiteLLM lists a price; an engine in this process has none."""
    return isinstance(getattr(lm, "engine", None), str) and has_price(lm.model)


@dataclass
class Metering:
    """One asking of a module: the budget that pays, and what was asked of which LM last."""

    budget: CallBudget
    key: str
    calls: int = 0  # of LMs; the retries of one are not counted
    lm: dspy.BaseLM | None = None
    completion_tokens: int = 0  # of the last reply
    _lock: RLock = field(default_factory=RLock)

    def metered(self, lm: Any) -> Any:
        """The LM whose requests are paid for; itself if they are already."""
        if isinstance(lm, _Metered):
            return lm
        stand_in = lm.copy(num_retries=0)
        stand_in.__class__ = _metered_class(lm.__class__)
        stand_in.history = lm.history
        stand_in.original, stand_in.metering = lm, self
        return stand_in

    @property
    def health(self) -> Health:
        return Health() if self.lm is None else health_of(self.lm)

    @property
    def cut_off(self) -> str:
        """What to say of a last reply that had the greatest length there is; "" for another."""
        kwargs = {} if self.lm is None else self.lm.kwargs
        longest = kwargs.get("max_tokens") or kwargs.get("max_completion_tokens")
        if not longest or self.completion_tokens < longest:
            return ""
        return f"the reply was cut off at max_tokens={longest}; raise max_tokens"

    def seed(self, lm: dspy.BaseLM) -> dict[str, int]:
        """The options that seed the next call of the LM, if it has a seed."""
        with self._lock:
            self.calls += 1
            key = self.key if self.calls == 1 else f"{self.key}:{self.calls}"
        seed = lm.kwargs.get("seed")
        return {} if seed is None else {"seed": Random(f"{seed}:{key}").randrange(2**31)}

    def read(self, outputs: Any) -> Any:
        """The LM's outputs; raises LMProviderError or EmptyReply where there is nothing in them."""
        if not outputs:
            raise LMProviderError("the reply has no `choices`")
        for output in outputs if isinstance(outputs, list) else []:
            parts = output if isinstance(output, dict) else {"text": output}
            if not (parts.get("text") or parts.get("tool_calls")):
                thoughts = " but thoughts" if parts.get("reasoning_content") else ""
                advice = self.cut_off or "a model that thinks first needs a larger max_tokens"
                raise EmptyReply(f"the teacher wrote nothing{thoughts}: {advice}")
        return outputs


class _Requests:
    """The requests that one call of an LM takes: a loop that ends with a reply or an error."""

    def __init__(self, metering: Metering, lm: dspy.BaseLM, options: dict[str, Any]) -> None:
        self.metering = metering
        self.lm = lm
        self.health = health_of(lm)
        self.options = {**metering.seed(lm), **options}
        self.failed = 0
        self.refused = self.health.refused_formats
        self.wait = 0.0

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """The options of each request."""
        while True:
            options = dict(self.options)
            if options.get("response_format") is not None and self.refused:
                options["response_format"] = _FREER_FORMATS[self.refused - 1]
            yield options

    @contextmanager
    def request(self) -> Iterator[Callable[[Any], Any]]:
        """Pays for a request; gives what reads its outputs. Swallows what is worth another try."""
        # An engine of one's own is asked n times for n replies, a provider once.
        in_one = isinstance(getattr(self.lm, "engine", ""), str)
        size = 1 if in_one else self.options.get("n") or self.lm.kwargs.get("n") or 1
        self.metering.lm = self.lm
        self.metering.completion_tokens = 0
        self.metering.budget.reserve(size)
        usage = _Usage(dspy.settings.usage_tracker, self.metering)
        cost, answered = Spent(size), False
        try:
            with dspy.context(usage_tracker=usage):
                yield self.metering.read
            answered = True
        except LMError as error:
            if not self._worth_another(error):
                raise
        finally:
            # Without any usage, a reply was in DSPy's cache.
            cost = usage.cost(self.lm, size) if usage.told or not answered else Spent()
            self.metering.budget.settle(size, cost)
        if answered:
            self.metering.budget.require_countable(cost, self.lm.model)
            self.health.refused_formats = max(self.health.refused_formats, self.refused)

    def _worth_another(self, error: LMError) -> bool:
        """Whether to ask again: after a while, or in a format that the server may take."""
        self.wait = 0.0
        if isinstance(error, LMInvalidRequestError | LMUnsupportedFeatureError):
            about_format = _ABOUT_FORMAT.search(str(error))
            if self.options.get("response_format") is None or not about_format:
                return False
            self.refused += 1
            return self.refused <= len(_FREER_FORMATS)
        self.failed += 1
        hint = getattr(error, "retry_after", None)
        self.wait = min(LONGEST_WAIT, 2.0 ** (self.failed - 1) if hint is None else max(0.0, hint))
        return self.failed <= self.lm.num_retries and bool(is_retryable_lm_error(error))


class _Usage(UsageTracker):  # type: ignore[misc]  # DSPy has no types
    """What DSPy says that a request used; it says nothing where the reply was in its cache."""

    def __init__(self, outer: UsageTracker | None, metering: Metering) -> None:
        super().__init__()
        self.outer = outer
        self.metering = metering
        self.told = False

    def add_usage(self, lm: str, usage_entry: dict[str, Any]) -> None:
        self.told = True
        self.metering.completion_tokens = usage_entry.get("completion_tokens") or 0
        super().add_usage(lm, usage_entry)
        if self.outer is not None:
            self.outer.add_usage(lm, usage_entry)

    def cost(self, lm: dspy.BaseLM, calls: int) -> Spent:
        used = [entry for entries in self.usage_data.values() for entry in entries]
        prices = [dollars(lm.model, entry) or 0.0 for entry in used] if is_priced(lm) else None
        return Spent(
            calls,
            sum(entry.get("prompt_tokens") or 0 for entry in used),
            sum(entry.get("completion_tokens") or 0 for entry in used),
            None if prices is None else sum(prices),
        )


class _Metered:
    """What `Metering.metered` puts before an LM's class."""

    original: dspy.BaseLM
    metering: Metering

    def __call__(self, prompt: Any = None, *, messages: Any = None, **options: Any) -> Any:
        requests = _Requests(self.metering, self.original, options)
        for tried in requests:
            with requests.request() as read:
                return read(super().__call__(prompt, messages=messages, **tried))  # type: ignore[misc]
            time.sleep(requests.wait)

    async def acall(self, prompt: Any = None, *, messages: Any = None, **options: Any) -> Any:
        requests = _Requests(self.metering, self.original, options)
        engine = getattr(self.original, "engine", "")
        only_sync = not isinstance(engine, str) and self.original._async_engine_spec is None
        for tried in requests:
            with requests.request() as read:
                if only_sync:
                    call = super().__call__  # type: ignore[misc]
                    return read(await asyncio.to_thread(call, prompt, messages=messages, **tried))
                return read(await super().acall(prompt, messages=messages, **tried))  # type: ignore[misc]
            await asyncio.sleep(requests.wait)


@cache
def _metered_class(lm_class: type) -> type:
    return type(f"Metered{lm_class.__name__}", (_Metered, lm_class), {})


class MeteredAdapter:
    """An adapter whose LMs are metered: those of the context, and a predictor's own as well."""

    def __init__(self, inner: Any, metering: Metering) -> None:
        self.inner = inner
        self.metering = metering

    def around(self, inner: Any) -> MeteredAdapter:
        """The same about another adapter."""
        return MeteredAdapter(inner, self.metering)

    def __call__(self, lm: dspy.BaseLM, *args: Any, **kwargs: Any) -> Any:
        return self.inner(self.metering.metered(lm), *args, **kwargs)

    async def acall(self, lm: dspy.BaseLM, *args: Any, **kwargs: Any) -> Any:
        return await self.inner.acall(self.metering.metered(lm), *args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)
