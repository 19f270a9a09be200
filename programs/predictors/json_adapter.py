"""DSPy's JSONAdapter, which makes what depends on the signature alone once, not for each call."""

from __future__ import annotations

import json
import re
from collections.abc import Hashable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import dspy
import json_repair
from dspy.utils.exceptions import AdapterParseError

DEEPEST = 4  # objects around a reply
KEPT = 256  # signatures: a program's, as they are tuned and narrowed
_MARK = re.compile(r"^\[\[ ## \w+ ## \]\]$", re.MULTILINE)  # of DSPy's other format
_PLAIN = dspy.JSONAdapter()


class QuickJSONAdapter(dspy.JSONAdapter):  # type: ignore[misc]  # DSPy has no types
    """Sends, byte for byte, what `dspy.JSONAdapter` sends. The JSON schema and the system's message,
    which it builds for every call, took a third of the CPU time of a call."""

    def format_system_message(self, signature: Any) -> str:
        return _system_message(signature, wording(signature))

    def parse(self, signature: Any, completion: str) -> dict[str, Any]:
        """As DSPy does; where the fields are not found, in the object that they may lie in."""
        try:
            return super().parse(signature, completion)  # type: ignore[no-any-return]
        except AdapterParseError:
            unwrapped = _unwrapped(signature, completion)
            if unwrapped is None:
                raise
        return super().parse(signature, unwrapped)  # type: ignore[no-any-return]

    def _prepare_response_format(
        self, lm: dspy.BaseLM, lm_kwargs: dict[str, Any], signature: Any
    ) -> None:
        takes = _Takes(frozenset(lm.supported_params), lm.supports_response_schema)
        native = self.use_native_function_calling
        lm_kwargs.update(_response_format(takes, native, signature, wording(signature)))


def quick(adapter: Any) -> Any:
    """DSPy's own JSONAdapter as a QuickJSONAdapter; any other adapter as it is."""
    if type(adapter) is not dspy.JSONAdapter:
        return adapter
    return QuickJSONAdapter(
        callbacks=adapter.callbacks,
        use_native_function_calling=adapter.use_native_function_calling,
    )


def _unwrapped(signature: Any, completion: str) -> str | None:
    """The reply as JSON with the output fields on top: behind thoughts, out of objects of one field that
    some servers and models put around it, under names in other letters, and the one field's value alone
    where that is an object.
    None where that is no other reply."""
    text = _MARK.sub("", completion.rpartition("</think>")[2])
    found = json_repair.loads(text)
    outputs = list(signature.output_fields)
    for _ in range(DEEPEST):
        if isinstance(found, list) and len(found) == 1:
            found = found[0]
        if not isinstance(found, dict):
            return None if text == completion else text
        found = {next((o for o in outputs if _same(o, k)), k): v for k, v in found.items()}
        inner = next(iter(found.values())) if len(found) == 1 else None
        if isinstance(inner, str) and inner.lstrip().startswith("{"):
            inner = json_repair.loads(inner)
        if found.keys() & set(outputs) or not isinstance(inner, dict | list):
            break
        found = inner
    if found and isinstance(found, dict) and not found.keys() & set(outputs):
        if len(outputs) == 1 and signature.output_fields[outputs[0]].annotation is not str:
            found = {outputs[0]: found}
    again = json.dumps(found)
    return None if again == completion else again


def _same(name: str, other: str) -> bool:
    return name.replace("_", "").lower() == other.replace("_", "").replace(" ", "").lower()


def wording(signature: Any) -> Hashable:
    """What may be changed in a signature in place, and so belongs to the key that it is kept under:
    its instructions and the descriptions of its fields."""
    fields = signature.model_fields.values()
    return signature.instructions, *(str(field.json_schema_extra) for field in fields)


def with_type(signature: Any, field: str, type_: type) -> Any:
    """The signature with another type of that field: a class, which takes a millisecond to make."""
    return _with_type(signature, wording(signature), field, type_)


@lru_cache(maxsize=KEPT)
def _with_type(signature: Any, wording: Hashable, field: str, type_: type) -> Any:
    return signature.with_updated_fields(field, type_=type_)


@lru_cache(maxsize=KEPT)
def _system_message(signature: Any, wording: Hashable) -> str:
    return str(_PLAIN.format_system_message(signature))


@dataclass(frozen=True)
class _Takes:
    """What DSPy asks an LM before it chooses a format."""

    supported_params: frozenset[str]
    supports_response_schema: bool


@lru_cache(maxsize=KEPT)
def _response_format(
    takes: _Takes, native: bool, signature: Any, wording: Hashable
) -> dict[str, Any]:
    options: dict[str, Any] = {}
    adapter = dspy.JSONAdapter(use_native_function_calling=native)
    adapter._prepare_response_format(takes, options, signature)
    return options
