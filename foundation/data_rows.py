"""Rows of a data file: JSON Lines, Parquet, or a folder of Parquet files, as `zoped generate` makes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from zoped.foundation.json_lines import JSONLinesError, parse_row, parse_rows, read_text

PARQUET = ".parquet"
NESTED = ("symbols", "arguments")  # what a table has as text, since no two rows need be alike


def data_rows(path: Path) -> Iterator[tuple[int, Any]]:
    """(its line, or its number from 1 in a table or a folder's tables together; the row, or what is
    `Malformed`). A table's rows are as they would be in JSON Lines: without the fields that are
    empty, and with what is nested in them read. Raises JSONLinesError for what cannot be read."""
    if path.is_dir():
        files = sorted(path.rglob(f"*{PARQUET}"))
        if not files:
            raise JSONLinesError(
                f"{path}: a folder without a Parquet file; name a file of problems"
            )
    elif path.suffix == PARQUET:
        files = [path]
    else:
        yield from parse_rows(read_text(path))
        return
    rows = (row for file in files for row in _table(file))
    for number, row in enumerate(rows, start=1):
        yield number, {name: _read(name, value) for name, value in row.items() if value is not None}


def is_table(path: Path) -> bool:
    """Whether `data_rows` reads it as Parquet."""
    return path.suffix == PARQUET or path.is_dir()


def _table(file: Path) -> list[Mapping[str, Any]]:
    # Takes half a second, for a kind of file that few commands are given.
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        # By its handle: a file's own folders are no columns (`a=1/rows.parquet`).
        with file.open("rb") as opened:
            table = pq.ParquetFile(opened).read()
    except (pa.ArrowException, OSError) as error:
        why = getattr(error, "strerror", None) or f"cannot be read as Parquet ({error})"
        raise JSONLinesError(f"{file}: {why}") from None
    own = [name for name in table.column_names if not name.startswith("__index_level_")]  # pandas'
    rows: list[Mapping[str, Any]] = table.select(own).to_pylist()
    return rows


def _read(name: str, value: Any) -> Any:
    if name in NESTED and isinstance(value, str):
        found = parse_row(value)
        return found if isinstance(found, dict) else value
    return value
