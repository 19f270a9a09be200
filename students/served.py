"""A student whose batches are answered by servers that have its weights: vLLM, SGLang, llama.cpp.

The servers are sent the very tokens that the model would be given here, so that it is asked as it is
trained. What is answered is a matter of the server's sampling: the same seed gives the same answers
where the server says so, but not those of another engine.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import subprocess
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from zoped.evals.sampling import until
from zoped.students.endpoint import EndpointStudent
from zoped.students.errors import StudentError
from zoped.students.hugging_face import Batch, HFStudent
from zoped.students.pool import Server

MODEL = "student"  # what the servers call it


def serve(command: str, folder: str) -> None:
    """Run the command that has the servers load the weights in `folder`. Raises StudentError."""
    words = [word.replace("{folder}", folder) for word in shlex.split(command)]
    try:
        ended = subprocess.run(words, check=False, capture_output=True, text=True)
    except OSError as error:
        raise StudentError(f"measure.serve: {words[0]} cannot be run: {error.strerror}") from None
    if ended.returncode:
        said = (ended.stderr or ended.stdout).strip().splitlines()
        raise StudentError(
            f"measure.serve: {' '.join(words)} ended with {ended.returncode}"
            + (f": {said[-1]}" if said else "")
        )


class ServedStudent(EndpointStudent):
    """Answers for a student, as `HFStudent.answer_batches`; the servers' key is OPENAI_API_KEY."""

    def __init__(
        self, student: HFStudent, servers: Sequence[str], *, concurrency: int = 64, **options: Any
    ) -> None:
        super().__init__(
            MODEL,
            servers,
            version=student.version,
            api_key=os.environ.get("OPENAI_API_KEY") or "local",
            max_tokens=student.max_new_tokens,
            stop=student.stop,
            concurrency=concurrency,
            **options,
        )
        self._tokenizer = student.tokenizer
        self._stop = student.stop
        self._client = lru_cache(maxsize=None)(self._new_client)

    def answers(self, batches: Sequence[Batch]) -> Iterator[list[str]]:
        """The answers to each batch, in order; all batches are under way at once."""
        batches = list(batches)
        asked = []
        for batch in batches:
            # The same of all that are given at once.
            self._settings["temperature"] = batch.temperature
            start = int(hashlib.sha256(batch.seed.encode()).hexdigest()[:7], 16)
            prompts = [prompt for prompt in batch.prompts for _ in range(batch.samples)]
            asked += [(prompt, (start + i) % 2**31) for i, prompt in enumerate(prompts)]
        coming = self._answers(asked)
        for batch in batches:
            yield [
                until(next(coming), self._stop) for _ in range(len(batch.prompts) * batch.samples)
            ]

    def _send(self, server: Server, text: str, seed: int | None) -> str:
        names = ("temperature", "top_p", "max_tokens", "stop")
        options = {name: self._settings[name] for name in names if name in self._settings}
        own = {} if seed is None else {"seed": seed}
        reply = self._client(server).completions.create(
            model=MODEL,
            prompt=self._tokenizer(text, add_special_tokens=False).input_ids,
            **options,
            **own,
            **server.extra,
        )
        return reply.choices[0].text if reply.choices else ""

    def _new_client(self, server: Server) -> Any:
        import openai

        return openai.OpenAI(
            base_url=server.base,
            max_retries=0,
            timeout=self._settings["timeout"],
            api_key=self._settings["api_key"],
        )
