"""Pydantic models that Ctrl-C interrupts like other code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pydantic import BaseModel
from pydantic_core import PydanticSerializationError


class Model(BaseModel):
    """A model with serializers in Python. Of an interrupt in one of them pydantic makes an error of its own, a
    ValueError; here it stays a KeyboardInterrupt."""

    def model_dump(self, **options: Any) -> dict[str, Any]:
        with _interrupts_kept():
            return super().model_dump(**options)

    def model_dump_json(self, **options: Any) -> str:
        with _interrupts_kept():
            return super().model_dump_json(**options)


@contextmanager
def _interrupts_kept() -> Iterator[None]:
    try:
        yield
    except PydanticSerializationError as error:
        if KeyboardInterrupt.__name__ in str(error):
            raise KeyboardInterrupt from error
        raise
