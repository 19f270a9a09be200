"""Teachers: any model that LiteLLM can call, or the embedded one."""

from __future__ import annotations

import os
from typing import Any

import dspy
from dspy.utils.exceptions import (
    LMAuthError,
    LMBillingError,
    LMConfigurationError,
    LMError,
    LMInvalidRequestError,
    LMRateLimitError,
    LMTimeoutError,
)

from zoped.foundation.secrets import redacted, without_secrets
from zoped.programs.teachers.abilities import EMBEDDED, READER, is_embedded
from zoped.programs.teachers.calls import TeacherCalls
from zoped.programs.teachers.embedded import (
    EMBEDDED_MODEL,
    embedded_endpoint,
    learnt_at,
    reader_adapter,
)
from zoped.programs.teachers.endpoint import endpoint_provider
from zoped.programs.teachers.errors import MissingExtraError, TeacherError
from zoped.programs.teachers.prices import litellm_module
from zoped.programs.teachers.requests import is_unreachable

__all__ = ["MissingExtraError", "TeacherError", "check_teacher", "identity", "load_teacher"]

TIMEOUT = 120.0  # seconds for one whole reply
LEAST_REASONING = (
    16_000  # tokens of a reply: DSPy takes no shorter limit for OpenAI's reasoning models
)


def load_teacher(
    model: str,
    *,
    api_base: str | None = None,
    api_key: str | None = None,
    temperature: float = 0.7,
    max_tokens: int = 512,
    cache: bool = False,
    seed: int | None = None,
    timeout: float = TIMEOUT,
) -> dspy.LM:
    """The LM of a LiteLLM model name such as "openai/gpt-5-mini", or of "embedded" or
    "embedded-reader", which is asked by `ShortAdapter`.

    `api_base` is the URL of an OpenAI-compatible server ("openai/NAME" is then the model). Such a
    server is sent JSON schemas, so that it can constrain its replies to them. Keys come from
    `api_key` or the provider's environment variable. `seed` goes to the provider (the embedded
    teacher has 0 by default). OpenAI's reasoning models get no temperature, and `max_tokens` of
    16,000 at least, since they think in them. `timeout` is in seconds, for a whole reply. Raises
    TeacherError; nothing is called yet, see `check_teacher`.
    """
    adapter = None
    if is_embedded(model):
        if api_base is not None:
            raise TeacherError("the embedded teacher has its own server; leave out api_base")
        if model != EMBEDDED:
            adapter = reader_adapter(model.partition(":")[2])
        # A seed makes the replies the same again, up to what the prompt cache does to the last bits
        # of the logits.
        model, api_base, api_key = f"openai/{EMBEDDED_MODEL}", embedded_endpoint(adapter), "none"
        seed = 0 if seed is None else seed
    _prepare_litellm(model, api_base)
    options: dict[str, Any] = {"temperature": temperature, "max_tokens": max_tokens}
    extra: dict[str, Any] = {}
    if api_base is not None:
        options["api_base"], extra = without_secrets(api_base)
        # Local servers want no key, but the OpenAI client does.
        api_key = api_key or os.environ.get("OPENAI_API_KEY") or "none"
    if api_key is not None:
        options["api_key"] = api_key
    if seed is not None:
        options["seed"] = seed
    provider, _, name = model.partition("/")
    # The reader's replies are held to a grammar, an option that LiteLLM alone passes on.
    if api_base is not None and provider == "openai" and not extra and adapter is None:
        model, engine = f"{endpoint_provider()}/{name}", "lm15"
    else:
        engine = "litellm"
    options |= {"engine": engine, "cache": cache, "timeout": timeout, **extra}
    try:
        return dspy.LM(model, **options)
    except LMConfigurationError:
        # OpenAI's reasoning models have no temperature, and thoughts that a short limit leaves no room for.
        options |= {"temperature": None, "max_tokens": max(max_tokens, LEAST_REASONING)}
        return dspy.LM(model, **options)


def _prepare_litellm(model: str, api_base: str | None) -> None:
    litellm = litellm_module()
    unknown = TeacherError(
        f"no teacher {model!r}; write PROVIDER/MODEL as LiteLLM does (openai/gpt-5-mini, "
        f"ollama_chat/qwen3, ...), embedded, {READER}, or none (operators drawn at random)"
    )
    if model.rstrip().endswith("/"):
        raise unknown
    try:
        name, provider, _, _ = litellm.get_llm_provider(model, api_base=api_base)
    except litellm.exceptions.BadRequestError:
        raise unknown from None
    if api_base is not None and name not in litellm.model_cost and model not in litellm.model_cost:
        # DSPy sends a schema only to models that LiteLLM lists as able to take one.
        litellm.register_model(
            {
                model: {
                    "litellm_provider": provider,
                    "mode": "chat",
                    "supports_response_schema": True,
                }
            }
        )


def check_teacher(teacher: dspy.LM | TeacherCalls) -> None:
    """One short call, which counts; raises TeacherError with what is wrong and what would be right.

    A rate limit is waited out, and a server's error tried again; nothing else is. Raises BudgetSpent where nothing is left
    to ask with.
    """
    calls = teacher if isinstance(teacher, TeacherCalls) else TeacherCalls(teacher)
    lm = calls.lm
    if lm is None:
        raise TeacherError("there is no teacher to check")
    _require_key(lm)
    base = lm.kwargs.get("api_base")
    where = f" at {base}" if base else ""
    try:
        calls.say("Say OK.", key="check", step="check")
    except LMError as error:
        told = str(error).partition("\n\n  To fix:")[0]
        reason = redacted(" ".join(told.split()), lm.kwargs)[:300]
        raise TeacherError(f"the teacher {lm.model}{where} {_remedy(error)} ({reason})") from error


def _require_key(lm: dspy.BaseLM) -> None:
    """Raise TeacherError where the provider's key is missing: its servers say it less clearly."""
    if lm.kwargs.get("api_base") or lm.kwargs.get("api_key"):
        return
    found = litellm_module().validate_environment(model=lm.model)
    names = [name for name in found["missing_keys"] if name.endswith("_API_KEY")]
    if names and not found["keys_in_environment"]:
        raise TeacherError(
            f"the teacher {lm.model} needs a key; set {' or '.join(names)} in the environment, or "
            "name another teacher"
        )


def _remedy(error: LMError) -> str:
    """What the provider's error means to the person."""
    match error:
        case LMAuthError() | LMConfigurationError():
            return "refuses the API key; see that the provider's variable holds a valid one"
        case LMBillingError():
            return "reports an unpaid bill"
        case LMRateLimitError():
            return "allows no more calls for now; try later, or ask the provider for a higher limit"
        case LMTimeoutError():
            return (
                "did not reply in time; see that it is not overloaded, or give it a longer timeout"
            )
        case _ if is_unreachable(error):
            return "cannot be reached; see that the URL is right and the server runs"
        case LMInvalidRequestError():
            return "does not take the request; see that the model's name is right"
        case _:
            return "failed"


def identity(lm: Any) -> str:
    """Who a teacher is, the same from start to start: what it said is kept under this.

    The model's name; of a server named by its URL, with that; of the embedded model, whose port is
    another each time, with what it has learnt. "" for no LM.
    """
    name: str = getattr(lm, "model", "")
    options = getattr(lm, "kwargs", None) or {}
    url = options.get("api_base") or options.get("base_url")
    if not url:
        return name
    learnt = learnt_at(url)
    if learnt is not None:
        return f"{name} with {learnt}"
    return f"{name} at {without_secrets(url)[0].rstrip('/')}"
