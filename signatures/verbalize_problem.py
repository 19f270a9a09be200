"""From symbols to words."""

from __future__ import annotations

import dspy


class VerbalizeProblem(dspy.Signature):  # type: ignore[misc]  # DSPy has no types
    """Tell a maths problem in plain English that ends with one question.

    Write as the original does, from which the problem was made: a short story stays a short story
    with the same people and things, a problem of pure mathematics stays one, with its equations and
    its names for unknowns. What is new in the symbols gets a reason that fits: where the symbols only
    say "factor" or "rest", say of what, and why.

    State every value of the symbols once, as a number with its unit, and every relation that does not
    go without saying. Say each relation as it is, without another order of calculation: the sum of a
    and b, times c. Do not state or hint at the answer, and explain nothing. A reader who has only your
    text must be able to work out the one answer.
    """

    symbols: str = dspy.InputField(desc="the problem in symbols, with what each one means")
    draft: str = dspy.InputField(desc="the same problem in stiff words")
    original: str = dspy.InputField(desc="the problem that it was made from; may be empty")
    text: str = dspy.OutputField(desc="the problem in words, nothing else")
