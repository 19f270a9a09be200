"""Rows end at line feeds alone, and a file of another kind is called by its name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from zoped.foundation.json_lines import JSONLinesError, dump_rows, read_rows

# Every character at which str.splitlines cuts, but for the line feed.
SEPARATORS = "\v\f\r\x1c\x1d\x1e\x85\u2028\u2029"


@pytest.mark.parametrize("separator", SEPARATORS)
def test_a_line_separator_within_a_text_ends_no_row(tmp_path: Path, separator: str) -> None:
    rows = [{"text": f"one{separator}two"}, {"text": "three"}]
    path = tmp_path / "rows.jsonl"
    path.write_bytes(dump_rows(rows).encode())
    assert [row for _, row in read_rows(path)] == rows


def test_byte_order_mark_carriage_returns_and_blank_lines_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"a": 1}\r\n\r\n{"a": 2}')
    assert read_rows(path) == [(1, {"a": 1}), (3, {"a": 2})]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (json.dumps([{"a": 1}, {"a": 2}], indent=1), "1: this is a JSON array; write one object"),
        (json.dumps({"a": 1}, indent=1), "1: this is one JSON object over several lines"),
        ("question,answer\nWhat is 3 + 4?,7\n", "1: this looks like CSV"),
        ('{"a": 1}\n{"a": \n', "2: not valid JSON: Expecting value at column 7"),
        (r'{"a": ["\ud83d\ude00", "\uDC00"]}', r"1: \udc00 is half of a character"),
        (r'{"\ud800": 1}', r"1: \ud800 is half of a character"),
        ("[" * 100_000, "1: not valid JSON: nested too deep"),
        ('{"a": ' + "9" * 5_000 + "}", "1: a number in it has more digits than can be read"),
    ],
)
def test_what_is_no_json_lines_is_told_with_its_line(
    tmp_path: Path, content: str, said: str
) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(JSONLinesError) as raised:
        read_rows(path)
    assert str(raised.value).startswith(f"{path}:{said}")


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "latin.jsonl").write_bytes('{"a": "é"}'.encode("latin-1"))
    for path, said in [
        (tmp_path / "none.jsonl", "No such file"),
        (tmp_path, "Is a directory"),
        (tmp_path / "latin.jsonl", "not UTF-8"),
    ]:
        with pytest.raises(JSONLinesError, match=said):
            read_rows(path)
