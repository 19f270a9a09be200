"""One round of GRPO or RLOO: a resumable job of TRL's trainer on a file of problems.

All rounds of a campaign share one output folder and one learning-rate schedule; each round is a
new trainer that resumes from the last valid checkpoint, so the path that starts a round is the path
that recovers from a crash, and the weights are the same bit by bit (on one machine; generation
must be deterministic, as it is on CPU). Three rules make it exact:

* the round's file holds exactly the problems that its steps use, already in order: the trainer
  finds its place in it by `global_step` modulo the file's steps;
* checkpoints lie on generation boundaries, since TRL does not store buffered completions;
* the model given to the trainer is always the campaign's first one; the checkpoint brings the
  trained weights, Adam's state, the schedule and the random states.
"""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from zoped.evals.answers.match import is_right
from zoped.evals.answers.math_verify import is_right_or_verified
from zoped.foundation.errors import ZopedError, counted, first_line
from zoped.foundation.json_lines import read_rows
from zoped.students.prompting import how_asked, messages
from zoped.train.grpo.checkpoints import last_valid_checkpoint, save_student, step_of
from zoped.train.grpo.faults import machine_faults
from zoped.train.grpo.reward_settings import RewardSettings
from zoped.train.grpo.rewards import reward_functions
from zoped.train.grpo.settings import LoraSettings, TrainSettings
from zoped.train.grpo.trl_options import config_class, has_option
from zoped.train.settings import RunSettings

if TYPE_CHECKING:
    from zoped.students.hugging_face import HFStudent

OnLog = Callable[[Mapping[str, float], int], None]


class TrainingError(ZopedError, RuntimeError):
    """A round cannot be trained; the message says what to mend."""


class RoundJob(BaseModel):
    """Everything that the training of one round needs, so that another process can do it.

    `model` is the student that the campaign started with: a folder or a hub id. `problems` is a
    JSON Lines file with `text` and `answer`. Rounds are counted from 1. The student is saved in
    `output`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    settings: TrainSettings
    model: str
    problems: Path
    checkpoints: Path
    output: Path
    round: int
    rounds: int
    instruction: str
    temperature: float
    max_completion_length: int
    rewards: RewardSettings = RewardSettings()
    seed: int = 0

    @classmethod
    def of(cls, settings: RunSettings, **fields: Any) -> RoundJob:
        """The job of a run with these settings: how it trains, what it rewards, its random seed.
        `fields` are the others: the model and how it is asked, files, and the round."""
        return cls(settings=settings.train, rewards=settings.reward, seed=settings.seed, **fields)

    @classmethod
    def planned(
        cls, settings: RunSettings, *, instruction: str, max_completion_length: int
    ) -> RoundJob:
        """The first round's job before there is a run: its files are nowhere."""
        nowhere = Path("planned")
        return cls.of(
            settings,
            model=settings.student.name,
            problems=nowhere,
            checkpoints=nowhere,
            output=nowhere,
            round=1,
            rounds=settings.rounds,
            instruction=instruction,
            temperature=settings.student.temperature,
            max_completion_length=max_completion_length,
        )

    @classmethod
    def of_student(cls, settings: RunSettings, student: HFStudent, **fields: Any) -> RoundJob:
        """The same, starting from this student, who is asked as it is elsewhere."""
        return cls.of(
            settings,
            model=student.folder,
            instruction=student.instruction,
            temperature=student.temperature,
            max_completion_length=student.max_new_tokens,
            **fields,
        )


def train_round(job: RoundJob, *, on_log: OnLog | None = None) -> int:
    """Train the round and save its student; returns the campaign's step. Raises TrainingError.

    `on_log(metrics, step)` gets TRL's metrics, in the first process alone; steps go on over the
    rounds. A round that was killed goes on from its last checkpoint; one that is done is not done
    again. Every process of a distributed job calls it. Raises MachineFault when the disk or the
    memory is full.
    """
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from transformers import TrainerCallback

    start, end = map(job.settings.last_step, (job.round - 1, job.round))
    last = last_valid_checkpoint(job.checkpoints, processes=_world_size())
    if last is not None and step_of(last) > end:
        if job.output.is_dir():
            return end
        raise TrainingError(
            f"{job.checkpoints} is at step {step_of(last)}, beyond the end of round {job.round} "
            f"(step {end}), and {job.output} is not there; start again with an empty folder"
        )

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

    logging.getLogger("transformers.trainer").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        # TRL's own default raises it (https://github.com/huggingface/trl, gradient checkpointing).
        warnings.simplefilter("ignore", FutureWarning)
        with machine_faults(job.checkpoints, lambda: f"the start of round {job.round}"):
            trainer = make_trainer(job, [RoundEnd()])
        if start > 0 and (last is None or step_of(last) < start):
            raise TrainingError(
                f"{job.checkpoints} has no valid checkpoint of the end of round {job.round - 1} "
                f"(step {start})"
            )
        if last is None or step_of(last) < end:
            with machine_faults(job.checkpoints, lambda: _step(trainer, job)):
                trainer.train(resume_from_checkpoint=str(last) if last else None)
            if trainer.state.global_step != end:
                raise TrainingError(
                    f"round {job.round} stopped at step {trainer.state.global_step}, not at {end}"
                )
            last = job.checkpoints / f"checkpoint-{end}"
        if trainer.is_world_process_zero():
            with machine_faults(job.output, lambda: f"saving the student of round {job.round}"):
                save_student(
                    last,
                    job.output,
                    job.model,
                    trainer.processing_class,
                    interpolation=job.settings.interpolation,
                    asked=how_asked(job.instruction, job.settings.chat_template_kwargs),
                )
    trainer.accelerator.free_memory()
    return end


def _step(trainer: Any, job: RoundJob) -> str:
    return f"step {trainer.state.global_step + 1} of the campaign, in round {job.round}"


def make_trainer(job: RoundJob, callbacks: list[Any]) -> Any:
    """TRL's trainer of the round, as it is; checks the round's file. Raises TrainingError."""
    import torch
    from datasets import Dataset
    from transformers import AutoModelForCausalLM, AutoTokenizer, PrinterCallback

    settings = job.settings
    rows = _rows(job.problems, job.instruction)
    wanted = settings.problems_of(job.round)
    if len(rows) != wanted:
        raise TrainingError(
            f"{job.problems} has {counted(len(rows), 'problem')}; "
            f"{counted(settings.steps_of(job.round), 'step')} of {settings.prompts_per_step} need exactly {wanted}"
        )
    config = trainer_config(job)
    functions, _ = reward_functions(job.rewards, max_completion_length=job.max_completion_length)
    tokenizer = AutoTokenizer.from_pretrained(job.model)
    model: Any = job.model
    if config.use_cpu:
        # Updates of 1e-6 vanish in bfloat16 weights; a GPU's trainer loads them in float32 itself.
        model = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32)
    lora = _lora_config(settings.lora) if settings.lora else None
    with _told_as_options():
        trainer = _trainer_class(job)(
            model=model,
            reward_funcs=functions,
            args=config,
            train_dataset=Dataset.from_list(rows),
            processing_class=tokenizer,
            callbacks=callbacks,
            peft_config=lora,
        )
    # With its bar disabled the trainer prints every log; the caller has them from `on_log`.
    trainer.remove_callback(PrinterCallback)
    return trainer


def _trainer_class(job: RoundJob) -> Callable[..., Any]:
    import trl

    if job.settings.algorithm == "rloo":
        return trl.RLOOTrainer
    if not job.settings.dynamic_sampling:
        return trl.GRPOTrainer
    from zoped.train.grpo.dynamic_sampling import DynamicSamplingTrainer

    return partial(
        DynamicSamplingTrainer,
        draws=job.settings.dynamic_sampling,
        check=is_right_or_verified if job.rewards.math_verify else is_right,
    )


def trainer_config(job: RoundJob) -> Any:
    """TRL's configuration of the campaign; the same in every round. Raises TrainingError for
    options that TRL refuses together."""
    import torch

    settings = job.settings
    cuda = torch.cuda.is_available()
    world = _world_size()
    completions = settings.prompts_per_step * settings.num_generations
    if completions % (settings.gradient_accumulation_steps * world):
        raise TrainingError(
            f"{completions} answers a step (train.prompts_per_step * train.num_generations) cannot "
            f"be split over {world} processes and {settings.gradient_accumulation_steps} parts "
            "(train.gradient_accumulation_steps)"
        )
    _, weights = reward_functions(job.rewards, max_completion_length=job.max_completion_length)
    options: dict[str, Any] = {
        "use_cpu": not cuda,
        "bf16": cuda,
        "gradient_checkpointing": cuda,
        "disable_tqdm": True,
        "save_total_limit": 2,
        # A file of parquet a step beside the checkpoints, and nothing on the terminal.
        "log_completions": True,
        "num_completions_to_print": 0,
        **settings.trl_options,
        "output_dir": str(job.checkpoints),
        "max_steps": settings.last_step(job.rounds),
        "temperature": job.temperature,
        "max_completion_length": job.max_completion_length,
        "seed": job.seed,
        "per_device_train_batch_size": completions
        // (settings.gradient_accumulation_steps * world),
        "reward_weights": weights,
        "save_strategy": "steps",
        "save_steps": settings.save_steps or settings.last_step(job.rounds),
        "shuffle_dataset": False,
        "logging_strategy": "steps",
        "logging_steps": 1,
        "report_to": "none",
    }
    own = type(settings).model_fields.keys() - {"save_steps"}
    options |= {
        name: getattr(settings, name) for name in own if has_option(settings.algorithm, name)
    }
    with _told_as_options(TypeError, AttributeError):
        return config_class(settings.algorithm)(**options)


@contextmanager
def _told_as_options(*more: type[Exception]) -> Iterator[None]:
    """What TRL and Transformers say of options, or of a package that one needs, as a TrainingError."""
    refusals: tuple[type[Exception], ...] = (ValueError, ImportError, *more)
    try:
        yield
    except refusals as error:
        raise TrainingError(f"train: TRL refuses these options: {error}") from error


def _lora_config(lora: LoraSettings) -> Any:
    try:
        from peft import LoraConfig
    except ImportError:
        raise TrainingError(
            "train.lora needs PEFT, which is not installed: pip install 'zoped[lora]'"
        ) from None
    targets = lora.target_modules
    return LoraConfig(
        r=lora.rank,
        lora_alpha=lora.alpha,
        lora_dropout=lora.dropout,
        target_modules=targets if isinstance(targets, str) else list(targets),
        use_rslora=lora.use_rslora,
        task_type="CAUSAL_LM",
    )


def check_adapters(lora: LoraSettings, model: Any) -> None:
    """Raise TrainingError where PEFT finds no layer of the model for the adapters, which are put into it."""
    from peft import get_peft_model

    config = _lora_config(lora)
    try:
        get_peft_model(model, config)
    except ValueError as error:
        raise TrainingError(f"train.lora.target_modules: {first_line(error)}") from None


def _rows(problems: Path, instruction: str) -> list[dict[str, Any]]:
    rows = []
    for _, row in read_rows(problems):
        rows.append(
            {
                "prompt": messages(row["text"], instruction),
                "answer": row["answer"],
                "id": row.get("id", ""),
                "text": row["text"],
            }
        )
    return rows


def _world_size() -> int:
    """The processes of this job; launchers say it in the environment."""
    return int(os.environ.get("WORLD_SIZE", "1"))
