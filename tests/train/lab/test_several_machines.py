"""`zoped lab --results`: what other machines did is reported here, and not run again."""

import json
from pathlib import Path

import pytest
import yaml

from tests.command_line import zoped_says
from tests.train.lab.numbers import run
from zoped.train.lab.results import dump_numbers, load_numbers

LAB = {
    "base": {"teacher": {"model": "none"}},
    "arms": {"plain": {}, "clever": {}},
    "seeds": [0, 1],
    "folder": "out",
    "claims": ["clever > plain in gain"],
}
HERE = [run("clever", 1, [0.3, 0.5]), run("plain", 1, [0.3, 0.4])]
THERE = [
    run("plain", 0, [0.2, 0.3]),
    run("clever", 0, [0.2, 0.4]),
    run("clever", 1, [0.3], finished=False),
]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> Path:
    """A lab's file, and what two machines wrote."""
    monkeypatch.chdir(tmp_path)
    Path("lab.yaml").write_text(yaml.safe_dump(LAB, sort_keys=False))
    Path("a.jsonl").write_text(dump_numbers(HERE))
    Path("b.jsonl").write_text(dump_numbers(THERE))
    return tmp_path


def lab(*options: str) -> tuple[int, str]:
    return zoped_says("lab", "lab.yaml", *options, COLUMNS="200")


@pytest.mark.parametrize("option", [["--report"], []], ids=["reported", "nothing is left to run"])
def test_the_runs_of_two_machines_are_one_lab(option):
    code, told = lab("--results", "a.jsonl", "--results", "b.jsonl", *option)
    assert code == 0, told
    assert load_numbers(Path("out/results.jsonl")) == [*THERE[:2], *reversed(HERE)]
    report = Path("out/results.md").read_text()
    assert "+10.0 points" in report and "2 seeds" in report and report in told
    assert Path("out/accuracy.png").exists() and not Path("out/lab").exists()


def test_the_plan_has_what_is_over_elsewhere_and_the_seeds_that_were_asked_for():
    code, told = lab("--dry-run", "--results", "b.jsonl", "--json")
    assert code == 0
    assert [row["so_far"] for row in json.loads(told)["runs"]] == ["over", "over", "new", "new"]
    rows = json.loads(lab("--dry-run", "--json", "--seeds", "1", "--only", "clever")[1])["runs"]
    assert [(row["seed"], row["arm"]) for row in rows] == [("1", "clever")]
    assert "there is no seed '7'; there are 0, 1" in lab("--seeds", "1,7")[1]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([run("oracle", 0, [0.2, 0.3])], "no run with student lab, arm oracle, seed 0"),
        ([run("plain", 2, [0.2, 0.3])], "no run with student lab, arm plain, seed 2"),
        ([run("plain", 0, [0.2, 0.9])], "lab, plain, seed 0: is over twice, with other numbers"),
        ([run("plain", 0, [])], "c.jsonl:1: points: "),
    ],
)
def test_results_that_do_not_belong_to_the_lab_are_refused(rows, told):
    Path("c.jsonl").write_text(dump_numbers(rows))
    code, said = lab("--report", "--results", "b.jsonl", "--results", "c.jsonl")
    assert code == 2 and told in said and not Path("out").exists()


def test_the_same_results_twice_are_the_same_results():
    assert lab("--report", "--results", "b.jsonl", "--results", "b.jsonl")[0] == 0
    assert load_numbers(Path("out/results.jsonl")) == THERE[:2]
