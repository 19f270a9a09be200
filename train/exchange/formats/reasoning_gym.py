"""A package that registers data sets with reasoning-gym: one a topic, with a curriculum."""

from __future__ import annotations

from pathlib import Path

from zoped.train.exchange.columns import facts
from zoped.train.exchange.formats.laid_out import module_of, write_files, write_rows
from zoped.train.exchange.problem_set import ProblemSet


def write(folder: Path, problems: ProblemSet, name: str) -> None:
    write_files(folder, "reasoning-gym", name)
    rows = (facts(row, "prompt") for row in problems.rows)
    write_rows(folder / module_of(name) / "problems.jsonl", rows)


USE = """
Data sets of [reasoning-gym](https://github.com/open-thought/reasoning-gym): `zoped_math`, and one a topic.
Importing the package registers them, for whatever asks reasoning-gym by name.

```bash
pip install .
```

```python
import reasoning_gym
import zoped_math

data = reasoning_gym.create_dataset("zoped_math", seed=7, size=100, easiest=3, hardest=6)
entry = data[0]
score = data.score_answer("12", entry)
```
"""
