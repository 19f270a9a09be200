"""Live problems as tasksets of verifiers (v1), out of a running `zoped serve`.

    zoped serve live --port 8765
    ... env.taskset.id = "zoped.train.live.verifiers_taskset"

`LiveTaskset` has no end; `FiniteLiveTaskset` ends after `count` tasks and can be shuffled. Task n is
problem n, so a run that resumes reads the same ones. Every answer is told to the service as it is
scored; groups are not known here, so the service's gradient share does not count them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import lru_cache
from itertools import count
from typing import Any

import verifiers.v1 as vf

from zoped.evals.answers.match import is_right
from zoped.train.live.client import LiveClient

URL = "http://127.0.0.1:8765"


@lru_cache(maxsize=8)
def client(url: str) -> LiveClient:
    """One a service, for all tasks of a process."""
    return LiveClient(url)


class LiveData(vf.TaskData):
    """A problem; `number` is its place in the service's stream."""

    key: str
    number: int
    answer: str
    answer_type: str
    predicted: float


class LiveTaskConfig(vf.TaskConfig):
    """Where answers are told; "" tells nobody."""

    url: str = URL


class LiveTask(vf.Task[LiveData, vf.State, LiveTaskConfig]):
    """Scored by the final answer."""

    @property
    def key(self) -> str:
        # A problem may be handed out a second time, and keys are unique in a taskset.
        return f"{self.data.key}-{self.data.number}"

    @vf.reward(weight=1.0)
    async def correct(self, trace: vf.Trace) -> float:
        """1 for a right final answer, else 0; the service hears of it."""
        right = is_right(trace.last_reply, self.data.answer)
        if self.config.url:
            tell = client(self.config.url).observe
            await asyncio.to_thread(tell, self.data.key, int(right), 1, batch=trace.id)
        return float(right)

    async def validate(self, runtime: Any) -> bool:
        """Whether the answer grades as right."""
        return is_right(f"\\boxed{{{self.data.answer}}}", self.data.answer)


class LiveConfig(vf.TasksetConfig):
    """`url` is the service's, `first` the number to begin with."""

    url: str = URL
    first: int = 0


class FiniteLiveConfig(LiveConfig):
    count: int = 1_024


class LiveTaskset(vf.Taskset[LiveTask, LiveConfig]):
    """Problems without end."""

    INFINITE = True

    def load(self) -> Iterator[LiveTask]:
        return (_task(self.config, number) for number in count(self.config.first))


class FiniteLiveTaskset(vf.Taskset[LiveTask, FiniteLiveConfig]):
    """The `count` problems from `first` on."""

    def load(self) -> Iterator[LiveTask]:
        first = self.config.first
        return (_task(self.config, number) for number in range(first, first + self.config.count))


def _task(config: LiveConfig, number: int) -> LiveTask:
    row = client(config.url).problem(number).row
    data = LiveData(
        prompt="\n\n".join(message["content"] for message in row["prompt"]),
        **{name: row[name] for name in ("key", "number", "answer", "answer_type", "predicted")},
    )
    return LiveTask(data, LiveTaskConfig.model_validate({**dict(config.task), "url": config.url}))


__all__ = ["LiveTaskset"]
