"""What a benchmark is: where its problems are, how a row of them is read, what counts as right."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from zoped.evals.answers.match import is_right
from zoped.foundation.errors import ZopedError

Row = Mapping[str, Any]
BY_VALUE = (
    "the answer in the last \\boxed{}, or the last one stated, has the exact value of the gold"
)


class BenchmarkError(ZopedError, ValueError):
    """A test set cannot be read; the message says what would be right."""


@dataclass(frozen=True)
class BenchmarkProblem:
    """A question as it is asked, with its published answer: a number, or LaTeX in MATH-500."""

    id: str
    text: str
    answer: str


@dataclass(frozen=True)
class Benchmark:
    """A test set. The student's own instruction ("... put the final answer in \\boxed{}") follows
    every question.

    `read` gives (question, answer) of a row as it is published, or None for a row that no answer can
    be right on; KeyError and the like where it is no such row. `repository` is a data set of the Hugging Face
    hub, read at `revision`, a commit: empty where the hub has no copy that `datasets` reads.
    `prompt` is how the question is put. `check(completion, answer)` is the answer rule that `rule` tells.
    """

    name: str
    paper: str
    licence: str
    read: Callable[[Row], tuple[Any, Any] | None]
    repository: str = ""
    revision: str = ""
    subset: str | None = None
    splits: tuple[tuple[str, str], ...] = (("test", "test"),)
    prompt: str = "{question}"
    rule: str = BY_VALUE
    check: Callable[[str, str], bool] = is_right


def columns(question: str, answer: str) -> Callable[[Row], tuple[Any, Any]]:
    """Reads the two columns."""
    return lambda row: (row[question], row[answer])


def after_hashes(solution: str) -> str:
    """What GSM8K and its offspring write behind `####`, at the end of the solution."""
    _, mark, answer = solution.rpartition("####")
    if not mark:
        raise ValueError("the solution has no ####")
    return answer.strip().replace(",", "")


def whole(answer: Any) -> str:
    """A whole number without leading zeros: AIME's answers are 000 to 999."""
    return str(int(str(answer).strip().removesuffix(".0")))
