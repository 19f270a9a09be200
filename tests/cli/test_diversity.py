"""`zoped diversity`: files side by side, as a table or as JSON."""

from __future__ import annotations

import json

import pytest

from tests.command_line import zoped
from zoped.programs import builtin_seeds


@pytest.fixture
def files(tmp_path):
    seeds = builtin_seeds()[:40]
    (tmp_path / "all.jsonl").write_text("\n".join(s.model_dump_json() for s in seeds))
    texts = [json.dumps({"question": s.text}) for s in seeds[:4] * 3]
    (tmp_path / "few.jsonl").write_text("\n".join(texts))
    return tmp_path / "all.jsonl", tmp_path / "few.jsonl"


def test_two_files_stand_side_by_side(files):
    code, printed, _ = zoped("diversity", *files, "--embed", "0")
    assert code == 0 and "all.jsonl" in printed and "sub-domains of 61" in printed
    code, printed, _ = zoped("diversity", *files, "--embed", "0", "--json")
    every, few = json.loads(printed)["files"].values()
    assert every["with_symbols"] == 40 and few["with_symbols"] == 0
    assert few["distinct_texts"] == 4 and few["self_bleu"] > every["self_bleu"]
    assert every["growth"]["40"] == every["fingerprints"] and every["taxonomy"] == 61


@pytest.mark.slow
def test_meanings_are_measured_by_the_packaged_model(files):
    code, printed, told = zoped("diversity", *files, "--json", "--quiet")
    assert code == 0 and not told, "the model's own bar is not shown"
    every, few = json.loads(printed)["files"].values()
    assert (every["embedded"], few["embedded"]) == (40, 12)
    # Twelve texts of four kinds.
    assert 1 < few["vendi_score"] < 4.01 < every["vendi_score"]
    assert 0 < few["mean_cosine_distance"] < 1 and json.loads(printed)["notes"] == []


def test_what_cannot_be_is_told(files):
    code, _, told = zoped("diversity", files[0], files[0])
    assert code == 2 and "is given twice" in told
    (files[0].parent / "empty.jsonl").write_text("")
    code, _, told = zoped("diversity", files[0].parent / "empty.jsonl")
    assert code == 2 and "no problems in it" in told
