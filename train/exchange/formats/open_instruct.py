"""JSON Lines for open-instruct's GRPO, with its verifier and difficulties."""

from __future__ import annotations

import json
from pathlib import Path

from zoped.foundation.files import write_whole
from zoped.train.exchange.columns import facts
from zoped.train.exchange.formats.laid_out import module_of, write_files, write_rows
from zoped.train.exchange.problem_set import ProblemSet
from zoped.train.exchange.row import BUCKETS, Difficulty


def write(folder: Path, problems: ProblemSet, name: str) -> None:
    write_files(folder, "open-instruct", name)
    rows = [
        {
            "messages": [message.model_dump() for message in row.prompt],
            "ground_truth": row.answer,
            "dataset": module_of(name),
            **facts(row, "prompt", "answer"),
        }
        for row in problems.rows
    ]
    write_rows(folder / "train.jsonl", rows)
    known = sum(row.difficulty is not None for row in problems.rows)
    students = sorted({row.student for row in problems.rows if row.student})
    schema = {"difficulty": Difficulty.model_json_schema()}
    metadata = {
        "rows": len(rows),
        "rows_with_difficulty": known,
        "bucket_count": BUCKETS,
        "posterior_mean": "of the pass rate: 1 is easy",
        "students": students,
    }
    write_whole(folder / "train.schema.json", json.dumps(schema, indent=1))
    write_whole(folder / "train.metadata.json", json.dumps(metadata, indent=1))


USE = """
For [open-instruct](https://github.com/allenai/open-instruct): columns `messages`, `ground_truth` and
`dataset`, the name of the verifier. `zoped_verifier.py` is that verifier;
without it write `--remap_verifier zoped_math=math`.

```bash
python open_instruct/grpo_fast.py --dataset_mixer_list train.jsonl 1.0
```

`difficulty` has the fields that the curriculum of open-instruct's pull request 1661 reads.
"""
