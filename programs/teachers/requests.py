"""The requests that one call of an LM takes: paid for, counted, asked again where that helps."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from random import Random
from typing import Any

import dspy
import httpx
from dspy.clients._http import retry_after_seconds
from dspy.utils.exceptions import (
    ContextWindowExceededError,
    LMError,
    LMInvalidRequestError,
    LMProviderError,
    LMRateLimitError,
    LMServerError,
    LMStreamAssemblyError,
    LMTimeoutError,
    LMTransportError,
    LMUnexpectedError,
    LMUnsupportedFeatureError,
    is_retryable_lm_error,
)
from dspy.utils.usage_tracker import UsageTracker
from pydantic import BaseModel

from zoped.foundation.errors import causes
from zoped.foundation.secrets import redacted
from zoped.programs.teachers.budget import Spent
from zoped.programs.teachers.endpoint import PROVIDER
from zoped.programs.teachers.errors import TeacherError
from zoped.programs.teachers.health import LASTING, LONGEST_BACKOFF, health_of
from zoped.programs.teachers.metering import EmptyReply, Metering
from zoped.programs.teachers.pace import Pace, Waiting
from zoped.programs.teachers.prices import dollars, is_priced, unpriced

# Formats of the reply, from strict to free: the schema as it was asked for, then
_FREER_FORMATS = ({"type": "json_object"}, None)
_ABOUT_FORMAT = re.compile(r"response_format|json|schema|grammar|structured|guided", re.IGNORECASE)
_OPTIONAL = ("seed", "temperature")  # what a server may not take, and can do without
_jitter = Random()


class Requests:
    """A loop that ends with a reply or an error."""

    def __init__(
        self,
        metering: Metering,
        lm: dspy.BaseLM,
        waiting: Waiting,
        asked: tuple[Any, Any],
        options: dict[str, Any],
    ) -> None:
        self.metering = metering
        self.lm = lm
        self.waiting = waiting
        self.asked = asked
        self.health = health_of(lm)
        self.options = {**metering.seed(lm), **options}
        self.began = self.health.failures
        self.failed = self.empty = 0
        self.refused = self.health.refused_formats
        self.without = self.health.refused_options
        self.renamed = self.health.takes_completion_tokens
        self.wait = 0.0

    async def answer(self, pace: Pace, send: Callable[[dict[str, Any]], Awaitable[Any]]) -> Any:
        """The LM's outputs, which have something in them."""
        if self.metering.budget.counts_dollars and (why := unpriced(self.lm)):
            raise TeacherError(why)
        while True:
            while left := self.health.pause_left(self.waiting, _jitter):
                await pace.sleep(left)
            async with pace.place():
                most = self._most()
                await pace.until(partial(self.metering.budget.reserve, most))
                with self._request(most):
                    return self.metering.read(await send(self._options()))
            if self.wait:
                await pace.sleep(self.wait)

    def _options(self) -> dict[str, Any]:
        options = {**self.options, **self.metering.more_room(self.lm)}
        if options.get("response_format") is not None and self.refused:
            options["response_format"] = _FREER_FORMATS[self.refused - 1]
        for name in self.without:
            options[name] = None
        return options

    def _most(self) -> Spent:
        """What the next request costs at most. A token is at least a byte."""
        # For n replies LiteLLM asks once, other engines n times.
        n = self.options.get("n") or self.lm.kwargs.get("n") or 1
        calls = 1 if getattr(self.lm, "engine", "") == "litellm" else n
        if not self.metering.budget.counts_more_than_calls:
            return Spent(calls)
        options = self._options()
        prompt = calls * _size([*self.asked, options.get("response_format")])
        # Without a limit of its own, as long as the longest so far.
        longest = self.metering.longest(self.lm, options)
        reply = n * (longest or self.metering.budget.largest.completion_tokens)
        price: float | None = 0.0
        if is_priced(self.lm):
            price = dollars(
                self.lm.model,
                {
                    "prompt_tokens": prompt,
                    "completion_tokens": reply,
                    "total_tokens": prompt + reply,
                },
            )
        return Spent(calls, prompt, reply, price or 0.0)

    @contextmanager
    def _request(self, most: Spent) -> Iterator[None]:
        """Settles a request that was paid for. Swallows what is worth another try."""
        metering, health = self.metering, self.health
        metering.begin(self.lm)
        usage = _Usage(dspy.settings.usage_tracker, metering)
        cost, answered = Spent(most.calls), False
        began = self.waiting.clock()
        try:
            with dspy.context(usage_tracker=usage):
                yield
            answered = True
        except EmptyReply:
            # Once more: some servers do so when they are full.
            answered, self.wait = True, 1.0
            self.empty += 1
            if metering.cut_off or self.empty > min(1, self.lm.num_retries):
                raise
        except LMError as error:
            if not self._worth_another(error):
                raise
        finally:
            # Without any usage, a reply was in DSPy's cache.
            seconds = self.waiting.clock() - began
            cost = usage.cost(self.lm, most.calls, seconds)
            if answered and not usage.told:
                cost = Spent()
            metering.budget.settle(most, cost)
            metering.spent += cost
        if answered:
            health.came()
            metering.budget.require_countable(cost, self.lm.model)
            self._remember()

    def _remember(self) -> None:
        """What the server does not take is not asked of it again."""
        health = self.health
        if self.refused > health.refused_formats:
            health.refused_formats = self.refused
            form = "in JSON mode" if self.refused == 1 else "in words alone"
            message = f"the teacher's server takes no JSON schema; it is asked {form} from now on"
            health.tell_once(f"format {self.refused}", message, self.waiting)
        for name in self.without - health.refused_options:
            message = f"the teacher's server takes no `{name}`; it is asked without from now on"
            health.tell_once(f"option {name}", message, self.waiting)
        health.refused_options |= self.without

    def _worth_another(self, error: LMError) -> bool:
        """Whether to ask again: after a while, or in a way that the server may take."""
        self.wait = 0.0
        if isinstance(error, LMRateLimitError):
            hint = retry_after(error)
            return self.lm.num_retries > 0 and self.health.limit(hint, self.waiting)
        if isinstance(error, LASTING | ContextWindowExceededError):
            return False
        if isinstance(error, LMInvalidRequestError | LMUnsupportedFeatureError):
            return self._asks_for_less(str(error))
        self.failed += 1
        hint = retry_after(error)
        backoff = min(LONGEST_BACKOFF, 2.0 ** (self.failed - 1))
        self.wait = backoff if hint is None else max(0.0, min(LONGEST_BACKOFF, hint))
        again = self.failed <= self.lm.num_retries and _may_pass(error)
        if self.metering.once:
            again = again and isinstance(error, LMServerError) and not is_unreachable(error)
        if again and (isinstance(error, LMTimeoutError) or "timed out" in str(error)):
            reason = redacted(str(error), self.lm.kwargs)[:200]
            message = f"the teacher is silent ({reason}); asking it again"
            self.health.tell_once("silence", message, self.waiting)
        return again

    def _asks_for_less(self, message: str) -> bool:
        own_client = self.lm.model.startswith(f"{PROVIDER}/")
        if own_client and not self.renamed and "max_completion_tokens" in message:
            self.renamed = self.health.takes_completion_tokens = True
            return True
        for name in _OPTIONAL:
            sent = self.options.get(name, self.lm.kwargs.get(name))
            if name not in self.without and sent is not None and re.search(rf"\b{name}\b", message):
                self.without |= {name}
                return True
        if self.options.get("response_format") is None or not _ABOUT_FORMAT.search(message):
            return False
        self.refused += 1
        return self.refused <= len(_FREER_FORMATS)


def retry_after(error: BaseException) -> float | None:
    """Seconds that the server asks to wait; LiteLLM leaves them in the headers of the cause."""
    for cause in causes(error):
        hint = getattr(cause, "retry_after", None)
        if hint is None:
            headers = getattr(getattr(cause, "response", None), "headers", None) or {}
            hint = retry_after_seconds(headers.get("retry-after"))
        if hint is not None:
            return float(hint)
    return None


def is_unreachable(error: LMError) -> bool:
    """Whether no server was there. LiteLLM reports a server's error; the cause says which it is."""
    lost = LMTransportError | ConnectionError | httpx.TransportError
    return any(isinstance(cause, lost) for cause in causes(error))


def is_absent(error: BaseException) -> bool:
    """Whether nobody listens there."""
    refused = httpx.ConnectError | ConnectionRefusedError
    return any(isinstance(cause, refused) for cause in causes(error))


def is_no_reply(error: BaseException) -> bool:
    """Whether LiteLLM calls it a server's fault that a whole reply came which is none: not in the HTTP of
    it is anything wrong."""
    if any(isinstance(cause, httpx.HTTPError) for cause in causes(error)):
        return False
    return getattr(error, "status_code", 0) >= 500


def _may_pass(error: LMError) -> bool:
    """Whether another try may do better: also after a reply that is no reply of such a server."""
    if is_retryable_lm_error(error):
        return True
    status = getattr(error, "status", None)
    broken = type(error) is LMProviderError or isinstance(
        error, LMUnexpectedError | LMStreamAssemblyError
    )
    return broken and (status is None or status < 300 or status >= 500)


def _size(sent: list[Any]) -> int:
    """In bytes, of a prompt and the schema that goes with it."""

    def plain(value: Any) -> Any:
        if isinstance(value, type) and issubclass(value, BaseModel):
            return value.model_json_schema()
        return str(value)

    return len(json.dumps(sent, default=plain, ensure_ascii=False).encode())


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

    def cost(self, lm: dspy.BaseLM, calls: int, seconds: float) -> Spent:
        used = [entry for entries in self.usage_data.values() for entry in entries]
        # What was not answered has no usage, and costs nothing.
        known = not used or is_priced(lm)
        prices = [dollars(lm.model, entry) or 0.0 for entry in used] if known else None
        return Spent(
            calls,
            sum(entry.get("prompt_tokens") or 0 for entry in used),
            sum(entry.get("completion_tokens") or 0 for entry in used),
            None if prices is None else sum(prices),
            seconds,
        )
