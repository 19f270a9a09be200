"""From words to symbols."""

from __future__ import annotations

import dspy

from zoped.signatures.written_problem import WrittenProblem


class FormalizeProblem(dspy.Signature):  # type: ignore[misc]  # DSPy has no types
    """Write a maths word problem in symbols, so that a solver finds its one answer.

    Give a variable to every quantity that the text names, each with its domain. A quantity whose
    number the text tells gets this number as its value, and numbers stand nowhere else, except
    constants such as the 60 minutes of an hour. Do not calculate anything yourself. The constraints
    say how the quantities belong together: use == < <= > >= != + - * / ** // %, sqrt, abs, floor,
    ceiling, gcd, lcm, factorial, binomial, min, max, log, exp, sin, cos, tan, pi, numerator,
    denominator, digit_sum, median, mean, is_prime, different, `a if x > 3 else b`, and, or, not,
    sum(term, k, first, last), product(...) and count(condition, k, first, last) alike, and nothing
    else. The target is the expression
    whose value the text asks for; the query is "count", "minimum" or "maximum" where it asks
    for how many solutions there are, or for the least or the greatest value of the target.
    """

    text: str = dspy.InputField(desc="the problem in words")
    formalization: WrittenProblem = dspy.OutputField(desc="the problem in symbols")
