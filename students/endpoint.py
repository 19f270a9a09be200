"""A student behind a server: sampled over HTTP, trained elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from hashlib import blake2b
from random import Random
from typing import Any

from dspy.utils.exceptions import LMTimeoutError

from zoped.foundation.errors import first_line
from zoped.foundation.secrets import redacted, without_secrets
from zoped.programs.teachers.health import Health
from zoped.programs.teachers.pace import Waiting, in_time
from zoped.programs.teachers.prices import litellm_module
from zoped.programs.teachers.requests import is_absent, retry_after
from zoped.students.errors import StudentError

TIMEOUT = 180.0  # seconds for one whole answer
RETRIES = 3  # of a request that the server could not serve
_jitter = Random()


class EndpointStudent:
    """A student behind an OpenAI-compatible server (vLLM, llama.cpp), asked through LiteLLM.

    `version` names the model, the server and how it is asked; it is yours to change when the server's
    weights change. At most `concurrency` requests
    are under way at once; the server batches them. Answers end before the first text in `stop`. A
    whole answer takes at most `timeout` seconds. A rate limit is waited out, for up to an hour;
    `waiting` has the clock, and tells of it.

    A question that the server refuses (a prompt too long, say) has empty answers, which are wrong;
    `refused` says which ones and why. An empty reply is an empty answer.
    """

    def __init__(
        self,
        model: str,
        api_base: str,
        *,
        instruction: str = "",
        version: str | None = None,
        api_key: str = "local",
        temperature: float = 1.0,
        max_tokens: int = 512,
        concurrency: int = 16,
        stop: Sequence[str] = (),
        timeout: float = TIMEOUT,
        waiting: Waiting | None = None,
    ) -> None:
        if concurrency < 1:
            raise ValueError(f"concurrency is {concurrency}; give at least 1")
        base, extra = without_secrets(api_base)
        asked = f"{instruction}\x1f{temperature}\x1f{max_tokens}\x1f{list(stop)}"
        digest = blake2b(asked.encode(), digest_size=5).hexdigest()
        self.version = version or f"{model}@{base}#{digest}"
        self.instruction = instruction
        self.max_new_tokens = max_tokens
        self.on_answered: Callable[[int], object] = lambda texts: None  # told as texts are answered
        self.refused: dict[str, str] = {}
        self._settings: dict[str, Any] = {
            "model": f"openai/{model.removeprefix('openai/')}",
            "api_base": base,
            **extra,
            "api_key": api_key,
            "temperature": temperature,
            "top_p": 1.0,
            "max_tokens": max_tokens,
            "max_retries": 0,
            "timeout": timeout,
        }
        if stop:
            self._settings["stop"] = list(stop)
        self._concurrency = concurrency
        self._takes_seed = True
        self._waiting = waiting or Waiting()
        self._health = Health("the student")

    def sample(self, texts: Sequence[str], *, samples: int, seed: int) -> list[list[str]]:
        """One request a sample: not every server answers `n` choices at once.

        Raises StudentError when the server is not there, does not answer in time, or refuses every
        question.
        """

        def ask(job: tuple[int, int]) -> str | None:
            place, sample = job
            own_seed = (seed * 1_000_003 + place * 1_009 + sample) % 2**31
            return self._ask(texts[place], own_seed)

        jobs = [(place, sample) for place in range(len(texts)) for sample in range(samples)]
        with ThreadPoolExecutor(self._concurrency) as pool:
            try:
                answers = []
                for answer in pool.map(ask, jobs):
                    answers.append(answer)
                    if len(answers) % samples == 0:
                        self.on_answered(1)
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        if answers and all(answer is None for answer in answers):
            raise StudentError(f"{self._place} refuses every question: {self.refused[texts[0]]}")
        given = [answer or "" for answer in answers]
        return [given[i * samples : (i + 1) * samples] for i in range(len(texts))]

    @property
    def _place(self) -> str:
        return f"the student {self._settings['model']} at {self._settings['api_base']}"

    def _said(self, error: Exception) -> str:
        return redacted(first_line(error), self._settings)

    def _ask(self, text: str, seed: int) -> str | None:
        """The answer; None where the server refuses the question."""
        litellm = litellm_module()
        failed = 0
        while True:
            while left := self._health.pause_left(self._waiting, _jitter):
                self._waiting.sleep(left)
            takes_seed = self._takes_seed
            request = self._request(text, seed if takes_seed else None)
            try:
                limit = self._settings["timeout"]
                reply = in_time(partial(litellm.completion, **request), limit)
            except litellm.exceptions.RateLimitError as error:
                if not self._health.limit(retry_after(error), self._waiting):
                    raise StudentError(
                        f"{self._place} allows no more calls: {self._said(error)}"
                    ) from None
            except (
                litellm.exceptions.BadRequestError,
                litellm.exceptions.UnprocessableEntityError,
            ) as error:
                if not takes_seed or "seed" not in str(error).lower():
                    self.refused[text] = self._said(error)
                    return None
                self._takes_seed = False
            except litellm.exceptions.AuthenticationError as error:
                raise StudentError(f"{self._place} refuses the key: {self._said(error)}") from None
            except litellm.exceptions.NotFoundError as error:
                raise StudentError(
                    f"{self._place} is not known there: {self._said(error)}"
                ) from None
            except Exception as error:  # noqa: BLE001  # whatever a client makes of a broken reply
                failed += 1
                if failed > RETRIES or is_absent(error):
                    raise StudentError(self._given_up(error)) from None
                hint = retry_after(error)
                self._waiting.sleep(2.0 ** (failed - 1) if hint is None else min(hint, 60.0))
            else:
                self._health.came()
                return _answer(reply)

    def _request(self, text: str, seed: int | None) -> dict[str, Any]:
        content = f"{text}\n\n{self.instruction}" if self.instruction else text
        own = {} if seed is None else {"seed": seed}
        return {**self._settings, "messages": [{"role": "user", "content": content}], **own}

    def _given_up(self, error: Exception) -> str:
        if isinstance(error, LMTimeoutError | litellm_module().exceptions.Timeout):
            return (
                f"{self._place} gave no answer within {self._settings['timeout']:g} s; see that it "
                "is not overloaded, or give a longer `timeout`"
            )
        return (
            f"{self._place} does not answer; see that the URL is right and the server runs "
            f"({self._said(error)})"
        )


def _answer(reply: Any) -> str:
    """The text of a reply; some servers take a whole one for thoughts."""
    if not reply.choices:
        return ""
    choice = reply.choices[0]
    thoughts = getattr(choice.message, "reasoning_content", None)
    if not choice.message.content and thoughts and choice.finish_reason != "length":
        return str(thoughts)
    return choice.message.content or ""
