"""A resources server for NeMo Gym with its data, in the order of the set and from easy to hard."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from zoped.train.exchange.columns import facts
from zoped.train.exchange.formats.laid_out import module_of, write_files, write_rows
from zoped.train.exchange.problem_set import OF_THE_SEEDS, ProblemSet
from zoped.train.exchange.row import ProblemRow

EXAMPLES = 5  # rows of the file that NeMo Gym wants to be committed
_LICENSES = {"apache-2.0": "Apache 2.0", "mit": "MIT", "cc-by-4.0": "Creative Commons Attribution 4.0 International"}  # fmt: skip


def write(folder: Path, problems: ProblemSet, name: str) -> None:
    license = _LICENSES.get(problems.license.lower(), problems.license)
    if problems.license == OF_THE_SEEDS:
        license = "TBD"
    write_files(folder, "nemo-gym", name, LICENSE=license)
    data = folder / "resources_servers" / module_of(name) / "data"
    write_rows(data / "train.jsonl", map(_row, problems.rows))
    write_rows(data / "example.jsonl", map(_row, problems.rows[:EXAMPLES]))
    if ordered := from_easy_to_hard(problems.rows):
        write_rows(data / "train_from_easy_to_hard.jsonl", map(_row, ordered))


def from_easy_to_hard(rows: Sequence[ProblemRow]) -> list[ProblemRow]:
    """Those of which a difficulty is known."""
    known = [(row.difficulty.value, row.key, row) for row in rows if row.difficulty is not None]
    return [row for *_, row in sorted(known, key=lambda each: each[:2])]


def _row(row: ProblemRow) -> dict[str, Any]:
    return {
        "responses_create_params": {"input": [message.model_dump() for message in row.prompt]},
        "question": row.question,
        "expected_answer": row.answer,
        **facts(row, "prompt", "question", "answer"),
    }


USE = """
For [NeMo Gym](https://github.com/NVIDIA-NeMo/Gym): a resources server that grades by `zoped-grade`, and its
data. The rows fit the server `math_with_judge` (`should_use_judge: false`) as they are, too.

Copy `resources_servers/zoped_math` into a checkout. `data/train_from_easy_to_hard.jsonl`, where a student was
measured, is a curriculum: train on it without shuffling.

```bash
gym env start --config resources_servers/zoped_math/configs/zoped_math.yaml
```
"""
