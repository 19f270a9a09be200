"""`zoped audit`: a table of faults, JSON, a file of all findings; a teacher's readings count when two agree."""

from __future__ import annotations

import json

import pytest

from tests.command_line import zoped
from tests.evals.audit.test_audit import PENS, TEXT, row
from tests.openai_server import API_KEY, openai_server


def written(price: int) -> str:
    """A formalization as a teacher writes it, with that price."""
    variables = [
        {"name": n, "meaning": n, "unit": "", "domain": "rational", "value": value}
        for n, value in (("pens", "4"), ("price", str(price)), ("cost", ""))
    ]
    problem = {"variables": variables, "constraints": ["cost == pens*price"]}
    return json.dumps({"formalization": {**problem, "target": "cost", "query": "value"}})


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.setenv("ZOPED_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("ZOPED_DATA", raising=False)
    rows = [row(symbols=PENS), row("13", text=f"Well. {TEXT}", symbols=PENS)]
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return tmp_path / "rows.jsonl"


def test_faults_are_shown_and_written(file):
    out = file.parent / "found.jsonl"
    code, printed, _ = zoped("audit", file, "-o", out)
    assert (
        code == 0
        and "wrong_gold: 1 row" in printed
        and "the answer is 12; the gold is 13" in printed
    )
    kinds = [json.loads(line)["kind"] for line in out.read_text().splitlines()]
    assert kinds == ["wrong_gold", "near_duplicate"]
    code, printed, _ = zoped("audit", file, "--json")
    values = json.loads(printed)
    assert values["counts"] == {"wrong_gold": 1, "near_duplicate": 1} and values["solved"] == 2
    assert values["findings"][0]["line"] == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--teacher", "embedded"), "too small to formalize"),
        (("--against", "gsm9k"), "did you mean"),
        (("--output", "ROWS"), "the file that is audited"),
    ],
)
def test_what_cannot_be_is_told(file, arguments, said):
    given = [str(file) if part == "ROWS" else part for part in arguments]
    code, _, told = zoped("audit", file, *given)
    assert code == 2 and said in told


@pytest.mark.slow
def test_a_teacher_reads_what_has_no_symbols(file, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", API_KEY)
    rows = [row(), row("13", text=TEXT.replace("Ann", "Eva")), row("99", text="Ben? Ben!")]
    file.write_text("\n".join(map(json.dumps, rows)))
    replies = iter(range(5, 50))

    def reply(body):
        prompt = body["messages"][-1]["content"]
        if "Say OK" in prompt:
            return "OK"
        # Of Ben it says something else each time.
        return written(next(replies) if "Ben" in prompt else 3)

    with openai_server(reply) as server:
        command = (
            "audit",
            file,
            "--teacher",
            "openai/scripted",
            "--api-base",
            server.url,
            "--json",
        )
        code, printed, told = zoped(*command)
        assert code == 0, told
        values = json.loads(printed)
        faults = [f for f in values["findings"] if f["kind"] == "wrong_gold"]
        assert [f["line"] for f in faults] == [2]
        assert "two readings of the text give 12; the gold is 13" in faults[0]["evidence"]
        assert values["solved"] == 2 and len(values["unsolved"]) == 1
        asked = len(server.requests)
        assert json.loads(zoped(*command)[1])["findings"] == values["findings"]
        assert len(server.requests) == asked + 1  # only whether it is there
