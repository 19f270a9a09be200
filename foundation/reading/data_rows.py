"""Rows of a data file: JSON Lines, Parquet, or a folder of Parquet files, as `zoped generate` makes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoped.foundation.json_lines import JSONLinesError, parse_row, parse_rows, read_text

if TYPE_CHECKING:
    import pyarrow as pa

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
    names = table.column_names
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise JSONLinesError(f"{file}: has two columns {twice!r}; leave one of them")
    own = [name for name in names if not name.startswith("__index_level_")]  # pandas'
    columns = {name: _values(file, name, table[name]) for name in own}
    return [{name: columns[name][row] for name in own} for row in range(table.num_rows)]


def _values(file: Path, name: str, column: pa.ChunkedArray) -> list[Any]:
    """The column as Python has it. Raises JSONLinesError for what Python cannot hold: a text that is not
    UTF-8, a year beyond 9999, a time zone that nobody knows."""
    import pyarrow as pa

    try:
        found: list[Any] = column.to_pylist()
    except (pa.ArrowException, ValueError, ArithmeticError, LookupError) as error:
        why = f"{type(error).__name__}: {error}"
        raise JSONLinesError(
            f"{file}: column {name!r} cannot be read ({why}); mend it, or leave it out"
        ) from None
    return found


def _read(name: str, value: Any) -> Any:
    if name in NESTED and isinstance(value, str):
        found = parse_row(value)
        return found if isinstance(found, dict) else value
    return value
