"""A student behind a server: sampled over HTTP, trained elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any


class EndpointStudent:
    """A student behind an OpenAI-compatible server (vLLM, llama.cpp), asked through LiteLLM.

    `version` is yours to change when the server's weights change. At most `concurrency` requests
    are under way at once; the server batches them. Answers end before the first text in `stop`.
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
    ) -> None:
        if concurrency < 1:
            raise ValueError(f"concurrency is {concurrency}; give at least 1")
        self.version = version or f"{model}@{api_base}"
        self._settings: dict[str, Any] = {
            "model": f"openai/{model.removeprefix('openai/')}",
            "api_base": api_base,
            "api_key": api_key,
            "temperature": temperature,
            "top_p": 1.0,
            "max_tokens": max_tokens,
            "num_retries": 3,
        }
        if stop:
            self._settings["stop"] = list(stop)
        self._instruction = instruction
        self._concurrency = concurrency

    def sample(self, texts: Sequence[str], *, samples: int, seed: int) -> list[list[str]]:
        """One request a sample: not every server answers `n` choices at once."""
        import litellm

        def ask(job: tuple[int, int]) -> str:
            place, sample = job
            content = texts[place]
            if self._instruction:
                content = f"{content}\n\n{self._instruction}"
            reply = litellm.completion(
                messages=[{"role": "user", "content": content}],
                seed=(seed * 1_000_003 + place * 1_009 + sample) % 2**31,
                **self._settings,
            )
            return reply.choices[0].message.content or ""

        jobs = [(place, sample) for place in range(len(texts)) for sample in range(samples)]
        with ThreadPoolExecutor(self._concurrency) as pool:
            answers = list(pool.map(ask, jobs))
        return [answers[i * samples : (i + 1) * samples] for i in range(len(texts))]
