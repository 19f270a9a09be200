"""The JSON Lines file of `zoped generate`: always the first problems of its state, each once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from zoped.cli.errors import UserError
from zoped.foundation.json_lines import text_lines
from zoped.programs import GeneratedProblem


class OutputFile:
    """Adds problems to `path`, up to `limit` lines in all, whole lines at a time.

    Opening it brings the file level with `stored` (what the state holds): a line that a kill cut
    in two, or kept from being written, is written again. Raises UserError when the file holds
    anything else.
    """

    def __init__(self, path: Path, stored: Sequence[GeneratedProblem], *, limit: int) -> None:
        self._limit = limit
        self.lines = _whole_lines(path, stored)
        self._file = path.open("a", encoding="utf-8")
        self.add(stored[self.lines :])

    @property
    def is_full(self) -> bool:
        return self.lines >= self._limit

    def add(self, problems: Sequence[GeneratedProblem]) -> int:
        """Write as many of the problems as there is room for; return how many."""
        room = problems[: max(0, self._limit - self.lines)]
        self._file.writelines(problem.model_dump_json() + "\n" for problem in room)
        self._file.flush()
        self.lines += len(room)
        return len(room)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()


def _whole_lines(path: Path, stored: Sequence[GeneratedProblem]) -> int:
    """How many whole lines the file has; they are the first of `stored`. Cuts off a torn one."""
    if not path.exists():
        return 0
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    # A file that a person saved may be in any encoding: it is then none of ours.
    lines = list(text_lines(whole.decode("utf-8", errors="replace")))
    ids = [_id(line) for _, line in lines]
    if ids != [problem.id for problem in stored[: len(ids)]]:
        raise UserError(
            f"{path} holds problems that this command did not write; give another --output"
        )
    if len(whole) < len(content):
        with path.open("rb+") as file:
            file.truncate(len(whole))
    return len(lines)


def _id(line: str) -> str | None:
    try:
        row = json.loads(line)
    except json.JSONDecodeError:
        return None
    return row.get("id") if isinstance(row, dict) else None
