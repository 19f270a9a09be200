"""Choosing how to change a problem."""

from __future__ import annotations

from typing import ClassVar

import dspy
from pydantic import BaseModel, ConfigDict, Field


class MutationChoice(BaseModel):
    """An operator of the menu. `number` is its argument; 0 leaves it to chance.

    The program narrows `operator` to the names of the operators before it asks.
    """

    # Closed and without defaults: what structured output asks of a schema.
    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", frozen=True)

    operator: str
    number: int = Field(ge=0, le=100)


class ChooseMutation(dspy.Signature):  # type: ignore[misc]  # DSPy has no types
    """Choose one change to a maths word problem, so that the student neither always solves the
    new problem nor always fails: about half of the tries should succeed.

    If the student fails, choose a change that makes the problem easier; if the student always
    succeeds, one that makes it harder. Otherwise keep it about as hard, but different.
    """

    operators: str = dspy.InputField(desc="the possible changes, one a line: name: what it does")
    problem: str = dspy.InputField(desc="the problem in words")
    symbols: str = dspy.InputField(desc="the same problem in symbols")
    student: str = dspy.InputField(desc="how the student does on such problems; may be empty")
    choice: MutationChoice = dspy.OutputField(
        desc="operator: a name of the list; number: its number in the limits given, or 0 for any"
    )


class ChooseMutationByText(dspy.Signature):  # type: ignore[misc]  # DSPy has no types
    """Choose one change to a maths word problem, so that the student neither always solves the
    new problem nor always fails: about half of the tries should succeed.

    If the student fails, choose a change that makes the problem easier; if the student always
    succeeds, one that makes it harder.
    """

    # Without the symbols: a small teacher reads them slowly and has nothing from them.
    operators: str = dspy.InputField(desc="the possible changes, one a line: name: what it does")
    problem: str = dspy.InputField(desc="the problem in words")
    student: str = dspy.InputField(desc="how the student does on such problems; may be empty")
    choice: MutationChoice = dspy.OutputField(
        desc="operator: a name of the list; number: its number in the limits given, or 0 for any"
    )
