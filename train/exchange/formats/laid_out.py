"""Files that come with an export as they are, but for its name, and rows as JSON Lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from zoped.foundation.files import write_whole
from zoped.foundation.json_lines import dump_rows

NAME = "zoped-math"  # in the packaged files, and of an export that is given no other
_TEMPLATE = ".txt"  # behind a packaged file's own name


def write_files(folder: Path, kind: str, name: str, **others: str) -> None:
    """The packaged files of the format `kind`, for a package called `name`; `others` are further words
    to be replaced by their values."""
    changes = {NAME: name, module_of(NAME): module_of(name), **others}
    _copy(resources.files("zoped.train.exchange") / "files" / kind, folder, changes)


def module_of(name: str) -> str:
    """What a package of this name is imported as."""
    return name.replace("-", "_")


def write_rows(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """JSON Lines; the folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, dump_rows(rows))


def _copy(source: Traversable, target: Path, changes: Mapping[str, str]) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for each in source.iterdir():
        name = _changed(each.name.removesuffix(_TEMPLATE), changes)
        if each.is_dir():
            _copy(each, target / name, changes)
        elif each.name.endswith(_TEMPLATE):
            text = _changed(each.read_text(encoding="utf-8"), changes)
            write_whole(target / name, text)


def _changed(text: str, changes: Mapping[str, str]) -> str:
    for old, new in changes.items():
        text = text.replace(old, new)
    return text
