"""What the embedded reader is made by: its data and its training."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class ReaderSettings(BaseModel):
    """How many examples of each kind, and LoRA on every linear layer for one pass over them.

    `base` is the folder of the model, None for SmolLM2-135M-Instruct; `data` that of public files, None
    to go without. `batch` is the tokens of a step. Of all the examples, in random order, the first
    `examples` are learnt from. `retold` is the share of the stories that are put into words instead of symbols.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    base: Path | None = None
    seed: int = Field(default=0, ge=0)
    data: Path | None = None
    public: int = Field(default=640, ge=0)
    redrawn: int = Field(default=0, ge=0)
    told: int = Field(default=0, ge=0)
    stories: int = Field(default=480, ge=0)
    realized: int = Field(default=320, ge=0)
    rewritten: int = Field(default=0, ge=0)
    retold: float = Field(default=0.2, ge=0, le=1)
    examples: int | None = Field(default=None, ge=1)
    epochs: int = Field(default=1, ge=1)
    rank: int = Field(default=8, ge=1)
    learning_rate: float = Field(default=8e-4, gt=0)
    batch: int = Field(default=1000, ge=1)
    save_every: int = Field(default=10, ge=1)
