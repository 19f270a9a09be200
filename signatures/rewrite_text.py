"""From one problem in words to another, without symbols."""

from __future__ import annotations

import dspy


class RewriteText(dspy.Signature):  # type: ignore[misc]  # DSPy has no types
    """Make a new maths problem out of the one given, in words, as the strategy says.

    Where the strategy speaks of values, relations and unknowns, it means those that the text tells.
    The new problem has exactly one answer, a number, which a reader can work out from the text
    alone. It is for a student who should solve it in about half of the tries: easier where the
    student fails at the one given, harder where the student always solves it; if nothing is known,
    somewhat harder. It must differ from the one given and from those made before in more than its
    numbers. Do not state the answer or how it is found.
    """

    problem: str = dspy.InputField(desc="the problem in words")
    strategy: str = dspy.InputField(desc="how to change the problem; may be empty")
    second: str = dspy.InputField(
        desc="another problem, for a strategy that needs one; may be empty"
    )
    student: str = dspy.InputField(desc="how the student does on such problems; may be empty")
    made: str = dspy.InputField(desc="what was made of this problem before; may be empty")
    text: str = dspy.OutputField(desc="the new problem in words, nothing else")
