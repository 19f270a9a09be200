"""The adapter as one GGUF file, which llama.cpp puts on top of the embedded model as it is.

As llama.cpp's own convert_lora_to_gguf.py does for Llama: tensors by their names there, and the rows of
what projects to queries and keys in the order of its rotary embedding.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

from zoped.foundation.files import drafted

BLOCK = 32
_TENSOR = re.compile(
    r"base_model\.model\.model\.layers\.(\d+)\.(?:self_attn|mlp)\.(\w+)\.lora_([AB])\.weight"
)
_NAMES = {
    "q_proj": "attn_q",
    "k_proj": "attn_k",
    "v_proj": "attn_v",
    "o_proj": "attn_output",
    "gate_proj": "ffn_gate",
    "up_proj": "ffn_up",
    "down_proj": "ffn_down",
}


def adapter_to_gguf(adapter: Path, base: Path, target: Path) -> None:
    """Write PEFT's `adapter` folder for the Llama in `base` as `target`: in blocks of 32 numbers of
    eight bits, or in half precision where the rows are none of those.

    Raises ValueError for an adapter of other layers than Llama's projections.
    """
    import gguf

    eight_bit = gguf.GGMLQuantizationType.Q8_0
    options = json.loads((adapter / "adapter_config.json").read_text())
    config = json.loads((base / "config.json").read_text())
    heads = {"q_proj": config["num_attention_heads"], "k_proj": config["num_key_value_heads"]}
    with drafted(target) as part:
        writer = gguf.GGUFWriter(part, "llama")
        writer.add_type(gguf.GGUFType.ADAPTER)
        writer.add_string(gguf.Keys.Adapter.TYPE, "lora")
        writer.add_float32(gguf.Keys.Adapter.LORA_ALPHA, float(options["lora_alpha"]))
        for name, weights in sorted(load_file(adapter / "adapter_model.safetensors").items()):
            match = _TENSOR.fullmatch(name)
            if match is None:
                raise ValueError(f"{adapter}: {name} is no projection of a Llama's layer")
            layer, projection, half = match.groups()
            if half == "B" and projection in heads:
                weights = _in_rotary_order(weights, heads[projection])
            name = f"blk.{layer}.{_NAMES[projection]}.weight.lora_{half.lower()}"
            if weights.shape[1] % BLOCK == 0:
                packed = gguf.quants.quantize(weights.astype(np.float32), eight_bit)
                writer.add_tensor(name, packed, raw_dtype=eight_bit)
            else:
                writer.add_tensor(name, weights.astype(np.float16))
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()


def _in_rotary_order(weights: np.ndarray, heads: int) -> np.ndarray:
    """Rows of each head in pairs that are rotated together, not in halves."""
    rows = weights.shape[0]
    paired = weights.reshape(heads, 2, rows // heads // 2, *weights.shape[1:])
    return np.ascontiguousarray(paired.swapaxes(1, 2).reshape(weights.shape))
