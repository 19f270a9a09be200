"""A supervised warm start: the student reads worked steps before it is rewarded for answers.

The examples are problems made from the run's seeds by operators drawn at random, each solved with
worked steps by the solver; TRL's SFTTrainer trains on the solutions alone.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import dspy

from zoped.programs import Seed
from zoped.students.prompting import how_asked, messages
from zoped.train.grpo.checkpoints import last_valid_checkpoint, save_student
from zoped.train.grpo.settings import WarmStartSettings

TRIES = 20  # decisions without a new example after which the seeds are exhausted


@dataclass(frozen=True)
class WorkedExample:
    """What the student reads and what it should write."""

    text: str
    solution: str


def worked_examples(
    generator: Callable[..., dspy.Prediction],
    seeds: Sequence[Seed],
    *,
    seen: set[str],
    count: int,
    seed: int,
) -> list[WorkedExample]:
    """At most `count` solved problems; fewer where the seeds and operators give no more.

    None has a key that was `seen`: give those of the held-out problems.
    """
    return list(islice(_examples(generator, seeds, seen, seed), count))


def _examples(
    generator: Callable[..., dspy.Prediction], seeds: Sequence[Seed], seen: set[str], seed: int
) -> Iterator[WorkedExample]:
    from zoped.students.lab import answer_text  # which imports torch

    symbolic = [one for one in seeds if one.symbols is not None]
    rng = Random(f"warm-start-{seed}")
    stream = empty = 0
    while symbolic and empty < TRIES:
        outcome = generator(rng.choice(symbolic), stream, seen=seen)
        stream, empty = stream + 1, empty + 1
        for made in outcome.accepted:
            if solution := answer_text(made.symbols):
                empty = 0
                yield WorkedExample(made.text, solution)


def warm_start(
    settings: WarmStartSettings,
    examples: Sequence[WorkedExample],
    *,
    model: str,
    instruction: str,
    checkpoints: Path,
    output: Path,
    seed: int,
    chat_template_kwargs: Mapping[str, Any] | None = None,
    on_log: Callable[[Mapping[str, float], int], None] | None = None,
) -> int:
    """Train on the examples and save the student to `output`; returns the number of steps.

    Goes on from the last whole checkpoint (one an epoch) after a kill.
    """
    import torch
    from datasets import Dataset
    from transformers import AutoModelForCausalLM, AutoTokenizer, PrinterCallback, TrainerCallback
    from trl import SFTConfig, SFTTrainer

    class Log(TrainerCallback):
        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
            if on_log is not None and state.is_world_process_zero and "loss" in (logs or {}):
                numbers = {k: float(v) for k, v in logs.items() if isinstance(v, int | float)}
                on_log(numbers, state.global_step)

    cuda = torch.cuda.is_available()
    rows = [
        {
            "prompt": messages(example.text, instruction),
            "completion": [{"role": "assistant", "content": example.solution}],
        }
        | ({"chat_template_kwargs": dict(chat_template_kwargs)} if chat_template_kwargs else {})
        for example in examples
    ]
    config = SFTConfig(
        output_dir=str(checkpoints),
        num_train_epochs=settings.epochs,
        per_device_train_batch_size=settings.batch_size,
        learning_rate=settings.learning_rate,
        seed=seed,
        use_cpu=not cuda,
        bf16=cuda,
        gradient_checkpointing=cuda,
        logging_steps=1,
        disable_tqdm=True,
        save_strategy="epoch",
        save_total_limit=2,
        report_to="none",
    )
    tokenizer = AutoTokenizer.from_pretrained(model)
    logging.getLogger("transformers.trainer").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        trainer = SFTTrainer(
            model=AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32),
            args=config,
            train_dataset=Dataset.from_list(rows),
            processing_class=tokenizer,
            callbacks=[Log()],
        )
        trainer.remove_callback(PrinterCallback)
        last = last_valid_checkpoint(checkpoints)
        trainer.train(resume_from_checkpoint=str(last) if last else None)
    end = int(trainer.state.global_step)
    asked = how_asked(instruction, chat_template_kwargs)
    save_student(checkpoints / f"checkpoint-{end}", output, model, tokenizer, asked=asked)
    trainer.accelerator.free_memory()
    return end
