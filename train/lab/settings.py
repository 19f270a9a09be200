"""A lab's file: a base configuration, and what its arms and students change in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from zoped.train.lab.claims import Claim
from zoped.train.settings import RunSettings

# Also a folder's name.
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
Overrides = dict[str, Any]


class LabSettings(BaseModel):
    """Arms x students x seeds. Overrides are settings of a run, nested or by dotted names."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    base: Overrides | str = Field(description="settings of a run, or the path of their file")
    arms: dict[Name, Overrides] = Field(min_length=1, description="what each arm changes")
    seeds: tuple[Annotated[int, Field(ge=0, lt=2**31)], ...] = Field(
        min_length=1, description="random seeds: each arm is run with each"
    )
    students: dict[Name, Overrides] = Field(
        {"lab": {}},
        min_length=1,
        description="students to start with, and what each changes",
    )
    reference: Name | None = Field(
        None, description="the arm that the others are compared with; the first if not given"
    )
    claims: tuple[str, ...] = Field((), description="what is to be answered")
    jobs: int = Field(2, ge=1, le=256, description="runs at a time, on one thread each")
    folder: str = Field(description="where the runs and the results go")

    @model_validator(mode="after")
    def _names_are_there(self) -> Self:
        named = {"reference": [self.reference] if self.reference else []}
        named |= {f"claims: {text}": list(Claim.parse(text).arms) for text in self.claims}
        for where, arms in named.items():
            for arm in arms:
                if arm not in self.arms:
                    raise ValueError(
                        f"{where}: there is no arm {arm!r}; there are {self.arm_names}"
                    )
        if len(set(self.seeds)) < len(self.seeds):
            raise ValueError("seeds: one is given twice")
        return self

    @property
    def arm_names(self) -> str:
        return ", ".join(self.arms)

    @property
    def reference_arm(self) -> str:
        return self.reference or next(iter(self.arms))


@dataclass(frozen=True)
class LabRun:
    """One run of the lab; `seed` is its random seed."""

    student: str
    arm: str
    seed: int
    settings: RunSettings
    folder: Path

    @property
    def name(self) -> str:
        return f"{self.student}, {self.arm}, seed {self.seed}"


@dataclass(frozen=True)
class Lab:
    """A lab that is ready to run. Its runs are ordered by seed, so that what is there after any
    part of the time is paired."""

    settings: LabSettings
    folder: Path
    runs: tuple[LabRun, ...]


def run_folder(lab: Path, student: str, arm: str, seed: int) -> Path:
    """Where that run lies in the lab's folder."""
    return lab / student / arm / f"seed-{seed}"


def merged(base: Mapping[str, Any], *overrides: Mapping[str, Any]) -> dict[str, Any]:
    """The settings with every override in its place: a section is merged, a value replaced, and
    `train.steps` names a field of a section. Names inside a section are taken as they are: those of
    `reward.functions` have dots of their own."""
    result = dict(base)
    for override in overrides:
        for name, value in override.items():
            *sections, field = str(name).split(".")
            for section in reversed(sections):
                field, value = section, {field: value}
            result[field] = _inside(result.get(field), value)
    return result


def _inside(there: Any, value: Any) -> Any:
    """The value; where both are sections, what is there with the value's fields in their place."""
    if not (isinstance(there, Mapping) and isinstance(value, Mapping)):
        return value
    return {**there, **{name: _inside(there.get(name), inner) for name, inner in value.items()}}
