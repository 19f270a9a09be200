"""Well-known test sets: from the Hugging Face hub through `datasets`, or from a folder.

Where the environment variable ZOPED_DATA names a folder, `NAME/SPLIT.jsonl` in it (lines with
`question` and `answer`, or with the columns of the data set itself) is read instead of the hub.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zoped.foundation.errors import ZopedError
from zoped.foundation.hub import hub_is_reachable
from zoped.foundation.json_lines import JSONLinesError, read_rows

DATA_FOLDER = "ZOPED_DATA"


class BenchmarkError(ZopedError, ValueError):
    """A test set cannot be read; the message says what would be right."""


@dataclass(frozen=True)
class BenchmarkProblem:
    """A question with its published answer: a number, or LaTeX in MATH-500."""

    id: str
    text: str
    answer: str


@dataclass(frozen=True)
class Source:
    """Where the hub has it, and how a row of it is read as (question, answer)."""

    repository: str
    read: Callable[[Mapping[str, Any]], tuple[Any, Any]]
    subset: str | None = None
    splits: tuple[tuple[str, str], ...] = (("test", "test"),)


def _columns(question: str, answer: str) -> Callable[[Mapping[str, Any]], tuple[Any, Any]]:
    return lambda row: (row[question], row[answer])


SOURCES = {
    # Cobbe et al. 2021
    "gsm8k": Source(
        "openai/gsm8k",
        lambda row: (row["question"], row["answer"].rpartition("####")[2].strip().replace(",", "")),
        subset="main",
        splits=(("test", "test"), ("train", "train")),
    ),
    # Patel et al. 2021
    "svamp": Source(
        "ChilleD/SVAMP",
        lambda row: (f"{row['Body'].rstrip(' .')}. {row['Question']}", row["Answer"]),
        splits=(("test", "test"), ("train", "train")),
    ),
    # Hendrycks et al. 2021; the 500 of Lightman et al. 2023
    "math500": Source("HuggingFaceH4/MATH-500", _columns("problem", "answer")),
    # Gao et al. 2023: GSM8K with large numbers
    "gsm_hard": Source(
        "reasoning-machines/gsm-hard", _columns("input", "target"), splits=(("test", "train"),)
    ),
    "mawps_multiarith": Source(
        "ChilleD/MultiArith",
        _columns("question", "final_ans"),
        splits=(("test", "test"), ("train", "train")),
    ),
    "aime24": Source(
        "HuggingFaceH4/aime_2024", _columns("problem", "answer"), splits=(("test", "train"),)
    ),
    "aime25": Source("math-ai/aime25", _columns("problem", "answer")),
}
# Koncel-Kedziorski et al. 2016; the hub has no copy that `datasets` reads without a script.
FOLDER_ONLY = ("mawps_addsub", "mawps_singleeq", "mawps_singleop")
NAMES = (*SOURCES, *FOLDER_ONLY)


def load_benchmark(
    name: str, *, split: str = "test", count: int | None = None, seed: int = 0
) -> list[BenchmarkProblem]:
    """The problems of the split; `count` of them, always the same ones, drawn by `seed`.

    Raises BenchmarkError.
    """
    if name not in NAMES:
        raise BenchmarkError(f"there is no benchmark {name!r}; there are {', '.join(NAMES)}")
    folder = os.environ.get(DATA_FOLDER)
    path = Path(folder) / name / f"{split}.jsonl" if folder else None
    if path is not None and path.is_file():
        problems = _from_file(path, name, split)
    elif name in SOURCES:
        problems = _from_hub(name, split)
    else:
        raise BenchmarkError(
            f"{name} is not on the hub in a form that can be read; put it into a folder as "
            f"{name}/{split}.jsonl (lines with question and answer) and name the folder in "
            f"{DATA_FOLDER}"
        )
    if count is not None and count < len(problems):
        kept = sorted(random.Random(f"{name}-{split}-{seed}").sample(range(len(problems)), count))
        problems = [problems[i] for i in kept]
    return problems


def _from_file(path: Path, name: str, split: str) -> list[BenchmarkProblem]:
    problems = []
    try:
        rows = read_rows(path)
    except JSONLinesError as error:
        raise BenchmarkError(str(error)) from None
    for number, row in rows:
        try:
            question, answer = _pair(row, name)
            id_ = str(row.get("id", f"{name}-{split}-{number}"))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BenchmarkError(
                f"{path}:{number}: expected an object with question and answer ({error!r})"
            ) from None
        for field, value in (("question", question), ("answer", answer)):
            if isinstance(value, bool) or not isinstance(value, str | int | float):
                raise BenchmarkError(
                    f"{path}:{number}: {field} is {json.dumps(value)}; write a text"
                )
            if not str(value).strip():
                raise BenchmarkError(f"{path}:{number}: {field} is empty")
        problems.append(BenchmarkProblem(id_, str(question), _plain(answer)))
    if not problems:
        raise BenchmarkError(f"{path}: no problems in it")
    return problems


def _pair(row: Mapping[str, Any], name: str) -> tuple[Any, Any]:
    """(question, answer) of a row in our format, or in the one in which the data set is published."""
    if "question" not in row and name in SOURCES:
        return SOURCES[name].read(row)
    question, answer = row["question"], row["answer"]
    if isinstance(answer, str) and "####" in answer:  # GSM8K: the solution, then the answer
        answer = answer.rpartition("####")[2].replace(",", "")
    return question, answer


def _from_hub(name: str, split: str) -> list[BenchmarkProblem]:
    import datasets

    source = SOURCES[name]
    splits = dict(source.splits)
    if split not in splits:
        raise BenchmarkError(f"{name} has no split {split!r}; it has {', '.join(splits)}")
    if not hub_is_reachable():
        datasets.config.HF_HUB_OFFLINE = True  # what was loaded before is still in its cache
    try:
        rows = datasets.load_dataset(source.repository, source.subset, split=splits[split])
    except Exception as error:  # noqa: BLE001  the hub's clients raise of many families
        first = (str(error).strip() or repr(error)).splitlines()[0]
        raise BenchmarkError(
            f"{name}: {source.repository} cannot be loaded from the hub: {first}; without a "
            f"connection, name a folder with {name}/{split}.jsonl in {DATA_FOLDER}"
        ) from None
    pairs = (source.read(row) for row in rows)
    return [
        BenchmarkProblem(f"{name}-{split}-{number:04d}", str(text), _plain(answer))
        for number, (text, answer) in enumerate(pairs, start=1)
    ]


def _plain(answer: Any) -> str:
    """Data sets keep whole numbers as 8.0 too; a published answer of 8 is meant."""
    text = str(answer).strip()
    try:
        number = float(text)
    except ValueError:
        return text
    whole = "." in text and number.is_integer() and "e" not in text.lower()
    return str(int(number)) if whole else text
