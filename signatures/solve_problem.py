"""A teacher's own solution of a problem in words."""

from __future__ import annotations

import dspy


class SolveProblem(dspy.Signature):  # type: ignore[misc]  # DSPy has no types
    """Solve the maths problem, step by step, and check the result against the text."""

    text: str = dspy.InputField(desc="the problem in words")
    steps: str = dspy.OutputField(desc="the steps of the solution")
    answer: str = dspy.OutputField(
        desc="the answer alone: an exact number such as 7, 3/4 or sqrt(2)"
    )
