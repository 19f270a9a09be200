"""Checkpoints of a campaign: which one is whole, and the student that is in it."""

from __future__ import annotations

import contextlib
import json
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

# A model's own files, beside the optimizer's and the trainer's.
WEIGHTS = ("config.json", "generation_config.json", "model*.safetensors", "model*.index.json")
ADAPTER = "adapter_config.json"  # in a checkpoint of adapters alone


def last_valid_checkpoint(folder: Path, *, processes: int = 1) -> Path | None:
    """The newest checkpoint that was written to its end by all `processes`, or None.

    The trainer's state file is the last one that its first process writes; every process writes
    its random state. A checkpoint without one of them was cut off, and one with a file that is
    shorter than it says of itself is damaged: the one before counts.
    """
    whole = [
        path
        for path in folder.glob("checkpoint-*")
        if path.name.removeprefix("checkpoint-").isdigit() and _is_whole(path, processes)
    ]
    return max(whole, key=step_of, default=None)


def _is_whole(checkpoint: Path, processes: int) -> bool:
    try:
        state = json.loads((checkpoint / "trainer_state.json").read_text())
    except (OSError, ValueError):
        return False
    random_states = [f"rng_state_{rank}.pth" for rank in range(processes)] if processes > 1 else []
    return (
        state.get("global_step") == step_of(checkpoint)
        and all((checkpoint / name).is_file() for name in random_states)
        and all(map(_is_whole_file, checkpoint.iterdir()))
        and _has_weights(checkpoint)
    )


def _has_weights(checkpoint: Path) -> bool:
    """Weights in one file or in all the shards of an index, or another engine's own folders."""
    for index in checkpoint.glob("*.index.json"):
        try:
            shards = set(json.loads(index.read_text())["weight_map"].values())
        except (OSError, ValueError, KeyError):
            return False
        if not all((checkpoint / shard).is_file() for shard in shards):
            return False
    kinds = ("*.safetensors", "*.bin", "global_step*", "pytorch_model_fsdp*")
    return any(next(checkpoint.glob(kind), None) for kind in kinds)


def _is_whole_file(path: Path) -> bool:
    """Whether a file of tensors is as long as its own table of contents says; true of others."""
    try:
        if path.suffix == ".safetensors":
            with path.open("rb") as file:
                length = int.from_bytes(file.read(8), "little")
                if length > path.stat().st_size:
                    return False
                header = json.loads(file.read(length))
            ends = [entry["data_offsets"][1] for name, entry in header.items() if name[0] != "_"]
            return path.stat().st_size == 8 + length + max(ends, default=0)
        if path.suffix in (".pt", ".pth", ".bin"):
            # The table of a zip archive is at its end; PyTorch writes no other format any more.
            return zipfile.is_zipfile(path)
    except (OSError, ValueError, KeyError, IndexError):
        return False
    return True


def step_of(checkpoint: Path) -> int:
    return int(checkpoint.name.removeprefix("checkpoint-"))


def save_student(
    checkpoint: Path,
    output: Path,
    model: str,
    tokenizer: Any,
    *,
    interpolation: float = 1.0,
    asked: Mapping[str, Any] | None = None,
) -> None:
    """The checkpoint's weights as a plain folder, with what the first model says of itself, and with how
    it was `asked`: what `load_student` reads of its generation configuration.

    Adapters are merged into the weights of `model`, so that a student is always a whole model. With an
    `interpolation` below 1 the weights are so far on the way from those of `model` (0) to the
    checkpoint's (1). The folder is there whole or not at all.
    """
    from transformers import GenerationConfig

    draft = output.with_name(f"{output.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    if interpolation < 1:
        _interpolated(checkpoint, model, interpolation).save_pretrained(draft)
    elif (checkpoint / ADAPTER).is_file():
        _merged(checkpoint, model).save_pretrained(draft)
    else:
        # Copied, not loaded: one process of many does this, and DeepSpeed would split what it loads.
        for pattern in WEIGHTS:
            for file in checkpoint.glob(pattern):
                shutil.copy2(file, draft / file.name)
    generation = GenerationConfig()
    for folder in (draft, model):  # a model without one keeps the checkpoint's
        with contextlib.suppress(OSError):
            generation = GenerationConfig.from_pretrained(folder)
    for name, value in (asked or {}).items():
        setattr(generation, name, value)
    generation.save_pretrained(draft)
    tokenizer.save_pretrained(draft)
    shutil.rmtree(output, ignore_errors=True)
    draft.rename(output)


def _merged(checkpoint: Path, model: str) -> Any:
    from peft import PeftModel

    trained: Any = PeftModel.from_pretrained(_in_full(model), str(checkpoint))
    return trained.merge_and_unload()


def _interpolated(checkpoint: Path, model: str, share: float) -> Any:
    import torch

    first = _in_full(model)
    adapted = (checkpoint / ADAPTER).is_file()
    trained = _merged(checkpoint, model) if adapted else _in_full(checkpoint)
    with torch.no_grad():
        for own, other in zip(trained.parameters(), first.parameters(), strict=True):
            own.copy_(torch.lerp(other, own, share))
    return trained


def _in_full(model: str | Path) -> Any:
    """In float32, as it was trained: most of what a round changes is too small for bfloat16 weights."""
    import torch
    from transformers import AutoModelForCausalLM
    from transformers.integrations import unset_hf_deepspeed_config

    unset_hf_deepspeed_config()  # or ZeRO-3 would split the model over processes that do not load it
    return AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32)
