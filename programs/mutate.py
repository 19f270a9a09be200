"""Mutate: the teacher chooses an operator, or writes a whole new symbolic problem."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

import dspy
from pydantic import create_model

from zoped.programs.prompt_text import all_operators, menu_text, symbols_text
from zoped.programs.seeds import Seed
from zoped.programs.signature_class import signature_class
from zoped.signatures import ChooseMutation, MutationChoice, RewriteProblem
from zoped.symbolic import SymbolicProblem, operators, realize


class Mutate(dspy.Module):  # type: ignore[misc]  # DSPy has no types
    """One decision about one problem.

    `choose` is the predictor of operators, `rewrite` that of whole problems. Both run under the
    instructions and demonstrations that an optimizer gave them.
    """

    def __init__(
        self, *, choose: type | str | None = None, rewrite: type | str | None = None
    ) -> None:
        super().__init__()
        self.choose = dspy.Predict(signature_class(choose, ChooseMutation))
        self.rewrite = dspy.Predict(signature_class(rewrite, RewriteProblem))

    def inputs(self, given: Seed | SymbolicProblem, student_note: str = "") -> dict[str, str]:
        """The input fields of `choose` for a seed or a problem, as in its demonstrations.

        Raises ValueError for a seed without symbols.
        """
        problem, text = _problem_and_text(given)
        fields = {
            "operators": menu_text(all_operators()),
            "problem": text,
            "symbols": symbols_text(problem),
            "student": student_note,
        }
        return {k: v for k, v in fields.items() if k in self.choose.signature.input_fields}

    def forward(
        self, given: Seed | SymbolicProblem, student_note: str = "", mutation: str = "operators"
    ) -> dspy.Prediction:
        """Prediction(operator, arguments), or Prediction(problem) for the mutation "rewrite"."""
        if mutation == "rewrite":
            return self._rewrite(given, student_note)
        # The same menu and schema for every problem: a teacher's prompt cache then holds all but the
        # problem itself, which is what makes a small teacher on a CPU fast (1,300 tokens of 1,450).
        # An operator that does not apply here is refused by `mutate`.
        choice_type = narrowed_choice(all_operators())
        signature = self.choose.signature.with_updated_fields("choice", type_=choice_type)
        choice = self.choose(signature=signature, **self.inputs(given, student_note)).choice
        return dspy.Prediction(
            operator=choice.operator, arguments=_arguments(choice.operator, choice.number)
        )

    def _rewrite(self, given: Seed | SymbolicProblem, student_note: str) -> dspy.Prediction:
        problem, text = _problem_and_text(given)
        fields = {"problem": text, "symbols": symbols_text(problem), "student": student_note}
        wanted = self.rewrite.signature.input_fields
        reply = self.rewrite(**{k: v for k, v in fields.items() if k in wanted})
        rewritten = reply.rewritten.to_problem(topic=problem.topic)
        lineage = problem.lineage.model_copy(update={"mutation": "rewrite"})
        return dspy.Prediction(problem=rewritten.model_copy(update={"lineage": lineage}))


@lru_cache(maxsize=256)
def narrowed_choice(names: tuple[str, ...]) -> type[MutationChoice]:
    """MutationChoice whose operator is one of `names`, in the JSON schema as well."""
    return create_model(
        "MutationChoice",
        __base__=MutationChoice,
        __doc__="",
        operator=(Literal[names], ...),  # type: ignore[arg-type]  # made at run time
    )


def _arguments(operator: str, number: int) -> dict[str, int]:
    """The teacher's number for the operator's argument; a number off its limits is moved into them.

    Small models write a number for every operator: one that has no argument is not given it.
    """
    limits = operators()[operator].arguments
    if not number or not limits:
        return {}
    name, limit = next(iter(limits.items()))
    return {name: min(max(number, limit.low), limit.high)}


def _problem_and_text(given: Seed | SymbolicProblem) -> tuple[SymbolicProblem, str]:
    if isinstance(given, SymbolicProblem):
        return given, realize(given, 0)
    if given.problem is None:
        raise ValueError(f"seed {given.id} has no symbolic form; formalize it first")
    return given.problem, given.text
