"""The section `reward` of a configuration: what an answer earns."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from zoped.train.sections.section import Section

DottedPath = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][\w]*(\.[A-Za-z_][\w]*)+$")]


class RewardSettings(Section):
    """What an answer earns: 1 for the right one, and the weights below."""

    format_weight: float = Field(
        0.0, ge=0, le=0.1, description="for exactly one boxed answer, at the end"
    )
    length_weight: float = Field(
        0.0,
        ge=0,
        le=1,
        description="taken away from an answer of the greatest length (DAPO's soft overlong "
        "punishment)",
    )
    length_margin: int = Field(
        64, ge=1, description="tokens before the greatest length at which taking away begins"
    )
    functions: dict[DottedPath, float] = Field(
        default_factory=dict,
        description="functions of yours by dotted path, `f(completion, problem) -> float`, with "
        "their weights",
    )
    math_verify: bool = Field(
        False,
        description="ask math-verify too, in a process of its own, where the right answer is of no "
        "type that Zoped checks by value, such as an equation; in measuring as in training",
    )
