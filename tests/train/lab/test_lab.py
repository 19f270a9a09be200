"""A real lab through the command: runs that fail or are killed take nothing else with them."""

import contextlib
import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from filelock import FileLock
from mlflow import MlflowClient
from typer.testing import CliRunner, Result

from zoped.cli.errors import UserError
from zoped.cli.lab_config import load_lab
from zoped.cli.main import app
from zoped.train.lab.results import RunNumbers, load_numbers
from zoped.train.lab.settings import merged
from zoped.train.run_folder import LOCK

pytestmark = pytest.mark.timeout(900)  # processes that import everything, a few at a time
BASE = {
    "rounds": 2,
    "teacher": {"model": "none"},
    "seeds": {"path": "elementary"},
    "meter": {"min_rollouts": 2, "max_rollouts": 4},
    "measure": {"seeds": 0},
    "generate": {"operators": ["change_numbers", "double_step"], "decisions": 6, "variants": 4},
    "curriculum": {"filter": "none"},
    "reward": {"functions": {"my_rewards.accident": 0.0}},
    "train": {"steps": 2, "prompts_per_step": 2, "num_generations": 4, "save_steps": 1},
    "evaluate": {"held_out": "lab", "problems": 12, "every": 2},
}
LAB = {
    "base": "base.yaml",
    "folder": "out",
    "seeds": [0],
    "arms": {"seeds": {"generate.source": "seeds"}, "filtered": {"curriculum.filter": "band"}},
    "claims": ["filtered > seeds in gain"],
}
# A reward of the user's that counts for nothing, and at which the run or the lab is killed, once.
MY_REWARDS = """
import os, signal
from pathlib import Path
def accident(completion, problem):
    for name, process in (("kill-run", os.getpid()), ("kill-lab", os.getppid())):
        if Path(name).exists() and problem["id"] != "example":
            Path(name).unlink()
            os.kill(process, signal.SIGKILL)
    return 0.0
"""


@pytest.fixture
def lab_file(tmp_path):
    return write_lab(tmp_path)


def write_lab(folder: Path, **changes) -> Path:
    (folder / "base.yaml").write_text(yaml.safe_dump(BASE))
    (folder / "my_rewards.py").write_text(MY_REWARDS)
    (folder / "lab.yaml").write_text(yaml.safe_dump(LAB | changes, sort_keys=False))
    return folder / "lab.yaml"


def command(file: Path, *options: str) -> Result:
    """`zoped lab` where the file is: the runs are processes of their own, the lab is this one."""
    with contextlib.chdir(file.parent), pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "200")
        patch.setenv("PYTHONPATH", os.environ.get("PYTHONPATH", ""))
        patch.setattr(sys, "path", list(sys.path))
        return CliRunner().invoke(app, ["lab", file.name, *options])


def killed_lab(file: Path) -> int:
    """The exit code of a lab that is a process too, since it is to die."""
    zoped = [sys.executable, "-m", "zoped.cli.main"]
    return subprocess.run([*zoped, "lab", file.name], cwd=file.parent, check=False).returncode


def numbers(file: Path) -> list[RunNumbers]:
    """Without what depends on the machine."""
    return [
        replace(run, seconds=0.0, cpu_seconds=0.0)
        for run in load_numbers(file.parent / "out" / "results.jsonl")
    ]


def weights(file: Path) -> list[str]:
    files = (file.parent / "out").rglob("0002/student/model.safetensors")
    return [hashlib.sha256(each.read_bytes()).hexdigest() for each in sorted(files)]


def test_overrides_are_dotted_or_nested_and_leave_the_base_as_it_is():
    base = {"train": {"steps": 2, "beta": 0.1}, "rounds": 2}
    changed = merged(base, {"train.steps": 3, "rounds": 1}, {"train": {"beta": 0.2}})
    assert changed == {"train": {"steps": 3, "beta": 0.2}, "rounds": 1}
    assert base == {"train": {"steps": 2, "beta": 0.1}, "rounds": 2}
    own = {"reward": {"functions": {"my_rewards.brevity": 0.1}}}
    assert merged({"reward": {"math_verify": True}}, own) == {
        "reward": {"math_verify": True, "functions": {"my_rewards.brevity": 0.1}}
    }


def test_runs_are_ordered_so_that_any_part_of_them_is_paired(tmp_path):
    students = {"strong": {}, "weak": {"student.temperature": 1.5}}
    lab = load_lab(write_lab(tmp_path, seeds=[0, 1], students=students))
    assert [(run.seed, run.student, run.arm) for run in lab.runs] == [
        (seed, student, arm)
        for seed in (0, 1)
        for student in ("strong", "weak")
        for arm in ("seeds", "filtered")
    ]
    assert lab.runs[2].settings.student.temperature == 1.5
    assert lab.runs[2].settings.generate.source == "seeds"
    assert len({run.folder for run in lab.runs}) == 8


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"arms": {"seeds": {"generate.sauce": "seeds"}}}, "arm seeds: generate.sauce: unknown"),
        ({"arms": {"../up": {}}}, "arms"),
        ({"arms": {}}, "arms"),
        ({"reference": "oracle"}, "there is no arm 'oracle'"),
        ({"claims": ["oracle > seeds in gain"]}, "there is no arm 'oracle'"),
        ({"claims": ["seeds are best"]}, "A > B in METRIC"),
        ({"seeds": [1, 1]}, "one is given twice"),
        ({"base": "nowhere.yaml"}, "nowhere.yaml: there is no such file"),
        ({"jobs": 0}, "jobs"),
        (
            {"arms": {"seeds": {"curriculum.order": "mixd"}}},
            "arm seeds: curriculum.order: no rule 'mixd'; there are shuffled, easy_to_hard, mixed",
        ),
    ],
)
def test_what_is_wrong_with_a_lab_is_told_before_any_work(tmp_path, change, told):
    file = write_lab(tmp_path, **{"claims": [], **change})
    with pytest.raises(UserError) as raised:
        load_lab(file)
    assert told in str(raised.value) and str(tmp_path) in str(raised.value)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"generate.operators": ["ad_step"]}, "generate.operators: no operator 'ad_step'; did you"),
        ({"curriculum.order": "my_rewards.order"}, "curriculum.order: no rule 'my_rewards.order'"),
    ],
)
@pytest.mark.parametrize("options", [(), ("--dry-run",)])
def test_a_name_that_there_is_not_is_told_before_any_arm_begins(tmp_path, change, told, options):
    file = write_lab(tmp_path, arms={**LAB["arms"], "misspelt": change})
    done = command(file, *options)
    assert done.exit_code == 2, done.output
    assert f"lab.yaml: student lab, arm misspelt: {told}" in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The lab that nothing happens to, with an arm that cannot run."""
    folder = tmp_path_factory.mktemp("whole")
    broken = {"seeds.path": "nowhere.jsonl"}
    file = write_lab(folder, arms={"broken": broken, **LAB["arms"]}, reference="seeds")
    return file, command(file)


@pytest.mark.slow
def test_a_failed_run_is_named_and_the_others_go_on(whole):
    file, done = whole
    assert done.exit_code == 2
    assert "1 of 3 runs failed: lab, broken, seed 0" in done.stderr
    assert "nowhere.jsonl" in done.stderr
    found = {run.arm: run for run in numbers(file)}
    assert found.keys() == {"seeds", "filtered"} and all(run.finished for run in found.values())
    for run in found.values():
        assert [point.round for point in run.points] == [0, 2]
        assert (run.steps, run.training, run.evaluation) == (4, 32, 48)
        assert all(point.greedy is not None for point in run.points)
        assert run.rollouts == run.points[-1].rollouts
        assert run.points[0].levels.keys() == {"at_level", "above", "far_above"}
    assert found["seeds"].measuring == 0 < found["filtered"].measuring
    assert found["seeds"].points[0] == found["filtered"].points[0], "they start alike"
    report = (file.parent / "out" / "results.md").read_text()
    assert report in done.stdout and "fewer than two seeds" in report
    assert (file.parent / "out" / "accuracy.png").exists()


@pytest.mark.slow
def test_the_runs_that_are_over_stand_in_mlflow_by_their_arms(whole):
    file, done = whole
    assert f"in MLflow: zoped ui {file.parent / 'mlflow.db'}" in done.stdout
    client = MlflowClient(f"sqlite:///{file.parent / 'mlflow.db'}")
    experiment = client.get_experiment_by_name("lab")
    tracked = {run.data.tags["arm"]: run for run in client.search_runs([experiment.experiment_id])}
    found = {run.arm: run for run in numbers(file)}
    assert tracked.keys() == found.keys() == {"seeds", "filtered"}
    for arm, run in found.items():
        metrics = tracked[arm].data.metrics
        assert metrics["accuracy"] == pytest.approx(run.points[-1].accuracy)
        assert metrics["rollouts"] == run.rollouts
        of_run = tracked[arm].info.run_id
        steps = {
            name: [each.step for each in client.get_metric_history(of_run, name)]
            for name in ("accuracy", "minutes")
        }
        assert steps == {"accuracy": [0, 2], "minutes": [2]}, "what it cost is known at its end"
    assert tracked["seeds"].data.params["generate.source"] == "seeds"


@pytest.mark.slow
def test_what_is_there_is_planned_and_reported_without_a_run(whole):
    file, _ = whole
    plan = command(file, "--dry-run")
    assert plan.exit_code == 0 and plan.stdout.count("over") == 2 and "new" in plan.stdout
    (file.parent / "out" / "results.md").unlink()
    assert command(file, "--report").exit_code == 0
    assert (file.parent / "out" / "results.md").exists()
    again = command(file, "--only", "seeds,filtered")
    assert again.exit_code == 0 and "0 of 2 runs to do" in again.stderr
    assert "there is no arm 'oracle'" in command(file, "--only", "oracle").stderr


@pytest.mark.slow
@pytest.mark.parametrize("killed", ["kill-run", "kill-lab"])
def test_a_lab_that_was_killed_comes_to_the_same_end(whole, lab_file, killed):
    (lab_file.parent / killed).touch()
    if killed == "kill-run":
        first = command(lab_file)
        assert first.exit_code == 2 and "killed by signal 9" in first.stderr
        assert sum(run.finished for run in numbers(lab_file)) == 1
    else:
        assert killed_lab(lab_file) == -9
        for lock in (lab_file.parent / "out").rglob(LOCK):
            with FileLock(lock, timeout=60):
                pass  # its runs have ended too
    assert not (lab_file.parent / killed).exists()
    second = command(lab_file)
    assert second.exit_code == 0, second.output
    assert numbers(lab_file) == numbers(whole[0])
    assert weights(lab_file) == weights(whole[0])
