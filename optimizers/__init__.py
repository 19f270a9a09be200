"""Optimizers of the generator's prompts, by the student's measured pass rate."""

from zoped.optimizers.budget import Budget
from zoped.optimizers.candidate import Candidate
from zoped.optimizers.objective import (
    OBJECTIVES,
    Objective,
    band,
    disagreement,
    gradient_probability,
    target,
)
from zoped.optimizers.pass_rate import PassRateTeleprompter

__all__ = [
    "OBJECTIVES",
    "Budget",
    "Candidate",
    "Objective",
    "PassRateTeleprompter",
    "band",
    "disagreement",
    "gradient_probability",
    "target",
]
