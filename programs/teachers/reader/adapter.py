"""How the embedded reader is asked: the task's name, the text, and nothing else.

What a model of this size is told in a prompt it does not follow; it has learnt the three tasks instead.
The prompts are those that it was trained on (train/teacher), the replies are lines that a grammar holds to
the notation.
"""

from __future__ import annotations

from typing import Any

import dspy
from dspy.utils.exceptions import AdapterParseError

from zoped.programs.predictors.signature_class import is_kind_of
from zoped.programs.teachers.reader.lines import fields_told, with_forgotten
from zoped.signatures import WrittenProblem, from_lines

FORMALIZE, REWRITE, VERBALIZE = "formalize", "rewrite", "verbalize"
_SHARED = r"""
relation ::= expression (" == " | " <= " | " >= " | " < " | " > ") expression "\n"
asked ::= "find " ("the " ("count" | "minimum" | "maximum") " of ")? expression
expression ::= "-"? term ((" + " | " - " | "*" | "/" | "//" | "%" | "**") term)*
term ::= name ("(" expression (", " expression)* ")")? | number | "(" expression ")"
name ::= [a-zA-Z] [a-z0-9_]{0,24}
number ::= "-"? [0-9]{1,9} ("." [0-9]{1,4})? ("/" [0-9]{1,6})?
sign ::= "N" | "N+" | "Z" | "Q" | "R+" | "R"
"""
GRAMMAR = (
    r"""
root ::= given+ unknown* relation+ asked
given ::= name " " sign " = " number "\n"
unknown ::= name " " sign " = ?\n"
"""
    + _SHARED
)
REWRITE_GRAMMAR = (
    r"""
root ::= quantity+ relation+ asked
quantity ::= name " " sign " = " (number | "?") (" " unit)? (": " meaning)? "\n"
unit ::= [a-zA-Z] [^:"=<>\n]{0,39}
meaning ::= [^\n]{1,200}
"""
    + _SHARED
)


class ShortAdapter(dspy.ChatAdapter):  # type: ignore[misc]  # DSPy has no types
    """Asks for a formalization, a rewrite or a text in the words that the reader was trained on.

    Instructions and demonstrations are left out. Other signatures, such as a choice, go to `plain`,
    DSPy's JSONAdapter. Raises AdapterParseError or pydantic's ValidationError for a reply that is no
    problem.
    """

    def __init__(self) -> None:
        super().__init__(use_json_adapter_fallback=False)
        self.plain = dspy.JSONAdapter()

    def __call__(
        self, lm: Any, lm_kwargs: dict[str, Any], signature: Any, demos: list[Any], inputs: Any
    ) -> list[dict[str, Any]]:
        task = task_of(signature)
        if task is None:
            return self.plain(lm, lm_kwargs, signature, demos, inputs)  # type: ignore[no-any-return]
        options = {**lm_kwargs, **_held_to_the_notation(task, lm)}
        replies = super().__call__(lm, options, _as_text(signature), [], inputs)
        return [_read(task, signature, inputs, reply) for reply in replies]

    async def acall(
        self, lm: Any, lm_kwargs: dict[str, Any], signature: Any, demos: list[Any], inputs: Any
    ) -> list[dict[str, Any]]:
        task = task_of(signature)
        if task is None:
            return await self.plain.acall(lm, lm_kwargs, signature, demos, inputs)  # type: ignore[no-any-return]
        options = {**lm_kwargs, **_held_to_the_notation(task, lm)}
        replies = await super().acall(lm, options, _as_text(signature), [], inputs)
        return [_read(task, signature, inputs, reply) for reply in replies]

    def format(self, signature: Any, demos: list[Any], inputs: dict[str, Any]) -> Any:
        task = task_of(signature)
        if task is None:
            return self.plain.format(signature, demos, inputs)
        return prompt(task, inputs)

    def parse(self, signature: Any, completion: str) -> dict[str, Any]:
        return {next(iter(signature.output_fields)): completion.strip()}


def task_of(signature: Any) -> str | None:
    """Which of the tasks that the reader has learnt the signature asks for."""
    outputs = signature.output_fields
    if len(outputs) != 1:
        return None
    (field,) = outputs.values()
    is_problem = is_kind_of(field.annotation, WrittenProblem)
    if not is_problem and field.annotation is not str:
        return None
    inputs = signature.input_fields
    # As texts too: what `_as_text` makes of the signatures is the same task.
    if "strategy" in inputs:
        return REWRITE
    if "draft" in inputs:
        return None if is_problem else VERBALIZE
    return FORMALIZE if is_problem or "mistake" in inputs else None


def prompt(task: str, inputs: dict[str, Any]) -> list[dict[str, str]]:
    """The messages: the task's name from the system, what it is about from the user."""
    if task == FORMALIZE:
        given = str(inputs["text"])
    elif task == REWRITE:
        given = f"{inputs['strategy']}\n{inputs['symbols']}"
    else:
        given = str(inputs["symbols"])
    return [{"role": "system", "content": task}, {"role": "user", "content": given}]


def _as_text(signature: Any) -> Any:
    (name,) = signature.output_fields
    return signature.with_updated_fields(name, type_=str)


def _held_to_the_notation(task: str, lm: Any) -> dict[str, Any]:
    """The grammar, which is llama.cpp's own option: DSPy's other client carries no such."""
    grammar = {FORMALIZE: GRAMMAR, REWRITE: REWRITE_GRAMMAR}.get(task)
    held = grammar is not None and getattr(lm, "engine", "") == "litellm"
    return {"extra_body": {"grammar": grammar}} if held else {}


def _read(task: str, signature: Any, inputs: dict[str, Any], reply: Any) -> dict[str, Any]:
    (name,) = signature.output_fields
    if task == VERBALIZE:
        return {name: reply[name]}
    try:
        fields = from_lines(reply[name])
    except ValueError as error:
        raise AdapterParseError("ShortAdapter", signature, reply[name], str(error)) from None
    if task == FORMALIZE:
        fields = fields_told(fields, str(inputs["text"]))
    else:
        fields = with_forgotten(fields, from_lines(str(inputs["symbols"])))
    return {name: signature.output_fields[name].annotation.model_validate(fields)}
