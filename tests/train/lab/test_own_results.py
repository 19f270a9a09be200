"""The files of results in a lab's folder: the lab's own are replaced, a user's are not, and no row is lost."""

import shutil
from pathlib import Path

import pytest
import yaml

from tests.command_line import zoped_says
from tests.train.lab.numbers import run
from zoped.foundation.own_files import OutputError, replace_own_files, require_own_files
from zoped.train.lab.results import dump_numbers, load_numbers

LAB = {
    "base": {"teacher": {"model": "none"}},
    "arms": {"plain": {}, "clever": {}},
    "seeds": [0, 1],
    "folder": "out",
}
RUNS = [run(arm, seed, [0.3, 0.4]) for seed in (0, 1) for arm in ("plain", "clever")]
FILES = ("results.md", "results.jsonl", "accuracy.png")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("lab.yaml").write_text(yaml.safe_dump(LAB, sort_keys=False))
    Path("all.jsonl").write_text(dump_numbers(RUNS))
    Path("half.jsonl").write_text(dump_numbers(RUNS[:2]))
    return tmp_path / "out"


def lab(*options: str) -> tuple[int, str]:
    return zoped_says("lab", "lab.yaml", *options, COLUMNS="200")


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("option", ["--report", "--dry-run", "--quiet"])
def test_a_file_that_the_lab_did_not_write_is_kept(folder, name, option):
    folder.mkdir()
    (folder / name).write_text("mine")
    code, told = lab("--results", "all.jsonl", option)
    assert (
        code == 2 and f"{Path('out') / name}: is there, and was not written by `zoped lab`" in told
    )
    assert contents(folder) == {name: b"mine"}


@pytest.mark.parametrize("name", FILES)
def test_what_was_written_into_a_file_of_the_lab_is_kept(folder, name):
    for _ in range(2):
        assert lab("--results", "all.jsonl", "--report")[0] == 0
    with (folder / name).open("ab") as file:
        file.write(b"\n")
    before = contents(folder)
    code, told = lab("--results", "all.jsonl")
    assert code == 2 and f"{name}: was changed since `zoped lab` wrote it" in told
    assert contents(folder) == before
    (folder / name).rename(folder / "mine")
    assert lab("--results", "all.jsonl")[0] == 0


@pytest.mark.parametrize("option", ["--report", "--dry-run"])
def test_rows_of_runs_that_are_not_here_are_not_lost(folder, option):
    assert lab("--results", "all.jsonl", "--report")[0] == 0
    before = contents(folder)
    code, told = lab("--results", "half.jsonl", option)
    assert code == 2 and "results.jsonl has 2 runs that would be lost" in told, told
    assert "seed-1 are not here; give --results out/results.jsonl" in told
    assert contents(folder) == before
    assert lab("--results", "out/results.jsonl", "--report")[0] == 0
    assert load_numbers(folder / "results.jsonl") == RUNS


def test_a_lab_with_an_arm_less_keeps_the_rows_of_that_arm(folder):
    assert lab("--results", "all.jsonl", "--report")[0] == 0
    Path("lab.yaml").write_text(yaml.safe_dump(LAB | {"arms": {"plain": {}}}))
    Path("plain.jsonl").write_text(dump_numbers(RUNS[::2]))
    code, told = lab("--results", "plain.jsonl", "--report")
    assert code == 2 and "out/lab/clever/seed-0, out/lab/clever/seed-1 are not here" in told
    assert len(load_numbers(folder / "results.jsonl")) == 4
    shutil.move(folder / "results.jsonl", "before.jsonl")
    assert lab("--results", "plain.jsonl", "--report")[0] == 0


def test_a_kill_between_two_files_leaves_all_of_them_the_makers(folder):
    folder.mkdir()
    replace_own_files(folder, {"a": b"1", "b": b"1"}, "zoped x")
    old = (folder / "b").read_bytes()
    replace_own_files(folder, {"a": b"2", "b": b"2"}, "zoped x")
    (folder / "b").write_bytes(old)  # as if killed before it
    replace_own_files(folder, {"a": b"3", "b": b"3"}, "zoped x")
    assert (folder / "b").read_bytes() == b"3"
    with pytest.raises(OutputError, match="was not written by `zoped y`"):
        require_own_files(folder, ["a"], "zoped y")
    (folder / "c").symlink_to("nowhere")
    with pytest.raises(OutputError, match="c: is there"):
        replace_own_files(folder, {"a": b"4", "c": b"4"}, "zoped x")
    assert (folder / "a").read_bytes() == b"3"
