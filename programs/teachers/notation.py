"""How the teacher writes problems: as JSON with a schema, in the lines of signatures/notation.py, or in
the shortest of them, which the embedded reader has learnt (reader/).

The lines take about half the tokens (benchmarks/notation.py) and can be read; a schema, where the
server enforces it, lets no reply be malformed.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from functools import lru_cache
from typing import Any, Literal, cast, get_args

import dspy
from dspy.utils.exceptions import AdapterParseError

from zoped.programs.predictors.json_adapter import KEPT, QuickJSONAdapter, wording
from zoped.programs.predictors.signature_class import is_kind_of
from zoped.programs.teachers.reader.adapter import ShortAdapter
from zoped.signatures import WrittenProblem, as_lines
from zoped.signatures.language import notation_text

Notation = Literal["json", "compact", "short"]
_MARK = re.compile(r"^[ \t]*\[\[ ## \w+ ## \]\][ \t]*$", re.MULTILINE)


def notation_of(name: str) -> Notation:
    """Raises ValueError for a name that is none."""
    if name not in get_args(Notation):
        raise ValueError(f"notation is {name!r}; give {' or '.join(get_args(Notation))}")
    return cast(Notation, name)


def adapter_of(notation: Notation) -> dspy.Adapter:
    """The adapter that the teacher is asked with."""
    if notation == "short":
        return ShortAdapter()
    return CompactAdapter() if notation == "compact" else QuickJSONAdapter()


class CompactAdapter(dspy.ChatAdapter):  # type: ignore[misc]  # DSPy has no types
    """Problems in short lines, texts as they are, without any frame where nothing else is asked for.

    Signatures with outputs of other types, such as a choice, are asked by `plain`, in JSON.
    A reply in JSON is read as well. Raises AdapterParseError or pydantic's ValidationError for one that
    cannot be read.
    """

    def __init__(self) -> None:
        # A second call through another adapter would double the price of a bad reply.
        super().__init__(use_json_adapter_fallback=False)
        self.plain = QuickJSONAdapter()

    def __call__(
        self, lm: Any, lm_kwargs: dict[str, Any], signature: Any, demos: list[Any], inputs: Any
    ) -> list[dict[str, Any]]:
        if not _is_written(signature):
            return self.plain(lm, lm_kwargs, signature, demos, inputs)  # type: ignore[no-any-return]
        shown = [_demo_in_lines(signature, demo) for demo in demos]
        replies = super().__call__(lm, lm_kwargs, _in_lines(signature), shown, inputs)
        return [_read(signature, reply) for reply in replies]

    async def acall(
        self, lm: Any, lm_kwargs: dict[str, Any], signature: Any, demos: list[Any], inputs: Any
    ) -> list[dict[str, Any]]:
        if not _is_written(signature):
            return await self.plain.acall(lm, lm_kwargs, signature, demos, inputs)  # type: ignore[no-any-return]
        shown = [_demo_in_lines(signature, demo) for demo in demos]
        replies = await super().acall(lm, lm_kwargs, _in_lines(signature), shown, inputs)
        return [_read(signature, reply) for reply in replies]

    def format(self, signature: Any, demos: list[Any], inputs: dict[str, Any]) -> Any:
        if not _is_written(signature):
            return self.plain.format(signature, demos, inputs)
        if any(map(_is_problem, signature.output_fields.values())):
            demos = [_demo_in_lines(signature, demo) for demo in demos]
            signature = _in_lines(signature)
        return super().format(signature, demos, inputs)

    def format_system_message(self, signature: Any) -> str:
        return _system_message(self, signature, wording(signature))

    def format_field_structure(self, signature: Any) -> str:
        if len(signature.output_fields) > 1:
            return super().format_field_structure(signature)  # type: ignore[no-any-return]
        names = ", ".join(f"[[ ## {name} ## ]]" for name in signature.input_fields)
        return f"The inputs stand behind {names}. Reply with the output alone."

    def user_message_output_requirements(self, signature: Any) -> str:
        if len(signature.output_fields) > 1:
            return super().user_message_output_requirements(signature)  # type: ignore[no-any-return]
        return f"Respond with `{next(iter(signature.output_fields))}`, nothing else."

    def format_assistant_message_content(
        self, signature: Any, outputs: dict[str, Any], missing_field_message: Any = None
    ) -> str:
        if len(signature.output_fields) > 1:
            return super().format_assistant_message_content(  # type: ignore[no-any-return]
                signature, outputs, missing_field_message
            )
        return str(outputs.get(next(iter(signature.output_fields)), missing_field_message))

    def parse(self, signature: Any, completion: str) -> dict[str, Any]:
        try:
            return super().parse(signature, completion)  # type: ignore[no-any-return]
        except AdapterParseError:
            if len(signature.output_fields) > 1:
                raise
        bare = _MARK.sub("", completion).strip()
        if bare.startswith("{"):
            return self.plain.parse(_anything(signature), bare)  # type: ignore[no-any-return]
        return {next(iter(signature.output_fields)): bare}


def _is_problem(field: Any) -> bool:
    return is_kind_of(field.annotation, WrittenProblem)


def _is_written(signature: Any) -> bool:
    fields = signature.output_fields.values()
    return all(field.annotation is str or _is_problem(field) for field in fields)


@lru_cache(maxsize=KEPT)
def _system_message(adapter: CompactAdapter, signature: Any, wording: Hashable) -> str:
    return str(dspy.ChatAdapter.format_system_message(adapter, signature))


def _in_lines(signature: Any) -> Any:
    """The signature whose problems are texts, described as such."""
    return _described_in_lines(signature, wording(signature))


@lru_cache(maxsize=KEPT)
def _described_in_lines(signature: Any, wording: Hashable) -> Any:
    for name, field in signature.output_fields.items():
        if _is_problem(field):
            said = f"{field.json_schema_extra['desc']} {notation_text()}"
            signature = signature.with_updated_fields(name, type_=str, desc=said)
    return signature


def _anything(signature: Any) -> Any:
    for name in signature.output_fields:
        signature = signature.with_updated_fields(name, type_=Any)
    return signature


def _demo_in_lines(signature: Any, demo: Any) -> dict[str, Any]:
    shown = dict(demo)
    for name, field in signature.output_fields.items():
        if _is_problem(field) and name in shown:
            shown[name] = as_lines(WrittenProblem.model_validate(shown[name]))
    return shown


def _read(signature: Any, reply: dict[str, Any]) -> dict[str, Any]:
    """The reply with its problems read. Raises ValidationError."""
    fields = signature.output_fields
    return {
        name: fields[name].annotation.model_validate(value)
        if name in fields and _is_problem(fields[name])
        else value
        for name, value in reply.items()
    }
