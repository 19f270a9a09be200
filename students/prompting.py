"""From a word problem to what a student reads: the same messages for sampling and for training."""

from __future__ import annotations

INSTRUCTION = "Solve the problem step by step. Put the final answer in \\boxed{}."
# Where a checkpoint keeps what `load_student` must know to ask as the student was trained.
INSTRUCTION_KEY = "zoped_instruction"

Message = dict[str, str]


def messages(text: str, instruction: str) -> list[Message]:
    """The chat that asks `text`; an empty instruction adds nothing."""
    content = f"{text}\n\n{instruction}" if instruction else text
    return [{"role": "user", "content": content}]
