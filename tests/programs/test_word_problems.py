"""Rows of well-known data sets, and what Zoped writes itself, are read as they are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from zoped.programs import check_seeds, load_seeds
from zoped.programs.seeds.word_problems import WordProblemError, load_word_problems

GSM8K = {"question": "Ann has 3 pens and buys 4. How many?", "answer": "3+4=<<3+4=7>>7\n#### 1,007"}
SVAMP = {
    "ID": "chal-1",
    "Body": "Ann has 3 pens and buys 4",
    "Question": "How many pens has she now?",
    "Equation": "( 3.0 + 4.0 )",
    "Answer": 7.0,
    "Type": "Addition",
}
MATH = {
    "problem": "What is $3+4$?",
    "solution": "We have $3+4=\\boxed{\\frac{14}{2}}$.",
    "answer": "\\frac{14}{2}",
    "subject": "Prealgebra",
    "level": 1,
    "unique_id": "test/prealgebra/1.json",
}
MATH_2021 = {"problem": "What is $3+4$?", "level": "Level 1", "type": "Prealgebra"}
ROUND = {"id": "p1", "text": "What is 3 + 4?", "answer": "7", "pass_rate": 0.5, "source": "new"}


def write(tmp_path: Path, *rows: object) -> Path:
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("row", "text", "answer", "id_"),
    [
        (GSM8K, GSM8K["question"], "1007", "rows-1"),
        (SVAMP, "Ann has 3 pens and buys 4. How many pens has she now?", "7", "chal-1"),
        (MATH, MATH["problem"], "\\frac{14}{2}", "test/prealgebra/1.json"),
        (
            {**MATH_2021, "solution": MATH["solution"]},
            MATH["problem"],
            "\\frac{14}{2}",
            "rows-1",
        ),
        ({"question": "3 + 4?", "final_ans": "7"}, "3 + 4?", "7", "rows-1"),
        ({"input": "3 + 4?", "target": 1e-7, "code": "x"}, "3 + 4?", "1/10000000", "rows-1"),
        (ROUND, ROUND["text"], "7", "p1"),
    ],
)
def test_a_row_is_read_as_it_is(
    tmp_path: Path, row: dict[str, object], text: str, answer: str, id_: str
) -> None:
    (problem,) = load_word_problems(write(tmp_path, row))
    assert (problem.text, problem.answer, problem.id) == (text, answer, id_)
    (seed,) = load_seeds(write(tmp_path, row))
    assert (seed.text, seed.id) == (text, id_)
    assert seed.answer == ("7" if "frac" in answer else answer)


def test_what_generate_writes_is_a_file_of_seeds_and_of_questions(tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from zoped.cli.main import app

    output = tmp_path / "p.jsonl"
    command = ["generate", "--teacher", "none", "-n", "4", "-o", str(output)]
    assert CliRunner().invoke(app, command).exit_code == 0
    assert check_seeds(output) == [] and len(load_word_problems(output)) == 4
    again = ["generate", "--teacher", "none", "-n", "2", "--seeds", str(output)]
    result = CliRunner().invoke(app, [*again, "-o", str(tmp_path / "q.jsonl")])
    assert result.exit_code == 0, result.output
    assert all(seed.symbols is not None for seed in load_seeds(tmp_path / "q.jsonl"))


@pytest.mark.parametrize("answer", ["(1, 2]", "B", "\\frac{x}4", "yes", "x^2 + 1"])
def test_a_question_has_any_answer_and_a_seed_a_number(tmp_path: Path, answer: str) -> None:
    path = write(tmp_path, {"text": "a?", "answer": answer})
    assert load_word_problems(path)[0].answer == answer
    assert "is not a number" in check_seeds(path)[0].message


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"text": "a", "answer": None}, "rows.jsonl:1: answer None is not a number or a text"),
        ({"text": "a", "answer": True}, "answer True is not"),
        ({"text": "a", "answer": float("nan")}, "answer nan is not"),
        ({"text": "a", "answer": " "}, "answer: it is empty"),
        ({"text": "a", "anwser": "1"}, "unknown field 'anwser'; did you mean 'answer'?"),
        ({"question": "a", "answer": "1", "topik": "x"}, "did you mean 'topic'?"),
        ({"text": 7, "answer": "1"}, "text: a text is needed, not 7"),
        ({"problem": "a", "solution": "no box"}, "no 'answer'"),
        (["a"], "expected a JSON object, found a list"),
    ],
)
def test_a_row_that_is_no_problem_is_told_with_its_line(
    tmp_path: Path, row: object, said: str
) -> None:
    with pytest.raises(WordProblemError) as raised:
        load_word_problems(write(tmp_path, row))
    assert said in str(raised.value)


PEN = {
    "text": "A pen costs 2 dollars. Sara buys 4 pens. How many dollars does she pay?",
    "answer": "8",
    "symbols": {
        "variables": [
            {"name": "price", "unit": "dollar", "value": 2, "clause": "A pen [costs] # dollars"},
            {"name": "count", "unit": "pen", "value": 4, "clause": "Sara [buys] # pens"},
            {"name": "cost", "unit": "dollar", "clause": "Sara [pays] # dollars"},
        ],
        "constraints": [{"relation": "cost == price*count", "statement": ""}],
        "target": "cost",
    },
}


def changed(row: dict[str, object], path: str, value: object) -> dict[str, object]:
    """A copy of the row with the value at a dotted path changed."""
    copy = json.loads(json.dumps(row))
    *parents, last = (int(part) if part.isdigit() else part for part in path.split("."))
    place = copy
    for parent in parents:
        place = place[parent]
    place[last] = value
    return copy


@pytest.mark.parametrize(
    ("row", "said", "fatal"),
    [
        (
            changed(PEN, "text", "A pen costs 3 dollars. Sara buys 4 pens. How many dollars?"),
            "the text does not state price = 2; it states 3",
            True,
        ),
        (
            changed(PEN, "text", "Sara buys 4 pens, each for a coin. How many dollars?"),
            "the text does not state price = 2 in digits",
            False,
        ),
        (
            changed(PEN, "symbols.constraints.0.statement", "She pays {prize} for each."),
            "{prize}",
            True,
        ),
    ],
)
def test_a_text_that_is_not_what_its_symbols_are_is_told(
    tmp_path: Path, row: dict[str, object], said: str, fatal: bool
) -> None:
    assert check_seeds(write(tmp_path, PEN)) == []
    (fault,) = check_seeds(write(tmp_path, row))
    assert said in fault.message and fault.is_fatal == fatal


def test_copies_of_a_seed_are_told(tmp_path: Path) -> None:
    path = write(tmp_path, PEN, PEN, {"text": PEN["text"], "answer": "9"})
    found = [(fault.line, fault.message, fault.is_fatal) for fault in check_seeds(path)]
    assert found == [
        (2, "the same text as line 1", False),
        (3, "the same text as line 1, and another answer (8 there, 9 here)", True),
    ]
