"""Test sets are read from a folder or the hub, and a set that cannot be read says what to do."""

import json
import re
from dataclasses import replace

import pytest

from zoped.evals.benchmarks import AVERAGES, BENCHMARKS, NAMES, BenchmarkError, load_benchmark

ROWS = [{"question": f"What is {i} + 1?", "answer": str(i + 1)} for i in range(30)]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("ZOPED_DATA", str(tmp_path))
    for name in ("svamp", "mawps_addsub"):
        (tmp_path / name).mkdir()
        lines = "\n".join(json.dumps(row) for row in ROWS)
        (tmp_path / name / "test.jsonl").write_text(lines + "\n\n")
    return tmp_path


def test_a_folder_is_read_instead_of_the_hub(folder):
    problems = load_benchmark("svamp")
    assert [(p.text, p.answer) for p in problems] == [(r["question"], r["answer"]) for r in ROWS]
    assert problems[0].id == "svamp-test-1"


def test_a_sample_is_always_the_same_one(folder):
    sample = load_benchmark("mawps_addsub", count=10)
    assert len(sample) == 10 and sample == load_benchmark("mawps_addsub", count=10)
    assert sample != load_benchmark("mawps_addsub", count=10, seed=1)
    assert len(load_benchmark("mawps_addsub", count=100)) == 30


def test_a_bad_line_is_named(folder):
    (folder / "svamp" / "test.jsonl").write_text(
        '{"question": "?", "answer": "1"}\n{"question": 1}'
    )
    with pytest.raises(BenchmarkError, match=r"svamp/test\.jsonl:2: .*answer"):
        load_benchmark("svamp")


def test_what_is_not_there_is_told_with_the_way_out(folder):
    with pytest.raises(BenchmarkError, match="there is no benchmark 'gsm9k'; there are gsm8k, "):
        load_benchmark("gsm9k")
    with pytest.raises(BenchmarkError, match=r"mawps_singleop/test\.jsonl.*ZOPED_DATA"):
        load_benchmark("mawps_singleop")
    with pytest.raises(BenchmarkError, match=r"math500 has no split 'train'"):
        load_benchmark("math500", split="train")


def test_a_hub_that_cannot_be_reached_is_told(monkeypatch):
    monkeypatch.delenv("ZOPED_DATA", raising=False)
    with pytest.raises(BenchmarkError, match=r"openai/gsm8k cannot be loaded.*ZOPED_DATA"):
        load_benchmark("gsm8k")


def test_datasets_reads_it_and_answers_are_plain(tmp_path, monkeypatch):
    monkeypatch.delenv("ZOPED_DATA", raising=False)
    (tmp_path / "test.jsonl").write_text(
        '{"Body": "Ann has 2 pens. ", "Question": "How many?", "Answer": "2.0"}\n'
    )
    there = replace(BENCHMARKS["svamp"], repository=str(tmp_path), revision="")
    monkeypatch.setitem(BENCHMARKS, "svamp", there)
    (problem,) = load_benchmark("svamp")
    assert (problem.text, problem.answer) == ("Ann has 2 pens. How many?", "2")


@pytest.mark.parametrize(
    ("name", "row", "expected"),
    [
        ("gsm8k", {"question": "Q?", "answer": "2+3=5\n#### 1,205"}, ("Q?", "1205")),
        ("math500", {"problem": "Q?", "answer": "\\frac{1}{2}"}, ("Q?", "\\frac{1}{2}")),
        ("aime24", {"problem": "Q?", "answer": "204"}, ("Q?", "204")),
        ("gsm_hard", {"input": "Q?", "target": -7.0}, ("Q?", -7.0)),
        ("mawps_multiarith", {"question": "Q?", "final_ans": "8"}, ("Q?", "8")),
        ("aime24", {"problem": "Q?", "answer": "033"}, ("Q?", "33")),
        ("aime25", {"problem": "Q?", "answer": "336^\\circ"}, ("Q?", "336")),
        ("amc23", {"question": "Q?", "answer": 27.0}, ("Q?", 27.0)),
        ("asdiv", {"body": "B.", "question": "Q?", "answer": "9 (apples)"}, ("B. Q?", "9")),
        ("gsm_plus", {"question": "Q?", "answer": "12"}, ("Q?", "12")),
        ("gsm_plus", {"question": "Q?", "answer": "None"}, None),
        ("gsm_symbolic_p1", {"question": "Q?", "answer": "2\n#### 41"}, ("Q?", "41")),
    ],
)
def test_the_columns_of_the_hub_are_read(name, row, expected):
    assert BENCHMARKS[name].read(row) == expected


def test_the_settings_name_the_same_test_sets():
    from zoped.train import RunSettings

    assert RunSettings.model_validate({"evaluate": {"benchmarks": NAMES}}).evaluate.benchmarks


def test_each_benchmark_says_where_it_is_from_and_what_is_right():
    for benchmark in BENCHMARKS.values():
        assert benchmark.paper and benchmark.licence and benchmark.rule, benchmark.name
        assert "{question}" in benchmark.prompt
        # A commit, or what is measured today is not what is measured tomorrow.
        assert not benchmark.repository or re.fullmatch("[0-9a-f]{40}", benchmark.revision)
        assert benchmark.check("So it is \\boxed{7}.", "7")
    assert all(set(names) <= set(NAMES) for names in AVERAGES.values())
    assert len(AVERAGES["paper"]) == 6


def test_a_row_that_no_answer_is_right_on_is_left_out(tmp_path, monkeypatch):
    monkeypatch.setenv("ZOPED_DATA", str(tmp_path))
    (tmp_path / "gsm_plus").mkdir()
    rows = [{"question": f"Q{i}?", "answer": answer} for i, answer in enumerate(["3", "None"])]
    (tmp_path / "gsm_plus" / "test.jsonl").write_text("\n".join(map(json.dumps, rows)))
    assert [problem.text for problem in load_benchmark("gsm_plus")] == ["Q0?"]


def test_a_data_set_in_its_own_format_is_read(tmp_path, monkeypatch):
    monkeypatch.setenv("ZOPED_DATA", str(tmp_path))
    own = {
        "gsm8k": {"question": "How many?", "answer": "He sells 30*2=<<30*2=60>>60.\n#### 1,060"},
        "svamp": {"ID": "chal-1", "Body": "Ann has 3 pens", "Question": "How many?", "Answer": 7.0},
        "math500": {"problem": "What is $1/2$?", "answer": "\\frac{1}{2}", "level": 1},
    }
    for name, row in own.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "test.jsonl").write_text(json.dumps(row) + "\n")
    found = {name: [(p.text, p.answer) for p in load_benchmark(name)] for name in own}
    assert found == {
        "gsm8k": [("How many?", "1060")],
        "svamp": [("Ann has 3 pens. How many?", "7")],
        "math500": [("What is $1/2$?", "\\frac{1}{2}")],
    }


@pytest.mark.parametrize(
    ("field", "value"),
    [("answer", None), ("answer", ""), ("answer", ["7"]), ("answer", True), ("question", None)],
)
def test_a_row_without_an_answer_is_refused_with_its_line(folder, field, value):
    rows = [ROWS[0], {**ROWS[1], field: value}]
    (folder / "svamp" / "test.jsonl").write_text("\n".join(map(json.dumps, rows)))
    with pytest.raises(BenchmarkError, match=rf"svamp/test\.jsonl:2: {field} is"):
        load_benchmark("svamp")


def test_a_line_separator_inside_a_text_ends_no_line(folder):
    row = {"question": "one\u2028two\u2029three\u0085four", "answer": "4"}
    (folder / "svamp" / "test.jsonl").write_text(
        json.dumps(row, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    assert load_benchmark("svamp")[0].text == row["question"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff\xfe", "not UTF-8 text"),
        (b"[" * 99_999, "nested too deep"),
        (rb'{"question": "1 \ud800?", "answer": "2"}', "half of a character"),
    ],
)
def test_a_file_that_cannot_be_read_is_told(folder, content, said):
    (folder / "svamp" / "test.jsonl").write_bytes(content)
    with pytest.raises(BenchmarkError, match=said):
        load_benchmark("svamp")


def test_a_byte_order_mark_is_no_part_of_the_first_row(folder):
    row = b'\xef\xbb\xbf{"question": "1 + 1?", "answer": 2}'
    (folder / "svamp" / "test.jsonl").write_bytes(row)
    assert load_benchmark("svamp")[0].answer == "2"
