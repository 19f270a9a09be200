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
from zoped.programs.teachers.short_lines import fields_told, short_lines
from zoped.signatures import WrittenProblem, from_lines

FORMALIZE, REWRITE, VERBALIZE = "formalize", "rewrite", "verbalize"
GRAMMAR = r"""
root ::= given+ unknown* relation+ asked
given ::= name " " sign " = " number "\n"
unknown ::= name " " sign " = ?\n"
relation ::= expression (" == " | " <= " | " >= " | " < " | " > ") expression "\n"
asked ::= "find " ("the " ("count" | "minimum" | "maximum") " of ")? expression
expression ::= "-"? term ((" + " | " - " | "*" | "/" | "//" | "%" | "**") term)*
term ::= name ("(" expression (", " expression)* ")")? | number | "(" expression ")"
name ::= [a-z] [a-z0-9_]{0,24}
number ::= [0-9]{1,9} ("." [0-9]{1,4})? ("/" [0-9]{1,6})?
sign ::= "N" | "N+" | "Z" | "Q" | "R+" | "R"
"""


class ShortAdapter(dspy.Adapter):  # type: ignore[misc]  # DSPy has no types
    """Asks for a formalization, a rewrite or a text in the words that the reader was trained on.

    Instructions and demonstrations are left out. Other signatures, such as a choice, go to `plain`,
    DSPy's JSONAdapter. Raises AdapterParseError or pydantic's ValidationError for a reply that is no
    problem.
    """

    def __init__(self) -> None:
        super().__init__()
        self.plain = dspy.JSONAdapter()

    def __call__(
        self, lm: Any, lm_kwargs: dict[str, Any], signature: Any, demos: list[Any], inputs: Any
    ) -> list[dict[str, Any]]:
        task = task_of(signature)
        if task is None:
            return self.plain(lm, lm_kwargs, signature, demos, inputs)  # type: ignore[no-any-return]
        messages = prompt(task, signature, inputs)
        replies = lm(messages=messages, **lm_kwargs, **_options(task))
        return [_read(task, signature, inputs, reply) for reply in replies]

    async def acall(
        self, lm: Any, lm_kwargs: dict[str, Any], signature: Any, demos: list[Any], inputs: Any
    ) -> list[dict[str, Any]]:
        task = task_of(signature)
        if task is None:
            return await self.plain.acall(lm, lm_kwargs, signature, demos, inputs)  # type: ignore[no-any-return]
        messages = prompt(task, signature, inputs)
        replies = await lm.acall(messages=messages, **lm_kwargs, **_options(task))
        return [_read(task, signature, inputs, reply) for reply in replies]

    def format(self, signature: Any, demos: list[Any], inputs: dict[str, Any]) -> Any:
        task = task_of(signature)
        if task is None:
            return self.plain.format(signature, demos, inputs)
        return prompt(task, signature, inputs)


def task_of(signature: Any) -> str | None:
    """Which of the tasks that the reader has learnt the signature asks for."""
    outputs = signature.output_fields
    if len(outputs) != 1:
        return None
    (field,) = outputs.values()
    if is_kind_of(field.annotation, WrittenProblem):
        return REWRITE if "strategy" in signature.input_fields else FORMALIZE
    return VERBALIZE if field.annotation is str and "draft" in signature.input_fields else None


def prompt(task: str, signature: Any, inputs: dict[str, Any]) -> list[dict[str, str]]:
    """The messages: the task's name from the system, what it is about from the user."""
    if task == FORMALIZE:
        given = str(inputs["text"])
    elif task == REWRITE:
        given = f"{inputs['strategy']}\n{inputs['symbols']}"
    else:
        problem = WrittenProblem.model_validate(str(inputs["symbols"])).to_problem()
        given = short_lines(problem) or str(inputs["symbols"])
    return [{"role": "system", "content": task}, {"role": "user", "content": given}]


def _options(task: str) -> dict[str, Any]:
    return {"extra_body": {"grammar": GRAMMAR}} if task == FORMALIZE else {}


def _read(task: str, signature: Any, inputs: dict[str, Any], reply: Any) -> dict[str, Any]:
    text = (reply if isinstance(reply, str) else reply["text"]).strip()
    (name,) = signature.output_fields
    if task == VERBALIZE:
        return {name: text}
    try:
        fields = from_lines(text)
    except ValueError as error:
        raise AdapterParseError("ShortAdapter", signature, text, str(error)) from None
    if task == FORMALIZE:
        fields = fields_told(fields, str(inputs["text"]))
    return {name: signature.output_fields[name].annotation.model_validate(fields)}
