"""An audit finds what was planted in a data set, says why, goes on after a kill, and accuses nobody else."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from threading import Barrier

import dspy
import pyarrow
import pyarrow.parquet
import pytest

from tests.openai_server import API_KEY, openai_server
from tests.published import published
from zoped.evals.audit import AuditError, AuditRow, audit, load_rows
from zoped.evals.audit.equations import judged_by_equations
from zoped.evals.contamination import TestedText, TestedTexts
from zoped.programs import builtin_seeds
from zoped.programs.acceptance import Acceptance
from zoped.programs.teachers.calls import BudgetSpent, TeacherCalls
from zoped.programs.teachers.load import load_teacher
from zoped.signatures import from_lines

PENS = {
    "variables": [
        {"name": "pens", "value": 4},
        {"name": "price", "value": 3},
        {"name": "cost"},
    ],
    "constraints": ["cost == pens*price"],
    "target": "cost",
}
TEXT = "Ann buys 4 pens. Each pen costs 3 dollars. How many dollars does she pay in all?"


def row(answer: str = "12", text: str = TEXT, **fields) -> dict:
    return {"text": text, "answer": answer, **fields}


def found(tmp_path: Path, *rows: dict, **options) -> list[tuple[str, int, str]]:
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return [(f.kind, f.line, f.evidence) for f in audit(load_rows(path), **options).findings]


def changed(**fields) -> dict:
    return {**PENS, **fields}


@pytest.mark.parametrize(
    ("planted", "kind", "evidence"),
    [
        (row("13", symbols=PENS), "wrong_gold", "the answer is 12; the gold is 13"),
        (row("13", equations=["x=4*3"]), "wrong_gold", "give x = 12; the gold is 13"),
        (row("13", equations=["4*3=12"]), "steps_differ", "the last step is 4*3=12"),
        (row("12", equations=["4*3=13", "13-1=12"]), "wrong_step", "4*3=13: the left side is 12"),
        (row("12", equations=["x=4*3", "x=4+3"]), "no_answer", "no solution"),
        (row("12", equations=["x*y=12", "x-y=0*x"]), "wrong_gold", "x = sqrt(12)|x = 2*sqrt(3)"),
        (row("2", equations=["(x-2)*(x-3)=0"]), "several_answers", "x has more than one value"),
        (
            row("2", symbols=changed(constraints=["cost*cost == pens"])),
            "several_answers",
            "",
        ),
        (
            row(symbols=changed(constraints=["cost == pens*price", "cost < pens"])),
            "no_answer",
            "",
        ),
        (
            row("4", symbols=changed(constraints=["cost == pens"])),
            "idle_number",
            "price = 3 does not change",
        ),
        (
            row(text="Ann buys pens at 3 dollars. What does she pay?", symbols=PENS),
            "missing_number",
            "pens = 4",
        ),
        (
            row(text="Ann buys 4 pens at 3 dollars. How?", equations=["x=4*3+25"], answer="37"),
            "missing_number",
            "25 in x=4*3+25",
        ),
        (
            row(text=f"{TEXT} She pays 12 dollars.", symbols=PENS),
            "states_answer",
            "the text states 12",
        ),
        (row("a dozen", equations=["x=4*3"]), "unreadable_gold", "is no number"),
    ],
)
def test_a_planted_fault_is_found_with_its_evidence(tmp_path, planted, kind, evidence):
    mine = found(tmp_path, row(symbols=PENS, text=f"First, {TEXT}"), planted)
    kinds = [(one, line) for one, line, _ in mine if one != "near_duplicate"]
    assert (kind, 2) in kinds and not [line for _, line in kinds if line == 1]
    told = next(said for one, _, said in mine if one == kind)
    assert any(part in told for part in evidence.split("|"))


@pytest.mark.parametrize(
    "sound",
    [
        row(symbols=PENS),
        row("12", equations=["x=4*3"]),
        row("12.0", equations=["4*3=12"]),
        row("24", equations=["x=2*4*3"]),
        row("0.67", equations=["x=2/3"]),
        row(
            "583.3333; 166.66666", equations=["x=3500/6", "y=x-1250/3"], text="3500, 6, 1250 and 3?"
        ),
        row("8", equations=["20/100*40=8"], text="What is 20% of 40?"),
        row("2; 3", equations=["a+b=5", "a-b=-1"], text="Their sum is 5, they differ by 1."),
        row("9", equations=["x^2=81"], text="A square has 81 square feet. How long is it?"),
        row("6", equations=["len+4=10"], text="A rope and 4 feet are 10."),
        row("a dozen"),
    ],
)
def test_a_sound_row_is_not_accused(tmp_path, sound):
    assert found(tmp_path, sound) == []


def test_equations_of_data_sets_are_never_run(tmp_path):
    for text in ("x=__import__('os').getcwd()", "x=(lambda: 1)()", "x=9**9**9**9", "x=1=2", "="):
        verdict = judged_by_equations(AuditRow(1, "a", "text", "1", equations=(text,)))
        assert verdict.unread and not verdict.found


def test_copies_contradictions_and_overlap(tmp_path):
    other = (
        "Ben has 7 apples and 5 pears in a basket, and he eats 2 of the apples after school today."
    )
    near = TEXT.replace("Each pen costs", "Every pen will cost")
    rows = [
        row(),
        row(text=other, answer="10"),
        row(),
        row("13"),
        row(text=near),
        row(text=other.replace("Ben", "Tom").replace("7", "9"), answer="12"),
    ]
    tested = TestedTexts([TestedText("exam-3", other)])
    mine = [(kind, line) for kind, line, _ in found(tmp_path, *rows, tested=tested)]
    assert mine == [
        ("near_duplicate", 3),
        ("near_duplicate", 5),
        ("contradiction", 4),
        ("overlap", 2),
        ("overlap", 6),
    ]


def test_what_was_judged_is_kept_and_a_changed_row_is_judged_anew(tmp_path, monkeypatch):
    rows = [AuditRow(i, f"r{i}", TEXT, str(10 + i), equations=("x=4*3",)) for i in range(100)]
    kept, told = tmp_path / "audits.db", []

    def killed(judged: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        audit(rows, kept=kept, on_judged=killed)
    calls = []
    judge = judged_by_equations
    monkeypatch.setattr(
        "zoped.evals.audit.run.judged_by_equations",
        lambda row, **options: calls.append(row.id) or judge(row, **options),
    )
    whole = audit(rows, kept=kept, on_judged=told.append)
    assert len(calls) == 36 and sum(told) == 100
    assert whole.counts["wrong_gold"] == 99
    assert audit(rows, kept=kept) == whole and len(calls) == 36
    rows[5] = AuditRow(5, "r5", TEXT, "12", equations=("x=3*4",))
    assert audit(rows, kept=kept).counts["wrong_gold"] == 98 and len(calls) == 37


def written(price: int) -> str:
    """A teacher's formalization of TEXT, with that price."""
    lines = f"pens N = 4: x\nprice N = {price}: y\ncost N = ?: z\ncost == pens*price\nfind cost"
    return json.dumps({"formalization": from_lines(lines)})


def audited(price: int, kept: Path, *rows: AuditRow) -> list[str]:
    """The evidence that a server's teacher gives, which reads every price as that one."""
    with openai_server(lambda body: written(price)) as server:
        lm = load_teacher("openai/scripted", api_base=server.url, api_key=API_KEY)
        teacher = TeacherCalls(lm, adapter=dspy.JSONAdapter(), concurrency=2)
        return [f.evidence for f in audit(rows, teacher=teacher, kept=kept).findings]


def test_another_server_with_a_model_of_that_name_judges_anew(tmp_path):
    bare, kept = AuditRow(1, "a", TEXT, "12"), tmp_path / "audits.db"
    told = [audited(price, kept, bare) for price in (3, 5)]
    assert [len(each) for each in told] == [0, 1]


def test_what_a_teacher_read_is_kept_whatever_ends_the_others(tmp_path):
    rows = [AuditRow(i, f"r{i}", f"{name}: {TEXT}", "12") for i, name in enumerate("abcd")]
    with openai_server(lambda body: written(3)) as server:
        lm = load_teacher("openai/scripted", api_base=server.url, api_key=API_KEY)
        for calls in (3, 4):
            teacher = TeacherCalls(lm, adapter=dspy.JSONAdapter(), max_calls=calls)
            with suppress(BudgetSpent):
                found = audit(rows, teacher=teacher, kept=tmp_path / "audits.db")
    assert found.solved == 4 and len(server.requests) == 4


def test_that_the_teacher_could_not_be_asked_is_not_kept(tmp_path):
    row, away = AuditRow(1, "a", TEXT, "12"), [True]
    with openai_server(lambda body: 500 if away[0] else written(5)) as server:
        lm = load_teacher("openai/scripted", api_base=server.url, api_key=API_KEY)
        teacher = TeacherCalls(lm.copy(num_retries=0), adapter=dspy.JSONAdapter())
        found = audit([row], teacher=teacher, kept=tmp_path / "audits.db")
        assert list(found.unread) == ["the teacher did not formalize the text"]
        away[0] = False
        again = audit([row], teacher=teacher, kept=tmp_path / "audits.db")
    assert again.counts == {"wrong_gold": 1}


@pytest.mark.parametrize("body", ["{", "[]", "{}", '{"found": [1], "unread": ""}', "5"])
def test_a_verdict_that_cannot_be_read_is_told_with_its_file(tmp_path, body):
    kept = tmp_path / "audits.db"
    rows = [AuditRow(1, "a", TEXT, "12", equations=("x=4*3",))]
    audit(rows, kept=kept)
    with closing(sqlite3.connect(kept)) as database, database:
        database.execute("UPDATE verdicts SET body = ?", (body,))
    with pytest.raises(AuditError, match=r"audits\.db: findings cannot be kept in it"):
        audit(rows, kept=kept)


def test_what_is_solved_holds_up_no_other_row(tmp_path, monkeypatch):
    both = Barrier(2)  # which neither passes where one waits for the other to end
    formalization = Acceptance.formalization

    def met(*args):
        both.wait(timeout=20)
        return formalization(*args)

    monkeypatch.setattr(Acceptance, "formalization", met)
    rows = [AuditRow(i, f"r{i}", f"{name}: {TEXT}", "12") for i, name in enumerate(("Ann", "Eva"))]
    assert not [said for said in audited(3, tmp_path / "audits.db", *rows) if "gold" in said]


def test_parquet_is_read_and_bad_files_are_told(tmp_path):
    seed = builtin_seeds()[0]
    table = {
        "problem": [seed.text],
        "answer": [seed.answer],
        "symbols": [seed.symbols.model_dump_json()],
    }
    pyarrow.parquet.write_table(pyarrow.table(table), tmp_path / "rows.parquet")
    (read,) = load_rows(tmp_path / "rows.parquet")
    assert read.symbols == seed.symbols and audit([read]).findings == ()
    for content, said in (
        ('{"text": "?"}', r"rows\.jsonl:1: no answer"),
        ('{"answer": "1"}', r"rows\.jsonl:1: no text"),
        ("[1]", r"rows\.jsonl:1: expected a JSON object"),
        ("", "no rows in it"),
    ):
        (tmp_path / "rows.jsonl").write_text(content)
        with pytest.raises(AuditError, match=said):
            load_rows(tmp_path / "rows.jsonl")
    (tmp_path / "bad.parquet").write_text("nothing")
    with pytest.raises(AuditError, match=r"bad\.parquet: cannot be read as Parquet"):
        load_rows(tmp_path / "bad.parquet")


def test_the_built_in_seeds_pass(tmp_path):
    rows = [
        AuditRow(i, seed.id, seed.text, seed.answer, seed.symbols)
        for i, seed in enumerate(builtin_seeds()[:60], start=1)
    ]
    assert {f.kind for f in audit(rows).findings} <= {"near_duplicate"}


def test_known_faults_of_a_published_data_set_are_found_and_no_others():
    lines = published("equation_mismatch.tsv").read_text(encoding="utf-8").split("\n")
    known = {line.split("\t")[0] for line in lines if line.startswith("mawps_singleeq-train")}
    rows = load_rows(published("mawps_singleeq", "train.jsonl"))[120:250]
    kinds = ("wrong_gold", "steps_differ", "no_answer", "several_answers")
    accused = {f.id for f in audit(rows).findings if f.kind in kinds}
    assert len(accused) >= 5 and accused == known & {row.id for row in rows}
