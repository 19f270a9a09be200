"""Verbalize: a symbolic problem's story, by the teacher."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dspy
from dspy.utils.callback import BaseCallback

from zoped.programs.predictors.one_path import Call, acalled, called, run_now
from zoped.programs.predictors.signature_class import Given, inputs_of, output_of, predictor
from zoped.signatures import VerbalizeProblem, as_lines
from zoped.symbolic import SymbolicProblem


class Verbalize(dspy.Module):  # type: ignore[misc]  # DSPy has no types
    """Writes the text. Whether it says what it should is for the caller to see.

    Args:
        signature: In the place of VerbalizeProblem: a signature class, a module, or a dotted path.
        constants: Values of inputs that the signature has of its own.
        callbacks: DSPy's.
    """

    def __init__(
        self,
        signature: Given = None,
        *,
        constants: Mapping[str, Any] | None = None,
        callbacks: list[BaseCallback] | None = None,
    ) -> None:
        super().__init__(callbacks=callbacks)
        self.constants = dict(constants or {})
        self.predict = predictor(signature, VerbalizeProblem, self.constants)

    def forward(self, problem: SymbolicProblem, draft: str, original: str = "") -> dspy.Prediction:
        """Prediction(text). `draft` is the problem's realization, `original` the text of the problem
        that it was made from."""
        return run_now(self._verbalized(called, problem, draft, original))

    async def aforward(
        self, problem: SymbolicProblem, draft: str, original: str = ""
    ) -> dspy.Prediction:
        """`forward`, awaited."""
        return await self._verbalized(acalled, problem, draft, original)

    async def _verbalized(
        self, call: Call, problem: SymbolicProblem, draft: str, original: str
    ) -> dspy.Prediction:
        fields = {"symbols": as_lines(problem), "draft": draft, "original": original}
        reply = await call(self.predict, **inputs_of(self.predict, fields, self.constants))
        text = output_of(reply, "text", str, "verbalize.predict", self.predict)
        return dspy.Prediction(text=text.strip())
