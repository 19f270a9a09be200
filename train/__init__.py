"""Rewards, rounds of GRPO, and the loop that alternates them with generation.

The names are loaded when first used: settings are read without waiting for torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zoped.students.hugging_face import HFStudent, StudentError, load_student
    from zoped.train.grpo.settings import TrainSettings
    from zoped.train.grpo.train_round import RoundJob, train_round
    from zoped.train.rounds import run_rounds
    from zoped.train.settings import RunSettings

_MODULES = {
    "HFStudent": "zoped.students",
    "RoundJob": "zoped.train.grpo.train_round",
    "RunSettings": "zoped.train.settings",
    "StudentError": "zoped.students",
    "TrainSettings": "zoped.train.grpo.settings",
    "load_student": "zoped.students",
    "run_rounds": "zoped.train.rounds",
    "train_round": "zoped.train.grpo.train_round",
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
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)
