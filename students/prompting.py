"""From a word problem to what a student reads: the same messages for sampling and for training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

INSTRUCTION = "Solve the problem step by step. Put the final answer in \\boxed{}."
# Where a checkpoint keeps what `load_student` must know to ask as the student was trained.
INSTRUCTION_KEY = "zoped_instruction"
TEMPLATE_KEY = "zoped_chat_template_kwargs"

Message = dict[str, str]


def how_asked(instruction: str, chat_template_kwargs: Mapping[str, Any] | None) -> dict[str, Any]:
    """What a checkpoint keeps of it."""
    kept: dict[str, Any] = {INSTRUCTION_KEY: instruction}
    return kept | ({TEMPLATE_KEY: dict(chat_template_kwargs)} if chat_template_kwargs else {})


def messages(text: str, instruction: str) -> list[Message]:
    """The chat that asks `text`; an empty instruction adds nothing."""
    content = f"{text}\n\n{instruction}" if instruction else text
    return [{"role": "user", "content": content}]
