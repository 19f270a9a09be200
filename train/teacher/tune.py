"""Fine-tuning of the embedded teacher: LoRA by TRL's SFTTrainer, resumable from its checkpoints."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any, cast

import torch
from datasets import Dataset
from peft import LoraConfig, get_peft_model
from pyarrow.compute import list_value_length
from safetensors.torch import load_file, save_file
from torch.utils.data import DataLoader, Sampler
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    PrinterCallback,
    TrainerCallback,
    set_seed,
)
from transformers.trainer_utils import get_last_checkpoint
from trl import SFTConfig, SFTTrainer

from zoped.train.teacher.example import Example
from zoped.train.teacher.settings import ReaderSettings

LONGEST = 512  # tokens of an example
MANY_CORES = 8  # then as many write the examples as tokens
AVERAGED = 3  # checkpoints that the adapter is the mean of
WORKERS = 3  # processes that make batches for a GPU
LENGTHS_MIXED = 0.1  # examples whose lengths differ by this share can be in one batch
WEIGHTS = "adapter_model.safetensors"


def tune(
    base: Path,
    examples: list[Example],
    checkpoints: Path,
    adapter: Path,
    settings: ReaderSettings,
    *,
    stop_at: int | None = None,
    on_progress: Callable[[int, int, float], None] | None = None,
) -> None:
    """Write the folder `adapter`: what the examples taught the model in `base`, by PEFT.

    It is the mean of the last three checkpoints, which reads unseen texts better than the last alone.
    Goes on from the last of the `checkpoints`; `stop_at` ends it after that step, for now.
    `on_progress(done, total, loss)` is told after every step.
    """
    tokenizer = AutoTokenizer.from_pretrained(base)
    torch.set_float32_matmul_precision("high")  # the adapter's products, where there is a GPU
    set_seed(settings.seed)  # the adapter begins at random
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.bfloat16)
    lora = LoraConfig(
        r=settings.rank,
        lora_alpha=2 * settings.rank,
        target_modules="all-linear",
        task_type="CAUSAL_LM",
    )
    adapted = get_peft_model(model, lora)
    trainer = TokenTrainer(
        settings.batch,
        model=adapted,
        args=_options(checkpoints, settings),
        train_dataset=Dataset.from_list([example.messages for example in examples]),
        processing_class=tokenizer,
        callbacks=[_Told(on_progress, stop_at)],
    )
    trainer.remove_callback(PrinterCallback)
    last = get_last_checkpoint(str(checkpoints)) if checkpoints.is_dir() else None
    if last is None or stop_at is None or trainer_step(last) < stop_at:
        trainer.train(resume_from_checkpoint=last)
    write_mean(sorted(checkpoints.glob("checkpoint-*"), key=trainer_step)[-AVERAGED:], adapter)


class TokenTrainer(SFTTrainer):  # type: ignore[misc]  # TRL has no types
    """TRL's trainer with batches of as many tokens, `most` of them with the padding, whatever their examples.

    Examples by the dozen fill a GPU with long ones and idle it with short ones.
    """

    def __init__(self, most: int, **options: Any) -> None:
        self.most = most
        super().__init__(**options)

    def get_train_dataloader(self) -> DataLoader[Any]:
        dataset = cast(Dataset, self.train_dataset)
        lengths = list_value_length(dataset.with_format("arrow")[:]["input_ids"]).to_pylist()
        return self.accelerator.prepare(
            DataLoader(
                self._remove_unused_columns(dataset, description="training"),
                batch_sampler=TokenBatches(lengths, self.most, self.args.seed),
                collate_fn=self.data_collator,
                num_workers=self.args.dataloader_num_workers,
            )
        )


class TokenBatches(Sampler[list[int]]):
    """The places of the examples in batches of at most `most` tokens each, the longest example's length
    counted for all of them. Every example comes once an epoch; one that is longer than `most` comes alone."""

    def __init__(self, lengths: Sequence[int], most: int, seed: int) -> None:
        self.seed, self.epoch = seed, 0
        rng = Random(seed)
        order = [length * (1 + LENGTHS_MIXED * rng.random()) for length in lengths]
        self.batches: list[list[int]] = []
        longest = 0
        for place in sorted(range(len(order)), key=order.__getitem__):
            longest = max(longest, lengths[place])
            if not self.batches or longest * (len(self.batches[-1]) + 1) > most:
                self.batches.append([])
                longest = lengths[place]
            self.batches[-1].append(place)

    def set_epoch(self, epoch: int) -> None:
        self.epoch = epoch

    def __len__(self) -> int:
        return len(self.batches)

    def __iter__(self) -> Iterator[list[int]]:
        order = Random(f"{self.seed}-{self.epoch}")
        return iter(order.sample(self.batches, len(self.batches)))


def trainer_step(checkpoint: Path | str) -> int:
    """The step of a checkpoint, by its name."""
    return int(Path(checkpoint).name.rpartition("-")[2])


def write_mean(checkpoints: list[Path], adapter: Path) -> None:
    """Write the mean of adapters as the folder `adapter`."""
    shutil.rmtree(adapter, ignore_errors=True)
    adapter.mkdir()
    shutil.copy(checkpoints[-1] / "adapter_config.json", adapter)
    parts = [load_file(checkpoint / WEIGHTS) for checkpoint in checkpoints]
    mean = {
        name: torch.stack([part[name].float() for part in parts]).mean(0).contiguous()
        for name in parts[0]
    }
    save_file(mean, adapter / WEIGHTS)


def _options(checkpoints: Path, settings: ReaderSettings) -> SFTConfig:
    return SFTConfig(
        output_dir=str(checkpoints),
        num_train_epochs=settings.epochs,
        learning_rate=settings.learning_rate,
        lr_scheduler_type="cosine_with_min_lr",
        lr_scheduler_kwargs={"min_lr_rate": 0.1},
        warmup_steps=10,
        completion_only_loss=True,
        max_length=LONGEST,
        gradient_checkpointing=False,
        bf16=False,  # the weights are bfloat16 already, the adapter is not
        seed=settings.seed,
        data_seed=settings.seed,
        logging_steps=1 if not torch.cuda.is_available() else 20,
        save_steps=settings.save_every,
        save_total_limit=AVERAGED,
        report_to=[],
        disable_tqdm=True,
        dataset_num_proc=MANY_CORES if (os.cpu_count() or 1) >= MANY_CORES else None,
        dataloader_num_workers=WORKERS if torch.cuda.is_available() else 0,
        use_cpu=not torch.cuda.is_available(),
    )


class _Told(TrainerCallback):
    def __init__(
        self, on_progress: Callable[[int, int, float], None] | None, stop_at: int | None
    ) -> None:
        self.on_progress = on_progress
        self.stop_at = stop_at

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        if self.stop_at is not None and state.global_step >= self.stop_at:
            control.should_training_stop = control.should_save = True

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
        if self.on_progress is not None and logs and "loss" in logs:
            self.on_progress(state.global_step, state.max_steps, float(logs["loss"]))
