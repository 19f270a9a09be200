"""Choosing how to change a problem."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, get_args

import dspy
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from zoped.signatures.as_models_write import number_or_chance, one_of

LEAST_NUMBER, MOST_NUMBER = 0, 100  # where no operator of the menu takes another one


class MutationChoice(BaseModel):
    """An operator of the menu. `number` is its argument; 0 leaves it to chance.

    The program narrows `operator` to the names of the operators before it asks, and widens the limits of
    `number` to theirs.
    """

    # Closed and without defaults: what structured output asks of a schema.
    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", frozen=True)

    operator: str
    number: Annotated[int, BeforeValidator(number_or_chance)] = Field(
        ge=LEAST_NUMBER, le=MOST_NUMBER
    )

    @model_validator(mode="before")
    @classmethod
    def _as_written(cls, data: Any) -> Any:
        fields = {"operator": data} if isinstance(data, str) else data
        if not isinstance(fields, dict) or "operator" not in fields:
            return data
        menu = get_args(cls.model_fields["operator"].annotation)
        return {"number": 0, **fields, "operator": one_of(menu, fields["operator"])}


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
