"""What holds for all commands, whichever there are: help, --json, --quiet, one line for bad input."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from mlflow import MlflowClient

from tests.command_line import zoped
from tests.small_run import SMALL_RUN
from tests.test_packaging import ROOT
from tests.train.compared_runs import write_run
from zoped.cli.main import app
from zoped.programs.acceptance import Reason

PROBLEM = {"variables": [{"name": "x"}], "constraints": ["2*x == 5"], "target": "x"}
SEED = {"text": "Ann has 2 pens and buys 1. How many has she?", "answer": "3"}
# What each command is asked for that is not there, and what its one line must name.
BAD_INPUT: dict[str, list[str]] = {
    "audit": ["missing"],
    "compare": ["missing", "other"],
    "diversity": ["missing"],
    "evaluate": ["--questions", "missing"],
    "export": ["missing"],
    "generate": ["--teacher", "none", "-o", "x.jsonl", "--seeds", "missing"],
    "lab": ["missing"],
    "lab-student": ["-o", "missing.txt"],
    "observe": ["folder", "missing"],
    "operators": ["missing"],
    "optimize": ["--seeds", "missing"],
    "prompts diff": ["missing", "1.before", "1.after"],
    "prompts show": ["missing"],
    "report": ["missing"],
    "run": ["missing"],
    "runs": ["missing"],
    "seeds check": ["missing"],
    "seeds convert": ["missing.csv", "-o", "made.jsonl"],
    "seeds list": ["--seeds", "missing"],
    "seeds show": ["missing"],
    "serve": ["live", "--seeds", "missing"],
    "solve": ["missing"],
    "strategies": ["missing"],
    "teacher train": ["--data", "missing"],
    "train": ["missing", "-p", "p.jsonl", "-o", "out"],
    "ui": ["missing"],
}


def names(group: Any, *before: str) -> Iterator[str]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from names(command, *before, name)
        else:
            yield " ".join((*before, name))


COMMANDS = sorted(names(typer.main.get_command(app)))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "missing.txt").write_text("a file")
    (tmp_path / "p.jsonl").write_text(json.dumps(SEED) + "\n")
    (tmp_path / "solvable.json").write_text(json.dumps(PROBLEM))
    return tmp_path


def test_every_command_is_asked_for_what_is_not_there() -> None:
    assert set(BAD_INPUT) == set(COMMANDS), "a new command has its line in BAD_INPUT"


def test_the_page_of_the_command_line_has_every_command_and_every_reason() -> None:
    page = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
    assert [command for command in COMMANDS if f"`zoped {command}" not in page] == []
    assert [reason for reason in Reason if f"`{reason}`" not in page] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_help_tells_what_it_does_and_has_json_and_quiet(command: str) -> None:
    code, out, err = zoped(*command.split(), "--help")
    assert code == 0 and not err
    assert f"Usage: zoped {command} [OPTIONS]" in out
    assert "--json" in out and "--quiet" in out
    assert out.count("<bool>") <= 1, "flags take no value (the one is Typer's own --help)"
    assert zoped(*command.split(), "-h") == (code, out, err)


@pytest.mark.parametrize("command", COMMANDS)
def test_bad_input_is_one_line_that_names_it_and_exit_code_2(command: str, folder: Path) -> None:
    before = sorted(folder.rglob("*"))
    for options in ([], ["--json", "--quiet"]):
        code, out, err = zoped(*command.split(), *options, *BAD_INPUT[command])
        assert code == 2 and not out, (out, err)
        assert err.startswith("zoped") and "missing" in err and err.count("\n") == 1, err
    assert sorted(folder.rglob("*")) == before


@pytest.mark.parametrize("command", COMMANDS)
def test_a_call_that_cannot_be_is_one_line_too_in_a_terminal_of_any_width(
    command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("FORCE_COLOR", "1")  # which is what Rich takes for a terminal
    words, bad = command.split(), BAD_INPUT[command]
    for wrong, said in (
        ([*bad, "--no-such-option"], "no such option: --no-such-option"),
        ([*bad, "--jsn"], "no such option: --jsn; did you mean --json?"),
        ([*bad, "--json=yes"], "option '--json' does not take a value"),
    ):
        code, out, err = zoped(*words, *wrong)
        assert code == 2 and not out and err.count("\n") == 1, err
        assert err.startswith(f"zoped {words[0]}") and said in err and " --help`" in err, err


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ("gnerate", "zoped: no such command 'gnerate'. Did you mean 'generate'?"),
        ("seeds chek x", "zoped seeds: no such command 'chek'. Did you mean 'check'?"),
        ("--nope", "zoped: no such option: --nope"),
        ("evaluate -z", "zoped evaluate: no such option: -z"),
        ("run", "zoped run: missing argument 'config'"),
        ("train c.yaml", "zoped train: missing option '--"),
        ("run a b c", "zoped run: got unexpected extra argument(s) (b c)"),
        ("generate --teacher", "zoped generate: option '--teacher' requires an argument"),
        ("generate -n five", "zoped generate: --count five: Input should be a valid integer"),
        ("generate -n 0", "zoped generate: --count 0: Input should be greater than"),
        ("generate --mutation up", "zoped generate: --mutation up: 'up' is not one of 'operators'"),
        (
            "optimize --exploration-tries no",
            "zoped optimize: --exploration-tries no: Input should be a valid integer",
        ),
    ],
)
def test_what_is_wrong_with_a_call_is_named(arguments: str, line: str) -> None:
    code, out, err = zoped(*arguments.split())
    assert code == 2 and not out and err.startswith(line) and err.count("\n") == 1, err


def test_a_group_without_a_command_shows_its_help() -> None:
    for group in ([], ["seeds"], ["prompts"], ["teacher"]):
        code, out, err = zoped(*group)
        assert code == 2 and "Commands" in out + err


@pytest.mark.parametrize(
    ("command", "has"),
    [
        (["operators"], "operators"),
        (["operators", "add_step"], "arguments"),
        (["strategies"], "strategies"),
        (["solve", "solvable.json"], "problems"),
        (["seeds", "check", "p.jsonl"], "seeds"),
        (["seeds", "list", "--topic", "physics"], "seeds"),
        (["seeds", "show", "train-on-a-bridge"], "answer"),
        (["evaluate", "--problems", "2", "--cache", "answers.db"], None),
        (["generate", "--teacher", "none", "-n", "1", "-o", "made.jsonl"], "accepted"),
    ],
)
def test_json_is_the_result_alone_and_quiet_says_nothing_else(
    folder: Path, command: list[str], has: str | None
) -> None:
    code, out, _ = zoped(*command, "--json")
    assert code == 0
    assert has is None or has in json.loads(out)
    code, out, err = zoped(*command, "--quiet")
    assert code == 0 and out and not err
    with pytest.raises(ValueError):
        json.loads(out)


BAD = [
    ["generate", "--teacher", "none", "-o", "x", "--seeds", "p.jsonl"],
    *([*command.split(), *bad] for command, bad in BAD_INPUT.items() if command != "optimize"),
]
WITHOUT_TORCH = [
    ["operators", "add_step"],
    ["strategies"],
    ["solve", "solvable.json"],
    ["seeds", "check", "p.jsonl"],
    ["seeds", "list"],
    ["evaluate", "--list"],
    ["generate", "--teacher", "none", "-n", "1", "-o", "made.jsonl"],
    ["runs", "."],
    ["compare", "one", "two"],
    ["report", "one"],
    ["prompts", "show", "one"],
    ["audit", "p.jsonl"],
    ["diversity", "p.jsonl", "--embed", "0"],
    ["seeds", "convert", "p.jsonl", "-o", "converted.jsonl"],
    ["export", "made.jsonl", "--format", "trl"],
    *BAD,
]


def test_what_needs_no_torch_does_not_wait_for_it(folder: Path) -> None:
    """Torch, transformers and MLflow take seconds to import."""
    for name, right in (("one", range(30)), ("two", range(20))):
        write_run(folder / name, right=right)
    code = f"""
import sys
from typer.testing import CliRunner
from zoped.cli.main import app
for arguments in {WITHOUT_TORCH!r}:
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == (2 if arguments in {BAD!r} else 0), (arguments, done.output)
    heavy = {{"torch", "transformers", "trl", "mlflow"}} & set(sys.modules)
    assert not heavy, (arguments, heavy)
import zoped.train.rounds
assert "torch" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=folder)


@pytest.mark.slow
def test_a_run_and_what_comes_after_it_tell_json_and_read_each_other(folder: Path) -> None:
    Path("c.yaml").write_text(yaml.safe_dump(SMALL_RUN))
    code, out, err = zoped("run", "c.yaml", "--json")
    assert code == 0, err
    told = json.loads(out)
    assert told["run"] == "runs/c" and len(told["rounds"]) == 1 and told["start"]["total"] == 10
    assert "run folder runs/c" in err
    code, out, err = zoped("export", told["run"], "--json", "--quiet")
    assert code == 0 and not err and Path(json.loads(out)["model"], "config.json").exists()
    code, out, _ = zoped("run", "c.yaml", "--dry-run", "--json")
    assert code == 0 and json.loads(out)["plan"]["problems"] == [2]
    # What one command writes the next one reads.
    assert zoped("generate", "--teacher", "none", "-n", "2", "-o", "made.jsonl")[0] == 0
    for file in ("made.jsonl", "made", "runs/c/rounds/0001/problems.jsonl"):
        code, out, _ = zoped("seeds", "check", file, "--json")
        assert code == 0 and json.loads(out)["seeds"] == 2
        code, _, err = zoped("evaluate", "--questions", file, "--cache", "answers.db")
        assert code == 0, err
    code, _, err = zoped(
        *("generate", "--teacher", "none", "-n", "1", "--seeds", "made", "-o", "again.jsonl")
    )
    assert code == 0, err
    store = "sqlite:///runs/mlflow.db"
    code, out, err = zoped(
        *("train", "c.yaml", "-p", "made.jsonl", "-o", "trained", "--json"),
        *("--tracking-uri", store),
    )
    assert code == 0 and json.loads(out) == {
        "student": "trained/student",
        "problems": 2,
        "trained": True,
    }, err
    client = MlflowClient(store)
    (experiment,) = [e.experiment_id for e in client.search_experiments() if e.name == "c"]
    (whole,) = client.search_runs([experiment], "tags.kind = 'run'")
    kept = {file.path for file in client.list_artifacts(whole.info.run_id)}
    assert {"config.yaml", "packages.txt"} <= kept
    (alone,) = client.search_runs([experiment], "tags.kind = 'train'")
    assert alone.info.status == "FINISHED" and "reward" in alone.data.metrics
    assert alone.data.params["train.steps"] == "1"
    assert [entry.dataset.name for entry in alone.inputs.dataset_inputs] == ["made"]
