"""`zoped generate` with operators drawn at random: it resumes, and never makes a problem twice."""

from __future__ import annotations

import json
from pathlib import Path

from datasets import load_dataset
from typer.testing import CliRunner

from zoped.cli.main import app


def generate(output: Path, *more: str) -> tuple[int, str]:
    arguments = ["generate", "--teacher", "none", "-o", str(output), *more]
    result = CliRunner().invoke(app, arguments)
    return result.exit_code, result.stdout + result.stderr


def rows(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_it_writes_exactly_n_distinct_verified_problems_and_a_dataset(tmp_path: Path) -> None:
    code, said = generate(tmp_path / "out.jsonl", "-n", "20")
    assert code == 0, said
    made = rows(tmp_path / "out.jsonl")
    assert len(made) == len({row["instance_key"] for row in made}) == 20
    assert "accepted" in said
    dataset = load_dataset(str(tmp_path / "out"), split="train")
    assert [row["text"] for row in dataset] == [row["text"] for row in made]


def test_a_killed_command_goes_on_as_if_nothing_had_happened(tmp_path: Path) -> None:
    generate(tmp_path / "whole.jsonl", "-n", "30")
    generate(tmp_path / "torn.jsonl", "-n", "12")
    whole = (tmp_path / "torn.jsonl").read_bytes()
    # A kill in the middle of a write, before the lines that the state already has.
    (tmp_path / "torn.jsonl").write_bytes(whole[: len(whole) // 2])
    code, said = generate(tmp_path / "torn.jsonl", "-n", "30")
    assert code == 0, said
    assert rows(tmp_path / "torn.jsonl") == rows(tmp_path / "whole.jsonl")


def test_another_command_on_the_same_file_is_refused(tmp_path: Path) -> None:
    generate(tmp_path / "out.jsonl", "-n", "2")
    code, said = generate(tmp_path / "out.jsonl", "-n", "2", "--seed", "5")
    assert code == 2 and "seed: 0 there, 5 here" in said
    (tmp_path / "mine.jsonl").write_text('{"id": "a"}\n', encoding="utf-8")
    code, said = generate(tmp_path / "mine.jsonl", "-n", "2")
    assert code == 2 and "exists already" in said
