"""Live problems for verl, out of a running `zoped serve`: a `custom_cls` data set and a reward.

    data.train_files=http://127.0.0.1:8765
    data.custom_cls.path=pkg://zoped.train.live.verl_dataset data.custom_cls.name=LiveDataset
    data.shuffle=False data.dataloader_num_workers=0 +data.live_count=100000
    custom_reward_function.path=pkg://zoped.train.live.verl_dataset
    custom_reward_function.name=compute_score

Written against verl's published source (`verl/utils/dataset/rl_dataset.py` of 2026: the rows, the
constructor, `on_batch_end`); verl itself does not install beside Zoped's versions of its libraries.
Row n is problem n. A second training in one folder wants a name of its own (`+data.live_name=second`) and the
numbers after those that were handed out (`+data.live_first=4096`). With workers of its own the loader reads ahead, and problems know less.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch.utils.data import Dataset

from zoped.evals.answers.match import is_right
from zoped.train.live.client import LiveClient
from zoped.train.live.told import Told

SOURCE = "zoped_live"
COUNT = 100_000  # rows, where `data.live_count` is not given


class LiveDataset(Dataset[dict[str, Any]]):
    """`data_files` is the service's URL."""

    def __init__(
        self,
        data_files: str | Sequence[str],
        tokenizer: Any,
        config: Mapping[str, Any],
        processor: Any = None,
        max_samples: int = -1,
    ) -> None:
        self.url = data_files if isinstance(data_files, str) else data_files[0]
        count = int(config.get("live_count", COUNT))
        self._count = min(count, max_samples) if max_samples > 0 else count
        self._first = int(config.get("live_first", 0))
        self._told = Told(str(config.get("live_name", "verl")))
        self._client: LiveClient | None = None

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, item: int) -> dict[str, Any]:
        number = self._first + item
        row = self._live().problem(number).row
        extra = {"index": item, "number": number, "key": row["key"], "split": "train"}
        return {
            "data_source": SOURCE,
            "prompt": row["prompt"],
            "raw_prompt": row["prompt"],
            "ability": "math",
            "reward_model": {"style": "rule", "ground_truth": row["answer"]},
            "extra_info": {**extra, "question": row["question"], "answer": row["answer"]},
            "index": item,
            "tools_kwargs": {},
            "interaction_kwargs": {},
            "dummy_tensor": torch.tensor([0], dtype=torch.uint8),  # verl wants one tensor a row
        }

    def on_batch_end(self, batch: Any) -> None:
        """verl's trainer calls it after every step: what the groups came to is observed."""
        scores = batch.batch["token_level_scores"].sum(dim=-1).tolist()
        groups: dict[tuple[str, int], list[bool]] = defaultdict(list)
        for extra, score in zip(batch.non_tensor_batch["extra_info"], scores, strict=True):
            groups[extra["key"], extra["number"]].append(score > 0.5)
        told = [
            (key, sum(right), len(right), self._told.batch(number))
            for (key, number), right in groups.items()
        ]
        self._told.heard(self._live().observe_all(told))

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_client": None}  # a connection belongs to one process

    def _live(self) -> LiveClient:
        if self._client is None:
            self._client = LiveClient(self.url)
        return self._client


def compute_score(
    data_source: str, solution_str: str, ground_truth: str, extra_info: Any = None, **_: Any
) -> float:
    """1 for a right final answer, else 0: for `custom_reward_function`."""
    return float(is_right(solution_str, ground_truth))
