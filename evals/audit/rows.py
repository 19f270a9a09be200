"""The rows of a data set as an audit reads them: text, gold, and symbols or equations if there are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from zoped.foundation.errors import ZopedError, first_fault
from zoped.foundation.json_lines import JSONLinesError, Malformed
from zoped.foundation.reading.data_rows import data_rows
from zoped.programs.seeds.word_problems import ANSWERS, TEXTS, answer_text
from zoped.symbolic import SymbolicProblem

MAX_EQUATIONS = 60


class AuditError(ZopedError, ValueError):
    """A data set cannot be audited; the message starts with file:line where there is a line."""


@dataclass(frozen=True)
class AuditRow:
    """A row. `unread` says why its symbols or equations cannot be used, if they cannot."""

    line: int
    id: str
    text: str
    gold: str
    symbols: SymbolicProblem | None = None
    equations: tuple[str, ...] = ()
    unread: str = ""

    def digest(self) -> str:
        """What the row's own findings depend on."""
        symbols = self.symbols.model_dump_json() if self.symbols is not None else ""
        parts = json.dumps([self.text, self.gold, symbols, self.equations])
        return blake2b(parts.encode(), digest_size=16).hexdigest()


def load_rows(path: Path) -> list[AuditRow]:
    """The rows of a JSON Lines or Parquet file: a text and an answer under any of the names that
    data sets have for them (docs/seeds.md). Raises AuditError."""
    rows = [
        row_of(fields, number, f"{path}:{number}", path.stem) for number, fields in raw_rows(path)
    ]
    if not rows:
        raise AuditError(f"{path}: no rows in it")
    return rows


def raw_rows(path: Path) -> list[tuple[int, Mapping[str, Any]]]:
    """(number from 1, row) for every row of a JSON Lines or Parquet file, or of a folder of Parquet
    files. Raises AuditError."""
    try:
        found = list(data_rows(path))
    except JSONLinesError as error:
        raise AuditError(str(error)) from None
    for number, row in found:
        if isinstance(row, Malformed):
            raise AuditError(f"{path}:{number}: {row.message}")
        if not isinstance(row, dict):
            raise AuditError(f"{path}:{number}: expected a JSON object")
    return found


def row_of(fields: Mapping[str, Any], line: int, where: str, stem: str) -> AuditRow:
    """The row of a data set's fields. Raises AuditError for one without a text or an answer."""
    text = text_of(fields)
    if text is None:
        raise AuditError(f"{where}: no text; write it as one of {', '.join(TEXTS)}")
    answer = next((fields[name] for name in ANSWERS if fields.get(name) is not None), None)
    gold = answer_text(answer) if answer is not None else None
    if not gold:
        raise AuditError(f"{where}: no answer; write it as one of {', '.join(ANSWERS)}")
    symbols, fault = symbols_of(fields)
    equations = fields.get("equations") or fields.get("Equation") or ()
    if isinstance(equations, str):
        equations = (equations,)
    if not all(isinstance(one, str) for one in equations):
        equations, fault = (), fault or "its equations are no texts"
    id_ = fields.get("id") or fields.get("ID") or fields.get("unique_id") or f"{stem}-{line}"
    return AuditRow(line, str(id_), text, gold, symbols, tuple(equations)[:MAX_EQUATIONS], fault)


def text_of(fields: Mapping[str, Any]) -> str | None:
    """The row's text; SVAMP's story and question together. None where there is none."""
    if isinstance(fields.get("Body"), str) and isinstance(fields.get("Question"), str):
        return f"{fields['Body'].strip().rstrip('.')}. {fields['Question'].strip()}"
    found = (fields[name] for name in TEXTS if isinstance(fields.get(name), str))
    return next((text for text in found if text.strip()), None)


def symbols_of(fields: Mapping[str, Any]) -> tuple[SymbolicProblem | None, str]:
    """The row's symbolic problem, or why what it has is none; it may stand there as a text."""
    given = fields.get("symbols")
    if given is None:
        return None, ""
    try:
        if isinstance(given, str):
            return SymbolicProblem.model_validate_json(given), ""
        return SymbolicProblem.model_validate(given), ""
    except ValidationError as error:
        return None, f"its symbols cannot be read: {first_fault(error, root='symbols')}"
