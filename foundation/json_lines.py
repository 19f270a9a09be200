"""JSON Lines: rows end at line feeds alone.

`str.splitlines` also cuts at U+2028, U+2029, U+0085 and others, which are ordinary characters of a
text; so does a file opened as text at a lone carriage return.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zoped.foundation.errors import ZopedError, not_utf8

_HALF = re.compile(r"\\u[dD][89a-fA-F]")  # how JSON writes a half of a surrogate pair


class JSONLinesError(ZopedError, ValueError):
    """A file cannot be read as JSON Lines; the message starts with the file, and the line if there
    is one."""


@dataclass(frozen=True)
class Malformed:
    """A line that is not JSON, and what is wrong with it."""

    message: str


def text_lines(text: str) -> Iterator[tuple[int, str]]:
    """(line number from 1, line) for the lines that are not blank; a byte-order mark is dropped."""
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), start=1):
        if line.strip():
            yield number, line.removesuffix("\r")


def parse_rows(text: str) -> Iterator[tuple[int, Any]]:
    """(line number, the row or `Malformed`) for the lines that are not blank.

    Where the text is another format altogether, the first line says so and no other follows.
    """
    other = _other_format(text)
    for number, line in text_lines(text):
        if other:
            yield number, Malformed(other)
            return
        yield number, parse_row(line)


def parse_row(text: str) -> Any:
    """The JSON value that `text` is, or `Malformed`: also where it holds half of a character, as
    JSON can write, which no file takes."""
    try:
        row = json.loads(text)
        if _HALF.search(text):
            json.dumps(row, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        return Malformed(f"not valid JSON: {error.msg} at column {error.colno}")
    except RecursionError:
        return Malformed("not valid JSON: nested too deep")
    except UnicodeEncodeError as error:
        half = ord(error.object[error.start])
        return Malformed(
            f"\\u{half:04x} is half of a character (a surrogate without the other one)"
        )
    except ValueError:  # of no decoder
        return Malformed("a number in it has more digits than can be read")
    return row


def read_rows(path: Path) -> list[tuple[int, Any]]:
    """The file's rows with their line numbers. Raises JSONLinesError at the first that is none."""
    rows = list(parse_rows(read_text(path)))
    for number, row in rows:
        if isinstance(row, Malformed):
            raise JSONLinesError(f"{path}:{number}: {row.message}")
    return rows


def read_text(path: Path) -> str:
    """The UTF-8 text of a file, its line ends as they are. Raises JSONLinesError."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise JSONLinesError(f"{path}: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise JSONLinesError(f"{path}: {not_utf8(error)}") from None
    except ValueError:  # a zero byte in it
        raise JSONLinesError(f"{str(path)!r} cannot be the name of a file") from None


def dump_rows(rows: Iterable[Any]) -> str:
    """Rows as JSON Lines, each ended by a line feed."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _other_format(text: str) -> str:
    """What a text that is no JSON Lines looks like; empty for one that may be."""
    lines = [line for _, line in text_lines(text)]
    if not lines or _is_json(lines[0]):
        return ""
    start = lines[0].lstrip()[:1]
    if start in "[{" and len(lines) > 1 and _is_json(text.removeprefix("\ufeff")):
        kind = "a JSON array" if start == "[" else "one JSON object over several lines"
        return f"this is {kind}; write one object a line (`jq -c {'.[]' if start == '[' else '.'}`)"
    if start not in "[{" and "," in lines[0] and len(lines) > 1:
        return "this looks like CSV; write one JSON object a line, with the fields text and answer"
    return ""


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
