"""Rounds of GRPO: exact over crashes, and strict about what would make them inexact."""

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from zoped.evals.held_out import held_out_problems
from zoped.train import GRPOSettings, load_student
from zoped.train.grpo import TrainingError, last_valid_checkpoint, train_round

SETTINGS = {
    "steps": 2,
    "prompts_per_step": 4,
    "num_generations": 8,
    "learning_rate": 1e-3,
    "save_steps": 1,
}
# Trains both rounds in a process of its own; dies without a word after `die_at` steps.
SCRIPT = """
import json, os, sys
from pathlib import Path
from zoped.train.grpo import GRPOSettings, train_round
folder, die_at, settings, student = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
def on_log(metrics, step):
    with (folder / "log.jsonl").open("a") as file:
        file.write(json.dumps([step, metrics["loss"], metrics["reward"]]) + "\\n")
    if step == die_at:
        os._exit(9)
for round_ in (1, 2):
    train_round(
        GRPOSettings.model_validate_json(settings), model=student,
        problems=folder / f"problems-{round_}.jsonl", checkpoints=folder / "checkpoints",
        output=folder / f"student-{round_}", round_=round_, rounds=2, instruction="",
        temperature=1.0, max_completion_length=40, on_log=on_log,
    )
"""


def write_problems(folder: Path, settings: dict) -> None:
    folder.mkdir(parents=True)
    count = settings["steps"] * settings["prompts_per_step"]
    # Of the middle grade: some right, some wrong, so that the groups have a gradient.
    problems = [p for p in held_out_problems(120) if p.grade == 1]
    for round_ in (1, 2):
        rows = [
            json.dumps({"text": p.text, "answer": p.answer})
            for p in problems[(round_ - 1) * count : round_ * count]
        ]
        (folder / f"problems-{round_}.jsonl").write_text("\n".join(rows) + "\n")


def train(folder: Path, settings: dict, die_at: int = 0) -> int:
    student = load_student("lab").folder
    command = [
        sys.executable,
        "-c",
        SCRIPT,
        str(folder),
        str(die_at),
        json.dumps(settings),
        student,
    ]
    return subprocess.run(command, check=False, capture_output=True, timeout=280).returncode


def weights(folder: Path) -> str:
    return hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()


def test_a_crashed_campaign_ends_with_the_same_weights(tmp_path):
    settings = SETTINGS | {"gradient_accumulation_steps": 2}
    write_problems(tmp_path / "whole", settings)
    shutil.copytree(tmp_path / "whole", tmp_path / "crashed")
    assert train(tmp_path / "whole", settings) == 0
    assert train(tmp_path / "crashed", settings, die_at=3) == 9
    assert not (tmp_path / "crashed" / "student-2").exists()
    assert train(tmp_path / "crashed", settings) == 0
    for name in ("student-1", "student-2"):
        assert weights(tmp_path / "whole" / name) == weights(tmp_path / "crashed" / name)
    start = load_student("lab")
    assert weights(tmp_path / "whole" / "student-1") != weights(Path(start.folder))
    assert weights(tmp_path / "whole" / "student-1") != weights(tmp_path / "whole" / "student-2")
    trained = load_student(tmp_path / "whole" / "student-2")
    assert (trained.instruction, trained.max_new_tokens) == (
        start.instruction,
        start.max_new_tokens,
    )
    steps = [json.loads(line)[0] for line in (tmp_path / "whole" / "log.jsonl").open()]
    assert steps == [1, 2, 3, 4], "the steps of the second round go on from the first"


def test_a_file_of_the_wrong_length_is_refused(tmp_path):
    (tmp_path / "problems.jsonl").write_text('{"text": "1 + 1?", "answer": "2"}\n')
    with pytest.raises(TrainingError, match=r"has 1 problems.*need exactly 8"):
        train_round(
            GRPOSettings(**SETTINGS),
            model=load_student("lab").folder,
            problems=tmp_path / "problems.jsonl",
            checkpoints=tmp_path / "checkpoints",
            output=tmp_path / "student",
            round_=1,
            rounds=1,
            instruction="",
            temperature=1.0,
            max_completion_length=8,
        )


def test_a_checkpoint_that_was_cut_off_does_not_count(tmp_path):
    for step, state in ((2, '{"global_step": 2}'), (4, '{"global_st'), (6, None), (8, "{}")):
        (tmp_path / f"checkpoint-{step}").mkdir()
        if state is not None:
            (tmp_path / f"checkpoint-{step}" / "trainer_state.json").write_text(state)
    assert last_valid_checkpoint(tmp_path) == tmp_path / "checkpoint-2"
    assert last_valid_checkpoint(tmp_path / "nothing") is None


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"gradient_accumulation_steps": 3}, "must divide"),
        ({"num_iterations": 2, "steps": 3}, "multiple of num_iterations"),
        ({"loss_type": "best"}, "loss_type"),
        ({"learning_rat": 1}, "learning_rat"),
        ({"format_weight": 0.5}, "format_weight"),
    ],
)
def test_settings_that_cannot_work_are_refused(wrong, message):
    with pytest.raises(ValidationError, match=message):
        GRPOSettings(**(SETTINGS | wrong))


@pytest.mark.parametrize(
    ("extra", "message"),
    [({"max_steps": 5}, "set by Zoped"), ({"top_pp": 0.9}, "did you mean `top_p`")],
)
def test_other_options_of_trl_are_checked(extra, message):
    with pytest.raises(ValueError, match=message):
        GRPOSettings(extra=extra).check_extra()
    GRPOSettings(extra={"top_p": 0.9}).check_extra()
