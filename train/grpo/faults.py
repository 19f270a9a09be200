"""The machine's faults, as messages for the person: no memory left, no disk left.

Libraries raise them as different types, so the whole chain of causes is searched.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from zoped.foundation.errors import ZopedError, causes, first_line

_DISK = (
    "no space left",
    "disk is full",
    "file too large",
    "disk quota",
    "enforce fail at inline_container",
)
_MEMORY = ("out of memory", "can't allocate memory", "not enough memory", "cannot allocate memory")
_DISK_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class MachineFault(ZopedError, RuntimeError):
    """The machine has no disk or no memory left; what was finished is kept."""


@contextmanager
def machine_faults(folder: object, doing: Callable[[], str]) -> Iterator[None]:
    """A full disk or memory in the block, whichever library met it, becomes a MachineFault.

    `folder` is written to; `doing()` says what was being done.
    """
    try:
        yield
    except MachineFault:
        raise
    except Exception as error:
        if disk_is_full(error):
            raise MachineFault(disk_message(error, folder)) from error
        if memory_is_full(error):
            raise MachineFault(memory_message(error, doing())) from error
        raise


def disk_is_full(error: BaseException) -> bool:
    return any(
        (isinstance(one, OSError) and one.errno in _DISK_ERRORS) or _says(one, _DISK)
        for one in causes(error)
    )


def memory_is_full(error: BaseException) -> bool:
    return any(
        isinstance(one, MemoryError)
        or (isinstance(one, OSError) and one.errno == errno.ENOMEM)
        or (isinstance(one, RuntimeError) and _says(one, _MEMORY))
        for one in causes(error)
    )


def disk_message(error: BaseException, folder: object) -> str:
    names = (getattr(one, "filename", None) for one in causes(error))
    named = next(filter(None, names), None)
    return (
        f"the disk is full, or a file would be larger than is allowed: {named or folder} "
        f"({first_line(error)}). Everything finished is kept, the last whole checkpoint included; "
        "make room and give the same command again"
    )


def memory_message(error: BaseException, where: str) -> str:
    """`where` says what was being done: "step 12 of round 2"."""
    return (
        f"out of memory in {where} ({first_line(error)}). The last checkpoint is kept. What needs "
        "less: train.gradient_accumulation_steps up (a step in more parts; the same run folder "
        "goes on with it); or, in a new run folder, less of student.max_new_tokens, "
        "train.num_generations or train.prompts_per_step, train.lora, "
        "train.gradient_checkpointing: true"
    )


def _says(error: BaseException, phrases: tuple[str, ...]) -> bool:
    text = str(error).lower()
    return any(phrase in text for phrase in phrases)
