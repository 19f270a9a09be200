"""The settings of a run of one round that takes seconds."""

from typing import Any

SMALL_RUN: dict[str, Any] = {
    "rounds": 1,
    "teacher": {"model": "none"},
    "seeds": {"path": "elementary"},
    "meter": {"min_rollouts": 2, "max_rollouts": 4},
    "measure": {"seeds": 2},
    "generate": {"operators": ["one_digit_numbers"], "decisions": 8},
    "train": {"steps": 1, "prompts_per_step": 2, "num_generations": 4},
    "evaluate": {"problems": 10},
}
