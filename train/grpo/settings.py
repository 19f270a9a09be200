"""The settings of a round's training: options Zoped defines itself, and every other option of TRL's."""

from __future__ import annotations

from itertools import accumulate
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from zoped.train.grpo.trl_options import OptionError, check_options
from zoped.train.sections.section import Section


def _steps(value: Any) -> Any:
    """Validate by hand: Pydantic would report both branches of the union."""
    values = value if isinstance(value, list | tuple) else [value]
    if values and all(type(one) is int and one >= 1 for one in values):
        return tuple(value) if isinstance(value, list) else value
    raise ValueError(
        f"{value!r} is not allowed; give a number of at least 1, or one for each round"
    )


Steps = Annotated[int | tuple[int, ...], BeforeValidator(_steps)]
# Fields of ours that only one of the algorithms has.
GRPO_ONLY = ("loss_type", "importance_sampling_level", "scale_rewards", "dynamic_sampling")


class LoraSettings(Section):
    """Low-rank adapters (LoRA, PEFT) instead of training all weights."""

    rank: int = Field(16, ge=1, le=1024)
    alpha: int = Field(32, ge=1, description="the adapter counts alpha / rank")
    dropout: float = Field(0.0, ge=0, lt=1)
    target_modules: str | tuple[str, ...] = Field(
        "all-linear", description="names of the layers that get one, or `all-linear`"
    )
    use_rslora: bool = Field(False, description="alpha / sqrt(rank) instead")


class WarmStartSettings(Section):
    """Supervised fine-tuning on worked steps before the first round (TRL's SFTTrainer)."""

    examples: int = Field(512, ge=1, description="problems with worked steps, made for it")
    epochs: int = Field(1, ge=1)
    batch_size: int = Field(16, ge=1, description="examples in one step")
    learning_rate: float = Field(1e-5, gt=0, le=1)


class TrainSettings(Section):
    """The training of one round. Batch sizes count problems; every one is answered
    `num_generations` times. Any other option of TRL's GRPOConfig (RLOOConfig for `rloo`) may stand
    here too: `use_vllm: true`, `top_p: 0.95`, `mask_truncated_completions: true`, ..."""

    model_config = ConfigDict(extra="allow")

    algorithm: Literal["grpo", "rloo"] = Field("grpo", description="TRL's trainer")
    steps: Steps = Field(
        60, description="optimizer steps of one round; a list gives each round its own"
    )
    prompts_per_step: int = Field(8, ge=1, description="problems in one step")
    num_generations: int = Field(8, ge=2, description="answers per problem: the group size")
    dynamic_sampling: int = Field(
        0,
        ge=0,
        le=1000,
        description="how often problems are drawn for one step, at most, until each has right and "
        "wrong answers (DAPO); 0: once, whatever the answers",
    )
    gradient_accumulation_steps: int = Field(1, ge=1, description="parts that a step is split into")
    learning_rate: float = Field(1e-6, gt=0, le=1)
    lr_scheduler_type: Literal["constant", "constant_with_warmup", "linear", "cosine"] = Field(
        "linear", description="over all rounds together"
    )
    warmup_steps: int = Field(0, ge=0)
    interpolation: float = Field(
        1.0,
        gt=0,
        le=1,
        description="where a round's student lies between the first student (0) and the trained weights "
        "(1), from which training goes on: in the middle less is forgotten (WiSE-FT, arXiv 2109.01903)",
    )
    loss_type: Literal["grpo", "dapo", "dr_grpo", "bnpo", "cispo", "sapo", "luspo", "vespo"] = (
        Field("dapo", description="how token losses are weighed and averaged (TRL's `loss_type`)")
    )
    importance_sampling_level: Literal["token", "sequence"] = Field(
        "token", description="`sequence` is GSPO's, for `loss_type: grpo`"
    )
    scale_rewards: Literal["group", "batch", "none"] = "group"
    beta: float = Field(0.0, ge=0, description="weight of the KL term; 0 loads no reference model")
    epsilon: float = Field(0.2, gt=0, lt=1, description="clipping below")
    epsilon_high: float | None = Field(None, gt=0, description="clipping above; as below if unset")
    num_iterations: int = Field(1, ge=1, description="optimizer passes over one generation")
    max_grad_norm: float = Field(1.0, gt=0)
    save_steps: int | None = Field(None, ge=1, description="between checkpoints; a round's end too")
    lora: LoraSettings | None = Field(None, description="train adapters, not all weights")
    warm_start: WarmStartSettings | None = Field(
        None, description="supervised fine-tuning on worked steps before the first round"
    )
    launcher: str = Field(
        "local",
        min_length=1,
        description="how a round's training is started: `local` (in this process), `torchrun`, "
        "`accelerate:NAME` (TRL's multi_gpu, zero1, zero2, zero3, fsdp1, fsdp2; ddp and fsdp mean "
        "multi_gpu and fsdp2; or a YAML file), or a command with "
        "`{command}` in it",
    )
    processes: int | None = Field(
        None,
        ge=1,
        description="that the launcher starts, one a GPU; the launcher's default if unset",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        completions = self.prompts_per_step * self.num_generations
        parts = self.gradient_accumulation_steps * self.world_size
        if completions % parts:
            raise ValueError(
                f"gradient_accumulation_steps * processes ({parts}) must divide "
                f"prompts_per_step * num_generations ({completions})"
            )
        periods = self.steps if isinstance(self.steps, tuple) else (self.steps,)
        for name, value in [
            *(("steps", steps) for steps in periods),
            ("save_steps", self.save_steps),
        ]:
            if value is not None and value % self.num_iterations:
                raise ValueError(
                    f"{name} ({value}) must be a multiple of num_iterations "
                    f"({self.num_iterations}), or a resumed run would differ"
                )
        kinds = ("local", "torchrun")
        known = self.launcher in kinds or self.launcher.startswith("accelerate:")
        if not known and "{command}" not in self.launcher:
            raise OptionError(
                {
                    "launcher": f"{self.launcher!r} is not allowed; it should be `local`, "
                    "`torchrun`, `accelerate:NAME`, or a command with `{command}` in it"
                }
            )
        if self.dynamic_sampling and self.launcher != "local":
            raise ValueError("dynamic_sampling works in one process alone: `launcher: local`")
        if self.algorithm != "grpo":
            given = [name for name in GRPO_ONLY if name in self.model_fields_set]
            if given:
                raise OptionError(dict.fromkeys(given, f"{self.algorithm} has no such option"))
        check_options(self.algorithm, self.trl_options, own=type(self).model_fields)
        return self

    @property
    def trl_options(self) -> dict[str, Any]:
        """The options without a field of ours."""
        return dict(self.model_extra or {})

    @property
    def chat_template_kwargs(self) -> dict[str, Any] | None:
        """TRL's option, by which the student is asked in measuring too."""
        return self.trl_options.get("chat_template_kwargs")

    @property
    def scales_by_step(self) -> bool:
        """Whether rewards are scaled by those of a whole step. What TRL logs as the share of groups
        without a gradient is then 1 for a step whose rewards are all equal, and 0 for any other."""
        how = self.trl_options.get("multi_objective_aggregation")
        return self.scale_rewards == "batch" or how == "normalize_then_sum"

    @property
    def world_size(self) -> int:
        """The processes that a round is known to run in."""
        return 1 if self.launcher == "local" else self.processes or 1

    def steps_of(self, number: int) -> int:
        """The optimizer steps of a round, counted from 1; the last given one where there are
        fewer than rounds."""
        if isinstance(self.steps, int):
            return self.steps
        return self.steps[min(number, len(self.steps)) - 1]

    def last_step(self, number: int) -> int:
        """The campaign's step at the end of the round; 0 for round 0."""
        return [0, *accumulate(self.steps_of(n) for n in range(1, number + 1))][-1]

    def generations_of(self, number: int) -> range:
        """The campaign's steps at which the round's answers are sampled; the others train on the same
        ones again."""
        first, last = self.last_step(number - 1), self.last_step(number)
        return range(first + 1, last + 1, self.num_iterations)

    def problems_of(self, number: int) -> int:
        """How many problems the round's file holds: each is used once."""
        return self.steps_of(number) * self.prompts_per_step // self.num_iterations
