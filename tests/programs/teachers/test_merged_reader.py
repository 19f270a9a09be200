"""The embedded model with the adapter worked in: the same product of matrices."""

from pathlib import Path

import gguf
import numpy as np
import pytest

from zoped.programs.teachers.reader.merged import merge

Q4_1, Q8_0 = gguf.GGMLQuantizationType.Q4_1, gguf.GGMLQuantizationType.Q8_0
NAMES = ("blk.0.attn_q.weight", "blk.0.ffn_up.weight")


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    rng = np.random.default_rng(0)
    base = gguf.GGUFWriter(tmp_path / "base.gguf", "llama")
    base.add_uint32("llama.block_count", 1)
    base.add_array("tokenizer.ggml.tokens", ["a", "b", "c"])
    for name in NAMES:
        weights = rng.normal(size=(96, 64)).astype(np.float32)
        base.add_tensor(name, gguf.quants.quantize(weights, Q4_1), raw_dtype=Q4_1)
    base.add_tensor("output_norm.weight", np.arange(64, dtype=np.float32))
    adapter = gguf.GGUFWriter(tmp_path / "adapter.gguf", "llama")
    adapter.add_type(gguf.GGUFType.ADAPTER)
    adapter.add_float32(gguf.Keys.Adapter.LORA_ALPHA, 64.0)
    adapter.add_tensor(f"{NAMES[0]}.lora_a", rng.normal(size=(32, 64)).astype(np.float16))
    adapter.add_tensor(f"{NAMES[0]}.lora_b", rng.normal(size=(96, 32)).astype(np.float16))
    for writer in (base, adapter):
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
    return tmp_path / "base.gguf", tmp_path / "adapter.gguf"


def numbers(path: Path) -> dict[str, np.ndarray]:
    tensors = gguf.GGUFReader(path).tensors
    return {t.name: gguf.quants.dequantize(t.data, t.tensor_type) for t in tensors}


def test_what_was_learnt_is_worked_into_the_weights(files, tmp_path):
    base, adapter = files
    merge(base, adapter, tmp_path / "merged.gguf")
    before, learnt, after = map(numbers, (base, adapter, tmp_path / "merged.gguf"))
    down, up = learnt[f"{NAMES[0]}.lora_a"], learnt[f"{NAMES[0]}.lora_b"]
    wanted = before[NAMES[0]] + (64 / 32) * (up.astype(np.float32) @ down.astype(np.float32))
    rounding = np.abs(wanted).max() / 127
    assert np.abs(after[NAMES[0]] - wanted).max() <= rounding
    assert np.abs(wanted - before[NAMES[0]]).max() > 10 * rounding
    # What nothing was learnt for stays as it was.
    assert np.abs(after[NAMES[1]] - before[NAMES[1]]).max() <= np.abs(before[NAMES[1]]).max() / 127
    assert np.array_equal(after["output_norm.weight"], before["output_norm.weight"])
    fields = gguf.GGUFReader(tmp_path / "merged.gguf").fields
    assert fields["tokenizer.ggml.tokens"].contents() == ["a", "b", "c"]
    assert fields["llama.block_count"].contents() == 1
    assert fields["general.architecture"].contents() == "llama"
