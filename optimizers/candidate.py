"""A candidate: what an optimizer may change of a program, as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import dspy

from zoped.programs import GenerateProblem
from zoped.programs.menu import Option
from zoped.programs.strategies import Strategy


@dataclass(frozen=True)
class Candidate:
    """Instructions and demonstrations by predictor name, menus (the fields of `Option`) and weights of
    moves by the student's level, and further strategies (the fields of `Strategy`); what is missing
    stays as it is.

    `origin` says in words where the candidate comes from.
    """

    origin: str
    instructions: Mapping[str, str] = field(default_factory=dict)
    demos: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)
    menus: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)
    weights: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    strategies: Sequence[dict[str, Any]] = ()

    def and_also(self, other: Candidate) -> Candidate:
        """Both changes; where both change the same, this one's."""
        return replace(
            self,
            instructions={**other.instructions, **self.instructions},
            demos={**other.demos, **self.demos},
            menus={**other.menus, **self.menus},
            weights={**other.weights, **self.weights},
            strategies=[*other.strategies, *self.strategies],
        )

    def joined(self, other: Candidate) -> Candidate:
        """`and_also`, with both origins."""
        return replace(self.and_also(other), origin=f"{self.origin}, {other.origin}")

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
        for fields in self.strategies:
            strategy = Strategy(**fields)
            changed.mutate.written.by_id[strategy.id] = strategy
        return changed

    def as_json(self) -> dict[str, Any]:
        return asdict(self)
