"""A teacher that answers with what a capable model once wrote, behind a real socket.

The replies stand beside the data sets, out of the repository (their texts are of data sets):
`replies/replies.jsonl` has {"step", "inputs", "reply"} a line.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from threading import Lock
from typing import Any

from tests.published import DATA

REPLIES = DATA.parent / "replies"
OUTPUTS = {
    "formalization": "formalize",
    "choice": "choose",
    "rewritten": "rewrite",
    "text": "verbalize",
}
# Where a step's text stands in the prompt.
TEXT = {"formalize": "text", "choose": "problem", "rewrite": "problem", "verbalize": "draft"}
_FIELD = re.compile(r"\[\[ ## (\w+) ## \]\]\n(.*?)(?=\n\n\[\[ ## |\n\nRespond with|\Z)", re.DOTALL)


def replies() -> list[dict[str, Any]]:
    lines = (REPLIES / "replies.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def fields_of(body: dict[str, Any]) -> dict[str, str]:
    """The input fields of a request's last message."""
    return dict(_FIELD.findall(body["messages"][-1]["content"]))


def step_of(body: dict[str, Any]) -> str:
    """The step that a request of dspy.JSONAdapter asks for."""
    message = body["messages"][-1]["content"]
    asked = message[message.rindex("Respond with") :]
    return next(step for output, step in OUTPUTS.items() if f"`{output}`" in asked)


class Replayed:
    """`reply` gives a text's recorded replies of the step, one after the other, the last for ever;
    a text without any gets status 404."""

    def __init__(self) -> None:
        self.recorded: dict[tuple[str, str], list[str]] = defaultdict(list)
        for row in replies():
            text = row["inputs"].get(TEXT[row["step"]], "")
            self.recorded[row["step"], " ".join(text.split())].append(row["reply"])
        self.lock = Lock()

    def reply(self, body: dict[str, Any]) -> str | tuple[int, str]:
        step = step_of(body)
        text = " ".join(fields_of(body)[TEXT[step]].split())
        with self.lock:
            left = self.recorded[step, text]
            if not left:
                return 404, f"nothing was recorded for {step}: {text[:60]}"
            return left.pop(0) if len(left) > 1 else left[0]
