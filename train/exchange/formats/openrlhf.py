"""JSON Lines with a prompt and a label, for OpenRLHF, slime and their like."""

from __future__ import annotations

from pathlib import Path

from zoped.train.exchange.columns import facts
from zoped.train.exchange.formats.laid_out import module_of, write_files, write_rows
from zoped.train.exchange.problem_set import ProblemSet


def write(folder: Path, problems: ProblemSet, name: str) -> None:
    write_files(folder, "openrlhf", name)
    rows = (
        {
            "prompt": [message.model_dump() for message in row.prompt],
            "label": row.answer,
            "datasource": module_of(name),
            "metadata": facts(row, "prompt", "answer"),
        }
        for row in problems.rows
    )
    write_rows(folder / "train.jsonl", rows)


USE = """
JSON Lines for [OpenRLHF](https://github.com/OpenRLHF/OpenRLHF) and
[slime](https://github.com/THUDM/slime), with a reward for either.

```bash
python -m openrlhf.cli.train_ppo_ray \\
  --data.prompt_dataset train.jsonl --data.input_key prompt --data.label_key label \\
  --data.apply_chat_template --reward.remote_url reward.py

python train.py --prompt-data train.jsonl --input-key prompt --label-key label \\
  --metadata-key metadata --apply-chat-template --custom-rm-path reward.custom_rm
```
"""
