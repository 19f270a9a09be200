"""`zoped seeds`: what is listed, and seeds out of tables."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.command_line import zoped
from zoped.programs import load_seeds


def seeds(*arguments: str | Path) -> tuple[int, str, str]:
    return zoped("seeds", *arguments)


def test_seeds_are_listed_by_topic_and_shown_with_their_solution() -> None:
    code, out, _ = seeds("list", "--topic", "physics", "--json")
    listed = json.loads(out)["seeds"]
    assert code == 0 and listed and {one["topic"] for one in listed} == {"physics"}
    code, out, _ = seeds("show", "train-on-a-bridge")
    assert code == 0 and "answer: 30" in out and "(l + b)" not in out and "600 / 20 = 30" in out
    assert "did you mean 'train" in seeds("show", "train-on-bridge")[2].replace("`", "'")
    assert "did you mean `physics`" in seeds("list", "--topic", "physic")[2]


ROWS = [
    {"question": "What is 1 + 1?", "answer": "$1,200", "Level": "a"},
    {"question": "What is half?", "answer": "3 1/2", "Level": "b"},
    {"question": "Which one?", "answer": "the second", "Level": "c"},
]
CSV = '"question","answer","Level"\n' + "".join(
    f'"{row["question"]}","{row["answer"]}","{row["Level"]}"\n' for row in ROWS
)


@pytest.mark.parametrize("kind", ["csv", "tsv", "json", "jsonl", "parquet"])
def test_a_table_becomes_seeds_and_what_is_left_out_is_told(tmp_path: Path, kind: str) -> None:
    table, made = tmp_path / f"table.{kind}", tmp_path / "seeds.jsonl"
    if kind == "parquet":
        pq.write_table(pa.Table.from_pylist(ROWS), table)
    else:
        lines = "".join(json.dumps(row) + "\n" for row in ROWS)
        table.write_text(
            {
                "csv": "\ufeff" + CSV.replace('","', '";"'),
                "tsv": CSV.replace('","', '"\t"'),
                "json": json.dumps(ROWS),
                "jsonl": lines,
            }[kind],
            encoding="utf-8",
        )
    code, out, _ = seeds("convert", table, "-o", made, "--topic", "Level")
    assert code == 0 and f"{table}: row 3: answer 'the second' is not a number" in out
    assert [(one.id, one.answer, one.topic) for one in load_seeds(made)] == [
        ("table-1", "1200", "a"),
        ("table-2", "7/2", "b"),
    ]
    code, _, err = seeds("convert", table, "-o", made)
    assert code == 2 and "the file is there already" in err


def test_columns_of_any_name_can_be_named(tmp_path: Path) -> None:
    table, made = tmp_path / "t.csv", tmp_path / "s.jsonl"
    table.write_text('frage,text,lösung\n"Was ist 1 + 1?",nothing,2\n', encoding="utf-8")
    code, _, err = seeds("convert", table, "-o", made, "--text", "Frage", "--answer", "lösung")
    assert code == 2 and "no column 'Frage'; it has frage, text, lösung" in err
    assert seeds("convert", table, "-o", made, "--text", "frage", "--answer", "lösung")[0] == 0
    assert [one.text for one in load_seeds(made)] == ["Was ist 1 + 1?"]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("t.csv", b"question,answer\nWhat?,1,2\n", "another number of fields than the header"),
        ("t.csv", b"question,answer\nHow?,1\n\nWhat?\n", "t.csv:4: another number of fields"),
        ("t.csv", b"question,answer,answer\nWhat?,1,2\n", "t.csv:1: two columns are called"),
        ("t.csv", b'question,answer\nHow?,1\n"What?,1\n', "t.csv:3: not CSV"),
        ("t.csv", b"\xff\xfe", "not UTF-8"),
        ("t.csv", b"", "no seed in it"),
        ("t.parquet", b"text", "cannot be read as Parquet"),
        ("t.json", b"[1]", "a row is a JSON object"),
        ("t.jsonl", b'{"question": "What?"}', "no seed in it"),
        ("t.xlsx", b"PK\x03\x04", "not valid JSON"),
    ],
)
def test_what_is_no_table_is_told(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    code, _, err = seeds("convert", tmp_path / name, "-o", tmp_path / "s.jsonl")
    assert code == 2 and said in err, err
    assert not (tmp_path / "s.jsonl").exists()
