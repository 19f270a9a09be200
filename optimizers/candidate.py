"""A candidate: what an optimizer may change of a program, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import dspy

from zoped.programs import GenerateProblem
from zoped.programs.menu import Option


@dataclass(frozen=True)
class Candidate:
    """Instructions and demonstrations by predictor name, menus (the fields of `Option`) and weights of
    moves by the student's level; what is missing stays as it is.

    `origin` says in words where the candidate comes from.
    """

    origin: str
    instructions: Mapping[str, str] = field(default_factory=dict)
    demos: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)
    menus: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)
    weights: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def applied_to(self, program: GenerateProblem) -> GenerateProblem:
        """A copy of the program with this candidate's prompts."""
        changed: GenerateProblem = program.deepcopy()
        predictors = dict(changed.named_predictors())
        for name, text in self.instructions.items():
            predictor = predictors[name]
            predictor.signature = predictor.signature.with_instructions(text)
        for name, demos in self.demos.items():
            predictors[name].demos = [dspy.Example(**demo) for demo in demos]
        for level, options in self.menus.items():
            changed.mutate.tuned.by_level[level] = tuple(Option(**option) for option in options)
        for level, weights in self.weights.items():
            changed.mutate.weights.set(level, weights)
        return changed

    def as_json(self) -> dict[str, Any]:
        return asdict(self)
