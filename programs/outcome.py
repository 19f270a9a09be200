"""What one decision on a seed comes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

import dspy

from zoped.programs.acceptance import Acceptance, GeneratedProblem, NotAccepted, Rejection
from zoped.programs.seeds import Seed
from zoped.programs.teachers.budget import Spent
from zoped.programs.variants import Decision, Variant
from zoped.symbolic import Lineage, SymbolicProblem, fingerprint, realize


@dataclass
class Outcome:
    """Gathers the accepted problems and the rejections of a decision.

    `move` is "" as long as nothing is decided; `symbols` is the seed's symbolic form.
    """

    seed: Seed
    move: str = ""
    arguments: Mapping[str, int] = field(default_factory=dict)
    depth: int = 1
    symbols: SymbolicProblem | None = None
    accepted: list[GeneratedProblem] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)

    def decide(self, decision: Decision) -> None:
        """What comes from now on comes of this decision."""
        self.move, self.depth = decision.move, decision.depth
        self.arguments = decision.arguments

    def reject(self, why: NotAccepted) -> None:
        self.rejected.append(
            Rejection(seed_id=self.seed.id, reason=why.reason, detail=why.detail, move=self.move)
        )

    def accept(self, variant: Variant, text: str, answer: str) -> None:
        self.accepted.append(
            GeneratedProblem(
                id=f"{self.seed.id}-{variant.identity[:12]}",
                seed_id=self.seed.id,
                text=text,
                answer=answer,
                symbols=variant.problem,
                fingerprint=fingerprint(variant.problem),
                instance_key=variant.identity,
                move=self.move,
                arguments=dict(self.arguments),
                depth=self.depth,
            )
        )

    def judge(self, variant: Variant, acceptance: Acceptance) -> None:
        """Accept the variant in the English of rules, or reject it."""
        try:
            answer = acceptance.new_answer(variant.problem, variant.identity, self.seed)
            acceptance.names(variant.problem)
            text = draft(variant)
            acceptance.text(text, variant.problem, answer)
            acceptance.claim(variant.identity)
        except NotAccepted as why:
            self.reject(why)
        else:
            self.accept(variant, text, answer)

    def prediction(
        self, teacher_calls: int = 0, costs: Mapping[str, Spent] | None = None
    ) -> dspy.Prediction:
        """Prediction(accepted, rejected, teacher_calls, costs, move, symbols); `costs` are those of
        the calls, by "accepted" and the reasons of the rejections."""
        return dspy.Prediction(
            accepted=self.accepted,
            rejected=self.rejected,
            teacher_calls=teacher_calls,
            costs=dict(costs or {}),
            move=self.move,
            symbols=self.symbols,
        )


def draft(variant: Variant, *, rename: bool = True) -> str:
    """The variant in the English of rules; `rename=False` keeps the names of the symbols."""
    return realize(variant.problem, Random(variant.key).randrange(2**32), rename=rename)


def with_lineage(problem: SymbolicProblem, seed: Seed) -> SymbolicProblem:
    """The seed's symbolic form, which says where it comes from."""
    return problem.replaced(lineage=Lineage(seed_id=seed.id, parent_id=seed.id))


def require_seed(seed: Any) -> Seed:
    """Raises TypeError for what is no Seed."""
    if not isinstance(seed, Seed):
        raise TypeError(
            f"seed is {repr(seed)[:80]}, of type {type(seed).__name__}; give a Seed, such as "
            'Seed(id="pens", text="Ann has ...", answer="7")'
        )
    return seed
