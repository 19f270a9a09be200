"""A data set with the columns that TRL's GRPOTrainer takes, and its reward function."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from zoped.train.exchange.columns import FIELDS, facts
from zoped.train.exchange.formats.laid_out import write_files
from zoped.train.exchange.problem_set import ProblemSet


def write(folder: Path, problems: ProblemSet, name: str) -> None:
    write_files(folder, "trl", name)
    (folder / "data").mkdir()
    table = pa.Table.from_pylist(
        [facts(row) for row in problems.rows], schema=pa.schema(list(FIELDS.items()))
    )
    pq.write_table(table, folder / "data" / "train-00000-of-00001.parquet")


USE = """
For [TRL](https://github.com/huggingface/trl), Unsloth and whatever reads a data set with a conversational
`prompt`.

```python
from datasets import load_dataset
from reward import correctness
from trl import GRPOConfig, GRPOTrainer

trainer = GRPOTrainer(
    model="Qwen/Qwen2.5-1.5B-Instruct",
    reward_funcs=correctness,
    args=GRPOConfig(output_dir="out", num_generations=8),
    train_dataset=load_dataset("parquet", data_files="data/*.parquet", split="train"),
)
```
"""
