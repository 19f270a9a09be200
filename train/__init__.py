"""Students, rewards, rounds of GRPO, and the loop that alternates them with generation.

The names are loaded when first used: settings are read without waiting for torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zoped.train.grpo import RoundJob, train_round
    from zoped.train.rounds import run_rounds
    from zoped.train.settings import RunSettings
    from zoped.train.student import HFStudent, StudentError, load_student
    from zoped.train.train_settings import TrainSettings

_HOMES = {
    "HFStudent": "student",
    "RoundJob": "grpo",
    "RunSettings": "settings",
    "StudentError": "student",
    "TrainSettings": "train_settings",
    "load_student": "student",
    "run_rounds": "rounds",
    "train_round": "grpo",
}
__all__ = [
    "HFStudent",
    "RoundJob",
    "RunSettings",
    "StudentError",
    "TrainSettings",
    "load_student",
    "run_rounds",
    "train_round",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
