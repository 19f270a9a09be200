"""A step of training with the options of a run, on the packaged student, before any work: TRL and
Transformers check many of them only when they use them, and by then a round's problems are paid for.
"""

from __future__ import annotations

import json
import math
import warnings
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from zoped.foundation.errors import ZopedError, first_line
from zoped.students.hugging_face import quiet, student_folder
from zoped.train.grpo.faults import machine_faults
from zoped.train.grpo.settings import TrainSettings
from zoped.train.grpo.train_round import RoundJob, TrainingError, make_trainer

LENGTH = 32  # tokens of an answer, at most
# How they begin: those for engines, several processes, the student's own weights and its template, or
# the hub, of which a step on another student says nothing.
ELSEWHERE = (
    *("use_vllm", "vllm_", "use_liger", "liger_", "use_transformers_", "transformers_"),
    *("fsdp", "deepspeed", "ddp_", "torch_compile", "model_init_", "chat_template_", "hub_"),
    *("log_completions", "trackio_"),
)


def try_options(settings: TrainSettings, seed: int) -> None:
    """Train for a step with those options that have no field of ours. Raises TrainingError, and names
    the option that cannot be used where it is one alone."""
    given = {
        name: value
        for name, value in settings.trl_options.items()
        # The engine's own words, where there is one.
        if not (name.startswith(ELSEWHERE) or (name == "generation_kwargs" and _has_vllm(settings)))
    }
    fault = _fault(settings, given, seed) if given else None
    if fault is None:
        return
    for name, value in given.items():
        if alone := _fault(settings, {name: value}, seed):
            raise TrainingError(f"train.{name}: {value!r} cannot be used: {alone}")
    raise TrainingError(f"train: {', '.join(given)} cannot be used together: {fault}")


def _has_vllm(settings: TrainSettings) -> bool:
    return bool(settings.trl_options.get("use_vllm"))


def _fault(settings: TrainSettings, options: Mapping[str, Any], seed: int) -> str | None:
    """What goes wrong in a step with the options; nothing where it is taken."""
    own = settings.model_dump(
        include=settings.model_fields_set & type(settings).model_fields.keys()
    )
    small: dict[str, Any] = {
        "prompts_per_step": 1,
        "num_generations": 2,
        "gradient_accumulation_steps": 1,
    }
    small |= {"steps": settings.num_iterations, "save_steps": None, "lora": None}
    with TemporaryDirectory() as name:
        folder = Path(name)
        problems = folder / "problems.jsonl"
        problems.write_text(json.dumps({"text": "What is 3 + 4?", "answer": "7"}))
        job = RoundJob(
            settings=TrainSettings.model_validate({**own, **small, **options}),
            model=str(student_folder("lab")),
            problems=problems,
            checkpoints=folder / "checkpoints",
            output=folder / "student",
            round=1,
            rounds=1,
            instruction="",
            temperature=1.0,
            max_completion_length=LENGTH,
            seed=seed,
        )
        try:
            with machine_faults(folder, lambda: "a step of training"), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                _train(job)
        except TrainingError as error:
            return str(error)
    return None


def _train(job: RoundJob) -> None:
    quiet()
    try:
        trainer = make_trainer(job, [])
        trainer.args.save_strategy = "no"
        trainer.train()
    except ZopedError:
        raise
    except Exception as error:
        raise TrainingError(f"{type(error).__name__}: {first_line(error)}") from error
    trainer.accelerator.free_memory()
    if not math.isfinite(trainer.state.log_history[0].get("grad_norm", 0.0)):
        raise TrainingError("the step has no finite gradient")
