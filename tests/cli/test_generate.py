"""`zoped generate` with operators drawn at random: it resumes, and never makes a problem twice."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from datasets import load_dataset
from typer.testing import CliRunner

from zoped.cli.main import app
from zoped.programs import builtin_seeds


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


def test_the_first_problems_are_of_many_seeds_and_structures(tmp_path: Path) -> None:
    code, said = generate(tmp_path / "out.jsonl", "-n", "60")
    assert code == 0, said
    made = rows(tmp_path / "out.jsonl")
    assert len({row["seed_id"] for row in made}) >= 40
    assert len({row["fingerprint"] for row in made}) >= 40
    assert len({row["seed_id"] for row in made[:20]}) == 20


def test_limits_are_kept_and_are_part_of_the_command(tmp_path: Path) -> None:
    limits = ("--topic", "physics=0.5", "--max-per-story", "1")
    code, said = generate(tmp_path / "out.jsonl", "-n", "20", *limits)
    assert code == 0, said
    topics = {seed.id: seed.topic for seed in builtin_seeds()}
    made = rows(tmp_path / "out.jsonl")
    assert sum(topics[str(row["seed_id"])] == "physics" for row in made) == 10
    assert len({row["seed_id"] for row in made}) == 20
    code, said = generate(tmp_path / "out.jsonl", "-n", "30", "--topic", "physics=0.5")
    assert code == 2 and "max_per_story: 1 there" in said
    code, said = generate(tmp_path / "none.jsonl", "-n", "5", "--topic", "algebra=0.3")
    assert code == 2 and "no seed is of it" in said and not (tmp_path / "none.jsonl").exists()
    code, said = generate(tmp_path / "none.jsonl", "-n", "5", "--topic", "physics")
    assert code == 2 and "--topic physics: write a topic and its share" in said


def test_a_split_keeps_structures_apart(tmp_path: Path) -> None:
    code, said = generate(tmp_path / "out.jsonl", "-n", "40", "--test-share", "0.3")
    assert code == 0, said
    train = load_dataset(str(tmp_path / "out"), split="train")
    test = load_dataset(str(tmp_path / "out"), split="test")
    assert len(train) + len(test) == 40 and len(test) >= 3
    assert not set(train["fingerprint"]) & set(test["fingerprint"])
    code, said = generate(tmp_path / "few.jsonl", "-n", "1", "--test-share", "0.3")
    assert code == 2 and "falls on the t" in said


def test_problems_that_a_larger_limit_of_decisions_puts_in_between_are_written(
    tmp_path: Path,
) -> None:
    wanted = ("--variants", "6", "-n", "60", "--decisions")
    generate(tmp_path / "a.jsonl", *wanted, "16")
    early = rows(tmp_path / "a.jsonl")
    assert len(early) > len({row["seed_id"] for row in early})
    generate(tmp_path / "a.jsonl", *wanted, "50")
    generate(tmp_path / "b.jsonl", *wanted, "50")
    assert rows(tmp_path / "a.jsonl") == rows(tmp_path / "b.jsonl") != early


def test_a_configuration_and_operators_can_be_given_and_options_win(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seeds = [seed.model_dump_json(exclude_unset=True) for seed in builtin_seeds()[:9]]
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "s.jsonl").write_text("\n".join(seeds), encoding="utf-8")
    (tmp_path / "here" / "c.yaml").write_text(
        "seeds: {path: s.jsonl}\nteacher: {model: none}\ngenerate: {operators: [add_step]}\n"
    )
    monkeypatch.chdir(tmp_path)

    def made(name: str, *more: str) -> tuple[set[object], set[object]]:
        arguments = ["generate", "--config", "here/c.yaml", "-n", "3", "-o", name, *more]
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == 0, result.stderr
        found = rows(Path(name))
        return {row["seed_id"] for row in found}, {row["move"] for row in found}

    known = {seed.id for seed in builtin_seeds()[:9]}
    from_nine, moves = made("a.jsonl")
    assert from_nine <= known and moves == {"add_step"}
    of_all, moves = made("b.jsonl", "--operators", "double_step,halve_step", "--seeds", "builtin")
    assert not of_all <= known and moves <= {"double_step", "halve_step"}
    for output in ("x.jsonl", "x"):
        code, said = generate(tmp_path / output, "--operators", "doubel_step")
        assert code == 2 and "did you mean `double_step`" in said
    code, said = generate(tmp_path / "x.jsonl", "--config", str(tmp_path / "none.yaml"))
    assert code == 2 and "none.yaml: there is no such file" in said


def test_a_small_job_into_a_folder_is_small_and_a_script_without_a_guard_starts_it_once(
    tmp_path: Path,
) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import sys\nfrom zoped.cli.main import main\nprint('started')\nsys.exit(main())\n"
    )
    options = "generate --teacher none -n 20 -o out --processes 1 --time-limit 0 --json"
    done = subprocess.run(
        [sys.executable, script, *options.split()],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    assert done.stdout.count("started") == 1, done.stdout
    told = json.loads(done.stdout.removeprefix("started\n"))
    assert told["accepted"] == 20
    assert sum(told["rejected"].values()) < 1_000, "of ten thousand walks it would be thousands"
