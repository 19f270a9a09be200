"""From words to symbols."""

from __future__ import annotations

import dspy

from zoped.signatures.language import language_text
from zoped.signatures.written_problem import WrittenProblem


class FormalizeProblem(dspy.Signature):  # type: ignore[misc]  # DSPy has no types
    """Write a maths word problem in symbols, so that a solver finds its answer, and so that the
    same problem can be asked with other numbers.

    Every number that the text gives is the value of a variable. The values will be drawn anew, and
    all relations must be true then as well: so no number of the text stands in a relation, and
    nothing is worked out beforehand. A number that belongs to a word is a constant and stands in the
    relation: the 7 days of a week, the 6 sides of a hexagon, the 2 of "twice", the 100 of a percent.
    A quantity that is not told is a variable without a value; give one to each quantity on the way.
    What is asked for is a variable too, and it is the target; of several questions, take the last.

    A value is a plain number: 20000 for "$20,000", 10 with the unit percent for "10%", 3/4 for
    "three quarters". What is irrational stands in a relation: side == sqrt(41). A number that the
    answer does not need may be given or left out. Domains are as narrow as the text makes them:
    people and things are whole numbers, lengths and prices positive ones. "m/n in lowest terms, find
    m + n" is numerator(p) + denominator(p). The digits of a number are variables from 0 to 9. A
    probability is a count divided by a count.

    The query is "value"; it is "count", "minimum" or "maximum" where the text asks for how many
    solutions there are, or for the least or greatest value that the target has in any solution.

    Where there is a mistake of an earlier try, write the problem so that it is put right.
    """

    text: str = dspy.InputField(desc="the problem in words")
    mistake: str = dspy.InputField(desc="an earlier try, and what was wrong with it; may be empty")
    formalization: WrittenProblem = dspy.OutputField(desc=f"the problem. {language_text()}")
