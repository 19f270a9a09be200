"""Who a teacher is, the same from start to start: what it said is kept under this."""

from __future__ import annotations

from typing import Any

from zoped.foundation.secrets import without_secrets
from zoped.programs.teachers.embedded import learnt_at


def identity(lm: Any) -> str:
    """The model's name; of a server named by its URL, with that; of the embedded model, whose port is another
    each time, with what it has learnt. "" for no LM."""
    name: str = getattr(lm, "model", "")
    options = getattr(lm, "kwargs", None) or {}
    url = options.get("api_base") or options.get("base_url")
    if not url:
        return name
    learnt = learnt_at(url)
    if learnt is not None:
        return f"{name} with {learnt}"
    return f"{name} at {without_secrets(url)[0].rstrip('/')}"
