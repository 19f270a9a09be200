"""A whole run through the command: killed again and again, it ends as if nothing had happened."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

from tests.openai_server import API_KEY, openai_server

OPERATORS = ["add_step", "change_numbers", "double_step", "multiply_step", "one_digit_numbers"]
CONFIG: dict[str, Any] = {
    "rounds": 2,
    "seeds": {"path": "elementary"},
    "meter": {"min_rollouts": 2, "max_rollouts": 4},
    "measure": {"seeds": 3},
    "tune": {"teacher_calls": 14, "batch_size": 2, "candidates": 2, "explore": 12},
    "generate": {"operators": OPERATORS, "variants": 8, "decisions": 10},
    "train": {"steps": 2, "prompts_per_step": 2, "num_generations": 4, "save_steps": 1},
    "evaluate": {"problems": 60},
}

# Ctrl-C works as at a terminal, also where the tests run in the background of a shell.
ZOPED = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from zoped.cli.main import main
main()
"""


def reply(body: dict[str, Any]) -> str:
    """The same request gets the same operator, in every process."""
    digest = hashlib.sha256(json.dumps(body["messages"]).encode()).digest()
    return json.dumps({"choice": {"operator": OPERATORS[digest[0] % len(OPERATORS)], "number": 0}})


def start(config: Path, folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", ZOPED, "run", str(config), "--run-dir", str(folder)]
    environment = os.environ | {"OPENAI_API_KEY": API_KEY}
    environment.pop("MLFLOW_TRACKING_URI", None)
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    )


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
def config(server, tmp_path_factory):
    path = tmp_path_factory.mktemp("config") / "tiny.yaml"
    teacher = {"model": "openai/scripted", "api_base": server.url}
    path.write_text(yaml.safe_dump(CONFIG | {"teacher": teacher}))
    return path


@pytest.fixture(scope="module")
def whole(config, tmp_path_factory):
    """The run that nothing interrupts: its folder and what it printed."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    process = start(config, folder)
    printed, _ = process.communicate(timeout=280)
    assert process.returncode == 0, printed
    return folder, printed


def killed_when(config: Path, folder: Path, query: str, count: int, signal_: int) -> int:
    """Start, or go on, and kill when `query` finds `count` rows. The exit code."""
    process = start(config, folder)
    deadline = time.monotonic() + 200
    while len(rows(folder, query)) < count:
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline
        time.sleep(0.02)
    time.sleep(Random(query).random() * 0.3)
    process.send_signal(signal_)
    process.communicate(timeout=60)
    return process.returncode


@pytest.mark.timeout(600)
def test_a_run_that_is_killed_again_and_again_ends_the_same(config, whole, tmp_path):
    folder = tmp_path / "run"
    moments = [
        ("SELECT * FROM phases", 2, signal.SIGKILL),  # while tuning
        ("SELECT * FROM steps WHERE round = 1", 3, signal.SIGINT),  # while generating
        ("SELECT * FROM phases", 4, signal.SIGKILL),  # while training
        ("SELECT * FROM steps WHERE round = 2", 2, signal.SIGKILL),
    ]
    codes = [killed_when(config, folder, *moment) for moment in moments]
    assert codes == [-signal.SIGKILL, 130, -signal.SIGKILL, -signal.SIGKILL]
    process = start(config, folder)
    printed, _ = process.communicate(timeout=280)
    assert process.returncode == 0, printed
    assert outcome(folder) == outcome(whole[0])
    assert printed.partition("The run")[2] == whole[1].partition("The run")[2].replace(
        str(whole[0]), str(folder)
    )


def test_the_run_says_what_came_of_it(whole):
    folder, printed = whole
    for part in ("held-out accuracy", "95 % interval", "tuned", "accepted", "teacher calls"):
        assert part in printed
    assert f"mlflow ui --backend-store-uri sqlite:///{folder}" in printed
    assert printed.count("  symbols: ") == 3


def test_a_run_that_is_over_does_no_work_again(config, whole, server):
    folder, printed = whole
    asked = len(server.requests)
    process = start(config, folder)
    again, _ = process.communicate(timeout=100)
    assert process.returncode == 0 and len(server.requests) == asked
    assert again.partition("The run")[2] == printed.partition("The run")[2]


def test_a_folder_of_another_configuration_is_refused(config, whole, tmp_path):
    other = tmp_path / "other.yaml"
    other.write_text(config.read_text().replace("rounds: 2", "rounds: 3"))
    process = start(other, whole[0])
    printed, _ = process.communicate(timeout=100)
    assert process.returncode == 2
    assert "rounds" in printed and "Traceback" not in printed


def test_training_problems_are_not_held_out(whole):
    from zoped.evals.held_out import held_out_problems, normalized

    held_out = {normalized(problem.text) for problem in held_out_problems(600)}
    files = sorted((whole[0] / "rounds").glob("*/problems.jsonl"))
    texts = [json.loads(line)["text"] for file in files for line in file.open()]
    assert len(texts) == 8 and not {normalized(text) for text in texts} & held_out
