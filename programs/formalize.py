"""Formalize: a word problem's symbolic form, by the teacher."""

from __future__ import annotations

import dspy

from zoped.programs.signature_class import signature_class
from zoped.signatures import FormalizeProblem
from zoped.symbolic import SymbolicProblem


class Formalize(dspy.Module):  # type: ignore[misc]  # DSPy has no types
    """Reads the text alone. Whether the solution is right is for the caller to see."""

    def __init__(self, signature: type | str | None = None) -> None:
        super().__init__()
        self.predict = dspy.Predict(signature_class(signature, FormalizeProblem))

    def forward(self, text: str, topic: str = "") -> dspy.Prediction:
        """Prediction(problem: SymbolicProblem)."""
        written = self.predict(text=text).formalization
        problem: SymbolicProblem = written.to_problem(topic=topic)
        return dspy.Prediction(problem=problem)
