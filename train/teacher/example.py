"""One example that the embedded teacher learns from, and how its prompt is written."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Example:
    """`task` is all of the system's message, `given` all of the user's; `written` is the reply.

    `source` says where it comes from, `structure` is the fingerprint of a realized problem."""

    task: str
    given: str
    written: str
    source: str
    structure: str = ""

    @property
    def messages(self) -> dict[str, list[dict[str, str]]]:
        """The example as TRL's SFTTrainer takes it: the loss is on the completion alone."""
        return {
            "prompt": [
                {"role": "system", "content": self.task},
                {"role": "user", "content": self.given},
            ],
            "completion": [{"role": "assistant", "content": self.written}],
        }
