"""Matrices and vectors: LaTeX's environments, a list of rows, a transposed tuple."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from fractions import Fraction

from zoped.evals.answers.kinds import Answer, Matrix
from zoped.evals.answers.numbers import Quantity, read_number

MAX_CELLS = 2_560
Cells = Callable[[Sequence[str]], tuple[Answer, ...] | None]
_LIST_OF_ROWS = re.compile(r"\[\s*(\[[^\[\]]+\](?:\s*,\s*\[[^\[\]]+\])+)\s*\]\Z")
_MATRIX = re.compile(
    r"([-\d\\frac{}./ ]{0,40}?)\s*\\begin\s*\{([pbB]?(?:small)?matrix|array)\*?\}(?:\s*\{[lcr| ]*\})?(.*)\\end\s*\{\2\*?\}\Z",
    re.DOTALL,
)
_BRACKETED = re.compile(
    r"[(\[]\s*(\\begin\s*\{(?:array|matrix)\}.*\\end\s*\{(?:array|matrix)\})\s*[)\]]\Z", re.DOTALL
)
_TRANSPOSED = re.compile(r"\((.*)\)\s*\^\s*\{?\s*(?:T|top|\\top)\s*\}?\Z", re.DOTALL)


def read_matrix(text: str, read: Cells) -> Matrix | None:
    """The matrix that `text` (see `plain_text`) is; `read` reads the cells of a row."""
    if "\\begin" in text:
        return _environment(text, read)
    if column := _TRANSPOSED.match(text):
        items = read(column[1].split(","))
        return None if items is None else Matrix(tuple((item,) for item in items))
    if rows := _LIST_OF_ROWS.match(text):
        cells = [read(row.split(",")) for row in re.findall(r"\[([^\[\]]+)\]", rows[1])]
        if None not in cells and len({len(row or ()) for row in cells}) == 1:
            return Matrix(tuple(row for row in cells if row is not None))
    return None


def _environment(text: str, read: Cells) -> Matrix | None:
    if bracketed := _BRACKETED.match(text):
        text = bracketed[1]
    found = _MATRIX.match(text)
    if found is None:
        return None
    rows = [row for row in found[3].split("\n") if row.strip()]
    cells = [read(row.split("&")) for row in rows]
    if not cells or len(cells) * len(rows[0]) > MAX_CELLS or None in cells:
        return None
    matrix = Matrix(tuple(row for row in cells if row is not None))
    return _times(found[1], matrix) if found[1] else matrix


def _times(factor: str, matrix: Matrix) -> Matrix | None:
    """A number in front of a matrix of numbers."""
    number = read_number(factor.strip())
    if factor.strip() == "-":
        number = Quantity(Fraction(-1))
    plain = [
        [cell.value for cell in row if isinstance(cell, Quantity) and cell == Quantity(cell.value)]
        for row in matrix.rows
    ]
    if number != Quantity(number.value if number else Fraction(0)) or list(map(len, plain)) != list(
        map(len, matrix.rows)
    ):
        return None
    return Matrix(tuple(tuple(Quantity(number.value * value) for value in row) for row in plain))
