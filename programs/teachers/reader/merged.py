"""The embedded model with what it has learnt worked into its weights, which llama.cpp runs faster.

An adapter beside the model costs two more products in every layer, and the model comes in a format
(Q4_1) that llama.cpp has no fast kernels for, as it has for Q8_0. Q4_0 is faster still, and loses half of what
the reader can do.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np

from zoped.foundation.files import drafted
from zoped.programs.teachers.model_file import fetch_embedded_model


def merged_model(adapter: Path) -> Path:
    """The GGUF file in the cache (145 MB), made the first time, which takes some twenty seconds.

    Its name holds the hash of the adapter. Raises TeacherError where the model cannot be fetched, OSError where the
    file cannot be written.
    """
    base = fetch_embedded_model()
    digest = hashlib.sha256(adapter.read_bytes()).hexdigest()[:16]
    path = base.parent / f"reader-{digest}.gguf"
    if not path.is_file():
        with drafted(path) as part:
            merge(base, adapter, part)
    return path


def merge(base: Path, adapter: Path, target: Path) -> None:
    """Write the model `base` with the adapter worked in as `target`, its matrices in Q8_0."""
    import gguf

    eight_bit = gguf.GGMLQuantizationType.Q8_0

    learnt = gguf.GGUFReader(adapter)
    halves = {tensor.name: _numbers(tensor) for tensor in learnt.tensors}
    alpha = float(learnt.fields[gguf.Keys.Adapter.LORA_ALPHA].contents())
    reader = gguf.GGUFReader(base)
    writer = gguf.GGUFWriter(target, "llama")
    for name, field in reader.fields.items():
        if not name.startswith("GGUF.") and name != gguf.Keys.General.ARCHITECTURE:
            is_array = field.types[0] == gguf.GGUFValueType.ARRAY
            inner = field.types[-1] if is_array else None
            writer.add_key_value(name, field.contents(), field.types[0], sub_type=inner)
    for tensor in reader.tensors:
        if tensor.tensor_type != gguf.GGMLQuantizationType.Q4_1:
            writer.add_tensor(tensor.name, tensor.data, raw_dtype=tensor.tensor_type)
            continue
        weights = _numbers(tensor)
        if f"{tensor.name}.lora_a" in halves:
            down, up = halves[f"{tensor.name}.lora_a"], halves[f"{tensor.name}.lora_b"]
            weights += (alpha / len(down)) * (up @ down)
        packed = gguf.quants.quantize(weights, eight_bit)
        writer.add_tensor(tensor.name, packed, raw_dtype=eight_bit)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _numbers(tensor: Any) -> np.ndarray:
    import gguf

    return gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
