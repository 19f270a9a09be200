"""The sections `student` and `teacher`: who answers, and who writes."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_serializer

from zoped.foundation.secrets import redacted_url
from zoped.train.sections.section import Name, Section

EMBEDDED = "embedded"  # the teacher in the process
READER, READER_SLOTS = "embedded-reader", 4  # that which has learnt to read, and its calls at once
NO_TEACHER = "none"  # as the teacher's model: operators are drawn at random


class StudentSettings(Section):
    """The model that is measured and trained."""

    name: Name = Field(
        "lab",
        description="`lab`, `lab-stories`, `lab-uneven`, `smollm2`, a Hugging Face id, or a folder",
    )
    instruction: str | None = Field(
        None, description="text before every problem; the student's own default if not given"
    )
    device: str | None = Field(None, description="`cpu`, `cuda`, ...; a GPU where there is one")
    temperature: float = Field(1.0, gt=0, le=2, description="of the rollouts")
    max_new_tokens: int | None = Field(
        None, ge=1, le=32_768, description="longest answer; the student's own default if not given"
    )


class BudgetSettings(Section):
    """What the teacher may cost in all; no limit where none is given. A call is made only where its
    longest possible prompt and reply are paid for."""

    calls: int | None = Field(None, ge=1, description="requests, those that are made again too")
    tokens: int | None = Field(None, ge=1, description="of prompts and replies together")
    dollars: float | None = Field(None, gt=0, description="by LiteLLM's list of prices")


class TeacherSettings(Section):
    """The language model behind Formalize, Mutate, Verbalize and the tuning of their prompts."""

    model: Name = Field(
        "embedded",
        description="`embedded` (SmolLM2-135M in the process, which chooses operators), "
        "`embedded-reader` (the same, trained to formalize and to rewrite), `none` (operators drawn at random, "
        "no language model) or any LiteLLM model, such as `openai/gpt-5-mini`",
    )
    api_base: str | None = Field(
        None,
        description="URL of an OpenAI-compatible server; a password or key in it is not written down",
    )
    temperature: float = Field(0.7, ge=0, le=2)
    max_tokens: int = Field(
        2_048,
        ge=16,
        le=65_536,
        description="longest reply; at least 16,000 for OpenAI's reasoning models, which think in it",
    )
    notation: Literal["json", "compact"] = Field(
        "json",
        description="how it writes problems: `json`, with a schema that the server may enforce, or "
        "`compact`, in short lines of about half the tokens",
    )
    formalizations: Name | None = Field(
        None,
        description="file that keeps what the teacher formalized, which later runs of the same file do "
        "not pay for again; one of the run's own if not given",
    )
    timeout: float = Field(120.0, gt=0, description="seconds for one whole reply")
    concurrency: int | None = Field(
        None,
        ge=1,
        le=1024,
        description="requests under way at once; 16 if not given, 1 for `embedded`, 4 for "
        "`embedded-reader`",
    )
    budget: BudgetSettings = BudgetSettings()

    @field_serializer("api_base", when_used="json")
    def _without_secrets(self, api_base: str | None) -> str | None:
        return None if api_base is None else redacted_url(api_base)

    @property
    def at_once(self) -> int:
        if self.is_reader:
            return self.concurrency or READER_SLOTS
        return self.concurrency or (1 if self.model == EMBEDDED else 16)

    @property
    def is_reader(self) -> bool:
        return self.model.partition(":")[0] == READER

    @property
    def written(self) -> Literal["json", "compact", "short"]:
        """The notation that it is asked for; the reader knows one alone."""
        return "short" if self.is_reader else self.notation
