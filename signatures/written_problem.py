"""A symbolic problem as a language model writes it: flat, closed, every field a plain type."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from zoped.foundation.errors import first_fault
from zoped.signatures.as_models_write import problem_fields, variable_fields
from zoped.signatures.notation import from_lines
from zoped.symbolic import Domain, SymbolicProblem
from zoped.symbolic.language.parse import MAX_NAME
from zoped.symbolic.problem import MAX_CONSTRAINTS, MAX_PHRASE, MAX_VARIABLES, Query

MAX_FORMULA = 500  # characters


class _Closed(BaseModel):
    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", frozen=True)


def _value_text(value: Any) -> Any:
    """Models write `null` for an unknown, and a JSON number for a value."""
    if value is None:
        return ""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return repr(value) if is_number else value


class WrittenVariable(_Closed):
    name: str = Field(max_length=MAX_NAME, description="a short identifier such as pens")
    meaning: str = Field(max_length=MAX_PHRASE, description="noun phrase: pens Ann has at first")
    unit: str = Field(max_length=40, description="singular noun such as pen, or empty")
    domain: Domain
    value: Annotated[str, BeforeValidator(_value_text)] = Field(
        max_length=40, description="what the text gives, such as 5, 3/4 or 0.25; empty if unknown"
    )

    @model_validator(mode="before")
    @classmethod
    def _as_written(cls, data: Any) -> Any:
        return variable_fields(data)


class WrittenProblem(_Closed):
    """What Formalize and Rewrite ask for, as these fields or as the lines of signatures/notation.py.

    `to_problem` never fails on a validated one.
    """

    variables: list[WrittenVariable] = Field(min_length=1, max_length=MAX_VARIABLES)
    constraints: list[Annotated[str, Field(max_length=MAX_FORMULA)]] = Field(
        max_length=MAX_CONSTRAINTS, description="relations such as total == pens + 2*books"
    )
    target: str = Field(max_length=MAX_FORMULA, description="the expression asked for")
    query: Query

    @model_validator(mode="before")
    @classmethod
    def _from_lines(cls, data: Any) -> Any:
        if isinstance(data, str):
            return from_lines(data)
        return problem_fields(data) if isinstance(data, dict) else data

    @model_validator(mode="after")
    def _is_a_problem(self) -> Self:
        try:
            self.to_problem()
        except ValidationError as error:
            raise ValueError(first_fault(error)) from None
        return self

    def to_problem(self, *, topic: str = "arithmetic") -> SymbolicProblem:
        return SymbolicProblem.model_validate(
            {
                "variables": [
                    {
                        "name": v.name.strip(),
                        "meaning": v.meaning,
                        "unit": v.unit,
                        "domain": v.domain,
                        "value": v.value.strip() or None,
                    }
                    for v in self.variables
                ],
                "constraints": self.constraints,
                "target": self.target,
                "query": self.query,
                "topic": topic or "arithmetic",
            }
        )

    @classmethod
    def of(cls, problem: SymbolicProblem) -> Self:
        """How a model should have written `problem`; for demonstrations and prompts."""
        return cls(
            variables=[
                WrittenVariable(
                    name=v.name,
                    meaning=v.meaning,
                    unit=v.unit,
                    domain=v.domain,
                    value="" if v.value is None else str(v.value),
                )
                for v in problem.variables
            ],
            constraints=[str(relation) for relation in problem.relations],
            target=str(problem.target),
            query=problem.query,
        )
