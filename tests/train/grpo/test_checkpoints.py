"""A checkpoint counts only if every file of it is whole."""

import json
import os

import pytest
import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM

from zoped.train.grpo.checkpoints import last_valid_checkpoint, save_student

CONFIG = LlamaConfig(
    vocab_size=16, hidden_size=8, intermediate_size=16, num_hidden_layers=1,
    num_attention_heads=2, tie_word_embeddings=True,
)  # fmt: skip


@pytest.fixture
def checkpoints(tmp_path):
    for step in (2, 4):
        folder = tmp_path / f"checkpoint-{step}"
        folder.mkdir()
        save_file({"weight": torch.ones(64, 64)}, folder / "model.safetensors")
        torch.save({"state": torch.ones(64, 64)}, folder / "optimizer.pt")
        torch.save({"cpu": torch.ones(8)}, folder / "rng_state.pth")
        (folder / "trainer_state.json").write_text(json.dumps({"global_step": step}))
    return tmp_path


def test_the_newest_whole_one_counts(checkpoints):
    assert last_valid_checkpoint(checkpoints) == checkpoints / "checkpoint-4"


@pytest.mark.parametrize("name", ["model.safetensors", "optimizer.pt", "rng_state.pth"])
@pytest.mark.parametrize("left", [0, 4, 300, -1])
def test_a_file_that_was_cut_off_is_noticed(checkpoints, name, left):
    file = checkpoints / "checkpoint-4" / name
    os.truncate(file, left if left >= 0 else file.stat().st_size + left)
    assert last_valid_checkpoint(checkpoints) == checkpoints / "checkpoint-2"


def test_weights_that_are_missing_are_noticed(checkpoints):
    newest = checkpoints / "checkpoint-4"
    (newest / "model.safetensors").unlink()
    assert last_valid_checkpoint(checkpoints) == checkpoints / "checkpoint-2"
    index = {"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}
    (newest / "model.safetensors.index.json").write_text(json.dumps(index))
    save_file({"a": torch.ones(2)}, newest / "model-1.safetensors")
    assert last_valid_checkpoint(checkpoints) == checkpoints / "checkpoint-2"
    save_file({"b": torch.ones(2)}, newest / "model-2.safetensors")
    assert last_valid_checkpoint(checkpoints) == newest


@pytest.mark.parametrize("state", ['{"global_st', "{}", None])
def test_a_checkpoint_without_its_state_does_not_count(checkpoints, state):
    file = checkpoints / "checkpoint-4" / "trainer_state.json"
    file.unlink()
    if state is not None:
        file.write_text(state)
    assert last_valid_checkpoint(checkpoints) == checkpoints / "checkpoint-2"
    assert last_valid_checkpoint(checkpoints / "nothing") is None


def test_every_process_must_have_written_its_random_state(checkpoints):
    assert last_valid_checkpoint(checkpoints, processes=2) is None
    for rank in (0, 1):
        torch.save({"cpu": torch.ones(8)}, checkpoints / "checkpoint-2" / f"rng_state_{rank}.pth")
    assert last_valid_checkpoint(checkpoints, processes=2) == checkpoints / "checkpoint-2"


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """A first model, a checkpoint of it as trained, and one of a trained adapter."""
    folder = tmp_path_factory.mktemp("models")
    for seed, name in enumerate(("first", "checkpoint-2")):
        torch.manual_seed(seed)
        LlamaForCausalLM(CONFIG).save_pretrained(folder / name)
    adapted = get_peft_model(
        LlamaForCausalLM.from_pretrained(folder / "first"),
        LoraConfig(r=2, target_modules=["q_proj"], init_lora_weights=False),
    )
    adapted.save_pretrained(folder / "checkpoint-4")
    return folder


class NoTokenizer:
    def save_pretrained(self, folder):
        """Nothing to save."""


def weights(folder):
    return LlamaForCausalLM.from_pretrained(folder).state_dict()


@pytest.mark.parametrize("checkpoint", ["checkpoint-2", "checkpoint-4"])
def test_a_student_lies_where_it_is_wanted_between_the_first_and_the_trained(
    models, tmp_path, checkpoint
):
    saved = {}
    for share in (1.0, 0.25):
        output = tmp_path / str(share)
        first = str(models / "first")
        save_student(models / checkpoint, output, first, NoTokenizer(), interpolation=share)
        saved[share] = weights(output)
    first = weights(models / "first")
    assert any(not torch.equal(first[name], saved[1.0][name]) for name in first)
    for name, weight in saved[0.25].items():
        wanted = 0.75 * first[name] + 0.25 * saved[1.0][name]
        assert torch.allclose(weight, wanted, atol=1e-6), name


@pytest.mark.parametrize("share", [1.0, 0.5])
@pytest.mark.parametrize("checkpoint", ["checkpoint-2", "checkpoint-4"])
def test_a_student_has_what_was_trained_though_the_first_model_is_in_bfloat16(
    tmp_path, checkpoint, share
):
    """Steps of a small learning rate are smaller than what bfloat16 weights can tell apart."""
    torch.manual_seed(0)
    first = LlamaForCausalLM(CONFIG).to(torch.bfloat16)
    first.save_pretrained(tmp_path / "first")
    trained = LlamaForCausalLM.from_pretrained(tmp_path / "first", dtype=torch.float32)
    if checkpoint == "checkpoint-4":
        trained = get_peft_model(trained, LoraConfig(r=2, target_modules=["q_proj"]))
    with torch.no_grad():
        for weight in trained.parameters():
            if weight.requires_grad:
                weight += 1e-5 * torch.randn_like(weight)
    trained.save_pretrained(tmp_path / checkpoint)
    wanted = trained.merge_and_unload() if checkpoint == "checkpoint-4" else trained
    output = tmp_path / "student"
    save_student(
        tmp_path / checkpoint, output, str(tmp_path / "first"), NoTokenizer(), interpolation=share
    )
    saved = AutoModelForCausalLM.from_pretrained(output, dtype="auto").state_dict()
    for name, weight in wanted.state_dict().items():
        before = first.state_dict()[name].float()
        assert torch.equal(saved[name], torch.lerp(before, weight, share)), name
