"""A student behind a server: sampled over HTTP, trained elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from zoped.foundation.errors import first_line
from zoped.programs.teachers.prices import litellm_module
from zoped.students.errors import StudentError

TIMEOUT = 180.0  # seconds for one answer
RETRIES = 2  # of a request that the server could not serve, by the HTTP client


class EndpointStudent:
    """A student behind an OpenAI-compatible server (vLLM, llama.cpp), asked through LiteLLM.

    `version` is yours to change when the server's weights change. At most `concurrency` requests
    are under way at once; the server batches them. Answers end before the first text in `stop`. An
    answer takes at most `timeout` seconds.

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
        concurrency: int = 8,
        stop: Sequence[str] = (),
        timeout: float = TIMEOUT,
    ) -> None:
        if concurrency < 1:
            raise ValueError(f"concurrency is {concurrency}; give at least 1")
        self.version = version or f"{model}@{api_base}"
        self.refused: dict[str, str] = {}
        self._settings: dict[str, Any] = {
            "model": f"openai/{model.removeprefix('openai/')}",
            "api_base": api_base,
            "api_key": api_key,
            "temperature": temperature,
            "top_p": 1.0,
            "max_tokens": max_tokens,
            "max_retries": RETRIES,
            "timeout": timeout,
        }
        if stop:
            self._settings["stop"] = list(stop)
        self._instruction = instruction
        self._concurrency = concurrency
        self._takes_seed = True

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
                answers = list(pool.map(ask, jobs))
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

    def _ask(self, text: str, seed: int) -> str | None:
        """The answer; None where the server refuses the question."""
        litellm = litellm_module()
        content = f"{text}\n\n{self._instruction}" if self._instruction else text
        settings = {**self._settings, "messages": [{"role": "user", "content": content}]}
        if self._takes_seed:
            settings["seed"] = seed
        try:
            reply = litellm.completion(**settings)
        except litellm.exceptions.Timeout:
            raise StudentError(
                f"{self._place} gave no answer within {self._settings['timeout']:g} s; see that it "
                "is not overloaded, or give a longer `timeout`"
            ) from None
        except (
            litellm.exceptions.BadRequestError,
            litellm.exceptions.UnprocessableEntityError,
        ) as error:
            if self._takes_seed and "seed" in str(error).lower():
                self._takes_seed = False
                return self._ask(text, seed)
            self.refused[text] = first_line(error)
            return None
        except litellm.exceptions.AuthenticationError as error:
            raise StudentError(f"{self._place} refuses the key: {first_line(error)}") from None
        except litellm.exceptions.NotFoundError as error:
            raise StudentError(f"{self._place} is not known there: {first_line(error)}") from None
        except Exception as error:
            raise StudentError(
                f"{self._place} does not answer; see that the URL is right and the server runs "
                f"({first_line(error)})"
            ) from error
        return (reply.choices[0].message.content or "") if reply.choices else ""
