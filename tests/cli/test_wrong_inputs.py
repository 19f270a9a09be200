"""Whatever a person gives a command, a line says what is wrong with it: never a traceback."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.command_line import zoped_says as zoped
from zoped.train.state import RunState

ROW = {"text": "What is 1 + 1?", "answer": "2"}
FILES = {
    "binary.jsonl": bytes(range(256)),
    "empty.jsonl": b"",
    "zeros.jsonl": b"\0\0\0\n",
    "half.jsonl": json.dumps(ROW).encode() + b'\n{"text": "What is',
    "deep.jsonl": b"[" * 99_999,
    "half_a_character.jsonl": rb'{"text": "What is \ud800?", "answer": "2"}',
    "in_the_answer.jsonl": rb'{"text": "What is 1?", "answer": "\udc00"}',
    "in_the_id.jsonl": rb'{"id": "\ud800", "text": "What is 1?", "answer": "2"}',
    "id_list.jsonl": rb'{"id": [], "text": "What is 1?", "answer": "2"}',
    "id_true.jsonl": rb'{"id": true, "text": "What is 1?", "answer": "2"}',
    "digits.jsonl": b'{"text": "What is 1?", "answer": ' + b"9" * 5_000 + b"}",
    "nan.jsonl": b'{"text": "What is 1?", "answer": NaN}',
    "long.jsonl": json.dumps({**ROW, "text": "1 + 1? " * 9_999}).encode(),
    "scalars.jsonl": b'null\n1\n"x"\n[]\n{}\n',
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files that are none of what is wanted, in a folder whose name has a space and umlauts."""
    folder = tmp_path_factory.mktemp("with space ä日")
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
    (folder / "folder.jsonl").mkdir()
    (folder / "c.yaml").write_text("train: {steps: 1, prompts_per_step: 2, num_generations: 4}")
    return folder


@pytest.mark.parametrize("name", [*FILES, "folder.jsonl", "missing.jsonl"])
def test_a_file_of_problems_that_is_none_is_told(folder: Path, name: str) -> None:
    file, out = folder / name, folder / "out"
    for command in (
        ("seeds", "check", file),
        ("solve", file),
        ("prompts", "show", file),
        ("evaluate", "--problems", "1", "--questions", file),
        ("train", folder / "c.yaml", "-p", file, "-o", out),
        ("generate", "--teacher", "none", "-n", "1", "--seeds", file, "-o", out / "x.jsonl"),
        ("generate", "--teacher", "none", "-n", "1", "--seeds", file, "-o", out / "x"),
    ):
        code, said = zoped(*command)
        assert code == 2 and name in said, (command, said)
    assert not any(path.is_file() for path in out.rglob("*"))


@pytest.mark.parametrize("name", [*FILES, "folder.jsonl", "missing.jsonl"])
def test_a_file_of_settings_that_is_none_is_told(folder: Path, name: str) -> None:
    if name != "empty.jsonl":  # all defaults
        code, said = zoped("run", folder / name, "--dry-run")
        assert code == 2 and name in said


# A few lines that stand for ten billion values.
BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10)
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("train:\n\tsteps: 2", "c.yaml:2: not YAML"),
        (BOMB, "c.yaml:1: not YAML: it stands for more than 100,000 values"),
        (f"train:\n  {BOMB.replace(chr(10), chr(10) + '  ')}", "more than 100,000 values"),
        ("[" * 1_200, "nested too deep"),
        ("seed: " + "9" * 5_000, "a value cannot be read"),
        ("day: 2026-99-99", "a value cannot be read"),
        ("? [a, b]\n: 1", "not YAML: found unhashable key"),
        ("seeds: &a {path: *a}", "c.yaml:1: not YAML: found unconstructable recursive node"),
        ("1: 2", "1: unknown field"),
        ("seeds: {path: !!binary aGk=}", "No such file"),
        ("seeds: !!set {path}", "seeds"),
        ("seeds: &a {path: x}\nstudent: *a", "student.path: unknown field"),
        ("seeds: {path: !!python/object:os.system x}", "not YAML"),
        ('seeds: {path: "a\\0b"}', "cannot be the name of a file"),
        ("train: {use_vllm: true}", "train.use_vllm: vLLM is not installed"),
        ('seeds: {path: "\\ud800"}', "c.yaml"),
        ("teacher: {model: openai/}", "no teacher 'openai/'"),
        ("generate: {program: x.pkl}", "ends in .json"),
        ("train: {use_liger_kernel: true}", "train.use_liger_kernel: Liger is not installed"),
        ("train: {learning_rate: .nan}", "train.learning_rate"),
        ("train: {learning_rate: .inf}", "train.learning_rate"),
        ("student: {temperature: .nan}", "student.temperature"),
        ("meter: {mistake_cost: .inf}", "meter.mistake_cost"),
        ("meter: {prior: [.inf, 1]}", "meter.prior"),
        ("meter: {mistake_cost: .nan}", "meter.mistake_cost"),
        ("train: {beta: .nan}", "train.beta"),
        ("train: {max_grad_norm: .inf}", "train.max_grad_norm"),
        ("train: {epsilon_high: .nan}", "train.epsilon_high"),
    ],
)
def test_a_configuration_that_is_none_is_told(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "c.yaml").write_text(text)
    code, message = zoped("run", tmp_path / "c.yaml", "--dry-run")
    assert code == 2 and said in message, message


HUGE = "9" * 20


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--seed", HUGE], "seed"),
        (["--seeds", ""], "--seeds: "),
        (["--seeds", " "], "--seeds: "),
        (["--seeds", "builtim"], "--seeds: builtim: No such file or directory; did you mean"),
        (["--operators", "add_stp"], "--operators: no operator 'add_stp'; did you mean"),
        (["--teacher", ""], "--teacher: "),
        (["--teacher", "openai/"], "no teacher 'openai/'"),
        (["--teacher", "embedded", "--max-tokens", HUGE], "--max-tokens: "),
        (["--teacher", "embedded", "--program", "x.pkl"], "x.pkl"),
        (["--time-limit", "nan"], "--time-limit"),
        (["--time-limit", "-1"], "--time-limit"),
        (["--topic", "physics=nan"], "--topic physics=nan"),
        (["--variants", HUGE], "--variants"),
    ],
)
def test_an_option_of_generate_that_is_none_is_told(
    tmp_path: Path, arguments: list[str], said: str
) -> None:
    teacher = [] if "--teacher" in arguments else ["--teacher", "none"]
    code, message = zoped("generate", "-o", tmp_path / "x.jsonl", *teacher, *arguments)
    assert code == 2 and said in message, message
    assert not os.listdir(tmp_path)


def test_an_operator_that_serve_does_not_know_is_told_by_its_option(tmp_path: Path) -> None:
    code, said = zoped("serve", tmp_path / "live", "--operator", "add_stp")
    assert code == 2 and "zoped: --operator: no operator 'add_stp'; did you mean" in said, said


def test_a_dry_run_into_a_folder_of_others_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").touch()
    code, said = zoped("run", folder / "c.yaml", "--run-dir", tmp_path, "--dry-run")
    assert code == 2 and "so it is no run folder" in said, said


@pytest.mark.parametrize("value", [HUGE, "0", "-1", "nan", ""])
def test_numbers_of_other_commands_that_cannot_be_are_told(tmp_path: Path, value: str) -> None:
    for command in (
        ("evaluate", "--problems", "1", "--samples", value),
        ("generate", "--teacher", "none", "-o", tmp_path / "x", "--processes", value),
        ("generate", "--teacher", "none", "-o", tmp_path / "x", "--longest", value),
    ):
        assert zoped(*command)[0] == 2


@pytest.mark.parametrize(
    ("train", "said"),
    [
        ("optim: best", "TRL refuses these options: best is not a valid"),
        ("use_vllm: true", "train.use_vllm"),
        ("deepspeed: nope.json", "deepspeed"),
        ("accelerator_config: {foo: 1}", "TRL refuses these options: AcceleratorConfig"),
        ("parallelism_config: {foo: 1}", "TRL refuses these options"),
        # What TRL and Transformers find out when they use it.
        ("top_p: 5", "train.top_p: 5 is not allowed"),
        ("lr_scheduler_kwargs: {foo: 1}", "train.lr_scheduler_kwargs: {'foo': 1} cannot be used"),
        ("lora: {target_modules: [nothing]}", "train.lora.target_modules: "),
        ("launcher: 'nothing-such {command}'", "train.launcher: there is no command nothing-such"),
        ("launcher: 'sh -c \"{command}'", 'train.launcher: sh -c "{command} is no command'),
        ("launcher: 'accelerate:nothing'", "train.launcher: accelerate:nothing: there is no such"),
    ],
)
def test_what_training_refuses_is_told_before_any_work(
    tmp_path: Path, train: str, said: str
) -> None:
    (tmp_path / "c.yaml").write_text(f"teacher: {{model: none}}\ntrain: {{{train}}}")
    code, message = zoped("run", tmp_path / "c.yaml", "--run-dir", tmp_path / "run")
    assert code == 2 and said in message, message
    if (tmp_path / "run").exists():  # else the file is refused
        with RunState(tmp_path / "run" / "state.db") as state:
            assert state.is_empty()


def test_a_dry_run_and_training_alone_refuse_it_too(tmp_path: Path) -> None:
    problems, config = tmp_path / "problems.jsonl", tmp_path / "c.yaml"
    problems.write_text('{"text": "What is 1 + 1?", "answer": "2"}')
    config.write_text("teacher: {model: none}\ntrain: {lr_scheduler_kwargs: {foo: 1}}")
    for command in (
        ("run", config, "--run-dir", tmp_path / "other", "--dry-run"),
        ("train", config, "-p", problems, "-o", tmp_path / "trained"),
    ):
        code, message = zoped(*command)
        assert code == 2 and "zoped: train.lr_scheduler_kwargs: {'foo': 1} cannot" in message
        assert "Loading weights" not in message, "no bar of another library's"
    assert not (tmp_path / "trained" / "checkpoints").exists()


def test_an_output_that_cannot_be_is_told_by_its_option_before_any_work(folder: Path) -> None:
    (folder / "file").write_text("mine")
    inside = folder / "file" / "x"
    config = folder / "run" / "config.yaml"
    config.parent.mkdir()
    config.write_text("# Written by `zoped run`")
    RunState(folder / "run" / "state.db").close()
    for option, command in (
        ("--output", ("evaluate", "--student", folder / "no student", "-o", inside)),
        ("--output", ("report", folder / "run", "-o", inside.with_suffix(".html"))),
        ("--figure", ("compare", "no run", "--figure", inside.with_suffix(".png"))),
    ):
        code, said = zoped(*command)
        assert code == 2 and f"{option} {inside}" in said and "is a file, not a folder" in said
