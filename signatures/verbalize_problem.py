"""From symbols to words."""

from __future__ import annotations

import dspy


class VerbalizeProblem(dspy.Signature):  # type: ignore[misc]  # DSPy has no types
    """Tell a maths problem as a short story in plain English that ends with one question.

    State every given value once, as a number; say every relation that the story does not make
    obvious. Do not state or hint at the answer, explain nothing, and name no variables or formulas.
    A reader who has only your text must be able to work out the one answer.
    """

    symbols: str = dspy.InputField(desc="the problem in symbols, with what each one means")
    draft: str = dspy.InputField(desc="the same problem in stiff words")
    text: str = dspy.OutputField(desc="the story, nothing else")
