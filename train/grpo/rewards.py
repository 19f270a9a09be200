"""Rewards: the right answer, and what a user adds to it.

What TRL is given are functions over the completions of its rank and the dataset's columns, which
return one number a completion. Ours neither raise nor hang, whatever a student writes. A user's own
is a plain function of one completion, named in the configuration by its dotted path.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from zoped.evals.answers.final_answer import is_boxed_at_end
from zoped.evals.answers.match import is_right
from zoped.evals.answers.math_verify import is_installed, is_right_or_verified
from zoped.foundation.errors import ZopedError
from zoped.programs.dotted_path import DottedPathError, import_object
from zoped.train.grpo.reward_settings import RewardSettings

Completion = str | list[dict[str, str]]
OwnFunction = Callable[[str, Mapping[str, Any]], float]
COLUMNS = ("id", "text", "answer")  # of a problem that a user's function is given
_OWN = "my_rewards.brevity for `def brevity(completion, problem)` in my_rewards.py"
_EXAMPLE = {"id": "example", "text": "What is 3 + 4?", "answer": "7"}


class RewardError(ZopedError, ValueError):
    """A reward function cannot be used, or failed on a completion; the message names it."""


def check_rewards(settings: RewardSettings) -> None:
    """Raise RewardError for what cannot be used; called before a run does any work."""
    if settings.math_verify and not is_installed():
        raise RewardError(
            "reward.math_verify: math-verify is not installed; pip install 'zoped[math-verify]'"
        )
    functions = [own_reward(path) for path in settings.functions]
    names = ["correctness", "boxed", *(function.__name__ for function in functions)]
    for name in names:
        if names.count(name) > 1:
            raise RewardError(f"reward.functions: two rewards are called {name!r}")


def reward_functions(
    settings: RewardSettings, *, max_completion_length: int
) -> tuple[list[Any], list[float]]:
    """The functions for TRL's `reward_funcs` and their `reward_weights`; raises RewardError."""
    functions: list[Any] = [verified_correctness if settings.math_verify else correctness]
    weights = [1.0]
    if settings.format_weight:
        functions.append(boxed)
        weights.append(settings.format_weight)
    if settings.length_weight:
        from trl.rewards import get_soft_overlong_punishment

        margin = min(settings.length_margin, max_completion_length)
        functions.append(get_soft_overlong_punishment(max_completion_length, margin))
        weights.append(settings.length_weight)
    for path, weight in settings.functions.items():
        functions.append(own_reward(path))
        weights.append(weight)
    return functions, weights


def completion_text(completion: Completion) -> str:
    """The text of a completion, conversational or plain."""
    if isinstance(completion, str):
        return completion
    return "".join(str(message.get("content") or "") for message in completion)


def correctness(completions: Sequence[Completion], answer: Sequence[str], **_: Any) -> list[float]:
    """1 where the final answer equals the column `answer`, else 0."""
    return [
        float(is_right(completion_text(completion), gold))
        for completion, gold in zip(completions, answer, strict=True)
    ]


def verified_correctness(
    completions: Sequence[Completion], answer: Sequence[str], **_: Any
) -> list[float]:
    """`correctness`, with math-verify asked too where the gold answer is of no type of ours."""
    return [
        float(is_right_or_verified(completion_text(completion), gold))
        for completion, gold in zip(completions, answer, strict=True)
    ]


verified_correctness.__name__ = "correctness"  # one name in the metrics of all runs


def boxed(completions: Sequence[Completion], **_: Any) -> list[float]:
    """1 where there is exactly one `\\boxed{...}` outside thoughts, with something in it, and nothing
    but punctuation and the end of its formula follows.

    Give it a small weight (at most 0.1), or groups without a right answer learn form alone.
    """
    return [float(is_boxed_at_end(completion_text(completion))) for completion in completions]


class OwnReward:
    """A user's function of one completion, as TRL's function of a batch; raises RewardError when
    it fails or returns no number."""

    def __init__(self, path: str, function: OwnFunction) -> None:
        self.path = path
        self.function = function
        self.__name__ = path.rpartition(".")[2]

    def __call__(self, completions: Sequence[Completion], **columns: Any) -> list[float]:
        return [
            self.score(
                completion_text(completion),
                {name: columns[name][i] for name in COLUMNS if name in columns},
            )
            for i, completion in enumerate(completions)
        ]

    def score(self, completion: str, problem: Mapping[str, Any]) -> float:
        try:
            value = self.function(completion, problem)
        except Exception as error:
            raise RewardError(
                f"reward.functions: {self.path} failed on the completion {completion[:200]!r}: "
                f"{type(error).__name__}: {error}"
            ) from error
        if not isinstance(value, int | float) or not math.isfinite(value):
            raise RewardError(
                f"reward.functions: {self.path} returned {value!r} for the completion "
                f"{completion[:200]!r}; a reward is a finite number"
            )
        return float(value)


def own_reward(path: str) -> OwnReward:
    """The function at a dotted path, tried on an example. Raises RewardError."""
    try:
        function = import_object(path, "function", example=_OWN)
    except DottedPathError as error:
        raise RewardError(f"reward.functions: {error}") from error
    if not callable(function):
        raise RewardError(f"reward.functions: {path} is no function")
    reward = OwnReward(path, function)
    reward.score("3 + 4 = 7. \\boxed{7}", _EXAMPLE)
    return reward
