"""A candidate: what an optimizer may change of a program, as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import dspy

from zoped.programs import GenerateProblem
from zoped.programs.menu import Option
from zoped.programs.strategies import Strategy

# The steps whose prompts are tuned, by the names of their predictors.
CHOOSING, REWRITING = "mutate.choose", "mutate.rewrite"
FORMALIZING, TELLING = "formalize.predict", "verbalize.predict"
_OUTPUTS = {
    CHOOSING: "choice",
    REWRITING: "rewritten",
    FORMALIZING: "formalization",
    TELLING: "text",
}


def predictor_of(program: GenerateProblem, step: str) -> dspy.Predict | None:
    """The predictor of a step or, where a module stands in its place, the last one in it that gives the
    step's output. None where there is none, as in a module that is frozen."""
    known = dict(program.named_predictors())
    inside = [
        predictor
        for name, predictor in known.items()
        if name.startswith(f"{step}.") and _OUTPUTS.get(step) in predictor.signature.output_fields
    ]
    return known.get(step) or (inside[-1] if inside else None)


def required_predictor(program: GenerateProblem, step: str) -> dspy.Predict:
    """The same; raises ValueError where there is none."""
    found = predictor_of(program, step)
    if found is None:
        output = f" that gives {_OUTPUTS[step]}" if step in _OUTPUTS else ""
        raise ValueError(
            f"{step}: there is no predictor{output} whose prompt could be changed; there are "
            f"{', '.join(name for name, _ in program.named_predictors())}"
        )
    return found


@dataclass(frozen=True)
class Candidate:
    """Instructions and demonstrations by step (`predictor_of`), menus (the fields of `Option`) and weights of
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
        """A copy of the program with this candidate's prompts. Raises ValueError for a prompt of a
        predictor that there is not."""
        changed: GenerateProblem = program.deepcopy()
        for name, text in self.instructions.items():
            predictor = required_predictor(changed, name)
            predictor.signature = predictor.signature.with_instructions(text)
        for name, demos in self.demos.items():
            required_predictor(changed, name).demos = [dspy.Example(**demo) for demo in demos]
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
