"""How hard a problem is for a student, predicted before it is asked."""

from zoped.evals.difficulty.features import Posed, features
from zoped.evals.difficulty.model import DifficultyModel, Observation
from zoped.evals.difficulty.report import Calibration, calibration

__all__ = [
    "Calibration",
    "DifficultyModel",
    "Observation",
    "Posed",
    "calibration",
    "features",
]
