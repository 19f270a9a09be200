"""Rewards: plain functions over completions, as TRL's `reward_funcs` takes them.

Each gets the completions of its rank and the dataset's columns as keyword arguments and returns
one number a completion. None of them raises or hangs, whatever a student writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zoped.evals.answers import answers_match, extract_answer

Completion = str | list[dict[str, str]]


def completion_text(completion: Completion) -> str:
    """The text of a completion, conversational or plain."""
    if isinstance(completion, str):
        return completion
    return "".join(str(message.get("content") or "") for message in completion)


def correctness(completions: Sequence[Completion], answer: Sequence[str], **_: Any) -> list[float]:
    """1 where the final answer equals the column `answer`, else 0."""
    return [
        float(answers_match(extract_answer(completion_text(completion)), gold))
        for completion, gold in zip(completions, answer, strict=True)
    ]


def boxed(completions: Sequence[Completion], **_: Any) -> list[float]:
    """1 where there is exactly one `\\boxed{...}`, and nothing but punctuation follows it.

    Give it a small weight (at most 0.1), or groups without a right answer learn form alone.
    """
    return [float(_is_boxed(completion_text(completion))) for completion in completions]


def _is_boxed(text: str) -> bool:
    _, found, rest = text.partition("\\boxed{")
    if not found or "\\boxed" in rest or extract_answer(text) is None:
        return False
    return not rest.rpartition("}")[2].strip(" .$\n")
