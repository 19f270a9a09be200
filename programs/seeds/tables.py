"""Seeds out of tables: CSV, Parquet, a JSON array, or JSON Lines with any columns."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from zoped.foundation.json_lines import JSONLinesError, Malformed, parse_rows, read_text
from zoped.foundation.reading.data_rows import data_rows, is_table
from zoped.programs.seeds.exact_number import exact_number
from zoped.programs.seeds.seed_file import Seed, SeedError, SeedFault, read_answer
from zoped.programs.seeds.word_problems import ANSWERS, TEXTS, read_word_problem

KEPT = ("id", "ID", "unique_id", "topic", "level", "source", "Body", "solution")


def seeds_of_table(
    path: Path, *, text: str | None = None, answer: str | None = None, topic: str | None = None
) -> tuple[list[Seed], list[SeedFault]]:
    """The seeds of a table's rows, and why the other rows give none, by their number from 1 (a CSV's
    header is no row).

    `text`, `answer` and `topic` name the columns; else they are looked for by the names that
    well-known data sets use. Answers that can be read in one way alone are written as exact numbers:
    "$1,200" is 1200, "3 1/2" is 7/2. Raises SeedError for a file that is no table, or lacks a column.
    """
    seeds: list[Seed] = []
    faults: list[SeedFault] = []
    known: set[str] = set()
    for number, row in enumerate(read_table(path), start=1):
        for column in (text, answer, topic):
            if column is not None and column not in row:
                raise SeedError(
                    f"{path}: row {number} has no column {column!r}; it has {', '.join(row)}"
                )
        found = _seed(row, text, answer, topic, default_id=f"{path.stem}-{number}")
        if isinstance(found, Seed) and found.id in known:
            found = f"id '{found.id}' is given twice"
        if isinstance(found, Seed):
            known.add(found.id)
            seeds.append(found)
        else:
            faults.append(SeedFault(number, found))
    return seeds, faults


def _seed(
    row: Mapping[str, Any],
    text: str | None,
    answer: str | None,
    topic: str | None,
    *,
    default_id: str,
) -> Seed | str:
    """What is read is what has a meaning here; a table may have any other columns."""
    wanted = (*KEPT, *(() if text else TEXTS), *(() if answer else ANSWERS))
    chosen = {name: row[name] for name in wanted if row.get(name) not in (None, "")}
    for column, field in ((text, "text"), (answer, "answer"), (topic, "topic")):
        if column is not None:
            chosen[field] = row[column]
    problem = read_word_problem(chosen)
    if isinstance(problem, str):
        return problem
    rest = {name: str(value) for name, value in (problem.rest or {}).items()}
    try:
        exact = exact_number(problem.answer) or read_answer(problem.answer)
        return Seed(id=problem.id or default_id, text=problem.text, answer=exact, **rest)
    except ValueError as error:  # Pydantic's too
        return str(error).split("\n")[0]


def read_table(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a CSV (comma, semicolon or tab), a Parquet file or a folder of them, a JSON array or JSON Lines.
    Raises SeedError."""
    try:
        if is_table(path):
            yield from (row for _, row in data_rows(path))
            return
        text = read_text(path)
    except JSONLinesError as error:
        raise SeedError(str(error)) from None
    if path.suffix in (".csv", ".tsv"):
        yield from _csv_rows(path, text)
        return
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        whole = None
    rows = enumerate(whole, start=1) if isinstance(whole, list) else parse_rows(text)
    for number, row in rows:
        if not isinstance(row, dict):
            what = row.message if isinstance(row, Malformed) else "a row is a JSON object"
            raise SeedError(f"{path}:{number}: {what}; tables are CSV, Parquet, JSON or JSON Lines")
        yield row


def _csv_rows(path: Path, text: str) -> Iterator[dict[str, Any]]:
    header = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=header.count)
    try:
        rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        names = list(rows.fieldnames or ())
        if twice := next((name for name in names if name and names.count(name) > 1), None):
            raise SeedError(f"{path}:1: two columns are called {twice!r}; rename one of them")
        for row in rows:
            if None in row or None in row.values():
                raise SeedError(
                    f"{path}:{rows.line_num}: another number of fields than the header, which has "
                    f"{len(names)}; a field with a {delimiter!r} in it stands in double quotes"
                )
            yield row
    except csv.Error as error:
        raise SeedError(f"{path}:{rows.reader.line_num}: not CSV: {error}") from None
