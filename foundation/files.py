"""Files that are whole or not there, whatever kills the process or the machine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def drafted(path: Path) -> Iterator[Path]:
    """A path to write to; what is there at the end of the block becomes `path` in one step.

    The draft lies beside `path`, hidden, under this process's number: two processes that write the
    same file cannot mix. It is gone when the block raises.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    try:
        yield draft
        _synced(draft)
        os.replace(draft, path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    _synced(path.parent)  # or the new name itself could be lost


def write_whole(path: Path, content: str | bytes) -> None:
    """Write `path`, or replace it, in one step. Its folder must be there; text is UTF-8."""
    with drafted(path) as draft:
        draft.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)


def whole_lines(path: Path) -> list[str]:
    """The lines of a file that is written a line at a time; a last one that a kill cut off is taken away.
    A file that is not there has no lines."""
    if not path.exists():
        return []
    text = path.read_text(encoding="utf-8")
    whole = text[: text.rfind("\n") + 1]
    if whole != text:
        path.write_text(whole, encoding="utf-8")
    return whole.split("\n")[:-1]


def remove_drafts(folder: Path) -> None:
    """Delete what killed processes left half written in `folder`, which the caller holds alone."""
    for draft in folder.glob(".*.draft"):
        draft.unlink(missing_ok=True)


def _synced(path: Path) -> None:
    if os.name == "nt" and path.is_dir():
        return  # Windows opens no folders
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
