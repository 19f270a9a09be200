"""DSPy's JSONAdapter, which makes what depends on the signature alone once, not for each call."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import dspy

KEPT = 256  # signatures: a program's, as they are tuned and narrowed
_PLAIN = dspy.JSONAdapter()


class QuickJSONAdapter(dspy.JSONAdapter):  # type: ignore[misc]  # DSPy has no types
    """Sends, byte for byte, what `dspy.JSONAdapter` sends. The JSON schema and the system's message,
    which it builds for every call, took a third of the CPU time of a call."""

    def format_system_message(self, signature: Any) -> str:
        return _system_message(signature, wording(signature))

    def _prepare_response_format(
        self, lm: dspy.BaseLM, lm_kwargs: dict[str, Any], signature: Any
    ) -> None:
        takes = _Takes(frozenset(lm.supported_params), lm.supports_response_schema)
        native = self.use_native_function_calling
        lm_kwargs.update(_response_format(takes, native, signature, wording(signature)))


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
