"""Settings changed on the command line, and paths that a YAML file names."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from zoped.cli.config import load_config
from zoped.cli.errors import UserError
from zoped.cli.main import app
from zoped.foundation.errors import ZopedError


def write(folder: Path, **values: object) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "c.yaml"
    path.write_text(yaml.safe_dump(values))
    return path


def test_a_setting_is_changed_with_its_type_and_the_others_stay(tmp_path: Path) -> None:
    path = write(tmp_path, rounds=3, train={"steps": 9, "learning_rate": 0.5})
    settings = load_config(
        path, ["train.steps=[1, 2, 3]", "teacher.model=none", "generate.operators=[add_step]"]
    )
    assert settings.train.steps == (1, 2, 3) and settings.train.learning_rate == 0.5
    assert settings.rounds == 3 and settings.generate.operators == ("add_step",)


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("train.stepps=3", "has it; did you mean `steps`?"),
        ("teacher.modl=none", "--set teacher.modl=none: unknown field; did you mean `model`?"),
        ("train.steps=many", "--set train.steps=many: 'many' is not allowed"),
        ("rounds=0", "--set rounds=0: 0 is not allowed"),
        ("band.low=0.9", "c.yaml and --set band.low=0.9: band: low (0.9) must be below"),
        (
            "train.steps=[1, 1, 1, 1]",
            "c.yaml and --set train.steps=[1, 1, 1, 1]: train.steps gives",
        ),
        ("student={nam: lab}", "--set student={nam: lab}: student.nam: unknown field"),
        ("rounds", "--set rounds: write FIELD=VALUE"),
        (".rounds=1", "write FIELD=VALUE"),
        ("rounds=[", "the value is not YAML"),
    ],
)
def test_a_wrong_override_is_told_by_what_the_person_wrote(
    tmp_path: Path, override: str, said: str
) -> None:
    with pytest.raises(UserError) as raised:
        load_config(write(tmp_path), [override])
    assert said in str(raised.value)


def test_the_file_and_an_override_are_each_told_their_own_faults(tmp_path: Path) -> None:
    path = write(tmp_path, seed=-1)
    with pytest.raises(UserError) as raised:
        load_config(path, ["rounds=-3"])
    first, second = str(raised.value).splitlines()
    assert {first.partition(": -")[0], second.partition(": -")[0]} == {
        f"{path}: seed",
        "--set rounds=-3",
    }


def test_what_is_found_wrong_with_an_override_later_is_told_so_too(tmp_path: Path) -> None:
    path = str(write(tmp_path))
    command = ["run", path, "--run-dir", str(tmp_path / "run"), "--set", "seeds.path=elementry"]
    for more in ([], ["--dry-run"]):
        result = CliRunner().invoke(app, [*command, *more])
        assert result.exit_code == 2
        assert "--set seeds.path=elementry: elementry: No such file" in result.output
        assert "did you mean `elementary`?" in result.output


@pytest.mark.slow
def test_the_run_keeps_what_was_overridden(tmp_path: Path) -> None:
    path = write(tmp_path, teacher={"model": "none"}, seeds={"path": "nowhere.jsonl"})
    folder = tmp_path / "run"
    command = ["run", str(path), "--run-dir", str(folder), "--set", "train.steps=5", "--seed", "3"]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 2 and "nowhere.jsonl" in result.output
    kept = yaml.safe_load((folder / "config.yaml").read_text())
    assert kept["seed"] == 3 and kept["train"]["steps"] == 5


def test_paths_and_modules_are_found_beside_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(
        tmp_path / "conf",
        seeds={"path": "mine.jsonl"},
        student={"name": "./lab"},
        signatures={"mutate": "beside_the_yaml.Mine"},
        teacher={"model": "none", "formalizations": "kept.db"},
        generate={"strategies": ["builtin", "mine.yaml"]},
        train={"launcher": "accelerate:two.yaml"},
    )
    (tmp_path / "conf" / "mine.yaml").write_text("- id: mine\n  text: Do it otherwise.\n")
    for name in ("kept.db", "two.yaml"):
        (tmp_path / "conf" / name).touch()
    (tmp_path / "conf" / "mine.jsonl").write_text('{"text": "What is 3 + 4?", "answer": "7"}\n')
    (tmp_path / "conf" / "lab").mkdir()
    (tmp_path / "conf" / "beside_the_yaml.py").write_text(
        "from zoped.signatures import ChooseMutation\nclass Mine(ChooseMutation): pass\n"
    )
    monkeypatch.chdir(tmp_path)
    settings = load_config(Path("conf/c.yaml"))
    assert settings.seeds.path == "conf/mine.jsonl" and settings.student.name == "conf/lab"
    assert settings.generate.strategies == ("builtin", "conf/mine.yaml")
    assert settings.teacher.formalizations == "conf/kept.db"
    assert settings.train.launcher == "accelerate:conf/two.yaml"
    from zoped.train.loop.parts import new_program, run_seeds

    assert len(run_seeds(settings)) == 1
    new_program(settings)
    plain = load_config(write(tmp_path / "conf", student={"name": "lab"}))
    assert plain.student.name == "lab"


def test_a_file_of_strategies_that_is_not_there_is_told_by_its_field(tmp_path: Path) -> None:
    from zoped.train.loop.parts import new_program

    path = write(tmp_path, teacher={"model": "openai/x"}, generate={"strategies": ["none.yaml"]})
    with pytest.raises(
        ZopedError, match=r"^generate\.strategies: none\.yaml cannot be read: No such"
    ):
        new_program(load_config(path))


def test_the_command_tells_its_version() -> None:
    result = CliRunner().invoke(app, ["--version"])
    assert result.exit_code == 0 and result.output.startswith("zoped 0.")
    assert CliRunner().invoke(app, ["generate", "-h"]).exit_code == 0
