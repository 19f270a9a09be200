"""verl's Parquet, and the reward function that its configuration names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from zoped.train.exchange.columns import CHAT, fact_types, facts
from zoped.train.exchange.formats.laid_out import module_of, write_files
from zoped.train.exchange.problem_set import ProblemSet

_EXTRA = pa.struct([("split", pa.string()), ("index", pa.int64()), *fact_types("prompt")])
SCHEMA = pa.schema(
    [
        ("data_source", pa.string()),
        ("prompt", CHAT),
        ("ability", pa.string()),
        ("reward_model", pa.struct([("style", pa.string()), ("ground_truth", pa.string())])),
        ("extra_info", _EXTRA),
    ]
)


def write(folder: Path, problems: ProblemSet, name: str) -> None:
    write_files(folder, "verl", name)
    rows: list[dict[str, Any]] = [
        {
            "data_source": module_of(name),
            "prompt": [message.model_dump() for message in row.prompt],
            "ability": "math",
            "reward_model": {"style": "rule", "ground_truth": row.answer},
            "extra_info": facts(row, "prompt") | {"split": "train", "index": index},
        }
        for index, row in enumerate(problems.rows)
    ]
    pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), folder / "train.parquet")


USE = """
Parquet for [verl](https://github.com/verl-project/verl), with its reward function.

```bash
python -m verl.trainer.main_ppo \\
  data.train_files=train.parquet data.val_files=train.parquet \\
  algorithm.adv_estimator=grpo actor_rollout_ref.rollout.n=8 \\
  reward.custom_reward_function.path=reward.py \\
  reward.custom_reward_function.name=compute_score
```

In older releases of verl the last two options have no `reward.` in front.
"""
