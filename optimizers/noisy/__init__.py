"""Tuning any DSPy program under a metric that comes out otherwise each time."""

from zoped.optimizers.noisy.paired_gain import PairedGain
from zoped.optimizers.noisy.raced_instructions import RacedInstructions

__all__ = ["PairedGain", "RacedInstructions"]
