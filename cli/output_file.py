"""The JSON Lines file of `zoped generate`: always the first problems of its state, each once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from zoped.cli.errors import UserError
from zoped.foundation.closing import Closing
from zoped.programs import GeneratedProblem


class OutputFile(Closing):
    """Takes problems one by one and writes those that `path` does not have yet: up to `limit`, or to
    as many as are there.

    The file holds the problems in the order in which they are put. A line that a kill cut in two is
    written again; where the order differs from what the file has, the rest of it is written anew.
    Raises UserError when the file holds anything but the problems that were `made`, by their ids, and
    where lines that a person changed would be written anew.
    """

    def __init__(self, path: Path, made: Mapping[str, GeneratedProblem], *, limit: int) -> None:
        self._path = path
        self._made = made
        self._there = _whole_lines(path, made)
        self._limit = max(limit, len(self._there))  # what is there stays
        self.lines = 0
        self._file = path.open("a", encoding="utf-8")

    @property
    def is_full(self) -> bool:
        return self.lines >= self._limit

    def put(self, problem: GeneratedProblem) -> None:
        """The file's next line."""
        if self.lines < len(self._there):
            start, known = self._there[self.lines]
            if known == problem.id:
                self.lines += 1
                return
            self._require_unchanged(start)
            self._there = self._there[: self.lines]
            self._file.truncate(start)
        self._file.write(_line(problem))
        self._file.flush()
        self.lines += 1

    def _require_unchanged(self, start: int) -> None:
        """Raise UserError where a line from `start` on is not as this command wrote it."""
        rest = self._path.read_bytes()[start:]
        ours = "".join(_line(self._made[known]) for _, known in self._there[self.lines :])
        if rest != ours.encode():
            raise UserError(
                f"{self._path}: lines from {self.lines + 1} on were changed since this command wrote "
                "them, and would be written anew; move the file away, or give another --output"
            )

    def close(self) -> None:
        self._file.close()


def _line(problem: GeneratedProblem) -> str:
    return problem.model_dump_json() + "\n"


def _whole_lines(path: Path, made: Mapping[str, GeneratedProblem]) -> list[tuple[int, str]]:
    """Where each whole line starts, in bytes, and its problem's id. Cuts off a torn line."""
    if not path.exists():
        return []
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    found: list[tuple[int, str]] = []
    start = 0
    foreign = UserError(
        f"{path} holds problems that this command did not write; give another --output"
    )
    for line in whole.splitlines(keepends=True):
        # A file that a person saved may be in any encoding: it is then none of ours.
        known = _id(line.decode("utf-8", errors="replace"))
        if known is None or known not in made:
            raise foreign
        found.append((start, known))
        start += len(line)
    torn = content[len(whole) :]
    if torn:
        if not any(_line(problem).encode().startswith(torn) for problem in made.values()):
            raise foreign
        with path.open("rb+") as file:
            file.truncate(len(whole))
    return found


def _id(line: str) -> str | None:
    try:
        row = json.loads(line)
    except json.JSONDecodeError:
        return None
    return row.get("id") if isinstance(row, dict) else None
