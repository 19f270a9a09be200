"""What a predictor of choices is shown and may answer, narrowed by the adapter that it is asked with.

By the adapter, so that any module may stand in the predictor's place: all its predictors that give a
MutationChoice are narrowed, wherever they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Annotated, Any, Literal

import dspy
from pydantic import BeforeValidator, Field, create_model

from zoped.programs.menu import Option
from zoped.programs.predictors.json_adapter import KEPT, QuickJSONAdapter, with_type
from zoped.programs.predictors.signature_class import is_kind_of
from zoped.programs.student_note import level
from zoped.programs.teachers.metered import MeteredAdapter
from zoped.programs.teachers.notation import CompactAdapter
from zoped.signatures import MutationChoice
from zoped.signatures.as_models_write import number_or_chance
from zoped.signatures.choose_mutation import LEAST_NUMBER, MOST_NUMBER
from zoped.symbolic import SymbolicProblem

CHOICE = "choice"  # the output


def narrowed_adapter(options: Sequence[Option], problem: SymbolicProblem, student_note: str) -> Any:
    """DSPy's adapter of the context, which narrows choices to the options."""
    listed = tuple(option.name for option in options)
    fitting = tuple(option.name for option in options if option.applies(problem))
    adapter = dspy.settings.adapter or dspy.ChatAdapter()
    if isinstance(adapter, MeteredAdapter):
        return adapter.around(_Narrowed(adapter.inner, listed, fitting, student_note))
    return _Narrowed(adapter, listed, fitting, student_note)


class _Narrowed:
    """The prompt lists all options, and its demonstrations are of students that do alike; the
    reply's JSON schema has those options that apply.

    A prompt that is the same but for the problem stays in the teacher's prompt cache: 1,300 of
    1,450 tokens, which is what makes a small teacher on a CPU fast enough.
    """

    def __init__(
        self, inner: Any, listed: tuple[str, ...], fitting: tuple[str, ...], student_note: str
    ) -> None:
        self.inner = inner
        self.listed = listed
        self.fitting = fitting
        self.student_note = student_note

    def __call__(
        self, lm: Any, lm_kwargs: Any, signature: Any, demos: Any, inputs: Any
    ) -> list[dict[str, Any]]:
        adapter, signature, demos = self._narrowed(signature, demos)
        return adapter(lm, lm_kwargs, signature, demos, inputs)  # type: ignore[no-any-return]

    async def acall(
        self, lm: Any, lm_kwargs: Any, signature: Any, demos: Any, inputs: Any
    ) -> list[dict[str, Any]]:
        adapter, signature, demos = self._narrowed(signature, demos)
        return await adapter.acall(lm, lm_kwargs, signature, demos, inputs)  # type: ignore[no-any-return]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def _narrowed(self, signature: Any, demos: Any) -> tuple[Any, Any, Any]:
        field = signature.output_fields.get(CHOICE)
        if field is None or not is_kind_of(field.annotation, MutationChoice):
            return self.inner, signature, demos
        base = field.annotation if isinstance(field.annotation, type) else MutationChoice
        choice = _narrowed_choice(base, self.listed)
        listed = with_type(signature, CHOICE, choice)
        adapter = self.inner.plain if isinstance(self.inner, CompactAdapter) else self.inner
        if type(adapter) in (dspy.JSONAdapter, QuickJSONAdapter):  # those that send a schema
            adapter = _FittingSchema(adapter, _narrowed_choice(base, self.fitting))
        return adapter, listed, alike(demos, self.student_note)


class _FittingSchema(QuickJSONAdapter):
    """Sends the schema of another type of choice than that of the prompt."""

    def __init__(self, adapter: dspy.JSONAdapter, choice: type[MutationChoice]) -> None:
        super().__init__(
            callbacks=adapter.callbacks,
            use_native_function_calling=adapter.use_native_function_calling,
        )
        self.choice = choice

    def _prepare_response_format(
        self, lm: dspy.LM, lm_kwargs: dict[str, Any], signature: Any
    ) -> None:
        narrowed = with_type(signature, CHOICE, self.choice)
        super()._prepare_response_format(lm, lm_kwargs, narrowed)


def alike(demos: list[Any], student_note: str) -> list[Any]:
    """The demonstrations for a student who does alike; all of them where there are none."""
    wanted = level(student_note)
    return [demo for demo in demos if level(demo.get("student") or "") == wanted] or demos


def _narrowed_choice(base: type[MutationChoice], names: tuple[str, ...]) -> type[MutationChoice]:
    limits = [limit for name in names if (limit := Option.of(name).limit) is not None]
    low = min([LEAST_NUMBER, *(limit.low for limit in limits)])
    high = max([MOST_NUMBER, *(limit.high for limit in limits)])
    return narrowed_choice(base, names, low, high)


@lru_cache(maxsize=KEPT)
def narrowed_choice(
    base: type[MutationChoice], names: tuple[str, ...], low: int, high: int
) -> type[MutationChoice]:
    """The choice `base` whose operator is one of `names`, and its number from `low` to `high`, in the JSON
    schema as well."""
    fields: dict[str, Any] = {"operator": (Literal[names], ...)}
    if (low, high) != (LEAST_NUMBER, MOST_NUMBER):
        number = Annotated[int, BeforeValidator(number_or_chance)]
        fields["number"] = (number, Field(ge=low, le=high))
    return create_model(base.__name__, __base__=base, __doc__="", **fields)
