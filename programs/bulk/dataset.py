"""Generated problems as a Parquet folder that `datasets.load_dataset` reads."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import ValidationError

from zoped.foundation.errors import counted, first_fault
from zoped.foundation.files import drafted
from zoped.foundation.json_lines import JSONLinesError, read_text, text_lines
from zoped.foundation.own_files import OutputError, require_only
from zoped.programs.acceptance import GeneratedProblem

SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("id", "seed_id", "text", "answer", "topic", "move")]
    + [("depth", pa.int32())]
    + [(name, pa.string()) for name in ("arguments", "fingerprint", "instance_key", "symbols")]
)
FILE = "train-00000-of-00001.parquet"
TEST_FILE = "test-00000-of-00001.parquet"
MAKER = "zoped generate"
MADE_FROM = b"zoped.made_from"  # in the file's metadata


@dataclass(frozen=True)
class Split:
    """About `test_share` of the problems for testing; problems of one structure, or of one seed,
    never fall on both sides. Where a group falls does not depend on what else there is."""

    test_share: float
    by: Literal["structure", "seed"]

    def is_test(self, row: Mapping[str, object]) -> bool:
        group = row["fingerprint"] if self.by == "structure" else row["seed_id"]
        digest = hashlib.sha256(f"{self.by} {group}".encode()).digest()
        return int.from_bytes(digest[:8], "big") < self.test_share * 2**64


def check_dataset_folder(folder: Path, option: str, *, origin: str = "") -> None:
    """Raise OutputError unless `write_dataset` may write to `folder`: it is missing, or holds nothing
    but what that wrote from the same `origin`."""
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{option}: {folder} is a file, not a folder; name another place")
    require_only(folder, {FILE, TEST_FILE}, MAKER, option)
    for name in (FILE, TEST_FILE):
        if (folder / name).exists():
            _require_made_from(folder / name, option, origin)


def _require_made_from(target: Path, option: str, origin: str) -> None:
    try:
        made = (pq.read_schema(target).metadata or {}).get(MADE_FROM)
    except (pa.ArrowException, OSError):
        made = None
    if made is None or made.decode() != origin:
        whose = "is not of its making" if made is None else "was made from another file"
        raise OutputError(
            f"{option}: {target} {whose}, and would be replaced; name another folder, or move it away"
        )


def write_dataset(
    jsonl_path: str | Path, folder: str | Path, *, origin: str = "", split: Split | None = None
) -> Path:
    """Write the generated problems of a JSON Lines file into `folder`; returns the Parquet file.

    `load_dataset(folder, split="train")` then has a row a problem; `arguments` and `symbols` (the
    symbolic problem) are JSON text. With `split` those for testing are under `split="test"`.
    `origin` names what they were made by, for `check_dataset_folder`. Raises JSONLinesError with
    file:line for a line that is no generated problem, and OutputError where a side of the split
    would be empty.
    """
    lines = text_lines(read_text(Path(jsonl_path)))
    rows = [_row(line, f"{jsonl_path}:{number}") for number, line in lines]
    tested = [row for row in rows if split is not None and split.is_test(row)]
    parts = {FILE: [row for row in rows if split is None or not split.is_test(row)]}
    if split is not None:
        parts[TEST_FILE] = tested
        if not all(parts.values()):
            side = "train" if tested else "test"
            raise OutputError(
                f"--test-share {split.test_share:g}: no {split.by} of {counted(len(rows), 'problem')} "
                f"falls on the {side} side; make more problems, or choose another share"
            )
    Path(folder).mkdir(parents=True, exist_ok=True)
    schema = SCHEMA.with_metadata({MADE_FROM: origin.encode()})
    for name, part in parts.items():
        with drafted(Path(folder) / name) as draft:
            pq.write_table(pa.Table.from_pylist(part, schema=schema), draft)
    return Path(folder) / FILE


def table_row(problem: GeneratedProblem) -> dict[str, object]:
    """The problem as a row of `SCHEMA`."""
    row = problem.model_dump(mode="json", exclude={"arguments", "symbols"})
    return {
        **row,
        "topic": problem.symbols.topic,
        "arguments": json.dumps(problem.arguments, sort_keys=True),
        "symbols": problem.symbols.model_dump_json(),
    }


def _row(line: str, place: str) -> dict[str, object]:
    try:
        return table_row(GeneratedProblem.model_validate_json(line))
    except ValidationError as error:
        raise JSONLinesError(f"{place}: not a generated problem: {first_fault(error)}") from None
