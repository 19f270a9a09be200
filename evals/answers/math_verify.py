"""math-verify as a fallback, in a process that can be killed.

It is asked only where the gold answer is of no type of ours (a sum, a floor): it counts `3+4`
as 7 and rounds to six digits. Its own time-outs are signals of the main thread and whole seconds,
and off the main thread a completion such as `\\boxed{9^{9^{9}}}` freezes the process
(https://github.com/huggingface/Math-Verify/issues/65), so it runs in a worker, which is killed at
the limit; that costs the answer its point and nothing else.
"""

from __future__ import annotations

import importlib.util
import json
from functools import lru_cache

from zoped.evals.answers.final_answer import extract_answer
from zoped.evals.answers.match import answers_match, is_readable, is_right
from zoped.evals.answers.reading import MAX_ANSWER
from zoped.symbolic.solving.workers import WorkerPool

TIME_LIMIT = 2.0  # seconds an answer


@lru_cache(maxsize=1)
def _pool() -> WorkerPool:
    return WorkerPool("zoped.evals.answers.math_verify_worker", 1)


def is_installed() -> bool:
    return importlib.util.find_spec("math_verify") is not None


def answers_match_or_verify(
    answer: str | None, gold: str, *, time_limit: float = TIME_LIMIT
) -> bool:
    """`answers_match`; for a gold answer that is of no type of ours, math-verify's verdict too.

    An answer that takes longer than `time_limit` is wrong. Raises RuntimeError when the worker
    cannot start: math-verify is not installed.
    """
    if answers_match(answer, gold):
        return True
    if not answer or len(answer) > MAX_ANSWER or is_readable(gold):
        return False
    return _verified(answer, gold, time_limit)


def is_right_or_verified(completion: str, gold: str) -> bool:
    """`is_right` by `answers_match_or_verify`: a `check` for the meter and for accuracy."""
    return is_right(completion, gold) or answers_match_or_verify(extract_answer(completion), gold)


@lru_cache(maxsize=16_384)
def _verified(answer: str, gold: str, time_limit: float) -> bool:
    reply = _pool().run(json.dumps({"answer": answer, "gold": gold}), time_limit)
    return reply is not None and reply.get("right") is True
