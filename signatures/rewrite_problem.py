"""From one problem to another that the teacher makes up."""

from __future__ import annotations

import dspy

from zoped.signatures.written_problem import WrittenProblem


class RewriteProblem(dspy.Signature):  # type: ignore[misc]  # DSPy has no types
    """Make a new maths problem out of the one given, in symbols, so that the student neither always
    solves it nor always fails: about half of the tries should succeed.

    Keep the setting; change the numbers, add or remove a step, ask for another quantity, work
    backwards. The problem must have exactly one answer, and every value given must be needed.
    Quantities with a value are told to the student; all others are unknown. A meaning is a noun
    phrase that tells the whole story of its quantity, such as "pens Ann has after she buys some".
    The constraints use only == < <= > >= != + - * / ** // %, sqrt, abs, floor, ceiling, gcd, lcm,
    factorial, binomial, min and max.
    """

    problem: str = dspy.InputField(desc="the problem in words")
    symbols: str = dspy.InputField(desc="the same problem in symbols")
    student: str = dspy.InputField(desc="how the student does on such problems; may be empty")
    rewritten: WrittenProblem = dspy.OutputField(desc="the new problem in symbols")
