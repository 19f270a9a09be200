"""What a person sees of the commands: answers, one clear message for bad input, exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.command_line import zoped
from zoped.programs import builtin_seeds


def test_every_command_has_help() -> None:
    for command in ("run", "generate", "evaluate", "solve", "lab-student", "optimize", "seeds"):
        code, out, _ = zoped(command, "--help")
        assert code == 0 and "--help" in out, command


def test_help_comes_at_once() -> None:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-m", "zoped.cli.main", "--help"], check=True)
    heavy = "import sys, zoped.cli.main; print({'torch', 'dspy', 'mlflow'} & set(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", heavy], capture_output=True, text=True, check=True
    )
    assert loaded.stdout.strip() == "set()"
    assert time.perf_counter() - started < 10


def test_solve_answers_seeds_and_problems_with_steps(tmp_path: Path) -> None:
    seed = next(seed for seed in builtin_seeds() if seed.symbols is not None)
    assert seed.symbols is not None
    (tmp_path / "p.json").write_text(seed.symbols.model_dump_json(indent=1), encoding="utf-8")
    code, out, _ = zoped("solve", tmp_path / "p.json")
    assert code == 0 and f"answer: {seed.answer}" in out
    lines = [seed.model_dump_json(), seed.symbols.model_dump_json()]
    (tmp_path / "p.jsonl").write_text("\n".join(lines), encoding="utf-8")
    code, out, _ = zoped("solve", tmp_path / "p.jsonl")
    assert code == 0 and out.count("answer:") == 2


def test_solve_says_why_there_is_no_answer(tmp_path: Path) -> None:
    two = {"variables": [{"name": "x"}], "constraints": ["x**2 == 4"], "target": "x"}
    (tmp_path / "p.json").write_text(json.dumps(two), encoding="utf-8")
    code, out, _ = zoped("solve", tmp_path / "p.json")
    assert code == 1 and "no unique answer: many" in out


def test_solve_prints_the_steps_and_the_files_own_wording(tmp_path: Path) -> None:
    problem = {
        "variables": [{"name": "a", "value": 2}, {"name": "x"}],
        "constraints": ["x == a*4"],
        "target": "x",
    }
    text = "Four pairs\u2028of socks: how many socks?"
    row = json.dumps({"text": text, "answer": "8", "symbols": problem}, ensure_ascii=False)
    (tmp_path / "p.jsonl").write_text(f"\ufeff{row}\r\n{row}\n", encoding="utf-8")
    code, out, _ = zoped("solve", tmp_path / "p.jsonl")
    assert code == 0 and out.count("how many socks?") == 2
    assert out.count("    2 * 4 = 8\n") == 2 and "Step(" not in out
    (tmp_path / "array.json").write_text(json.dumps([problem, problem]), encoding="utf-8")
    code, out, _ = zoped("solve", tmp_path / "array.json")
    assert code == 0 and out.count("answer: 8") == 2


def test_solve_says_that_a_count_is_infinite(tmp_path: Path) -> None:
    endless = {
        "variables": [{"name": "x", "domain": "integer"}],
        "constraints": ["x*x > 5", "x < 100"],
        "target": "x",
        "query": "count",
    }
    (tmp_path / "p.json").write_text(json.dumps(endless), encoding="utf-8")
    code, out, _ = zoped("solve", tmp_path / "p.json")
    assert code == 1 and "infinitely many solutions" in out


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"text": "How many?", "answer": "3"}', "p.json: has no symbols to solve"),
        ("text,answer\nHow many?,3\n", "p.json:1: this looks like CSV"),
        ("7", "p.json: a problem is a JSON object"),
        ("{", "p.json: no problems in it|p.json:1: not valid JSON"),
        ('{"variables": [], "target": "x"}', "p.json: variables: "),
        ('{"variables": [{"name": "x"}], "target": "y"}', "uses y, which is not defined"),
    ],
)
def test_solve_points_at_what_is_wrong_in_the_file(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "p.json").write_text(text, encoding="utf-8")
    code, _, err = zoped("solve", tmp_path / "p.json")
    assert code == 2
    assert any(part in err for part in message.split("|"))


def test_seeds_check_names_every_wrong_line(tmp_path: Path) -> None:
    path = tmp_path / "seeds.jsonl"
    path.write_text('{"text": "a", "answer": "7 apples"}\n{"text": "b"}\n', encoding="utf-8")
    code, out, _ = zoped("seeds", "check", path)
    assert code == 2
    assert f"{path}:1: answer '7 apples' is not a number; write '7'" in out
    assert f"{path}:2: no 'answer'" in out
    path.write_text('{"text": "What is 3 + 4?", "answer": "7"}\n', encoding="utf-8")
    code, out, _ = zoped("seeds", "check", path)
    assert code == 0 and "1 seed, 0 with" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "no/such.yaml"], "no/such.yaml: there is no such file"),
        (["seeds", "check", "no-such.jsonl"], "no-such.jsonl"),
        (["solve", "no-such.json"], "no-such.json: cannot be read"),
        (["generate", "--teacher", "none"], "--output"),
        (["generate", "-o", "out.csv", "--teacher", "none"], "name a .jsonl file, or a folder"),
        (["generate", "-o", "folder"], "a folder of shards needs --teacher none"),
    ],
)
def test_bad_input_gets_one_message_and_exit_code_2(arguments: list[str], message: str) -> None:
    code, out, err = zoped(*arguments)
    assert code == 2
    assert message in err
    assert "Traceback" not in out + err


def test_generate_names_the_wrong_seed_line(tmp_path: Path) -> None:
    path = tmp_path / "seeds.jsonl"
    path.write_text('{"text": "a"}\n', encoding="utf-8")
    code, _, err = zoped(
        "generate", "--seeds", path, "--teacher", "none", "-o", tmp_path / "out.jsonl"
    )
    assert code == 2 and f"{path}:1: no 'answer'" in err


@pytest.mark.parametrize(
    ("teacher", "message"),
    [
        (["--teacher", "no-such-model"], "no-such-model"),
        (["--teacher", "openai/x", "--api-base", "http://127.0.0.1:9/v1"], "127.0.0.1:9"),
    ],
)
def test_an_unknown_model_or_endpoint_is_named(
    tmp_path: Path, teacher: list[str], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    code, out, err = zoped("generate", *teacher, "-o", tmp_path / "out.jsonl")
    assert code == 2 and message in err
    assert "Traceback" not in out + err


def test_an_interrupt_that_comes_in_a_destructor_is_not_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from zoped.cli.main import _interrupt_again

    class Object:
        def __del__(self) -> None:
            raise KeyboardInterrupt

    monkeypatch.setattr(sys, "unraisablehook", _interrupt_again)
    going_on = threading.Event()
    with pytest.raises(KeyboardInterrupt):
        Object()
        going_on.wait(60)
