"""Live problems for TRL's trainers: an environment that poses them, and a reward that observes.

    live = LiveProblems("live", builtin_seeds())
    fed = LiveTraining(live)
    trainer = GRPOTrainer(
        model,
        reward_funcs=fed.reward,
        environment_factory=fed.environment,
        train_dataset=fed.dataset(steps * prompts_per_step),
        processing_class=single_turn(tokenizer),
        args=GRPOConfig(..., num_generations=8, shuffle_dataset=False),
    )

A row of the data set is a number. The problem is looked up when a group is about to be answered, by
the number, so that all answers of a group, and those of a step that is trained again after a crash, see
the same one. TRL hands every row that it got to `reset`, and completions to rewards alone: so the
reward is what observes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from zoped.evals.answers.match import is_right
from zoped.train.grpo.rewards import Completion, completion_text
from zoped.train.live.told import Told


class NumberedProblem(Protocol):
    @property
    def key(self) -> str: ...
    @property
    def answer(self) -> str: ...
    @property
    def row(self) -> dict[str, Any]: ...


class Numbered(Protocol):
    """`LiveProblems`, or a `LiveClient` where there are several training processes."""

    def problem(self, number: int) -> NumberedProblem: ...

    def observe(
        self, key: str, passes: int, rollouts: int, *, batch: str | None = None
    ) -> bool: ...


class LiveEnvironment:
    """One answer's place in a step. It has no tools: the first answer is the last."""

    def __init__(self, live: Numbered) -> None:
        self._live = live
        self.number = -1
        self.problem: NumberedProblem | None = None

    def reset(self, *, number: int, **row: Any) -> str:
        """The problem of the row, with the instruction; TRL appends it to the row's empty prompt."""
        self.number = number
        self.problem = self._live.problem(number)
        return str(self.problem.row["prompt"][-1]["content"])


def single_turn(tokenizer: Any) -> Any:
    """The tokenizer, its template able to render tool calls: TRL refuses any environment without that,
    one that has no tools too. What is rendered without tool calls stays as it was."""
    template = tokenizer.chat_template
    if template is None:
        raise ValueError(f"{tokenizer.name_or_path}: the tokenizer has no chat template; set one")
    tokenizer.chat_template = (
        "{% if messages | selectattr('role', 'equalto', 'tool') | list %}{{ messages | tojson }}"
        f"{{% else %}}{template}{{% endif %}}"
    )
    return tokenizer


class LiveTraining:
    """What a TRL trainer is given to be fed with live problems.

    Args:
        live: Where they come from.
        name: Of this training, and of its process where there are several (its rank): an observation
            counts once for each name and number. A second training in one folder wants another name, and
            a `dataset` whose `first` is what was handed out before, `live.stats()["handed_out"]`.
        check: Whether a completion's final answer is the gold one.
    """

    def __init__(
        self,
        live: Numbered,
        *,
        name: str = "trl",
        check: Callable[[str, str], bool] = is_right,
    ) -> None:
        self.live = live
        self.told = Told(name)
        self.check = check

    def dataset(self, count: int, *, first: int = 0) -> Any:
        """`count` rows for `train_dataset`, numbered from `first` on; set `shuffle_dataset=False`."""
        from datasets import Dataset

        prompt = [{"role": "user", "content": ""}]
        return Dataset.from_dict(
            {"prompt": [prompt] * count, "number": list(range(first, first + count))}
        )

    def environment(self) -> LiveEnvironment:
        """For `environment_factory`."""
        return LiveEnvironment(self.live)

    def reward(
        self,
        completions: Sequence[Completion],
        environments: Sequence[LiveEnvironment],
        log_metric: Callable[[str, float], None] | None = None,
        **_: Any,
    ) -> list[float]:
        """1 for a right final answer, else 0; every group is observed."""
        groups: dict[int, list[bool]] = defaultdict(list)
        problems: dict[int, NumberedProblem] = {}
        rewards: list[float] = []
        for completion, environment in zip(completions, environments, strict=True):
            problem = environment.problem
            if problem is None:
                raise ValueError(
                    "an environment that was not reset: give `environment_factory` too"
                )
            right = self.check(completion_text(completion), problem.answer)
            groups[environment.number].append(right)
            problems[environment.number] = problem
            rewards.append(float(right))
        new = [
            self.live.observe(
                problems[number].key, sum(group), len(group), batch=self.told.batch(number)
            )
            for number, group in groups.items()
        ]
        self.told.heard(sum(new))
        if log_metric is not None:
            varied = sum(0 < sum(group) < len(group) for group in groups.values())
            log_metric("gradient_share", varied / len(groups))
        return rewards
