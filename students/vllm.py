"""Students sampled by vLLM in this process: for a GPU. `pip install vllm`."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from zoped.students.prompting import INSTRUCTION, messages


class VLLMStudent:
    """A `Student` for meters: a hub id or a folder, sampled by vLLM's continuous batching.

    vLLM shares a prompt between its samples and reuses common prefixes. Samples are drawn from the
    pure distribution at `temperature`, as `HFStudent` does. `version` names the weights: the digest
    of the folder's weight files; of a hub id it is the id, so give one of your own when a hub id
    may change. `options` go to `vllm.LLM` (`gpu_memory_utilization`, `tensor_parallel_size`, ...).
    Raises ImportError where vLLM is not installed.
    """

    def __init__(
        self,
        name: str | Path,
        *,
        instruction: str = INSTRUCTION,
        temperature: float = 1.0,
        max_new_tokens: int = 512,
        stop: Sequence[str] = (),
        version: str | None = None,
        **options: Any,
    ) -> None:
        import vllm

        self.instruction = instruction
        asked = f"{instruction}\x1f{temperature}\x1f{max_new_tokens}\x1f{list(stop)}"
        self.version = version or f"{Path(name).name}@{_digest(Path(name), asked)}"
        self._model = vllm.LLM(model=str(name), enable_prefix_caching=True, **options)
        self._new_settings = vllm.SamplingParams
        self._settings: dict[str, Any] = {
            "temperature": temperature,
            "top_p": 1.0,
            "max_tokens": max_new_tokens,
            "stop": list(stop) or None,
        }

    def sample(self, texts: Sequence[str], *, samples: int, seed: int) -> list[list[str]]:
        """`samples` answers to each text, all under way together; each answer has its own seed."""
        # vLLM counts up from a request's seed, one for each of its `n` answers.
        seeds = [(seed * 1_000_003 + place * samples) % 2**31 for place in range(len(texts))]
        settings = [self._new_settings(n=samples, seed=one, **self._settings) for one in seeds]
        chats = [messages(text, self.instruction) for text in texts]
        replies = self._model.chat(chats, settings, use_tqdm=False)
        return [[answer.text for answer in reply.outputs] for reply in replies]


def _digest(folder: Path, asked: str) -> str:
    digest = hashlib.blake2b(asked.encode(), digest_size=5)
    for path in sorted(folder.glob("*.safetensors")) if folder.is_dir() else ():
        digest.update(path.read_bytes())
    return digest.hexdigest()
