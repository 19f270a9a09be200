"""A command's own earlier output, told from a user's files by a marker: only the first is replaced."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from zoped.foundation.errors import ZopedError
from zoped.foundation.files import write_whole

MARKER = ".zoped.json"  # in a folder: who made it, and the digests of every file
LOCK = ".zoped.lock"
_SHOWN = 3  # names of files that a message lists


class OutputError(ZopedError, OSError):
    """An output that cannot be written, or would replace what another wrote; the message says what
    to do."""


def make_folder(folder: Path, option: str) -> None:
    """Make the folder and see that it can be written to. `option` is what named it, such as
    `--output out`. Raises OutputError."""
    probe = folder / f".zoped.{os.getpid()}.draft"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except (FileExistsError, NotADirectoryError):
        raise OutputError(
            f"{option}: {_first_file(folder)} is a file, not a folder; name another place"
        ) from None
    except OSError as error:
        raise OutputError(
            f"{option}: cannot be written to: {error.strerror}; name another place"
        ) from None


def require_new(file: Path, option: str) -> None:
    """Raise OutputError where there is a file or a folder of that name already."""
    if file.exists() or file.is_symlink():
        what = "folder" if file.is_dir() else "file"
        raise OutputError(
            f"{option}: the {what} is there already; name another file, or move it away"
        )


def require_own(folder: Path, maker: str, option: str) -> None:
    """Raise OutputError unless `folder` is missing, empty, or what `mark_own` marked for the same
    `maker` (a command such as `zoped export`), unchanged and with nothing added."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise OutputError(f"{option}: {folder} is a file; name a folder")
    if folder.resolve() == Path.cwd():
        raise OutputError(
            f"{option}: this is the folder that you are in, which would be replaced; "
            "name it from outside, or name another"
        )
    present = _files(folder)
    made = _marked(folder, maker)
    foreign = sorted(name for name in present if name not in made)
    if foreign:
        raise OutputError(
            f"{option}: {folder} holds {listed(foreign)}, which `{maker}` did not write; "
            "name another folder, or move what is yours away"
        )
    changed = sorted(name for name in present if _digest(folder / name) not in made[name])
    if changed:
        raise OutputError(
            f"{option}: {listed(changed)} in {folder} was changed since `{maker}` wrote it; "
            "name another folder, or move what is yours away"
        )


def mark_own(folder: Path, maker: str) -> None:
    """Note that all files in `folder` are of `maker`'s making."""
    _mark(folder, maker, {name: [_digest(folder / name)] for name in sorted(_files(folder))})


@contextmanager
def replaced(folder: Path, maker: str) -> Iterator[Path]:
    """An empty draft folder. At the end of the block it is marked as `maker`'s and takes the place of
    `folder`, for which `require_own` must have been called; it is gone when the block raises.

    Raises OutputError where something came into `folder` in the meantime.
    """
    folder = folder.resolve()  # what a link leads to is replaced, not the link
    draft = folder.with_name(f".{folder.name}.{os.getpid()}.draft")
    draft.mkdir(parents=True)
    try:
        yield draft
        mark_own(draft, maker)
        require_own(folder, maker, str(folder))
        shutil.rmtree(folder, ignore_errors=True)
        draft.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def require_only(folder: Path, own: Collection[str], maker: str, option: str) -> None:
    """Raise OutputError when `folder` holds visible files beside those named in `own`; a README or
    LICENSE is nobody's business."""
    if not folder.is_dir():
        return
    foreign = sorted(
        path.name
        for path in folder.iterdir()
        if path.name not in own and path.name[0] != "." and path.stem not in ("README", "LICENSE")
    )
    if foreign:
        raise OutputError(
            f"{option}: {folder} holds {listed(foreign)}, which `{maker}` did not write; "
            "name another folder"
        )


def require_own_files(folder: Path, names: Iterable[str], maker: str) -> None:
    """Raise OutputError where one of these files in `folder` is not as `replace_own_files` left it for
    the same `maker`."""
    made = _marked(folder, maker)
    for file in (folder / name for name in names):
        if os.path.lexists(file) and not (
            file.is_file() and _digest(file) in made.get(file.name, ())
        ):
            how = "was changed since" if file.name in made else "is there, and was not written by"
            raise OutputError(
                f"{file}: {how} `{maker}`{' wrote it' * (file.name in made)}, and would be replaced; "
                "move it away"
            )


def replace_own_files(folder: Path, files: Mapping[str, bytes], maker: str) -> None:
    """Write these files into `folder`, and mark them there as `maker`'s. Raises OutputError as
    `require_own_files` does, and writes nothing then."""
    require_own_files(folder, files, maker)
    made = _marked(folder, maker)
    for name, content in files.items():
        # With the digest of what is there: a kill may leave one or the other.
        there = [_digest(folder / name)] if (folder / name).exists() else []
        made[name] = [*there, hashlib.sha256(content).hexdigest()]
    _mark(folder, maker, made)
    for name, content in files.items():
        write_whole(folder / name, content)


@contextmanager
def held(folder: Path, option: str) -> Iterator[None]:
    """The folder for this process alone. Raises OutputError when another process has it."""
    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise OutputError(
            f"{option}: another process is writing to {folder}; wait for it, or name another place"
        ) from None
    try:
        yield
    finally:
        lock.release()


def listed(names: Collection[str]) -> str:
    """ "a, b, c and 4 more"."""
    first = ", ".join(list(names)[:_SHOWN])
    return f"{first} and {len(names) - _SHOWN} more" if len(names) > _SHOWN else first


def _files(folder: Path) -> set[str]:
    """The files and links below `folder`, but for the marker and the lock."""
    found = (path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
    return {path.relative_to(folder).as_posix() for path in found} - {MARKER, LOCK}


def _mark(folder: Path, maker: str, files: Mapping[str, list[str]]) -> None:
    write_whole(folder / MARKER, json.dumps({"made_by": maker, "files": files}, indent=1))


def _marked(folder: Path, maker: str) -> dict[str, list[str]]:
    """The files that the marker lists for `maker`, each with the digests that it may have; none without
    a marker."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
        note = json.loads((folder / MARKER).read_text(encoding="utf-8"))
        if note["made_by"] == maker:
            # Earlier versions wrote one digest, alone.
            return {n: [d] if isinstance(d, str) else list(d) for n, d in note["files"].items()}
    return {}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _first_file(folder: Path) -> Path:
    """The part of the path that is no folder."""
    return next((path for path in (folder, *folder.parents) if path.is_file()), folder)
