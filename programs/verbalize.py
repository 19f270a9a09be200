"""Verbalize: a symbolic problem's story, by the teacher."""

from __future__ import annotations

import dspy

from zoped.programs.prompt_text import symbols_text
from zoped.programs.signature_class import signature_class
from zoped.signatures import VerbalizeProblem
from zoped.symbolic import SymbolicProblem


class Verbalize(dspy.Module):  # type: ignore[misc]  # DSPy has no types
    """Writes the text. Whether it says what it should is for the caller to see."""

    def __init__(self, signature: type | str | None = None) -> None:
        super().__init__()
        self.predict = dspy.Predict(signature_class(signature, VerbalizeProblem))

    def forward(self, problem: SymbolicProblem, draft: str) -> dspy.Prediction:
        """Prediction(text). `draft` is the problem's realization."""
        fields = {"symbols": symbols_text(problem), "draft": draft}
        wanted = self.predict.signature.input_fields
        reply = self.predict(**{k: v for k, v in fields.items() if k in wanted})
        return dspy.Prediction(text=str(reply.text).strip())
