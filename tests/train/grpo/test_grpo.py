"""Rounds of GRPO: exact over crashes, and strict about what would make them inexact."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from statistics import fmean

import pandas as pd
import pytest
from safetensors.torch import load_file

from tests.train.grpo import campaigns
from zoped.evals import is_right
from zoped.evals.held_out import HeldOutProblem, held_out_problems
from zoped.train import RoundJob, TrainSettings, load_student
from zoped.train.grpo.checkpoints import last_valid_checkpoint
from zoped.train.grpo.round_log import (
    group_pass_rates,
    log_history,
    rollouts_of,
    training_metrics,
    varied_share,
)
from zoped.train.grpo.train_round import TrainingError, train_round

# Many campaigns in one process: minutes on a machine that does other things too.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
SETTINGS = {
    "steps": 2,
    "prompts_per_step": 4,
    "num_generations": 4,
    "learning_rate": 1e-3,
    "save_steps": 1,
}
# Name -> settings, and the step after which the run dies (0: it is only run whole).
CASES = {
    "equal rounds": ({}, 3),
    "unequal rounds": ({"steps": [1, 3]}, 3),
    "gradient accumulation": ({"gradient_accumulation_steps": 2}, 3),
    "rewards scaled by a step's": ({"scale_rewards": "batch"}, 3),
    "adapters": ({"lora": {"rank": 4, "dropout": 0.1}, "beta": 0.04}, 3),
    "two passes": (
        {"num_iterations": 2, "save_steps": 2, "loss_type": "grpo"}
        | {"importance_sampling_level": "sequence"},
        3,
    ),
    "dynamic sampling": ({"dynamic_sampling": 3}, 3),
    "rloo": ({"algorithm": "rloo", "beta": 0.02, "normalize_advantages": True}, 3),
}
LOSSES = ["grpo", "dr_grpo", "bnpo", "cispo", "sapo", "luspo", "vespo"]
ONE_STEP = {"steps": 1, "importance_sampling_level": "token"}


@lru_cache
def learnable_problems() -> list[HeldOutProblem]:
    """Those that the lab student solves about half of the time come first: their groups have a
    gradient."""
    problems = [p for p in held_out_problems(120) if p.grade == 1]
    answers = load_student("lab").sample([p.text for p in problems], samples=8, seed=0)
    rates = [
        fmean(is_right(text, p.answer) for text in texts)
        for p, texts in zip(problems, answers, strict=True)
    ]
    order = sorted(range(len(problems)), key=lambda i: abs(rates[i] - 0.5))
    return [problems[i] for i in order]


def write_problems(folder: Path, settings: TrainSettings) -> None:
    folder.mkdir(parents=True)
    problems = learnable_problems()
    start = 0
    for round_ in (1, 2):
        end = start + settings.problems_of(round_)
        rows = [json.dumps({"text": p.text, "answer": p.answer}) for p in problems[start:end]]
        (folder / f"problems-{round_}.jsonl").write_text("\n".join(rows) + "\n")
        start = end


def run_campaigns(folder: Path, cases: dict, *launcher: str) -> str:
    for name, (change, _) in cases.items():
        settings = TrainSettings.model_validate(SETTINGS | change)
        write_problems(folder / name / "whole", settings)
        shutil.copytree(folder / name / "whole", folder / name / "crashed")
    described = {
        name: {"settings": SETTINGS | change, "die_at": die_at, "rounds": 2 if die_at else 1}
        for name, (change, die_at) in cases.items()
    }
    (folder / "cases.json").write_text(json.dumps(described))
    command = [sys.executable, *launcher, campaigns.__file__, str(folder)]
    root = str(Path(__file__).parents[3])
    result = subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        timeout=800,
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": root},
    )
    assert result.returncode == 0, result.stderr[-3000:]
    return result.stderr[-3000:]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Every campaign in one process: CASES, and a step with each of TRL's losses."""
    losses = {loss: (ONE_STEP | {"loss_type": loss}, 0) for loss in LOSSES}
    folder = tmp_path_factory.mktemp("campaigns")
    told = run_campaigns(folder, CASES | losses)
    codes = json.loads((folder / "codes-0.json").read_text())
    assert codes == {name: [0, campaigns.CRASHED, 0] for name in CASES} | {
        loss: [0] for loss in LOSSES
    }, told
    return folder


def weights(folder: Path) -> str:
    return hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()


def log(folder: Path) -> dict[int, tuple[float, float]]:
    lines = (folder / "log.jsonl").read_text().splitlines()
    return {step: tuple(numbers) for step, *numbers in map(json.loads, lines)}


@pytest.mark.parametrize("case", CASES)
def test_a_crashed_campaign_ends_with_the_same_weights(trained, case):
    whole, crashed = trained / case / "whole", trained / case / "crashed"
    students = [weights(whole / name) for name in ("student-1", "student-2")]
    assert students == [weights(crashed / name) for name in ("student-1", "student-2")]
    start = weights(Path(load_student("lab").folder))
    assert len({start, *students}) == 3, "each round changes the weights"
    assert list(log(whole)) == [1, 2, 3, 4], "the steps of the second round go on from the first"
    assert log(crashed) == log(whole)


# TRL's trainer for RLOO writes no completions.
@pytest.mark.parametrize("case", [case for case in CASES if case != "rloo"])
def test_every_answer_of_a_round_counts_once_for_its_problem(trained, case):
    """What is trained on twice counts once, and what is thrown away counts too."""
    settings = TrainSettings.model_validate(SETTINGS | CASES[case][0])
    for run in ("whole", "crashed"):
        checkpoints, last = trained / case / run / "checkpoints", settings.last_step(2)
        logs = log_history(checkpoints, last)
        for round_ in (1, 2):
            steps = settings.generations_of(round_)
            sampled = rollouts_of(
                [entry for entry in logs if entry["step"] in steps], generations=len(steps), each=16
            )
            rates = group_pass_rates(checkpoints, steps).values()
            assert sum(rate.rollouts for rate in rates) == sampled
            if case == "dynamic sampling":
                assert any(rate.passes in (0, rate.rollouts) for rate in rates)


@pytest.mark.parametrize("case", [case for case in CASES if case != "rloo"])
def test_the_share_of_groups_with_a_gradient_is_that_of_groups(trained, case):
    """TRL's is, unless rewards are scaled by those of a whole step."""
    settings = TrainSettings.model_validate(SETTINGS | CASES[case][0])
    checkpoints = trained / case / "whole" / "checkpoints"
    steps = range(1, settings.last_step(2) + 1, settings.num_iterations)
    logs = [log for log in log_history(checkpoints, settings.last_step(2)) if log["step"] in steps]
    logged = training_metrics(logs)["gradient_share"]
    share = varied_share(checkpoints, steps, settings.num_generations)
    if not settings.scales_by_step:
        assert share == pytest.approx(logged)
    varied = []
    for step in steps:
        file = checkpoints / "completions" / f"completions_{step:05d}.parquet"
        right = pd.read_parquet(file)["correctness"].to_numpy().reshape(-1, 4)
        varied += [len(set(group)) > 1 for group in right.tolist()]
    assert share == fmean(varied)


@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_of_trl_trains(trained, loss):
    moved = weights(trained / loss / "whole" / "student-1")
    assert moved != weights(Path(load_student("lab").folder))


def test_a_student_keeps_what_the_first_one_says_of_itself(trained):
    student = load_student(trained / "equal rounds" / "whole" / "student-2")
    start = load_student("lab")
    assert student.instruction == start.instruction
    assert student.max_new_tokens == start.max_new_tokens


def test_adapters_are_merged_into_a_student(trained):
    start = load_file(Path(load_student("lab").folder) / "model.safetensors")
    student = load_file(trained / "adapters" / "whole" / "student-2" / "model.safetensors")
    assert student.keys() == start.keys()
    changed = {name for name in start if not start[name].equal(student[name])}
    assert changed and all("proj" in name for name in changed), "linear layers alone"


def test_two_ranks_under_torchrun_end_with_the_same_weights_after_a_crash(tmp_path):
    cases = {"ranks": ({}, 3)}
    launcher = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2")
    told = run_campaigns(tmp_path, cases, *launcher)
    codes = [json.loads((tmp_path / f"codes-{rank}.json").read_text()) for rank in (0, 1)]
    assert codes[0] == {"ranks": [0, campaigns.CRASHED, 0]}, told
    assert codes[1]["ranks"][0] == codes[1]["ranks"][2] == 0 != codes[1]["ranks"][1]
    whole, crashed = tmp_path / "ranks" / "whole", tmp_path / "ranks" / "crashed"
    for name in ("student-1", "student-2"):
        assert weights(whole / name) == weights(crashed / name)
    assert log(whole) == log(crashed) and list(log(whole)) == [1, 2, 3, 4]
    assert last_valid_checkpoint(whole / "checkpoints", processes=2).name == "checkpoint-4"
    assert last_valid_checkpoint(whole / "checkpoints", processes=3) is None


def job(folder: Path, **settings) -> RoundJob:
    return RoundJob(
        settings=TrainSettings.model_validate(SETTINGS | settings),
        model=load_student("lab").folder,
        problems=folder / "problems-1.jsonl",
        checkpoints=folder / "checkpoints",
        output=folder / "student",
        round=1,
        rounds=1,
        instruction="",
        temperature=1.0,
        max_completion_length=8,
    )


def test_a_file_of_the_wrong_length_is_refused(tmp_path):
    (tmp_path / "problems-1.jsonl").write_text('{"text": "1 + 1?", "answer": "2"}\n')
    with pytest.raises(TrainingError, match=r"has 1 problem;.*need exactly 8"):
        train_round(job(tmp_path))


def test_a_campaign_that_lost_its_checkpoints_is_refused(tmp_path):
    write_problems(tmp_path / "run", TrainSettings.model_validate(SETTINGS))
    second = job(tmp_path / "run").model_copy(update={"round": 2, "rounds": 2})
    with pytest.raises(
        TrainingError, match=r"no valid checkpoint of the end of round 1 \(step 2\)"
    ):
        train_round(second)


def test_options_that_trl_refuses_together_are_told(tmp_path):
    write_problems(tmp_path / "run", TrainSettings.model_validate(SETTINGS))
    with pytest.raises(TrainingError, match=r"TRL refuses these options: .*auto_find_batch_size"):
        train_round(job(tmp_path / "run", auto_find_batch_size=True))
