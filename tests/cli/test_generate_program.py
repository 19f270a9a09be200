"""`zoped generate --program`: the prompts and the menu that tuning saved are what the teacher gets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.openai_server import API_KEY, MODEL, openai_server
from zoped.cli.main import app
from zoped.programs import GenerateProblem, builtin_seeds
from zoped.programs.menu import Option

CHOICE = '{"choice": {"operator": "double_step", "number": 0}}'
INSTRUCTION = "Choose what a tuned program would choose."


def tuned_program(path: Path, menu: tuple[str, ...]) -> Path:
    program = GenerateProblem()
    program.mutate.tuned.by_level = {"": tuple(Option(name) for name in menu)}
    for _, predictor in program.named_predictors():
        predictor.signature = predictor.signature.with_instructions(INSTRUCTION)
    program.save(path)
    return path


@pytest.fixture
def generate(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OPENAI_API_KEY", API_KEY)

    def run(url: str, *arguments: str | Path) -> tuple[int, str]:
        command = ["generate", "--teacher", f"openai/{MODEL}", "--api-base", url, *arguments]
        result = CliRunner().invoke(app, [str(argument) for argument in command])
        return result.exit_code, result.stdout + result.stderr

    return run


def test_the_saved_prompts_and_menu_are_used(tmp_path: Path, generate) -> None:
    program = tuned_program(tmp_path / "tuned.json", ("double_step", "add_step"))
    output = tmp_path / "out.jsonl"
    with openai_server(lambda _: CHOICE) as server:
        code, said = generate(server.url, "-n", "4", "-o", output, "--program", program)
        decisions = [body for body in server.requests if "response_format" in body]
    assert code == 0, said
    made = [json.loads(line) for line in output.read_text(encoding="utf-8").split("\n") if line]
    assert "double_step" in {row["move"] for row in made}
    # Where no option of the tuned menu applies to a seed, all operators are shown and drawn from.
    menu = GenerateProblem()
    menu.load(program)
    for row in made:
        seed = next(seed for seed in builtin_seeds() if seed.id == row["seed_id"])
        assert seed.symbols is not None
        fitting = {option.name for option in menu.mutate.fitting(seed.symbols, "")}
        assert row["move"] == "double_step" or fitting.isdisjoint({"double_step", "add_step"})
    assert decisions and all(INSTRUCTION in json.dumps(body["messages"]) for body in decisions)
    schemas = [json.dumps(body["response_format"]) for body in decisions]
    assert any('"enum": ["double_step", "add_step"]' in schema for schema in schemas)


def test_another_program_is_another_command(tmp_path: Path, generate) -> None:
    program, output = tmp_path / "tuned.json", tmp_path / "out.jsonl"
    tuned_program(program, ("double_step",))
    with openai_server(lambda _: CHOICE) as server:
        assert generate(server.url, "-n", "2", "-o", output, "--program", program)[0] == 0
        before = output.read_bytes()
        tuned_program(program, ("add_step",))
        code, said = generate(server.url, "-n", "4", "-o", output, "--program", program)
    assert code == 2 and "generate.program" in said
    assert output.read_bytes() == before


@pytest.mark.parametrize("text", ["", "[1]", '{"a": 1}'])
def test_what_is_no_program_is_refused_in_one_line(tmp_path: Path, generate, text: str) -> None:
    wrong = tmp_path / "wrong.json"
    wrong.write_text(text, encoding="utf-8")
    with openai_server(lambda _: CHOICE) as server:
        code, said = generate(server.url, "-o", tmp_path / "out.jsonl", "--program", wrong)
        asked = len(server.requests)
    assert (code, asked) == (2, 0), said
    assert str(wrong) in said and "Traceback" not in said


@pytest.mark.parametrize(
    "changed", [{"config": {"api_base": "URL"}}, {"lm": {"model": f"openai/{MODEL}"}}]
)
def test_a_saved_program_has_nobody_asked_but_the_teacher(
    tmp_path: Path, generate, changed: dict
) -> None:
    program = tuned_program(tmp_path / "tuned.json", ("double_step",))
    with openai_server(lambda _: CHOICE) as server, openai_server(lambda _: CHOICE) as other:
        state = json.loads(program.read_text(encoding="utf-8"))
        state["mutate.choose"] |= json.loads(json.dumps(changed).replace("URL", other.url))
        program.write_text(json.dumps(state), encoding="utf-8")
        code, said = generate(server.url, "-o", tmp_path / "out.jsonl", "--program", program)
        asked = len(server.requests), len(other.requests)
    assert (code, asked) == (2, (0, 0)), said
    assert f"{program}" in said and "mutate.choose" in said and "Traceback" not in said
