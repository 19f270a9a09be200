"""A user's files are never overwritten or deleted, whichever command is pointed at them."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import yaml

from tests.command_line import zoped_says as zoped
from tests.small_run import SMALL_RUN
from zoped.evals.audit import audit
from zoped.evals.evaluation.kept_answers import KeptAnswers
from zoped.foundation.errors import ZopedError
from zoped.foundation.own_files import OutputError, held, mark_own, replaced, require_own
from zoped.programs.formalizing.kept import KeptFormalizations
from zoped.train.live.store import LiveStore
from zoped.train.run_folder import open_run_folder
from zoped.train.settings import RunSettings
from zoped.train.state import STATE, RunState

STUDENT = Path(__file__).parents[2] / "students" / "lab_student"
TRAIN_READER = ("teacher", "train", "--stories", "2", "--realized", "0", "--base", STUDENT)
ROW = {"text": "Ann has 2 pens and buys 1. How many has she?", "answer": "3"}


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below the folder, but for locks."""
    files = (path for path in folder.rglob("*") if path.is_file() and ".lock" not in path.name)
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@contextmanager
def untouched(folder: Path) -> Iterator[None]:
    before = contents(folder)
    yield
    assert contents(folder) == before


def config(folder: Path, **values: object) -> Path:
    path = folder / "c.yaml"
    small = {"train": {"steps": 1, "prompts_per_step": 2, "num_generations": 4}}
    path.write_text(yaml.safe_dump({**small, **values}))
    return path


# Folders of a command's own


def test_a_marked_folder_is_replaced_and_another_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    for text in ("one", "two"):
        require_own(folder, "zoped x", "--output out")
        with replaced(folder, "zoped x") as draft:
            (draft / "sub").mkdir()
            (draft / "sub" / "a.txt").write_text(text)
    assert (folder / "sub" / "a.txt").read_text() == "two" and os.listdir(tmp_path) == ["out"]
    with pytest.raises(OutputError, match=r"holds sub/a.txt, which `zoped y` did not write"):
        require_own(folder, "zoped y", "--output out")
    (folder / "sub" / "notes.txt").write_text("mine")
    with pytest.raises(OutputError, match=r"holds sub/notes.txt, which `zoped x` did not write"):
        require_own(folder, "zoped x", "--output out")
    mark_own(folder, "zoped x")
    (folder / "sub" / "a.txt").write_text("edited")
    with pytest.raises(OutputError, match=r"sub/a.txt in .* was changed since `zoped x` wrote it"):
        require_own(folder, "zoped x", "--output out")


@pytest.mark.parametrize(
    "marker", ["", "[]", "{}", '{"made_by": "zoped x"}', '{"made_by": 1}', "\0"]
)
def test_a_torn_marker_vouches_for_nothing(tmp_path: Path, marker: str) -> None:
    (tmp_path / ".zoped.json").write_text(marker)
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(OutputError, match="holds mine"):
        require_own(tmp_path, "zoped x", "--output .")


def test_links_are_the_users_and_what_they_lead_to_is_replaced(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    out, link = tmp_path / "out", tmp_path / "link"
    with replaced(out, "zoped test") as draft:
        (draft / "ours.txt").write_text("1")
    link.symlink_to(out, target_is_directory=True)
    require_own(link, "zoped test", "--output link")
    with replaced(link, "zoped test") as draft:
        (draft / "ours.txt").write_text("2")
    assert link.is_symlink() and (out / "ours.txt").read_text() == "2"
    (out / "data").symlink_to(mine, target_is_directory=True)
    with pytest.raises(OutputError, match="holds data, which"):
        require_own(out, "zoped test", "--output out")


def test_the_folder_that_one_is_in_is_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OutputError, match=r"--output \.: this is the folder that you are in"):
        require_own(Path("."), "zoped test", "--output .")


def test_a_folder_is_for_one_process_at_a_time(tmp_path: Path) -> None:
    script = (
        "import pathlib, sys\n"
        "from zoped.foundation.own_files import OutputError, held\n"
        "try:\n"
        "    with held(pathlib.Path(sys.argv[1]), '--output out'): print('taken')\n"
        "except OutputError as error: print(error)\n"
    )

    def other() -> str:
        command = [sys.executable, "-c", script, str(tmp_path)]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    with held(tmp_path, "--output out"):
        assert "another process is writing to" in other()
    assert other() == "taken\n"


# zoped export


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of one round."""
    from zoped.train import RunSettings, run_rounds
    from zoped.train.config_file import write_config

    settings = RunSettings.model_validate(SMALL_RUN)
    folder = tmp_path_factory.mktemp("run") / "run"
    run_rounds(settings, folder)
    write_config(folder / "config.yaml", settings)
    return folder


@pytest.mark.slow
def test_export_replaces_its_own_and_refuses_every_other_folder(run: Path, tmp_path: Path) -> None:
    for _ in range(2):
        code, said = zoped("export", run, "-o", tmp_path / "own")
        assert code == 0, said
    (tmp_path / "dataset").mkdir()
    (tmp_path / "dataset" / "mine.csv").write_text("x")
    with untouched(tmp_path):
        code, said = zoped("export", run, "-o", tmp_path)
        assert code == 2 and "holds mine.csv, which `zoped export` did not write" in said
    assert not (tmp_path / "model").exists()
    (tmp_path / "own" / "model" / "README.md").write_text("my own card")
    with untouched(tmp_path):
        code, said = zoped("export", run, "-o", tmp_path / "own")
        assert code == 2 and "README.md in" in said and "was changed" in said
        code, said = zoped("export", run, "-o", tmp_path / "dataset" / "mine.csv")
        assert code == 2 and "mine.csv is a file, not a folder" in said


def test_an_export_holds_nothing_but_what_the_hub_takes(run: Path, tmp_path: Path) -> None:
    from datasets import load_dataset

    assert zoped("export", run, "-o", tmp_path)[0] == 0
    assert len(load_dataset(str(tmp_path / "dataset"), split="train")) > 0


# zoped train


def test_train_refuses_its_own_input_as_output(tmp_path: Path) -> None:
    folder = tmp_path / "d"
    folder.mkdir()
    (folder / "problems.jsonl").write_text(json.dumps(ROW) + "\n")
    with untouched(folder):
        code, said = zoped("train", config(tmp_path), "-p", folder / "problems.jsonl", "-o", folder)
        assert code == 2 and "--problems" in said and "lies in --output" in said


def test_train_refuses_the_model_that_it_starts_from_as_output(tmp_path: Path) -> None:
    model = tmp_path / "d" / "student"
    model.mkdir(parents=True)
    (model / "NOTES.txt").write_text("mine")
    (tmp_path / "p.jsonl").write_text(json.dumps(ROW) + "\n")
    settings = config(tmp_path, student={"name": str(model)})
    for output in (tmp_path / "d", model, model / "more"):
        with untouched(tmp_path):
            code, said = zoped("train", settings, "-p", tmp_path / "p.jsonl", "-o", output)
            assert code == 2 and "student.name" in said and "would be replaced" in said


def test_train_refuses_a_folder_of_others_and_goes_on_in_its_own(tmp_path: Path) -> None:
    problems, output = tmp_path / "p.jsonl", tmp_path / "out"
    problems.write_text("".join(json.dumps({**ROW, "id": str(i)}) + "\n" for i in range(3)))
    output.mkdir()
    (output / "mine.txt").write_text("mine")
    with untouched(tmp_path / "out"):
        code, said = zoped("train", config(tmp_path), "-p", problems, "-o", output)
        assert code == 2 and "holds mine.txt, which `zoped train` did not write" in said
    (output / "mine.txt").unlink()
    code, said = zoped("train", config(tmp_path), "-p", problems, "-o", output)
    assert code == 0 and "trained on the first 2 of 3 problems" in said, said
    with untouched(output):
        code, said = zoped("train", config(tmp_path), "-p", problems, "-o", output)
        assert code == 0 and "nothing was left to do" in said
        code, said = zoped("train", config(tmp_path, seed=7), "-p", problems, "-o", output)
        assert code == 2 and "seed: 0 there, 7 here" in said
        other = config(tmp_path, student={"name": "smollm2"})
        code, said = zoped("train", other, "-p", problems, "-o", output)
        assert code == 2 and "student.name: 'lab' there, 'smollm2' here" in said
        problems.write_text(json.dumps(ROW) + "\n")
        code, said = zoped("train", config(tmp_path), "-p", problems, "-o", output)
        assert code == 2 and "problems: '2 with the digest" in said


def test_train_takes_answers_of_every_kind_that_is_graded(tmp_path: Path) -> None:
    answers = ["(1, 2]", "B", "\\frac34", "1; 2", "yes"]
    problems = tmp_path / "p.jsonl"
    problems.write_text("".join(json.dumps({**ROW, "answer": a}) + "\n" for a in answers))
    code, said = zoped("train", config(tmp_path), "-p", problems, "-o", tmp_path / "out")
    assert code == 0, said
    kept = (tmp_path / "out" / "problems.jsonl").read_text().strip().split("\n")
    assert [json.loads(line)["answer"] for line in kept] == answers[:2]


# zoped generate


def generate(*arguments: str | Path) -> tuple[int, str]:
    return zoped("generate", "--teacher", "none", "-n", "2", *arguments)


def test_generate_refuses_a_parquet_file_that_it_did_not_write(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder = tmp_path / "data"
    folder.mkdir()
    pq.write_table(pa.table({"a": [1]}), folder / "train-00000-of-00001.parquet")
    with untouched(tmp_path):
        for more in ((), ("--dataset", folder)):
            output = tmp_path / ("data.jsonl" if not more else "other.jsonl")
            code, said = generate("-o", output, *more)
            assert code == 2 and "is not of its making, and would be replaced" in said
    code, said = generate("-o", tmp_path / "a.jsonl")
    assert code == 0, said
    with untouched(tmp_path):
        code, said = generate("-o", tmp_path / "b.jsonl", "--dataset", tmp_path / "a")
        assert code == 2 and "was made from another file" in said
    assert generate("-o", tmp_path / "a.jsonl")[0] == 0  # its own


@pytest.mark.parametrize("mode", ["file", "folder"])
def test_generate_refuses_a_folder_with_foreign_files(tmp_path: Path, mode: str) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.jsonl").write_text("{}\n")
    with untouched(tmp_path):
        code, said = generate("-o", tmp_path / ("out.jsonl" if mode == "file" else "out"))
        assert code == 2 and "holds mine.jsonl, which `zoped generate` did not write" in said


def test_generate_refuses_a_file_of_others_and_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "mine.jsonl").write_bytes("né\n".encode("latin-1"))
    (tmp_path / "text.jsonl").write_text(json.dumps({"text": "What is 1 + 1?", "answer": 2}))
    (tmp_path / "some.state.db").write_bytes(b"")
    with untouched(tmp_path):
        code, said = generate("-o", tmp_path / "mine.jsonl")
        assert code == 2 and "exists already" in said
        code, said = generate("-o", tmp_path / "x.jsonl", "--seeds", tmp_path / "none.jsonl")
        assert code == 2 and "No such file" in said
        code, said = generate("-o", tmp_path / "x.jsonl", "--seeds", tmp_path / "text.jsonl")
        assert code == 2 and "the one seed has no symbolic form" in said


def test_generate_refuses_a_database_of_others(tmp_path: Path) -> None:
    for name, make in (
        ("broken", lambda path: path.write_bytes(b"no database at all, but long enough" * 40)),
        ("other", lambda path: sqlite3.connect(path).execute("CREATE TABLE mine (a)")),
    ):
        make(tmp_path / f"{name}.state.db")
        with untouched(tmp_path):
            code, said = generate("-o", tmp_path / f"{name}.jsonl")
            assert code == 2 and f"{name}.state.db" in said and "move it away" in said


def test_generate_refuses_files_of_others_under_the_names_beside_its_own(tmp_path: Path) -> None:
    (tmp_path / "x.costs.json").write_text('{"rent": 900}')
    database(tmp_path / "y.formalizations.db")
    (tmp_path / "z.formalizations.db").write_text("notes, and no database at all" * 99)
    for name, said in {
        "x": "x.costs.json exists already",
        "y": "it has the table mine",
        "z": "z.formalizations.db cannot keep formalizations",
    }.items():
        with untouched(tmp_path):
            code, told = zoped("generate", "-n", "1", "-o", tmp_path / f"{name}.jsonl")
            assert code == 2 and said in told, told
        code, told = generate("-o", tmp_path / f"{name}.jsonl")  # which writes neither
        assert code == 0, told


# zoped teacher


@pytest.mark.parametrize(
    "name", ["adapter/weights.bin", "reader.gguf", "corpus.jsonl", "checkpoints/checkpoint-1/a"]
)
def test_teacher_refuses_a_folder_with_files_of_others_under_its_names(
    tmp_path: Path, name: str
) -> None:
    mine = tmp_path / "reader" / name
    mine.parent.mkdir(parents=True)
    mine.write_text("hours of work")
    with untouched(tmp_path):
        code, said = zoped(*TRAIN_READER, "-o", tmp_path / "reader")
        assert code == 2 and f"holds {name.partition('/')[0]}, and no settings.json says" in said


def test_teacher_refuses_settings_of_others(tmp_path: Path) -> None:
    for settings in ("[1, 2]", "{", '{"theme": "dark"}'):
        (tmp_path / "settings.json").write_text(settings)
        with untouched(tmp_path):
            code, said = zoped(*TRAIN_READER, "-o", tmp_path)
            assert code == 2 and "name another folder" in said, said


# Databases


def database(path: Path) -> Path:
    """A user's own."""
    with closing(sqlite3.connect(path)) as file:
        file.execute("CREATE TABLE mine (a)")
    return path


@pytest.mark.parametrize(
    "kept",
    [
        lambda path: KeptFormalizations(path).require_own(),
        KeptAnswers,
        lambda path: audit([], kept=path),
        lambda path: LiveStore(path.parent),
    ],
)
def test_nothing_is_kept_in_a_database_of_others(
    tmp_path: Path, kept: Callable[[Path], object]
) -> None:
    path = database(tmp_path / "live.db")
    with untouched(tmp_path), pytest.raises(ZopedError, match=r"live\.db.*it has the table mine"):
        kept(path)


def test_two_at_once_on_one_file_do_not_mix(tmp_path: Path) -> None:
    assert generate("-o", tmp_path / "x.jsonl")[0] == 0
    with RunState(tmp_path / "x.state.db", exclusive=True):
        code, said = zoped("generate", "--teacher", "none", "-n", "3", "-o", tmp_path / "x.jsonl")
    assert code == 2 and "another process is using it" in said


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("file.txt/x.jsonl", "file.txt is a file, not a folder"),
        ("file.txt/folder", "file.txt is a file, not a folder"),
        ("/proc/nowhere/x.jsonl", "cannot be written to"),
        ("/proc/nowhere/folder", "cannot be written to"),
    ],
)
def test_a_place_that_cannot_be_written_to_is_told(tmp_path: Path, output: str, said: str) -> None:
    (tmp_path / "file.txt").write_text("mine")
    for command in (("generate", "--teacher", "none"), ("train", config(tmp_path), "-p", "p")):
        if command[0] == "train":
            (tmp_path / "p.jsonl").write_text(json.dumps(ROW))
            command = (*command[:-1], tmp_path / "p.jsonl")
        code, message = zoped(*command, "-o", tmp_path / output)
        assert code == 2 and said in message, message


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["-o", "x.jsonl", "--longest", "2"], "--longest: only for a folder"),
        (["-o", "x.jsonl", "--mutation", "rewrite"], "--mutation: only with a teacher"),
        (["-o", "x.jsonl", "--api-base", "http://x"], "--api-base: only with a teacher"),
        (
            ["-o", "folder", "--decisions", "3", "--dataset", "d"],
            "--decisions, --dataset: only for",
        ),
    ],
)
def test_an_option_that_would_do_nothing_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    code, message = zoped("generate", "--teacher", "none", *more)
    assert code == 2 and said in message


# zoped lab-student


def test_lab_student_refuses_a_folder_of_others(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with untouched(tmp_path):
        code, said = zoped("lab-student", "-o", tmp_path)
        assert code == 2 and "holds config.json, which `zoped lab-student` did not write" in said
        code, said = zoped("lab-student", "-o", tmp_path / "config.json")
        assert code == 2 and "is a file; name a folder" in said


# Files that a command is told to write


def test_a_file_that_is_there_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text(json.dumps(ROW) + "\n")
    for name in ("mine.jsonl", "mine.json", "mine.png", "mine.html"):
        (tmp_path / name).write_text("mine")
    (tmp_path / "run").mkdir()
    for name in ("config.yaml", "state.db"):
        (tmp_path / "run" / name).touch()
    rows = tmp_path / "rows.jsonl"
    for command, file in (
        (("audit", rows, "--against", "none", "-o"), "mine.jsonl"),
        (("seeds", "convert", rows, "-o"), "mine.jsonl"),
        (("generate", "--teacher", "none", "-n", "1", "-o"), "mine.jsonl"),
        (("compare", tmp_path / "run", "--figure"), "mine.png"),
        (("report", tmp_path / "run", "-o"), "mine.html"),
        (("optimize", "--output"), "mine.json"),
    ):
        with untouched(tmp_path):
            code, said = zoped(*command, tmp_path / file)
            assert code == 2 and file in said, (command, said)
            assert re.search("is there|exists already", said), (command, said)


# Every other way to a user's file


def test_train_refuses_a_record_that_is_not_its_own(tmp_path: Path) -> None:
    """train.json is a common name for a data set."""
    (tmp_path / "p.jsonl").write_text(json.dumps(ROW) + "\n")
    out = tmp_path / "out"
    out.mkdir()
    for record in ('{"data": [1, 2]}', "[1]", "", "[" * 9999):
        (out / "train.json").write_text(record)
        (out / "problems.jsonl").write_text("mine")
        with untouched(out):
            code, said = zoped("train", config(tmp_path), "-p", tmp_path / "p.jsonl", "-o", out)
            assert code == 2 and "train.json is not a record of `zoped train`" in said


@pytest.mark.parametrize("inside", ["", "rounds", "rounds/0001", "rounds/0001/student"])
def test_export_refuses_a_run_folder_as_output(run: Path, tmp_path: Path, inside: str) -> None:
    (tmp_path / "link").symlink_to(run, target_is_directory=True)
    for place in (run, tmp_path / "link"):
        with untouched(run):
            code, said = zoped("export", run, "-o", place / inside)
            assert code == 2 and "which is the run's own; leave --output out for" in said


def test_export_into_a_link_to_a_model_of_the_users_is_refused(run: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "weights.bin").write_text("hours of work")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "model").symlink_to(tmp_path / "mine", target_is_directory=True)
    with untouched(tmp_path):
        code, said = zoped("export", run, "-o", tmp_path / "out")
        assert code == 2 and "holds weights.bin, which `zoped export` did not write" in said


def test_what_came_into_a_folder_while_its_draft_was_made_is_kept(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with replaced(out, "zoped test") as draft:
        (draft / "ours.txt").write_text("1")
    with pytest.raises(OutputError, match=r"holds mine\.txt"), replaced(out, "zoped test"):
        (out / "mine.txt").write_text("mine")
    assert (out / "mine.txt").read_text() == "mine" and os.listdir(tmp_path) == ["out"]


def test_generate_cuts_or_rewrites_no_line_that_it_did_not_write(tmp_path: Path) -> None:
    from zoped.cli.errors import UserError
    from zoped.cli.output_file import OutputFile

    output = tmp_path / "x.jsonl"
    assert generate("-o", output)[0] == 0
    whole = output.read_text()
    for text in ("my own words, and no line feed", whole + '{"id": "mine"', '{"text": "mine"}'):
        output.write_text(text)
        with untouched(tmp_path):
            code, said = generate("-o", output)
            assert code == 2 and "holds problems that this command did not write" in said
    output.write_text(whole[:-30])  # cut off by a kill
    assert generate("-o", output)[0] == 0 and output.read_text() == whole
    with RunState(tmp_path / "x.state.db") as state:
        first, second = state.problems(0)[:2]
    edited = whole.replace(first.text, "better words")
    output.write_text(edited)
    made = {problem.id: problem for problem in (first, second)}
    changed = pytest.raises(UserError, match="from 1 on were changed since")
    with OutputFile(output, made, limit=2) as file, untouched(tmp_path), changed:
        file.put(second)


@pytest.mark.parametrize("output", ["x.jsonl", "x"])
def test_where_more_problems_are_than_are_wanted_they_are_kept_and_it_says_how_many(
    tmp_path: Path, output: str
) -> None:
    assert zoped("generate", "--teacher", "none", "-n", "6", "-o", tmp_path / output)[0] == 0
    before = contents(tmp_path)
    code, said = generate("-o", tmp_path / output)
    assert code == 0 and re.search(r"accepted +│ +6 ", said), said
    assert f"{tmp_path / output} has 6 problems already, and -n is 2: nothing was made" in said
    after = contents(tmp_path)
    problems = [name for name in before if "state.db" not in name]
    assert {name: after[name] for name in problems} == {name: before[name] for name in problems}


@pytest.mark.parametrize("dataset", ["x.jsonl", ".", "../d"])
def test_generate_refuses_a_data_set_around_its_own_file(tmp_path: Path, dataset: str) -> None:
    folder = tmp_path / "d"
    folder.mkdir()
    code, said = generate("-o", folder / "x.jsonl", "--dataset", folder / dataset)
    assert code == 2 and "is or lies in it" in said and not os.listdir(folder)


def test_a_run_folder_whose_state_is_empty_keeps_a_configuration_of_the_users(
    tmp_path: Path,
) -> None:
    run = tmp_path / "run"
    run.mkdir()
    (run / "config.yaml").write_text("mine: 1")
    (run / "state.db").touch()
    with untouched(run):
        code, said = zoped("run", config(tmp_path), "--run-dir", run)
        assert code == 2 and "config.yaml is not of a run's making" in said


@pytest.mark.parametrize(
    "command",
    [
        ("export", "RUN"),
        ("export", "RUN", "--format", "trl"),
        ("observe", "RUN", "PROFILE"),
        ("report", "RUN"),
        ("runs", "RUN"),
        ("prompts", "show", "RUN"),
    ],
)
def test_in_a_run_folder_that_is_read_python_looks_for_no_modules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    """It may be another person's, with modules in it under the names that libraries try."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setenv("PYTHONPATH", "")
    run = tmp_path / "run"
    with open_run_folder(run, RunSettings()), RunState(run / STATE):
        pass
    profile = {"key": "k", "passes": 1, "rollouts": 2}
    (tmp_path / "profile.jsonl").write_text(json.dumps(profile) + "\n", encoding="utf-8")
    named = {"RUN": str(run), "PROFILE": str(tmp_path / "profile.jsonl")}
    zoped(*(named.get(word, word) for word in command))
    assert str(run) not in (*sys.path, os.environ["PYTHONPATH"])
