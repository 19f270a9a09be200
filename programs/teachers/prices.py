"""What a call costs, by LiteLLM's price list."""

from __future__ import annotations

import os
from collections.abc import Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Any

from zoped.programs.teachers.embedded import learnt_at

if TYPE_CHECKING:
    import dspy


def litellm_module() -> ModuleType:
    """LiteLLM, without its banners and with the price list of its package: it would fetch another
    when it is imported."""
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    import litellm

    litellm.suppress_debug_info = True
    return litellm


def has_price(model: str) -> bool:
    """Whether LiteLLM lists a price for the model, by its name with or without the provider."""
    return _listed(model) is not None


def _listed(model: str) -> str | None:
    listed = litellm_module().model_cost
    names = (model, model.partition("/")[2])
    return next((n for n in names if "input_cost_per_token" in listed.get(n, {})), None)


def is_priced(lm: dspy.BaseLM) -> bool:
    """Whether it is known what it costs: LiteLLM lists a price, or it is the embedded model, which costs
    nothing. Another engine in this process has no price."""
    if learnt_at(lm.kwargs.get("api_base") or "") is not None:
        return True
    return isinstance(getattr(lm, "engine", None), str) and has_price(lm.model)


def unpriced(lm: dspy.BaseLM) -> str:
    """What to say of an LM whose dollars are limited and that has no price; "" for one that has."""
    why = f"max_dollars: LiteLLM lists no price for {lm.model}; limit max_calls or max_tokens"
    return "" if is_priced(lm) else why


def dollars(model: str, usage: Mapping[str, Any]) -> float | None:
    """The price of `usage` (OpenAI's fields: prompt_tokens, completion_tokens, their details).

    None where LiteLLM lists no price for the model.
    """
    name = _listed(model)
    if name is None:
        return None
    litellm = litellm_module()
    counted = litellm.Usage(**usage)
    return float(sum(litellm.cost_per_token(model=name, usage_object=counted)))
