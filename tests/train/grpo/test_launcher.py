"""A round in processes of its own: what is started, what comes back, and what a failure says."""

import json
import os
from pathlib import Path

import pandas as pd
import pytest
import yaml
from accelerate.commands.config.config_args import load_config_from_file
from filelock import FileLock

from tests.train.grpo.test_grpo import job, write_problems
from zoped.train import TrainSettings, load_student
from zoped.train.grpo.__main__ import LOCK
from zoped.train.grpo.launcher import accelerate_config, launch_command, launch_round
from zoped.train.grpo.train_round import TrainingError

SHIPPED = ("ddp", "fsdp", "fsdp1", "fsdp2", "multi_gpu", "zero1", "zero2", "zero3")


@pytest.mark.slow
def test_two_processes_share_a_step_and_answer_no_problem_twice(tmp_path, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    folder = tmp_path / "run"
    settings = {"launcher": "torchrun", "processes": 2, "log_completions": True}
    write_problems(folder, TrainSettings.model_validate({"steps": 2, "prompts_per_step": 4}))
    told = {}
    launch_round(job(folder, **settings), folder / "job", on_log=lambda m, s: told.update({s: m}))
    assert sorted(told) == [1, 2] and all("reward" in metrics for metrics in told.values())
    assert load_student(folder / "student").version != load_student("lab").version
    assert {"rng_state_0.pth", "rng_state_1.pth"} <= set(
        os.listdir(folder / "checkpoints" / "checkpoint-2")
    )
    # TRL gathers what all ranks were asked: each problem of a step `num_generations` times.
    wanted = [json.loads(line)["text"] for line in (folder / "problems-1.jsonl").open()]
    for step in (1, 2):
        file = folder / "checkpoints" / "completions" / f"completions_{step:05d}.parquet"
        asked = pd.read_parquet(file)["prompt"].astype(str)
        counts = [asked.str.contains(text, regex=False).sum() for text in wanted]
        now = counts[(step - 1) * 4 : step * 4]
        assert now == [4] * 4 and sum(counts) == 16


def test_a_job_that_fails_says_how(tmp_path):
    folder = tmp_path / "run"
    write_problems(folder, TrainSettings.model_validate({"steps": 2, "prompts_per_step": 4}))
    failing = job(folder, launcher="sh -c 'echo out of memory; exit 7 # {command}'")
    with pytest.raises(TrainingError, match=r"ended with 7; .*job\.log ends with:\nout of memory"):
        launch_round(failing, folder / "job")
    with pytest.raises(TrainingError, match=r"student is not there: .*wait for the job"):
        launch_round(job(folder, launcher="true {command}"), folder / "job")
    with pytest.raises(TrainingError, match=r"train\.launcher: no-such-program"):
        launch_round(job(folder, launcher="no-such-program {command}"), folder / "job")


def test_a_job_says_what_went_wrong_in_it_whatever_its_launcher_prints_behind(tmp_path):
    (tmp_path / "problems-1.jsonl").write_text('{"text": "1 + 1?", "answer": "2"}\n')
    script = tmp_path / "launch"  # torchrun's report of a failure has 40 lines
    script.write_text('"$@" || { seq 40; exit 1; }')
    said = r"the training job failed: .* has 1 problem;.*need exactly 8\n.*job\.log has all"
    for _ in range(2):  # a fault of before is not told again
        failing = job(tmp_path, launcher=f"sh {script} {{command}}")
        with pytest.raises(TrainingError, match=said):
            launch_round(failing, tmp_path / "job")
    with pytest.raises(TrainingError, match=r"ended with 1; .*job\.log ends with:"):
        launch_round(job(tmp_path, launcher="false {command}"), tmp_path / "job")


def test_a_job_that_a_killed_command_left_behind_is_not_joined_by_another(tmp_path):
    (tmp_path / "problems-1.jsonl").write_text('{"text": "1 + 1?", "answer": "2"}\n')
    (tmp_path / "job").mkdir()
    with (
        FileLock(tmp_path / "job" / LOCK),
        pytest.raises(
            TrainingError, match=r"failed: a job of an earlier command.* still trains in"
        ),
    ):
        launch_round(job(tmp_path, launcher="env {command}"), tmp_path / "job")
    assert not (tmp_path / "checkpoints").exists()


def test_a_cluster_command_gets_the_round_as_words_or_as_text():
    file = Path("/runs/my run/job.json")
    words = launch_command("srun --gpus 8 {command}", None, file)
    assert words[:3] == ["srun", "--gpus", "8"] and words[-2:] == [
        "zoped.train.grpo",
        str(file),
    ]
    text = launch_command("ray job submit -- bash -lc 'cd /code && {command}'", None, file)
    assert text[:6] == ["ray", "job", "submit", "--", "bash", "-lc"]
    batch = launch_command('sbatch --wait --wrap="{command}"', None, file)
    assert len(batch) == 3 and batch[2].startswith("--wrap=") and batch[2].endswith("job.json'")
    assert text[6].startswith("cd /code && ") and "'/runs/my run/job.json'" in text[6]


@pytest.mark.parametrize("name", SHIPPED)
def test_the_shipped_configurations_are_accelerates(name):
    path = accelerate_config(name)
    config = load_config_from_file(str(path))
    assert config.num_processes == 8
    command = launch_command(f"accelerate:{name}", 4, Path("job.json"))
    assert command[1:] == [
        *("-m", "accelerate.commands.launch", "--config_file", str(path)),
        *("--num_processes", "4", "-m", "zoped.train.grpo", "job.json"),
    ]
    raw = yaml.safe_load(path.read_text())
    if name in ("fsdp", "fsdp2"):
        assert raw["fsdp_config"]["fsdp_state_dict_type"] == "FULL_STATE_DICT"
    if name == "zero3":
        assert raw["deepspeed_config"]["zero3_save_16bit_model"] is True


def test_an_accelerate_configuration_may_be_a_file(tmp_path):
    own = tmp_path / "own.yaml"
    own.write_text("distributed_type: 'NO'\n")
    assert accelerate_config(str(own)) == own
    with pytest.raises(
        TrainingError, match=r"accelerate:fsdq: .*TRL has .*fsdp2, multi_gpu, .*called ddp, fsdp"
    ):
        accelerate_config("fsdq")
