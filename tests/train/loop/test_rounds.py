"""A whole run through the command: killed again and again, it ends as if nothing had happened."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from mlflow import MlflowClient

from tests.openai_server import API_KEY, openai_server
from zoped.cli.config import load_config
from zoped.train.loop.parts import new_program, run_seeds
from zoped.train.results import Evaluated
from zoped.train.scores import kept_scores
from zoped.train.state import STATE, RunState
from zoped.train.teacher_cost import most_teacher_cost

pytestmark = pytest.mark.slow
OPERATORS = ["add_step", "change_numbers", "double_step", "multiply_step", "one_digit_numbers"]
CONFIG: dict[str, Any] = {
    "rounds": 2,
    "seeds": {"path": "elementary"},
    "meter": {"min_rollouts": 2, "max_rollouts": 4},
    "band": {"low": 0.4, "high": 0.6},  # so that tuning alone does not find enough to train on
    "measure": {"seeds": 3, "variants": 2},
    "tune": {
        "teacher_calls": 14,
        "rollouts": 120,
        "batch_size": 2,
        "candidates": 2,
        "exploration_tries": 8,
    },
    "generate": {"operators": OPERATORS, "variants": 8, "decisions": 10},
    "curriculum": {"replay": 0.25, "seeds": 0.25, "order": "mixed"},
    "reward": {"functions": {"my_rewards.brevity": 0.0}},
    "train": {"steps": 2, "prompts_per_step": 8, "num_generations": 4, "save_steps": 1},
    "evaluate": {"problems": 40},
}

# A reward of the user's: it counts for nothing, and runs out of memory while `out-of-memory` is there.
MY_REWARDS = """
from pathlib import Path
import torch
def brevity(completion, problem):
    if Path("out-of-memory").exists() and problem["id"] != "example":
        torch.empty(2**50)
    return -len(completion)
"""


def reply(body: dict[str, Any]) -> str:
    """The same request gets the same operator, in every process."""
    digest = hashlib.sha256(json.dumps(body["messages"]).encode()).digest()
    return json.dumps({"choice": {"operator": OPERATORS[digest[0] % len(OPERATORS)], "number": 0}})


class Runs:
    """The process that forks the runs of this file (tests/train/loop/forked_runs.py)."""

    def __init__(self, config: Path) -> None:
        self.config = config
        environment = os.environ | {
            "OPENAI_API_KEY": API_KEY,
            "LITELLM_LOCAL_MODEL_COST_MAP": "True",
            "PYTHONWARNINGS": "ignore",
        }
        environment.pop("MLFLOW_TRACKING_URI", None)
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("forked_runs.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
            cwd=config.parent,
        )
        assert self.process.stdout.readline() == "{}\n"

    def __call__(self, folder: Path, *, config: Path | None = None, **request: Any) -> Any:
        arguments = ["run", str(config or self.config), "--run-dir", str(folder)]
        line = json.dumps({"arguments": arguments, "file_limit": None, "kill": None} | request)
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        return SimpleNamespace(**json.loads(self.process.stdout.readline()))

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait(timeout=120)


def rows(folder: Path, query: str) -> list[tuple[Any, ...]]:
    if not (folder / "state.db").exists():
        return []
    with sqlite3.connect(f"file:{folder / 'state.db'}?mode=ro", uri=True, timeout=10) as state:
        try:
            return state.execute(query).fetchall()
        except sqlite3.OperationalError:  # the tables are not made yet
            return []


def outcome(folder: Path) -> dict[str, Any]:
    """Everything that a run decides: its problems, pass rates, metrics and weights."""
    return {
        "phases": rows(folder, "SELECT round, phase, metrics FROM phases ORDER BY round, phase"),
        "problems": rows(folder, "SELECT id, round, step FROM problems ORDER BY id"),
        "pass rates": rows(folder, "SELECT * FROM pass_rates ORDER BY 1, 2"),
        "weights": [
            hashlib.sha256(file.read_bytes()).hexdigest()
            for file in sorted((folder / "rounds").glob("*/student/model.safetensors"))
        ],
    }


@pytest.fixture(scope="module")
def server():
    with openai_server(reply) as server:
        yield server


@pytest.fixture(scope="module")
def runs(server, tmp_path_factory):
    folder = tmp_path_factory.mktemp("config")
    path = folder / "tiny.yaml"
    teacher = {"model": "openai/scripted", "api_base": server.url}
    path.write_text(yaml.safe_dump(CONFIG | {"teacher": teacher}))
    (folder / "my_rewards.py").write_text(MY_REWARDS)
    runs = Runs(path)
    yield runs
    runs.close()


@pytest.fixture(scope="module")
def whole(runs, server, tmp_path_factory):
    """The run that nothing interrupts, its folder, and what it asked the teacher."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    before = len(server.requests)
    run = runs(folder)
    assert run.code == 0, run.printed
    return SimpleNamespace(folder=folder, requests=server.requests[before:], **vars(run))


def table_of(printed: str) -> str:
    """Without the costs: what was under way when a run was killed is asked and paid for again."""
    table = printed.partition("The run")[2].partition("results are in")[0]
    lines = table.splitlines()
    return "\n".join(line for line in lines if "not known" not in line)


# Where a round is killed; a task named twice is killed twice.
MOMENTS = [
    "measuring the student on the seeds",
    "measuring the prompts",
    "tuning the teacher's prompts",
    "tuning the teacher's prompts",
    "measuring what was tuned",
    "generating problems in the band",
    "generating problems in the band",
    "GRPO steps",
    "GRPO steps",
    "held-out problems",
]


@pytest.mark.timeout(600)
def test_a_run_that_is_killed_at_20_random_moments_ends_the_same(runs, whole, tmp_path):
    folder, rng = tmp_path / "run", Random(0)
    moments = [f"round {round_}: {moment}" for round_ in (1, 2) for moment in MOMENTS]
    for place, task in enumerate(moments):
        kill = {
            "tasks": moments[place:],
            "events": rng.randint(1, whole.events[task]),
            "delay": rng.random() * 0.15,
            "signal": signal.SIGKILL,
        }
        run = runs(folder, kill=kill)
        assert run.killed and run.code == -signal.SIGKILL, (task, run.printed)
    assert len(moments) == 20
    last = runs(folder)
    assert last.code == 0, last.printed
    assert outcome(folder) == outcome(whole.folder)
    assert table_of(last.printed) == table_of(whole.printed)
    # Every step of generation is there once, in order, and so is every problem.
    for round_ in (1, 2):
        steps = rows(folder, f"SELECT step FROM steps WHERE round = {round_} ORDER BY step")
        assert steps == [(step,) for step in range(len(steps))] != []
    problems = rows(folder, "SELECT instance_key FROM problems")
    assert len(set(problems)) == len(problems)


def test_ctrl_c_says_what_was_kept(runs, tmp_path):
    kill = {
        "tasks": ["round 1: measuring the student"],
        "events": 1,
        "delay": 0,
        "signal": signal.SIGINT,
    }
    stopped = runs(tmp_path / "run", kill=kill)
    assert stopped.code == 130
    assert "the same command goes on from there" in stopped.printed
    assert "Traceback" not in stopped.printed
    assert rows(tmp_path / "run", "SELECT round, phase FROM phases") == [(0, "evaluate")]


@pytest.fixture
def second_training(whole, tmp_path):
    """A run that is about to train its second round; its checkpoints are those of steps 3 and 4."""
    folder = tmp_path / "run"
    shutil.copytree(whole.folder, folder)
    with sqlite3.connect(folder / "state.db") as state:
        state.execute("DELETE FROM phases WHERE round = 2 AND phase IN ('train', 'evaluate')")
    shutil.rmtree(folder / "rounds" / "0002" / "student")
    return folder


def cut(file: Path) -> None:
    """The file without its second half, as a crash of the machine leaves it."""
    os.truncate(file, file.stat().st_size // 2)


def test_a_damaged_last_checkpoint_is_passed_over(runs, whole, second_training):
    cut(second_training / "checkpoints" / "checkpoint-4" / "model.safetensors")
    run = runs(second_training)
    assert run.code == 0, run.printed
    assert run.events["round 2: GRPO steps"] == 2, "one step was trained again"
    assert outcome(second_training) == outcome(whole.folder)


def test_where_no_checkpoint_of_the_round_before_is_whole_it_is_trained_again(
    runs, whole, second_training
):
    cut(second_training / "checkpoints" / "checkpoint-4" / "optimizer.pt")
    cut(second_training / "checkpoints" / "checkpoint-3" / "model.safetensors")
    run = runs(second_training)
    assert run.code == 0, run.printed
    assert "the last checkpoint of round 1 is damaged or gone" in run.printed
    assert outcome(second_training) == outcome(whole.folder)


def test_a_full_disk_is_one_message_and_the_last_whole_checkpoint_stays(
    runs, whole, second_training
):
    shutil.rmtree(second_training / "checkpoints" / "checkpoint-4")
    full = runs(second_training, file_limit=5_000_000)  # less than an optimizer's state
    assert full.code == 2 and "Traceback" not in full.printed
    assert "the disk is full" in full.printed and "give the same command again" in full.printed
    again = runs(second_training)
    assert again.code == 0, again.printed
    assert outcome(second_training) == outcome(whole.folder)


def test_running_out_of_memory_in_a_step_is_one_message_and_the_last_checkpoint_stays(
    runs, whole, second_training
):
    shutil.rmtree(second_training / "checkpoints" / "checkpoint-4")
    flag = runs.config.parent / "out-of-memory"
    flag.touch()
    full = runs(second_training)
    flag.unlink()
    assert full.code == 2 and "Traceback" not in full.printed
    assert "out of memory in step 4 of the campaign, in round 2" in full.printed
    assert "train.gradient_accumulation_steps" in full.printed
    # As the message says: the step in more parts, in the same folder.
    settings = yaml.safe_load(runs.config.read_text())
    settings["train"]["gradient_accumulation_steps"] = 2
    parts = runs.config.with_name("parts.yaml")
    parts.write_text(yaml.safe_dump(settings))
    again = runs(second_training, config=parts)
    assert again.code == 0, again.printed
    assert again.events["round 2: GRPO steps"] == 2, "one step was left"
    ours, theirs = outcome(second_training), outcome(whole.folder)
    assert ours["problems"] == theirs["problems"] and len(ours["weights"]) == 2


def test_the_run_says_what_came_of_it(whole):
    for part in (
        *("held-out accuracy", "95 % interval", "tuned", "accepted", "teacher calls"),
        "groups with a gradient, expected",
    ):
        assert part in whole.printed
    assert f"zoped ui {whole.folder.parent}/mlflow.db" in whole.printed
    assert whole.printed.count("  symbols: ") == 3


def test_a_run_asks_less_than_its_dry_run_says(runs, whole):
    settings = load_config(runs.config)
    program = new_program(settings)
    most = most_teacher_cost(settings, program, run_seeds(settings))
    assert 30 < len(whole.requests) <= most.calls < 10 * len(whole.requests)
    written = sum(len(json.dumps(request["messages"])) for request in whole.requests)
    assert written <= most.prompt_tokens
    assert most.completion_tokens == settings.teacher.max_tokens * most.calls
    assert most.dollars is None
    assert str(most).endswith("price not known, where none is made again")


def test_trl_s_metrics_are_those_of_the_training_and_the_run_has_its_headline(whole):
    client = MlflowClient(f"sqlite:///{whole.folder.parent / 'mlflow.db'}")
    experiment = client.get_experiment_by_name("tiny").experiment_id
    by_name = {run.info.run_name: run for run in client.search_runs([experiment])}
    for name, number, steps in (("round 1", 1, [1, 2]), ("round 2", 2, [3, 4])):
        (phase,) = client.search_runs(
            [experiment], f"tags.phase = 'train' and tags.round = '{number}'"
        )
        history = client.get_metric_history(phase.info.run_id, "train/frac_reward_zero_std")
        assert [point.step for point in history] == steps
        assert "train/rewards/brevity/mean" in phase.data.metrics
        measured = 1 - sum(point.value for point in history) / len(history)
        run = by_name[name]
        assert run.data.metrics["train/gradient_share"] == pytest.approx(measured)
        assert 0 < run.data.metrics["generate/gradient_share_expected"] < 1
        assert "train/rewards/brevity/mean" not in run.data.metrics
    table = json.loads(
        Path(client.download_artifacts(phase.info.run_id, "completions.json")).read_text()
    )
    assert {"step", "prompt", "completion", "correctness", "advantage"} <= set(table["columns"])
    assert len(table["data"]) == 32
    numbers = by_name[f"{whole.folder.name}, seed 0"].data.metrics
    accuracy = by_name["round 2"].data.metrics["evaluate/accuracy"]
    assert numbers["accuracy_low"] < numbers["accuracy"] == accuracy < numbers["accuracy_high"]
    assert numbers["coverage"] >= 1 and 0 < numbers["learnable_share"] < 1
    assert numbers["teacher_calls"] == len(whole.requests)
    assert numbers["rollouts"] > 16 and numbers["minutes"] > 0 and numbers["tokens"] > 0
    assert numbers["greedy_accuracy"] == by_name["round 2"].data.metrics["evaluate/greedy"]
    assert "greedy_gain" in numbers and len(numbers) <= 13


def test_the_run_s_data_prompts_and_programs_are_in_mlflow(whole):
    client = MlflowClient(f"sqlite:///{whole.folder.parent / 'mlflow.db'}")
    experiment = client.get_experiment_by_name("tiny").experiment_id
    (run,) = client.search_runs([experiment], "tags.kind = 'run'")
    data = {entry.dataset.name for entry in run.inputs.dataset_inputs}
    assert data == {"seeds elementary", "held out builtin"}
    parts = client.search_runs([experiment])
    unfinished = {run.info.run_name for run in parts if run.info.status != "FINISHED"}
    assert len(parts) > 10 and unfinished == set()
    for number in (1, 2):
        (training,) = client.search_runs(
            [experiment], f"tags.phase = 'train' and tags.round = '{number}'"
        )
        (entry,) = training.inputs.dataset_inputs
        assert entry.dataset.name == f"round {number} problems"
        (tuning,) = client.search_runs(
            [experiment], f"tags.phase = 'tune' and tags.round = '{number}'"
        )
        linked = {e["name"] for e in json.loads(tuning.data.tags["mlflow.linkedPrompts"])}
        assert "tiny.mutate.choose" in linked
        assert [output.model_id for output in tuning.outputs.model_outputs]


def test_the_score_of_every_held_out_problem_is_kept(whole):
    with RunState(whole.folder / STATE) as state:
        for number in (0, 1, 2):
            scores = kept_scores(state, number)
            assert len(scores) == 40
            accuracy = Evaluated.load(state, number).accuracy
            assert sum(scores.values()) / 40 == pytest.approx(accuracy)


def test_completions_of_every_step_are_in_the_run_folder(whole):
    files = sorted((whole.folder / "checkpoints" / "completions").glob("*.parquet"))
    assert [file.stem for file in files] == [f"completions_{step:05d}" for step in (1, 2, 3, 4)]


def test_a_run_that_is_over_does_no_work_again(runs, whole, server):
    asked = len(server.requests)
    again = runs(whole.folder)
    assert again.code == 0 and again.events == {} and len(server.requests) == asked
    assert table_of(again.printed) == table_of(whole.printed)


def test_a_folder_of_another_configuration_is_refused(runs, whole, tmp_path):
    other = tmp_path / "other.yaml"
    other.write_text(runs.config.read_text().replace("decisions: 10", "decisions: 11"))
    refused = runs(whole.folder, config=other)
    assert refused.code == 2
    assert "generate.decisions" in refused.printed and "Traceback" not in refused.printed


def test_a_run_that_is_over_goes_on_with_more_rounds(runs, whole, tmp_path):
    folder, more = tmp_path / "run", runs.config.with_name("three_rounds.yaml")
    shutil.copytree(whole.folder, folder)
    more.write_text(runs.config.read_text().replace("rounds: 2", "rounds: 3"))
    run = runs(folder, config=more)
    assert run.code == 0, run.printed
    assert {task.split(":")[0] for task in run.events} == {"round 3"}
    three, two = outcome(folder), outcome(whole.folder)
    assert set(two["phases"]) < set(three["phases"]) and len(three["phases"]) == 16
    assert three["weights"][:2] == two["weights"] and len(set(three["weights"])) == 3


def test_training_problems_are_not_held_out(whole):
    from zoped.evals.held_out import held_out_problems, normalized

    held_out = {
        normalized(problem.text) for problem in held_out_problems(CONFIG["evaluate"]["problems"])
    }
    files = sorted((whole.folder / "rounds").glob("*/problems.jsonl"))
    lines = [json.loads(line) for file in files for line in file.open()]
    assert len(lines) == 32 and not {normalized(line["text"]) for line in lines} & held_out
    assert {line["source"] for line in lines[:16]} <= {"new", "seed"}
    assert "replayed" in {line["source"] for line in lines[16:]}
