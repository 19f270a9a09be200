"""Rows of JSON Lines, of a Parquet file, and of a folder of them, read alike."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from zoped.foundation.json_lines import JSONLinesError
from zoped.foundation.reading.data_rows import data_rows

ROWS = [{"text": "1 + 1?", "answer": "2", "symbols": {"target": "x"}}, {"text": "?", "answer": "3"}]


def table(path: Path, rows: list[dict[str, object]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    names = sorted({name for row in rows for name in row})
    columns = {name: [row.get(name) for row in rows] for name in names}
    pq.write_table(pa.table(columns), path)
    return path


def as_text(row: dict[str, object]) -> dict[str, object]:
    return {k: json.dumps(v) if isinstance(v, dict) else v for k, v in row.items()}


def test_a_table_has_the_rows_that_lines_have(tmp_path: Path) -> None:
    lines = tmp_path / "rows.jsonl"
    lines.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    one = table(tmp_path / "rows.parquet", [as_text(row) for row in ROWS])
    for number, row in enumerate(ROWS):
        table(tmp_path / "folder" / "data" / f"train-{number:06}.parquet", [as_text(row)])
    expected = [(1, ROWS[0]), (2, ROWS[1])]
    assert [list(data_rows(path)) for path in (lines, one, tmp_path / "folder")] == [expected] * 3


def test_what_pandas_adds_is_left_out_and_text_that_is_not_nested_stays(tmp_path: Path) -> None:
    path = table(
        tmp_path / "a.parquet", [{"__index_level_0__": 7, "symbols": "{x", "arguments": "5"}]
    )
    assert list(data_rows(path)) == [(1, {"symbols": "{x", "arguments": "5"})]


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "bad.parquet").write_text("text")
    (tmp_path / "empty").mkdir()
    for name, said in (
        ("bad.parquet", "bad.parquet: cannot be read as Parquet"),
        ("none.parquet", "none.parquet: No such file or directory"),
        ("empty", "empty: a folder without a Parquet file"),
    ):
        with pytest.raises(JSONLinesError, match=said):
            list(data_rows(tmp_path / name))


NOT_UTF8 = pa.Array.from_buffers(
    pa.string(), 1, [None, pa.py_buffer(bytes([0, 0, 0, 0, 2, 0, 0, 0])), pa.py_buffer(b"\xff\xfe")]
)


@pytest.mark.parametrize(
    "column",
    [
        NOT_UTF8,
        pa.array([2**60], pa.timestamp("ms")),
        pa.array([0], pa.timestamp("s", tz="Mars/Phobos")),
    ],
    ids=["not UTF-8", "a year beyond 9999", "an unknown time zone"],
)
def test_a_column_that_python_cannot_hold_is_named(tmp_path: Path, column: pa.Array) -> None:
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"text": ["1 + 1?"], "made": column}), path)
    with pytest.raises(JSONLinesError, match=r"rows\.parquet: column 'made' cannot be read \("):
        list(data_rows(path))


def test_two_columns_of_one_name_are_told(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    columns = [pa.array([value]) for value in ("1 + 1?", "2", "3")]
    pq.write_table(pa.Table.from_arrays(columns, names=["text", "answer", "answer"]), path)
    with pytest.raises(JSONLinesError, match=r"rows\.parquet: has two columns 'answer'"):
        list(data_rows(path))
