"""The options of TRL's trainers that stand under `train:` beside our own fields, checked by name,
type and limits. TRL is imported only where there is one to check: that takes seconds."""

from __future__ import annotations

import dataclasses
import json
import typing
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from zoped.foundation.errors import ZopedError, did_you_mean

# What a round sets itself: another value would break resuming, or what is measured would not be
# what is trained.
OURS = {
    "output_dir": "the run folder decides it",
    "max_steps": "`steps` and `rounds` decide it",
    "num_train_epochs": "`steps` decides it",
    "per_device_train_batch_size": "`prompts_per_step`, `num_generations` and "
    "`gradient_accumulation_steps` decide it",
    "steps_per_generation": "a step's problems are answered together",
    "generation_batch_size": "a step's problems are answered together",
    "shuffle_dataset": "the order of a round's problems is part of what makes it resumable",
    "ignore_data_skip": "a resumed round skips the data it has trained on",
    "save_strategy": "checkpoints lie every `save_steps` and at the round's end",
    "logging_steps": "what is known of a round is read from the log of every step",
    "logging_strategy": "what is known of a round is read from the log of every step",
    "report_to": "Zoped hands the metrics to its own tracker",
    "temperature": "`student.temperature` decides it, for measuring and training alike",
    "max_completion_length": "`student.max_new_tokens` decides it, for measuring and training alike",
    "seed": "the run's `seed` decides it",
    "reward_weights": "the section `reward` decides it",
    "remove_unused_columns": "the rewards read the other columns",
    "push_to_hub": "`zoped export --push` does it",
    "resume_from_checkpoint": "the same command resumes",
    "sync_ref_model": "a checkpoint does not hold the reference model, so a resumed round would differ",
    "save_only_model": "a checkpoint without the optimizer cannot be resumed",
    "do_train": "a round trains",
    "do_eval": "the evaluate phase does it",
    "eval_strategy": "the evaluate phase does it",
}

_NATURAL = Annotated[int, Field(ge=0)]
_POSITIVE = Annotated[float, Field(gt=0)]
_BELOW_ONE = Annotated[float, Field(ge=0, lt=1)]
# What TRL takes at its word, and ignores or fails at when answers have been sampled.
LIMITS: dict[str, Any] = {
    "top_p": Annotated[float, Field(gt=0, le=1)],
    "top_k": _NATURAL,
    "min_p": Annotated[float | None, Field(ge=0, le=1)],
    "repetition_penalty": _POSITIVE,
    "top_entropy_quantile": Annotated[float, Field(ge=0, le=1)],
    "delta": Annotated[float | None, Field(gt=0)],
    "sapo_temperature_neg": _POSITIVE,
    "sapo_temperature_pos": _POSITIVE,
    "weight_decay": Annotated[float, Field(ge=0)],
    "adam_beta1": _BELOW_ONE,
    "adam_beta2": _BELOW_ONE,
    "adam_epsilon": Annotated[float, Field(ge=0)],
    "neftune_noise_alpha": Annotated[float | None, Field(ge=0)],
    "dataloader_num_workers": _NATURAL,
    "save_total_limit": Annotated[int | None, Field(ge=1)],
    "multi_objective_aggregation": Literal["sum_then_normalize", "normalize_then_sum"],
    "vllm_mode": Literal["server", "colocate"],
    "vllm_model_impl": Literal["vllm", "transformers"],
    "vllm_importance_sampling_mode": Literal[
        "token_truncate", "token_mask", "sequence_truncate", "sequence_mask"
    ],
    "vllm_gpu_memory_utilization": Annotated[float, Field(gt=0, le=1)],
    "vllm_tensor_parallel_size": Annotated[int, Field(ge=1)],
    "vllm_max_model_length": Annotated[int | None, Field(ge=1)],
    "vllm_server_port": Annotated[int, Field(ge=1, le=65_535)],
    "vllm_server_timeout": _POSITIVE,
}


class OptionError(ZopedError, ValueError):
    """Options that cannot be used: name -> what is wrong with it."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        self.faults = dict(faults)
        super().__init__("; ".join(f"{name}: {fault}" for name, fault in faults.items()))


def config_class(algorithm: str) -> type[Any]:
    """TRL's configuration of the algorithm."""
    import trl

    return {"grpo": trl.GRPOConfig, "rloo": trl.RLOOConfig}[algorithm]


def has_option(algorithm: str, name: str) -> bool:
    return name in {field.name for field in dataclasses.fields(config_class(algorithm))}


def check_options(algorithm: str, options: Mapping[str, Any], own: Iterable[str]) -> None:
    """Raise OptionError for options that Zoped sets, that the algorithm does not have, or whose
    value has the wrong type or is beyond its limits. `own` are the fields that may have been meant."""
    if not options:
        return
    config = config_class(algorithm)
    types = typing.get_type_hints(config)
    names = {field.name for field in dataclasses.fields(config) if field.init}
    faults = {}
    for name, value in options.items():
        if name in OURS:
            faults[name] = f"not to be set here: {OURS[name]}"
        elif name not in names:
            hint = did_you_mean(name, [*own, *names])
            faults[name] = f"unknown field: neither Zoped nor TRL's {config.__name__} has it{hint}"
        elif fault := _value_fault(LIMITS.get(name, types[name]), value):
            faults[name] = fault
    if faults:
        raise OptionError(faults)


def _value_fault(annotation: Any, value: Any) -> str | None:
    # As strictly as our own fields are read: "0.9" is no number, and 1 is not true. As JSON, so that
    # a whole number may stand for a float and a list for a tuple.
    adapter = TypeAdapter(annotation, config=ConfigDict(strict=True, allow_inf_nan=False))
    try:
        adapter.validate_json(json.dumps(value, default=str))
    except ValidationError as error:
        message = error.errors(include_url=False)[0]["msg"]
        return f"{value!r} is not allowed; {message[0].lower()}{message[1:]}"
    return None
