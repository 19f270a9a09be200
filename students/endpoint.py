"""A student behind one server or several: sampled over HTTP, trained elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from hashlib import blake2b
from typing import Any

from dspy.utils.exceptions import LMTimeoutError

from zoped.foundation.errors import first_line
from zoped.foundation.secrets import redacted, secrets_of, unmistakable, without
from zoped.programs.teachers.pace import Waiting, in_time
from zoped.programs.teachers.prices import litellm_module
from zoped.programs.teachers.requests import is_absent, is_no_reply, retry_after
from zoped.students.errors import StudentError
from zoped.students.pool import Pool, Server
from zoped.students.prompting import messages

TIMEOUT = 180.0  # seconds for one whole answer


class EndpointStudent:
    """A student behind an OpenAI-compatible server (vLLM, llama.cpp), asked through LiteLLM.

    `api_base` may be several servers that have the same weights: they are asked in turn, and what one
    could not serve goes to the next; one that is gone is asked again after a while, the longer the
    oftener it failed.

    `version` names the model, the servers and how it is asked; it is yours to change when the servers'
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
        api_base: str | Sequence[str],
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
        self._waiting = waiting or Waiting()
        self._pool = Pool([api_base] if isinstance(api_base, str) else api_base, self._waiting)
        asked = f"{instruction}\x1f{temperature}\x1f{max_tokens}\x1f{list(stop)}"
        digest = blake2b(asked.encode(), digest_size=5).hexdigest()
        self.version = version or f"{model}@{self._pool.places}#{digest}"
        self.instruction = instruction
        self.max_new_tokens = max_tokens
        self.on_answered: Callable[[int], object] = lambda texts: None  # told as texts are answered
        self.refused: dict[str, str] = {}
        self._settings: dict[str, Any] = {
            "model": f"openai/{model.removeprefix('openai/')}",
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
        self._secrets: dict[Server, tuple[str, ...]] = {}  # what no reply of it may bring

    def sample(self, texts: Sequence[str], *, samples: int, seed: int) -> list[list[str]]:
        """One request a sample: not every server answers `n` choices at once.

        Raises StudentError when the server is not there, does not answer in time, or refuses every
        question.
        """

        asked = [
            (text, (seed * 1_000_003 + place * 1_009 + sample) % 2**31)
            for place, text in enumerate(texts)
            for sample in range(samples)
        ]
        given: list[str] = []
        for answer in self._answers(asked):
            given.append(answer)
            if len(given) % samples == 0:
                self.on_answered(1)
        return [given[i * samples : (i + 1) * samples] for i in range(len(texts))]

    def _answers(self, asked: Sequence[tuple[str, int]]) -> Iterator[str]:
        """The answer to each text with its seed, in order."""
        refused = 0
        self._secrets = {
            server: unmistakable(secrets_of(self._settings | server.extra))
            for server in self._pool.servers
        }
        with ThreadPoolExecutor(self._concurrency) as pool:
            try:
                for answer in pool.map(lambda each: self._ask(*each), asked):
                    refused += answer is None
                    if refused == len(asked):
                        raise StudentError(
                            f"the student {self._settings['model']} at {self._pool.places} refuses "
                            f"every question: {self.refused[asked[0][0]]}"
                        )
                    yield answer or ""
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def _place(self, server: Server) -> str:
        return f"the student {self._settings['model']} at {server.base}"

    def _said(self, error: Exception, server: Server) -> str:
        return redacted(first_line(error), self._settings | server.extra)

    def _ask(self, text: str, seed: int) -> str | None:
        """The answer; None where a server refuses the question."""
        import openai  # whose errors LiteLLM's are; takes half a second

        failed: Counter[Server] = Counter()
        while True:
            server = self._pool.next(failed)
            takes_seed = server.takes_seed
            send = partial(self._send, server, text, seed if takes_seed else None)
            try:
                answer = in_time(send, self._settings["timeout"])
            except openai.RateLimitError as error:
                if not server.health.limit(retry_after(error), self._waiting):
                    raise StudentError(
                        f"{self._place(server)} allows no more calls: {self._said(error, server)}"
                    ) from None
            except (
                openai.BadRequestError,
                openai.UnprocessableEntityError,
            ) as error:
                if not takes_seed or "seed" not in str(error).lower():
                    self.refused[text] = self._said(error, server)
                    return None
                server.takes_seed = False
            except openai.AuthenticationError as error:
                raise StudentError(
                    f"{self._place(server)} refuses the key: {self._said(error, server)}"
                ) from None
            except openai.NotFoundError as error:
                raise StudentError(
                    f"{self._place(server)} is not known there: {self._said(error, server)}"
                ) from None
            except Exception as error:  # noqa: BLE001  # whatever a client makes of a broken reply
                absent, wait = is_absent(error), retry_after(error)
                if self._pool.failed(server, failed, absent=absent, wait=wait):
                    if isinstance(error, openai.InternalServerError) and is_no_reply(error):
                        self.refused[text] = self._said(error, server)
                        return None
                    raise StudentError(self._given_up(error, server)) from None
            else:
                self._pool.came(server)
                return str(answer)

    def _send(self, server: Server, text: str, seed: int | None) -> str:
        """One request, and the answer in its reply."""
        own = {} if seed is None else {"seed": seed}
        where = {"api_base": server.base, **server.extra}
        chat = messages(text, self.instruction)
        reply = litellm_module().completion(**self._settings, **where, messages=chat, **own)
        # It is stored, whatever the server echoes.
        return without(_answer(reply), self._secrets[server])

    def _given_up(self, error: Exception, server: Server) -> str:
        others = len(self._pool.servers) - 1
        place = self._place(server) + (f" (and {others} more)" if others else "")
        if isinstance(error, LMTimeoutError | litellm_module().exceptions.Timeout):
            return (
                f"{place} gave no answer within {self._settings['timeout']:g} s; see that it "
                "is not overloaded, or give a longer `timeout`"
            )
        return (
            f"{place} does not answer; see that the URL is right and the server runs "
            f"({self._said(error, server)})"
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
