"""Formalize: a word problem's symbolic form, by the teacher."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dspy
from dspy.utils.callback import BaseCallback

from zoped.programs.predictors.demonstrations import demonstrations
from zoped.programs.predictors.one_path import Call, acalled, called, run_now
from zoped.programs.predictors.signature_class import Given, inputs_of, output_of, predictor
from zoped.signatures import FormalizeProblem, WrittenProblem
from zoped.symbolic import SymbolicProblem


class Formalize(dspy.Module):  # type: ignore[misc]  # DSPy has no types
    """Reads the text alone. Whether the solution is right is for the caller to see.

    Args:
        signature: In the place of FormalizeProblem: a signature class, a module, or a dotted path.
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
        self.predict = predictor(signature, FormalizeProblem, self.constants)
        if signature is None:
            self.predict.demos = demonstrations("formalize")

    def forward(self, text: str, topic: str = "", mistake: str = "") -> dspy.Prediction:
        """Prediction(symbols: SymbolicProblem). `mistake` says what was wrong with an earlier try."""
        return run_now(self._formalized(called, text, topic, mistake))

    async def aforward(self, text: str, topic: str = "", mistake: str = "") -> dspy.Prediction:
        """`forward`, awaited."""
        return await self._formalized(acalled, text, topic, mistake)

    async def _formalized(self, call: Call, text: str, topic: str, mistake: str) -> dspy.Prediction:
        inputs = inputs_of(self.predict, {"text": text, "mistake": mistake}, self.constants)
        reply = await call(self.predict, **inputs)
        written = output_of(
            reply, "formalization", WrittenProblem, "formalize.predict", self.predict
        )
        problem: SymbolicProblem = written.to_problem(topic=topic)
        return dspy.Prediction(symbols=problem)
