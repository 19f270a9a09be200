"""Sampling from a causal model: prompts are read once, and finished answers cost nothing more.

`generate` of `transformers` reads a prompt once for each of its samples, and carries every row of
the batch to the end of the longest answer. Pass rates need many short answers to each prompt.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, get_args

import torch
from transformers import Cache, DynamicCache

COMPACT_EVERY = 4  # steps; rows that have ended are dropped from the batch then


def cache_argument(model: Any) -> str | None:
    """What the model calls the cache of what it has read: keys and values, or the states of a model that
    has nothing else (Mamba). None where it takes no cache of transformers' (RWKV, xLSTM)."""
    arguments = inspect.signature(model.forward).parameters
    if "past_key_values" in arguments:
        return "past_key_values"
    states = arguments.get("cache_params")
    return "cache_params" if states and Cache in get_args(states.annotation) else None


@torch.inference_mode()
def decode(
    model: Any,
    input_ids: torch.Tensor,
    attention_mask: torch.Tensor,
    *,
    samples: int,
    temperature: float,
    max_new_tokens: int,
    end: list[int],
    stops: Callable[[list[int]], bool] | None = None,
) -> list[list[int]]:
    """`samples` answers to each of the left-padded prompts (prompts x tokens), as token ids.

    The answers of a prompt are next to each other, without the token that ended them. Sampled from
    the pure distribution at `temperature` (no nucleus, no top-k), as TRL does; 0 is greedy. Random
    numbers come from torch's default generator. An answer for which `stops` is true ends there.
    """
    positions = (attention_mask.cumsum(dim=1) - 1).clamp(min=0)
    cache: Any = DynamicCache(config=model.config)
    kind = str(cache_argument(model))
    remembered = {kind: cache, "use_cache": True}
    output = model(
        input_ids=input_ids,
        attention_mask=attention_mask,
        position_ids=positions,
        logits_to_keep=1,
        **remembered,
    )
    repeated = torch.arange(len(input_ids), device=input_ids.device).repeat_interleave(samples)
    # Every kind of layer has it, those with states in place of keys too.
    cache.reorder_cache(repeated)
    logits = output.logits[:, -1].repeat_interleave(samples, dim=0)
    mask = attention_mask.repeat_interleave(samples, dim=0)
    position = positions[:, -1:].repeat_interleave(samples, dim=0)

    answers: list[list[int]] = [[] for _ in range(len(mask))]
    rows = list(range(len(mask)))  # which answer each row of the batch writes; -1 when it ended
    ending = set(end)
    for step in range(max_new_tokens):
        tokens = _next_tokens(logits, temperature)
        for place, token in enumerate(tokens.tolist()):
            if rows[place] < 0:
                continue
            if token in ending:
                rows[place] = -1
            else:
                answer = answers[rows[place]]
                answer.append(token)
                if stops is not None and stops(answer):
                    rows[place] = -1
        open_ = [place for place, row in enumerate(rows) if row >= 0]
        if not open_ or step == max_new_tokens - 1:
            break
        if step % COMPACT_EVERY == 0 and len(open_) < len(rows):
            kept = torch.tensor(open_, device=tokens.device)
            cache.reorder_cache(kept)
            tokens, mask, position = tokens[kept], mask[kept], position[kept]
            rows = [rows[place] for place in open_]
        mask = torch.cat([mask, mask.new_ones(len(mask), 1)], dim=1)
        position = position + 1
        logits = model(
            input_ids=tokens[:, None],
            # States hold nothing of the padding any more.
            attention_mask=None if kind == "cache_params" else mask,
            position_ids=position,
            **remembered,
        ).logits[:, -1]
    return answers


def _next_tokens(logits: torch.Tensor, temperature: float) -> torch.Tensor:
    if temperature == 0:
        return logits.argmax(dim=-1)
    chances = torch.softmax(logits.float() / temperature, dim=-1)
    return torch.multinomial(chances, num_samples=1)[:, 0]
