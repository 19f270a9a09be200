"""Optimizers of the generator's prompts, by the student's measured pass rate."""

from zoped.evals.pass_rate import gradient_probability
from zoped.optimizers.budget import Budget
from zoped.optimizers.candidate import Candidate
from zoped.optimizers.compare.metric import PassRateMetric
from zoped.optimizers.noisy.paired_gain import PairedGain
from zoped.optimizers.objective import (
    OBJECTIVES,
    Coverage,
    Objective,
    band,
    coverage,
    disagreement,
    gradient,
    target,
)
from zoped.optimizers.pass_rate_gepa import PassRateGEPA
from zoped.optimizers.proposing.critique import CritiqueAndEdit
from zoped.optimizers.proposing.proposals import Feedback, Proposer, feedback
from zoped.optimizers.raced_search import Evaluator, OutOfBudget, RacedSearch, Score
from zoped.optimizers.search import SearchProgress
from zoped.optimizers.settings import SearchSettings, TeleprompterSettings
from zoped.optimizers.teleprompter import PassRateTeleprompter

__all__ = [
    "OBJECTIVES",
    "Budget",
    "Candidate",
    "Coverage",
    "CritiqueAndEdit",
    "Evaluator",
    "Feedback",
    "Objective",
    "OutOfBudget",
    "PairedGain",
    "PassRateGEPA",
    "PassRateMetric",
    "PassRateTeleprompter",
    "Proposer",
    "RacedSearch",
    "Score",
    "SearchProgress",
    "SearchSettings",
    "TeleprompterSettings",
    "band",
    "coverage",
    "disagreement",
    "feedback",
    "gradient",
    "gradient_probability",
    "target",
]
