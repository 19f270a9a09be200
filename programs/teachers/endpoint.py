"""OpenAI-compatible servers through DSPy's own client, which costs half the time of LiteLLM's."""

from __future__ import annotations

from functools import cache

from dspy.lm15 import (
    AccessPolicy,
    ModelSupport,
    OpenAIChatCompat,
    ProviderDefinition,
    register_provider,
)

PROVIDER = "endpoint"
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
    """The name under which DSPy knows such servers; they are sent JSON schemas."""
    access = AccessPolicy(
        provider=PROVIDER, env_keys=("OPENAI_API_KEY",), base_url="http://127.0.0.1/v1"
    )
    definition = ProviderDefinition.chat(access, compat=_COMMON)
    register_provider(definition, supports=ModelSupport(response_schema=True))
    return PROVIDER
