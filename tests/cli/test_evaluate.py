"""`zoped evaluate`: benchmarks, files and held-out problems, of a folder's or a server's student."""

from __future__ import annotations

import json
import re

import pytest

from tests.command_line import zoped
from tests.openai_server import API_KEY, openai_server

ROWS = [{"question": f"What is {i} + 1?", "answer": str(i + 1)} for i in range(8)]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("ZOPED_DATA", str(tmp_path))
    monkeypatch.setenv("ZOPED_CACHE", str(tmp_path / "cache"))
    for name in ("svamp", "gsm8k"):
        (tmp_path / name).mkdir()
        lines = "\n".join(json.dumps(row) for row in ROWS)
        (tmp_path / name / "test.jsonl").write_text(lines)
    (tmp_path / "mine.jsonl").write_text(json.dumps({"text": "What is 2 + 2?", "answer": "4"}))
    return tmp_path


@pytest.mark.slow
def test_benchmarks_and_files_are_measured_together(folder):
    mine, out = folder / "mine.jsonl", folder / "out"
    command = ("evaluate", "--benchmarks", "svamp,GSM8K", "--questions", mine, "--problems", "4")
    code, printed, told = zoped(*command, "--samples", "4", "-o", out)
    assert code == 0, told
    assert "majority@4" in printed and "gsm8k" in printed and "mine" in printed
    code, again, told = zoped(*command, "--samples", "4", "--json")
    assert code == 0, told
    found = json.loads(again)
    assert found["samples"] == 4 and set(found["benchmarks"]) == {"svamp", "gsm8k", "mine"}
    svamp = found["benchmarks"]["svamp"]
    assert (svamp["problems"], svamp["of"], len(svamp["right"])) == (4, 8, 4)
    assert set(svamp["pass@4"]) == {"value", "low", "high"}
    (written,) = out.glob("lab/results_*.json")
    results = json.loads(written.read_text())["results"]
    assert results["svamp"]["exact_match,none"] == svamp["pass@1"]["value"]
    # Nothing was sampled for the second time: the answers are the same ones.
    assert results["mine"]["pass@4,none"] == found["benchmarks"]["mine"]["pass@4"]["value"]


def test_a_student_behind_a_server_is_asked_once(folder, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", API_KEY)
    with openai_server(lambda body: "It is \\boxed{4}.") as server:
        command = ("evaluate", "--student", "scripted", "--api-base", server.url)
        command += ("--benchmarks", "svamp", "--samples", "2", "--json")
        code, printed, told = zoped(*command)
        assert code == 0, told
        found = json.loads(printed)["benchmarks"]["svamp"]
        assert sum(found["right"]) == 2 and found["majority@2"]["value"] == 1 / 8
        assert len(server.requests) == 16
        assert "\\boxed{}" in server.prompts()[0]
        assert zoped(*command)[1] == printed and len(server.requests) == 16
        # Asked in another way it is another student.
        zoped(*command, "--instruction", "Only the number.")
        assert len(server.requests) == 32


def test_the_benchmarks_are_listed():
    code, printed, _ = zoped("evaluate", "--list")
    assert code == 0 and "gsm_symbolic_p2" in printed and "CC BY-SA 4.0" in printed
    assert "paper: the mean of gsm8k, " in printed and "asked: {question}, and" in printed
    listed = json.loads(zoped("evaluate", "--list", "--json")[1])["benchmarks"]
    for name, one in listed.items():
        assert one["prompt"] and one["answer_rule"] and one["licence"] and one["paper"], name
        assert bool(one["repository"]) == (len(one["revision"] or "") == 40), name


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--benchmarks", "gsm9k"), "did you mean `gsm8k`"),
        (("--benchmarks", ","), "name at least one"),
        (("--temperature", "0", "--samples", "2"), "the same answer each time"),
        (("--benchmarks", "mawps_singleop"), r"mawps_singleop/test\.jsonl"),
    ],
)
def test_what_cannot_be_is_told(folder, arguments, said):
    code, _, told = zoped("evaluate", *arguments)
    assert code == 2 and re.search(said, told), told
