"""The embedded reader from nothing: its data, its training, its file."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from zoped.foundation.errors import ZopedError
from zoped.foundation.files import write_whole
from zoped.foundation.own_files import listed
from zoped.train.teacher.corpus import make_corpus, read_corpus, write_corpus
from zoped.train.teacher.example import Example
from zoped.train.teacher.settings import ReaderSettings

SETTINGS, CORPUS, READER = "settings.json", "corpus.jsonl", "reader.gguf"
CHECKPOINTS, ADAPTER = "checkpoints", "adapter"
OWN = (SETTINGS, CORPUS, READER, CHECKPOINTS, ADAPTER)


class ReaderError(ZopedError, ValueError):
    """The reader cannot be made like that."""


def require_installed() -> None:
    """Raise ReaderError where a package of the training is missing."""
    for package, extra in (("peft", "lora"), ("gguf", "local")):
        if find_spec(package) is None:
            raise ReaderError(
                f"training the reader needs {package}, which is not installed: "
                f"pip install 'zoped[{extra}]'"
            )


def keep_settings(folder: Path, settings: ReaderSettings) -> None:
    """Write the settings down; raise ReaderError where the folder was begun with others, or where what
    this would write is there without any."""
    path = folder / SETTINGS
    new = settings.model_dump(mode="json")
    if not path.is_file():
        foreign = [name for name in OWN if (folder / name).exists()]
        if foreign:
            raise ReaderError(
                f"{folder} holds {listed(foreign)}, and no {SETTINGS} says that this command made it; "
                "name another folder, or move what is yours away"
            )
        write_whole(path, json.dumps(new, indent=1))
        return
    try:
        old = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        old = None
    if not isinstance(old, dict):
        raise ReaderError(f"{path} is not of this command's making; name another folder")
    changed = [name for name in new if old.get(name) != new[name]]
    if changed:
        told = ", ".join(f"{name} was {old.get(name)}, is {new[name]}" for name in changed)
        raise ReaderError(
            f"{folder} was begun with other settings ({told}); give the same, or name another folder"
        )


def corpus_of(
    folder: Path,
    settings: ReaderSettings,
    *,
    on_progress: Callable[[int, int], None] | None = None,
) -> list[Example]:
    """The training data in the folder, which is made the first time."""
    path = folder / CORPUS
    if not path.is_file():
        write_corpus(path, make_corpus(settings, on_progress=on_progress))
    return read_corpus(path)


def make_reader(
    base: Path,
    examples: list[Example],
    folder: Path,
    settings: ReaderSettings,
    *,
    stop_at: int | None = None,
    on_progress: Callable[[int, int, float], None] | None = None,
) -> Path:
    """Train on the examples, from the last checkpoint on, and write `reader.gguf`, whose path comes.

    `stop_at` is a step to stop after, for now.
    """
    from zoped.train.teacher.to_gguf import adapter_to_gguf
    from zoped.train.teacher.tune import tune

    adapter = folder / ADAPTER
    tune(
        base,
        examples,
        folder / CHECKPOINTS,
        adapter,
        settings,
        stop_at=stop_at,
        on_progress=on_progress,
    )
    adapter_to_gguf(adapter, base, folder / READER)
    return folder / READER
