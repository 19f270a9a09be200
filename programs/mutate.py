"""Mutate: the teacher chooses an operator, or writes a whole new symbolic problem."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Literal

import dspy
from pydantic import create_model

from zoped.programs.menu import Option, TunedMenu
from zoped.programs.prompt_text import known_operators, symbols_text
from zoped.programs.seeds import Seed
from zoped.programs.signature_class import signature_class
from zoped.programs.student_note import level
from zoped.signatures import ChooseMutation, MutationChoice, RewriteProblem
from zoped.symbolic import SymbolicProblem, realize


class Mutate(dspy.Module):  # type: ignore[misc]  # DSPy has no types
    """One decision about one problem.

    `choose` is the predictor of operators, `rewrite` that of whole problems. Both run under the
    instructions and demonstrations that an optimizer gave them; of the demonstrations of `choose`
    only those are shown in which the student does alike (too easy, too hard, in between), where
    there are any. `operators` is the menu, all of them if not given; `tuned` is what an optimizer
    left of it for a student that does alike.
    """

    def __init__(
        self,
        *,
        choose: type | str | None = None,
        rewrite: type | str | None = None,
        operators: Iterable[str] | None = None,
    ) -> None:
        super().__init__()
        self.menu = known_operators(operators)
        self.tuned = TunedMenu()
        self.choose = dspy.Predict(signature_class(choose, ChooseMutation))
        self.rewrite = dspy.Predict(signature_class(rewrite, RewriteProblem))

    def inputs(self, given: Seed | SymbolicProblem, student_note: str = "") -> dict[str, str]:
        """The input fields of `choose` for a seed or a problem, as in its demonstrations.

        Raises ValueError for a seed without symbols.
        """
        problem, text = _problem_and_text(given)
        fields = {
            "operators": "\n".join(option.line() for option in self._listed(problem, student_note)),
            "problem": text,
            "symbols": symbols_text(problem),
            "student": student_note,
        }
        return {k: v for k, v in fields.items() if k in self.choose.signature.input_fields}

    def forward(
        self, given: Seed | SymbolicProblem, student_note: str = "", mutation: str = "operators"
    ) -> dspy.Prediction:
        """Prediction(operator, arguments), or Prediction(problem) for the mutation "rewrite".

        `operator` is an option's name: an operator's, or of two in a row.
        """
        if mutation == "rewrite":
            return self._rewrite(given, student_note)
        problem, _ = _problem_and_text(given)
        options = self._listed(problem, student_note)
        signature = self.choose.signature.with_updated_fields(
            "choice", type_=narrowed_choice(tuple(option.name for option in options))
        )
        fitting = tuple(option.name for option in options if option.applies(problem))
        with dspy.context(adapter=_narrowed_adapter(fitting)):
            reply = self.choose(
                signature=signature,
                demos=_alike(self.choose.demos, student_note),
                **self.inputs(given, student_note),
            )
        name, number = reply.choice.operator, reply.choice.number
        chosen = next(option for option in options if option.name == name)
        return dspy.Prediction(operator=name, arguments=chosen.arguments(number))

    def fitting(self, problem: SymbolicProblem, student_note: str = "") -> tuple[Option, ...]:
        """What there is to choose from for this problem; empty where nothing applies."""
        options = self._listed(problem, student_note)
        return tuple(option for option in options if option.applies(problem))

    def _listed(self, problem: SymbolicProblem, student_note: str) -> tuple[Option, ...]:
        return self.tuned.listed(problem, student_note, self.menu)

    def _rewrite(self, given: Seed | SymbolicProblem, student_note: str) -> dspy.Prediction:
        problem, text = _problem_and_text(given)
        fields = {"problem": text, "symbols": symbols_text(problem), "student": student_note}
        wanted = self.rewrite.signature.input_fields
        reply = self.rewrite(**{k: v for k, v in fields.items() if k in wanted})
        rewritten = reply.rewritten.to_problem(topic=problem.topic)
        lineage = problem.lineage.model_copy(update={"mutation": "rewrite"})
        return dspy.Prediction(problem=rewritten.model_copy(update={"lineage": lineage}))


def _alike(demos: list[Any], student_note: str) -> list[Any]:
    """The demonstrations for a student who does alike; all of them where there are none."""
    wanted = level(student_note)
    return [demo for demo in demos if level(demo.get("student") or "") == wanted] or demos


@lru_cache(maxsize=256)
def narrowed_choice(names: tuple[str, ...]) -> type[MutationChoice]:
    """MutationChoice whose operator is one of `names`, in the JSON schema as well."""
    return create_model(
        "MutationChoice",
        __base__=MutationChoice,
        __doc__="",
        operator=(Literal[names], ...),  # type: ignore[arg-type]  # made at run time
    )


class _NarrowAdapter(dspy.JSONAdapter):  # type: ignore[misc]  # DSPy has no types
    """Constrains the reply to the operators that apply, while the prompt lists all of them.

    A prompt that is the same but for the problem stays in the teacher's prompt cache: 1,300 of
    1,450 tokens, which is what makes a small teacher on a CPU fast enough.
    """

    def __init__(self, adapter: dspy.JSONAdapter, names: tuple[str, ...]) -> None:
        super().__init__(
            callbacks=adapter.callbacks,
            use_native_function_calling=adapter.use_native_function_calling,
        )
        self.names = names

    def _prepare_response_format(
        self, lm: dspy.LM, lm_kwargs: dict[str, Any], signature: type[dspy.Signature]
    ) -> None:
        narrowed = signature.with_updated_fields("choice", type_=narrowed_choice(self.names))
        super()._prepare_response_format(lm, lm_kwargs, narrowed)


def _narrowed_adapter(names: tuple[str, ...]) -> dspy.Adapter | None:
    """The adapter in use; DSPy's own JSONAdapter narrowed, since only that one sends a schema."""
    adapter = dspy.settings.adapter
    return _NarrowAdapter(adapter, names) if type(adapter) is dspy.JSONAdapter else adapter


def _problem_and_text(given: Seed | SymbolicProblem) -> tuple[SymbolicProblem, str]:
    if isinstance(given, SymbolicProblem):
        return given, realize(given, 0)
    if given.problem is None:
        raise ValueError(f"seed {given.id} has no symbolic form; formalize it first")
    return given.problem, given.text
