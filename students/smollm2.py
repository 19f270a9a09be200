"""SmolLM2-135M-Instruct out of its GGUF file, converted once into a folder TRL can train."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

from zoped.programs.teachers.embedded import fetch_embedded_model


def smollm2_folder() -> Path:
    """The converted model in the cache (269 MB in bfloat16), keyed by the GGUF file's hash."""
    gguf = fetch_embedded_model()
    digest = hashlib.sha256(gguf.read_bytes()).hexdigest()[:16]
    folder = gguf.parent / f"smollm2-135m-instruct-{digest}"
    if folder.is_dir():
        return folder
    draft = Path(tempfile.mkdtemp(prefix="converting-", dir=gguf.parent))
    try:
        AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name).save_pretrained(draft)
        # Without `dequantize` the model stays flagged as quantized: not savable, not trainable.
        model = AutoModelForCausalLM.from_pretrained(
            gguf.parent,
            gguf_file=gguf.name,
            dtype=torch.bfloat16,
            quantization_config=GgufConfig(dequantize=True),
        )
        model.save_pretrained(draft)
        os.rename(draft, folder)
    except OSError:
        # Another process has converted it meanwhile: a folder that is there is whole.
        if not folder.is_dir():
            raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return folder
