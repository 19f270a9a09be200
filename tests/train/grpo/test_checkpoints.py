"""A checkpoint counts only if every file of it is whole."""

import json
import os

import pytest
import torch
from safetensors.torch import save_file

from zoped.train.grpo.checkpoints import last_valid_checkpoint


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
