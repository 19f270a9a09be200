"""From one problem to another that the teacher makes up."""

from __future__ import annotations

import dspy

from zoped.signatures.language import language_text
from zoped.signatures.written_problem import WrittenProblem


class RewriteProblem(dspy.Signature):  # type: ignore[misc]  # DSPy has no types
    """Make a new maths problem out of the one given, in symbols, as the strategy says.

    Carry the strategy out on the quantities of this problem; without one, add or remove a step, ask
    for another quantity, or work backwards. The new problem is for a student who should solve it in
    about half of the tries: make it easier where the student fails at the one given, harder where
    the student always solves it; if nothing is known of the student, somewhat harder. It must differ
    in its relations, not only in its numbers, from the one given and from those made before.

    It has exactly one answer, and every value given is needed for it. The values will be drawn anew,
    and the relations must be true then as well: a number that belongs to a word, such as the 7 days
    of a week, is a constant in a relation, every other number is the value of a variable. Choose
    values for which the answer is about as simple a number as they are. Nobody is 180 years old, and
    there is no half of a person. What is asked for is a variable of its own without a value: the
    target.

    The story will be told from your meanings alone. A meaning is a noun phrase that says all there
    is to its quantity: whose it is, of what, and when, as in "pens Ann has after she buys some". Keep
    the names, units and setting, unless the strategy says otherwise, and let what is new have a
    reason in the story. In a problem of pure mathematics, stay with pure mathematics.

    Where there is a mistake of an earlier try, write the problem so that it is put right.
    """

    problem: str = dspy.InputField(desc="the problem in words")
    symbols: str = dspy.InputField(desc="the same problem in symbols")
    strategy: str = dspy.InputField(desc="how to change the problem; may be empty")
    second: str = dspy.InputField(
        desc="another problem, for a strategy that needs one; may be empty"
    )
    student: str = dspy.InputField(desc="how the student does on such problems; may be empty")
    made: str = dspy.InputField(desc="what was made of this problem before; may be empty")
    mistake: str = dspy.InputField(desc="an earlier try, and what was wrong with it; may be empty")
    rewritten: WrittenProblem = dspy.OutputField(desc=f"the new problem. {language_text()}")
