"""One round of GRPO: a resumable job of TRL's trainer on a file of problems.

All rounds of a campaign share one output folder and one learning-rate schedule; each round is a
new trainer that resumes from the last valid checkpoint, so the path that starts a round is the path
that recovers from a crash, and the weights are the same bit by bit (on one machine; generation
must be deterministic, as it is on CPU). Three rules make it exact:

* the round's file holds exactly `steps · prompts_per_step` problems, already in order: the trainer
  finds its place in it by `global_step` modulo the file's steps;
* checkpoints lie on generation boundaries, since TRL does not store buffered completions;
* the model given to the trainer is always the campaign's first one; the checkpoint brings the
  trained weights, Adam's state, the schedule and the random states.
"""

from __future__ import annotations

import contextlib
import dataclasses
import difflib
import json
import logging
import os
import shutil
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from zoped.train.prompting import messages

OnLog = Callable[[Mapping[str, float], int], None]
# What a round decides itself; a second value under `extra` would silently break resuming.
_OWN = frozenset(
    [
        "output_dir",
        "max_steps",
        "num_train_epochs",
        "save_strategy",
        "save_total_limit",
        "shuffle_dataset",
        "report_to",
        "per_device_train_batch_size",
        "num_generations",
        "gradient_accumulation_steps",
        "learning_rate",
        "lr_scheduler_type",
        "warmup_steps",
        "beta",
        "epsilon",
        "epsilon_high",
        "loss_type",
        "scale_rewards",
        "num_iterations",
        "temperature",
        "max_completion_length",
        "save_steps",
        "seed",
        "steps_per_generation",
        "generation_batch_size",
        "reward_weights",
        "max_grad_norm",
        "logging_steps",
        "ignore_data_skip",
    ]
)


class TrainingError(RuntimeError):
    """A round cannot be trained; the message says what to mend."""


class GRPOSettings(BaseModel):
    """The training of one round. Batch sizes count problems; every one is answered
    `num_generations` times."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)

    steps: int = Field(60, ge=1, description="optimizer steps of one round")
    prompts_per_step: int = Field(8, ge=1, description="problems in one step")
    num_generations: int = Field(8, ge=2, description="answers per problem: the group size")
    gradient_accumulation_steps: int = Field(1, ge=1, description="parts that a step is split into")
    learning_rate: float = Field(1e-6, gt=0, le=1)
    lr_scheduler_type: Literal["constant", "constant_with_warmup", "linear", "cosine"] = Field(
        "linear", description="over all rounds together"
    )
    warmup_steps: int = Field(0, ge=0)
    loss_type: Literal["grpo", "dapo", "dr_grpo", "bnpo"] = Field(
        "dapo", description="how token losses are averaged (TRL's `loss_type`)"
    )
    scale_rewards: Literal["group", "batch", "none"] = "group"
    beta: float = Field(0.0, ge=0, description="weight of the KL term; 0 loads no reference model")
    epsilon: float = Field(0.2, gt=0, lt=1, description="clipping below")
    epsilon_high: float | None = Field(None, gt=0, description="clipping above; as below if unset")
    num_iterations: int = Field(1, ge=1, description="optimizer passes over one generation")
    max_grad_norm: float = Field(1.0, gt=0)
    format_weight: float = Field(0.0, ge=0, le=0.1, description="reward for one boxed answer")
    save_steps: int | None = Field(None, ge=1, description="between checkpoints; a round's end too")
    extra: dict[str, Any] = Field(
        default_factory=dict, description="any other option of TRL's GRPOConfig"
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        completions = self.prompts_per_step * self.num_generations
        if completions % self.gradient_accumulation_steps:
            raise ValueError(
                f"gradient_accumulation_steps ({self.gradient_accumulation_steps}) must divide "
                f"prompts_per_step * num_generations ({completions})"
            )
        for name, value in (("steps", self.steps), ("save_steps", self.save_steps)):
            if value is not None and value % self.num_iterations:
                raise ValueError(
                    f"{name} ({value}) must be a multiple of num_iterations "
                    f"({self.num_iterations}), or a resumed run would differ"
                )
        return self

    def check_extra(self) -> None:
        """Raise ValueError for an `extra` that TRL does not have or that a round sets itself."""
        from trl import GRPOConfig

        known = {field.name for field in dataclasses.fields(GRPOConfig)}
        for name in self.extra:
            if name in _OWN:
                raise ValueError(f"train.extra.{name}: set by Zoped; see the fields of `train`")
            if name not in known:
                near = difflib.get_close_matches(name, known, n=1)
                hint = f"; did you mean `{near[0]}`?" if near else ""
                raise ValueError(f"train.extra.{name}: TRL's GRPOConfig has no such option{hint}")


def last_valid_checkpoint(folder: Path) -> Path | None:
    """The newest checkpoint that was written to its end, or None.

    The trainer's state file is the last one written; a checkpoint without it was cut off.
    """
    whole = [
        path
        for path in folder.glob("checkpoint-*")
        if path.name.removeprefix("checkpoint-").isdigit() and _is_whole(path)
    ]
    return max(whole, key=_step_of, default=None)


def _is_whole(checkpoint: Path) -> bool:
    try:
        state = json.loads((checkpoint / "trainer_state.json").read_text())
    except (OSError, ValueError):
        return False
    return state.get("global_step") == _step_of(checkpoint)


def _step_of(checkpoint: Path) -> int:
    return int(checkpoint.name.removeprefix("checkpoint-"))


def train_round(
    settings: GRPOSettings,
    *,
    model: str | Path,
    problems: Path,
    checkpoints: Path,
    output: Path,
    round_: int,
    rounds: int,
    instruction: str,
    temperature: float,
    max_completion_length: int,
    seed: int = 0,
    on_log: OnLog | None = None,
) -> int:
    """Train round `round_` (counted from 1) of `rounds` and save the student to `output`.

    `model` is the student that the campaign started with: a folder or a hub id. `problems` is a
    JSON Lines file with `text` and `answer`. `on_log(metrics, step)` gets TRL's metrics; steps go
    on over the rounds. A round that was killed goes on from its last checkpoint; one that is done
    is saved again. Returns the campaign's step. Raises TrainingError.
    """
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    import torch
    from datasets import Dataset
    from transformers import AutoModelForCausalLM, AutoTokenizer, TrainerCallback
    from trl import GRPOConfig, GRPOTrainer

    from zoped.train.rewards import boxed, correctness

    rows = _rows(problems, instruction)
    wanted = settings.steps * settings.prompts_per_step
    if len(rows) != wanted:
        raise TrainingError(
            f"{problems} has {len(rows)} problems; {settings.steps} steps of "
            f"{settings.prompts_per_step} need exactly {wanted}"
        )
    end = settings.steps * round_

    class RoundEnd(TrainerCallback):
        """Saves and stops at the round's last step; hands the metrics on."""

        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> Any:
            if state.global_step >= end:
                control.should_save = control.should_training_stop = True
            return control

        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
            if on_log is not None and state.is_world_process_zero and logs:
                numbers = {k: float(v) for k, v in logs.items() if isinstance(v, int | float)}
                if "loss" in numbers:
                    on_log(numbers, state.global_step)

    config = _config(
        settings,
        GRPOConfig,
        output_dir=str(checkpoints),
        max_steps=settings.steps * rounds,
        temperature=temperature,
        max_completion_length=max_completion_length,
        seed=seed,
    )
    tokenizer = AutoTokenizer.from_pretrained(model)
    rewards: list[Any] = [correctness, boxed] if settings.format_weight else [correctness]
    logging.getLogger("transformers.trainer").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        # TRL's own default raises it (https://github.com/huggingface/trl, gradient checkpointing).
        warnings.simplefilter("ignore", FutureWarning)
        trainer = GRPOTrainer(
            model=AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32)
            if config.use_cpu
            else str(model),
            reward_funcs=rewards,
            args=config,
            train_dataset=Dataset.from_list(rows),
            processing_class=tokenizer,
            callbacks=[RoundEnd()],
        )
        _without_printing(trainer)
        last = last_valid_checkpoint(checkpoints)
        if last is None and round_ > 1:
            raise TrainingError(f"{checkpoints} has no valid checkpoint of round {round_ - 1}")
        if last is None or _step_of(last) < end:
            trainer.train(resume_from_checkpoint=str(last) if last else None)
            if trainer.state.global_step != end:
                raise TrainingError(
                    f"round {round_} stopped at step {trainer.state.global_step}, not at {end}"
                )
            last = checkpoints / f"checkpoint-{end}"
        if trainer.is_world_process_zero():
            _save_student(last, output, model, tokenizer)
    trainer.accelerator.free_memory()
    return end


def _rows(problems: Path, instruction: str) -> list[dict[str, Any]]:
    rows = []
    for line in problems.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        rows.append(
            {
                "prompt": messages(row["text"], instruction),
                "answer": row["answer"],
                "id": row.get("id", ""),
            }
        )
    return rows


def _config(settings: GRPOSettings, config_class: Any, **own: Any) -> Any:
    import torch

    settings.check_extra()
    completions = settings.prompts_per_step * settings.num_generations
    cuda = torch.cuda.is_available()
    world = int(os.environ.get("WORLD_SIZE", "1"))
    options: dict[str, Any] = {
        "use_cpu": not cuda,
        "bf16": cuda,
        "gradient_checkpointing": cuda,
        "logging_steps": 1,
        "disable_tqdm": True,
        "dataloader_num_workers": 0,
        "save_total_limit": 2,
    }
    options |= settings.extra
    options |= {
        "per_device_train_batch_size": completions
        // (settings.gradient_accumulation_steps * world),
        "num_generations": settings.num_generations,
        "gradient_accumulation_steps": settings.gradient_accumulation_steps,
        "learning_rate": settings.learning_rate,
        "lr_scheduler_type": settings.lr_scheduler_type,
        "warmup_steps": settings.warmup_steps,
        "loss_type": settings.loss_type,
        "scale_rewards": settings.scale_rewards,
        "beta": settings.beta,
        "epsilon": settings.epsilon,
        "epsilon_high": settings.epsilon_high,
        "num_iterations": settings.num_iterations,
        "max_grad_norm": settings.max_grad_norm,
        "reward_weights": [1.0, settings.format_weight] if settings.format_weight else None,
        "save_strategy": "steps",
        "save_steps": settings.save_steps or settings.steps,
        "shuffle_dataset": False,
        "report_to": "none",
    }
    return config_class(**options, **own)


def _without_printing(trainer: Any) -> None:
    """With its bar disabled the trainer prints every log; the caller has them from `on_log`."""
    from transformers import PrinterCallback

    trainer.remove_callback(PrinterCallback)


def _save_student(checkpoint: Path, output: Path, model: str | Path, tokenizer: Any) -> None:
    """The checkpoint's weights as a plain folder, with what the first model says of itself."""
    from transformers import AutoModelForCausalLM, GenerationConfig

    draft = output.with_name(f"{output.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    trained = AutoModelForCausalLM.from_pretrained(checkpoint, dtype="auto")
    with contextlib.suppress(OSError):  # a model without one keeps the checkpoint's
        trained.generation_config = GenerationConfig.from_pretrained(model)
    trained.save_pretrained(draft)
    tokenizer.save_pretrained(draft)
    shutil.rmtree(output, ignore_errors=True)
    draft.rename(output)
