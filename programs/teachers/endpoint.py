"""OpenAI-compatible servers through DSPy's own client, which costs half the time of LiteLLM's."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from dspy.lm15 import (
    AccessPolicy,
    ModelSupport,
    OpenAIChatCompat,
    ProviderDefinition,
    register_provider,
)

PROVIDER = "endpoint"
# The same, of a server that calls the longest reply `max_completion_tokens`, as OpenAI's reasoning models do.
COMPLETION_PROVIDER = "endpoint_completion"
# What vLLM, llama.cpp, Ollama and LM Studio all take; thinking is left to the server.
_COMMON = OpenAIChatCompat(
    instruction_role="system",
    max_tokens_field="max_tokens",
    stream_usage="include",
    thinking_format="none",
    tool_result_name="omit",
    strict_tools="omit",
    cache_control="none",
    tool_result_media="reject",
)


@cache
def endpoint_provider() -> str:
    """The name under which DSPy knows such servers; they are sent JSON schemas. An LM knows the providers
    that there are when it is made, so the other one is there from then on too."""
    for name, field in ((PROVIDER, "max_tokens"), (COMPLETION_PROVIDER, "max_completion_tokens")):
        access = AccessPolicy(
            provider=name, env_keys=("OPENAI_API_KEY",), base_url="http://127.0.0.1/v1"
        )
        compat = replace(_COMMON, max_tokens_field=field)
        definition = ProviderDefinition.chat(access, compat=compat)
        register_provider(definition, supports=ModelSupport(response_schema=True))
    return PROVIDER


def of_completion_tokens(model: str) -> str:
    """The model of such a server, asked with `max_completion_tokens`."""
    return f"{COMPLETION_PROVIDER}/{model.partition('/')[2]}"
