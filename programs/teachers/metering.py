"""One asking of a module: the budget that pays, and what is known of the last reply."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from random import Random
from threading import RLock
from typing import Any

import dspy
from dspy.utils.exceptions import LMProviderError

from zoped.foundation.secrets import secrets_of, unmistakable, without
from zoped.programs.teachers.budget import CallBudget, Spent
from zoped.programs.teachers.health import Health, health_of
from zoped.programs.teachers.pace import Places, Waiting

ROOM = (1, 2, 4)  # times max_tokens, for a reply that was cut off


class EmptyReply(Exception):
    """A reply without text. No AdapterParseError: another adapter would not read it either."""


@dataclass
class Metering:
    """What the requests of one asking share."""

    budget: CallBudget
    key: str
    waiting: Waiting = field(default_factory=Waiting)
    places: Places = field(default_factory=Places)
    once: bool = False  # what is not there is not tried again
    least_temperature: float | None = None  # of a sample that shall differ from those before it
    room: int = 1
    calls: int = 0  # of LMs; the retries of one are not counted
    spent: Spent = field(default_factory=Spent)
    lm: dspy.BaseLM | None = None
    completion_tokens: int = 0  # of the last reply
    finish_reason: str = ""
    refusal: str = ""
    only_thoughts: bool = False
    _lock: RLock = field(default_factory=RLock)

    @property
    def health(self) -> Health:
        return Health() if self.lm is None else health_of(self.lm)

    def begin(self, lm: dspy.BaseLM) -> None:
        """A request is made of this LM."""
        self.lm, self.completion_tokens = lm, 0
        self.finish_reason, self.refusal, self.only_thoughts = "", "", False

    def heard(self, response: Any) -> None:
        """The provider's whole response, of which DSPy hands out the text alone."""
        reason = getattr(response, "finish_reason", None)
        parts = getattr(getattr(response, "message", None), "parts", ())
        said = [p.text for p in parts if type(p).__name__ == "RefusalPart"]
        for choice in getattr(response, "choices", None) or ():
            reason = getattr(choice, "finish_reason", None)
            message = getattr(choice, "message", None)
            own = getattr(message, "provider_specific_fields", None) or {}
            said.append(getattr(message, "refusal", None) or own.get("refusal") or "")
        self.finish_reason = str(reason or "")
        self.refusal = " ".join(text for text in said if text)

    @staticmethod
    def longest(lm: dspy.BaseLM, options: dict[str, Any]) -> int | None:
        """The most tokens that a reply may have; None where nothing says."""
        both = {**lm.kwargs, **options}
        return both.get("max_tokens") or both.get("max_completion_tokens")

    def more_room(self, lm: dspy.BaseLM) -> dict[str, int]:
        """The options that let a reply be as long as it is to be."""
        names = ("max_tokens", "max_completion_tokens")
        own = {name: lm.kwargs[name] for name in names if lm.kwargs.get(name)}
        return {name: self.room * n for name, n in own.items()} if self.room > 1 else {}

    @property
    def cut_off(self) -> str:
        """What to say of a last reply that had the greatest length there is; "" for another."""
        longest = None if self.lm is None else self.longest(self.lm, {})
        if not longest:
            end = "the reply was cut off at the provider's own limit"
            return end if self.finish_reason == "length" else ""
        if self.finish_reason != "length" and self.completion_tokens < self.room * longest:
            return ""
        more = f" and at {self.room * longest}" if self.room > 1 else ""
        return f"the reply was cut off at max_tokens={longest}{more}; raise max_tokens"

    def sampling(self, lm: dspy.BaseLM) -> dict[str, Any]:
        """The LM's options for a sample that shall differ from those before it: a temperature, where it has
        one, and a place of its own in DSPy's cache."""
        least, now = self.least_temperature, lm.kwargs.get("temperature")
        if least is None:
            return {}
        options = {} if now is None or now >= least else {"temperature": least}
        if getattr(lm, "cache", False):
            options["rollout_id"] = Random(self.key).randrange(2**31)
        return options

    def seed(self, lm: dspy.BaseLM) -> dict[str, int]:
        """The options that seed the next call of the LM, if it has a seed."""
        with self._lock:
            self.calls += 1
            key = self.key if self.calls == 1 else f"{self.key}:{self.calls}"
        seed = lm.kwargs.get("seed")
        return {} if seed is None else {"seed": Random(f"{seed}:{key}").randrange(2**31)}

    def read(self, outputs: Any) -> Any:
        """The LM's outputs; raises LMProviderError or EmptyReply where there is nothing in them."""
        if not outputs:
            raise LMProviderError("the reply has no `choices`")
        if not isinstance(outputs, list):
            return outputs
        return [self._without_secrets(self._with_text(output)) for output in outputs]

    def _without_secrets(self, output: Any) -> Any:
        """The output without keys that the server echoes: it is stored."""
        health = self.health
        if health.secrets is None:
            options = {} if self.lm is None else self.lm.kwargs
            health.secrets = unmistakable(secrets_of(options))
        if isinstance(output, str):
            return without(output, health.secrets)
        if isinstance(output.get("text"), str):
            return {**output, "text": without(output["text"], health.secrets)}
        return output

    def _with_text(self, output: Any) -> Any:
        parts = output if isinstance(output, dict) else {"text": output}
        if self.finish_reason == "length":  # also where what there is of it could be read
            but = ", of which only thoughts came" if not parts.get("text") else ""
            raise EmptyReply(f"{self.cut_off}{but}")
        if parts.get("text"):
            return output
        if called := _arguments(parts.get("tool_calls")):
            return {**parts, "text": called, "tool_calls": None}
        if self.refusal:
            raise EmptyReply(f"the teacher refused: {self.refusal}")
        thoughts = parts.get("reasoning_content")
        if thoughts and not self.cut_off:
            # Some servers take a whole reply for thoughts.
            self.only_thoughts = True
            return {**parts, "text": thoughts}
        if self.finish_reason == "content_filter":
            raise EmptyReply("the provider's filter kept the reply back")
        advice = self.cut_off or "a model that thinks first needs a larger max_tokens"
        raise EmptyReply(f"the teacher wrote nothing (no `choices`, or an empty one): {advice}")


def _arguments(tool_calls: Any) -> str:
    """What a reply says as the arguments of a tool, of which nobody told it: some servers make their JSON
    mode so. "" where there is no tool."""
    for call in tool_calls or ():
        function = (
            call.get("function") if isinstance(call, dict) else getattr(call, "function", None)
        )
        said = (
            function.get("arguments")
            if isinstance(function, dict)
            else getattr(function, "arguments", None)
        )
        if said:
            return said if isinstance(said, str) else json.dumps(said)
    return ""
