"""An environment package for verifiers (v1): `eval zoped-math`, prime-rl, the Environments Hub."""

from __future__ import annotations

from pathlib import Path

from zoped.train.exchange.columns import facts
from zoped.train.exchange.formats.laid_out import module_of, write_files, write_rows
from zoped.train.exchange.problem_set import ProblemSet


def write(folder: Path, problems: ProblemSet, name: str) -> None:
    write_files(folder, "verifiers", name)
    rows = (
        facts(row) | {"prompt": "\n\n".join(message.content for message in row.prompt)}
        for row in problems.rows
    )
    write_rows(folder / module_of(name) / "problems.jsonl", rows)


USE = """
A taskset of [verifiers](https://github.com/primeintellect-ai/verifiers) (v1), which needs `zoped-grade`
alone beside it.

```bash
pip install .
uv run eval zoped-math -n 20
```

```python
import verifiers.v1 as vf
from zoped_math import ZopedTaskset
from zoped_math.taskset import ZopedConfig

taskset = ZopedTaskset(ZopedConfig(id="zoped-math", lowest_pass_rate=0.2, highest_pass_rate=0.8))
task = next(iter(taskset))
```
"""
