"""`zoped prompts`: what was stored can be read and compared."""

import json
from pathlib import Path

import dspy
import pytest
from typer.testing import CliRunner

from tests.command_line import zoped_says
from zoped.cli.main import app
from zoped.programs import GenerateProblem
from zoped.programs.menu import Option
from zoped.train.state import STATE, RunState


def zoped(*arguments):
    return zoped_says("prompts", *arguments)


def stored(folder):
    before, after = GenerateProblem(), GenerateProblem()
    chosen = after.mutate.choose
    chosen.signature = chosen.signature.with_instructions("Always add a step.")
    chosen.demos = [dspy.Example(problem="2 + 2", choice={"operator": "add_step", "number": 0})]
    after.mutate.tuned.by_level = {"easy": (Option("add_step", 2, 5),), "too hard": ()}
    with RunState(folder / STATE) as state:
        state.save_prompts(1, "before", before.dump_state())
        state.save_prompts(1, "after", after.dump_state())
    after.save(folder / "tuned.json")


def test_the_difference_is_what_tuning_changed(tmp_path):
    stored(tmp_path)
    code, said = zoped("diff", tmp_path, "1.before", "1.after")
    assert code == 0
    assert "+Always add a step." in said and "-Choose one change" in said and '"add_step"' in said
    assert "+add_step: " in said and "number 2 to 5" in said and "+(passed over)" in said
    assert "verbalize" not in [line[3:] for line in said.splitlines() if line[:1] in "+-"]
    assert zoped("diff", tmp_path, "1.after", "1.after") == (
        0,
        "1.after and 1.after are the same\n",
    )


def test_the_last_prompts_are_shown_also_of_a_saved_program(tmp_path):
    stored(tmp_path)
    for place in (tmp_path, tmp_path / "tuned.json"):
        code, said = zoped("show", place)
        assert code == 0 and "# mutate.choose\n\nAlways add a step." in said


def test_what_is_not_there_is_named(tmp_path):
    assert "no run folder" in zoped("show", tmp_path)[1]
    stored(tmp_path)
    code, said = zoped("diff", tmp_path, "1.before", "2.after")
    assert code == 2 and "it has 1.before, 1.after" in said
    (tmp_path / "bad.json").write_text("no", encoding="utf-8")
    assert "is not JSON" in zoped("show", tmp_path / "bad.json")[1]


@pytest.mark.parametrize("text", ["[1]", '{"a": 1}', "7", '{"a": {"signature": 3}}', "{"])
def test_a_file_that_is_no_saved_program_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "list.json"
    path.write_text(text, encoding="utf-8")
    result = CliRunner().invoke(app, ["prompts", "show", str(path)])
    assert result.exit_code == 2 and "is no saved program" in result.stderr


def test_an_operator_of_the_user_s_is_shown_by_its_name(tmp_path):
    """The module that registers it is imported by the run, not by who reads its prompts."""
    program = GenerateProblem()
    program.mutate.tuned.by_level = {"easy": (Option("my_own_step"), Option("add_step"))}
    program.save(tmp_path / "tuned.json")
    code, said = zoped("show", tmp_path / "tuned.json")
    assert code == 0 and "my_own_step: not registered here\nadd_step: " in said


@pytest.mark.parametrize(
    "part",
    [
        {"menu": [1]},
        {"menu": {"easy": [{"name": "add_step"}]}},
        {"weights": {"easy": {"add_step": "x"}}},
        {"strategies": [{"id": "x"}]},
        {"signature": {"instructions": 5}, "demos": []},
    ],
)
def test_a_part_that_no_program_has_saved_is_told(tmp_path, part):
    GenerateProblem().save(tmp_path / "tuned.json")
    saved = json.loads((tmp_path / "tuned.json").read_text(encoding="utf-8"))
    (tmp_path / "tuned.json").write_text(json.dumps(saved | {"mutate.tuned": part}))
    code, said = zoped("show", tmp_path / "tuned.json")
    assert code == 2 and "mutate.tuned: no prompts were saved there (" in said, said
    assert said.count("\n") == 1
