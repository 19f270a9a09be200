"""The problems of a benchmark: from the Hugging Face hub through `datasets`, or from a folder.

Where the environment variable ZOPED_DATA names a folder, `NAME/SPLIT.jsonl` in it (lines with
`question` and `answer`, or with the columns of the data set itself) is read instead of the hub.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from zoped.evals.benchmarks.benchmark import Benchmark, BenchmarkError, BenchmarkProblem, Row
from zoped.foundation.errors import first_line
from zoped.foundation.hub import hub_is_reachable
from zoped.foundation.json_lines import JSONLinesError, read_rows

DATA_FOLDER = "ZOPED_DATA"
T = TypeVar("T")


def problems_of(
    benchmark: Benchmark, *, split: str = "test", count: int | None = None, seed: int = 0
) -> list[BenchmarkProblem]:
    """The problems of the split; `count` of them, always the same ones, drawn by `seed`.

    Raises BenchmarkError.
    """
    name = benchmark.name
    folder = os.environ.get(DATA_FOLDER)
    path = Path(folder) / name / f"{split}.jsonl" if folder else None
    if path is not None and path.is_file():
        problems = _from_file(path, benchmark, split)
    elif benchmark.repository:
        problems = _from_hub(benchmark, split)
    else:
        raise BenchmarkError(
            f"{name} is not on the hub in a form that can be read; put it into a folder as "
            f"{name}/{split}.jsonl (lines with question and answer) and name the folder in "
            f"{DATA_FOLDER}"
        )
    return drawn(problems, count, f"{name}-{split}-{seed}")


def drawn(problems: Sequence[T], count: int | None, key: str) -> list[T]:
    """`count` of the problems in their order, always the same ones for a key; all if there are no more."""
    if count is None or count >= len(problems):
        return list(problems)
    kept = sorted(random.Random(key).sample(range(len(problems)), count))
    return [problems[i] for i in kept]


def _from_file(path: Path, benchmark: Benchmark, split: str) -> list[BenchmarkProblem]:
    problems = []
    try:
        rows = read_rows(path)
    except JSONLinesError as error:
        raise BenchmarkError(str(error)) from None
    for number, row in rows:
        try:
            pair = _pair(row, benchmark)
            id_ = str(row.get("id", f"{benchmark.name}-{split}-{number}"))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BenchmarkError(
                f"{path}:{number}: expected an object with question and answer ({error!r})"
            ) from None
        if pair is None:
            continue
        for field, value in zip(("question", "answer"), pair, strict=True):
            if isinstance(value, bool) or not isinstance(value, str | int | float):
                raise BenchmarkError(
                    f"{path}:{number}: {field} is {json.dumps(value)}; write a text"
                )
            if not str(value).strip():
                raise BenchmarkError(f"{path}:{number}: {field} is empty")
        problems.append(_problem(benchmark, id_, *pair))
    if not problems:
        raise BenchmarkError(f"{path}: no problems in it")
    return problems


def _pair(row: Row, benchmark: Benchmark) -> tuple[Any, Any] | None:
    """(question, answer) of a row as the data set is published, or of one in our own format."""
    try:
        return benchmark.read(row)
    except (KeyError, ValueError):
        return row["question"], row["answer"]


def _from_hub(benchmark: Benchmark, split: str) -> list[BenchmarkProblem]:
    import datasets

    name, splits = benchmark.name, dict(benchmark.splits)
    if split not in splits:
        raise BenchmarkError(f"{name} has no split {split!r}; it has {', '.join(splits)}")
    if not hub_is_reachable():
        datasets.config.HF_HUB_OFFLINE = True  # what was loaded before is still in its cache
    try:
        rows = datasets.load_dataset(
            benchmark.repository,
            benchmark.subset,
            split=splits[split],
            revision=benchmark.revision or None,
        )
    except Exception as error:  # noqa: BLE001  the hub's clients raise of many families
        folder = os.environ.get(DATA_FOLDER)
        named = f" (there is none in {folder!r}, which it names now)" if folder else ""
        raise BenchmarkError(
            f"{name}: {benchmark.repository} cannot be loaded from the hub: {first_line(error)}; "
            f"without a connection, name a folder with {name}/{split}.jsonl in {DATA_FOLDER}{named}"
        ) from None
    pairs = enumerate((benchmark.read(row) for row in rows), start=1)
    return [
        _problem(benchmark, f"{name}-{split}-{number:04d}", *pair)
        for number, pair in pairs
        if pair is not None
    ]


def _problem(benchmark: Benchmark, id_: str, question: Any, answer: Any) -> BenchmarkProblem:
    text = benchmark.prompt.replace("{question}", str(question))
    return BenchmarkProblem(id_, text, _plain(answer))


def _plain(answer: Any) -> str:
    """Data sets keep whole numbers as 8.0 too; a published answer of 8 is meant."""
    text = str(answer).strip()
    try:
        number = float(text)
    except ValueError:
        return text
    whole = "." in text and number.is_integer() and "e" not in text.lower()
    return str(int(number)) if whole else text
