"""Modules that run in a process of their own: `python -m`, but for what lies in the current folder.

Python puts the current folder first among the places where modules are looked for. A `random.py` or
`sympy.py` there, of whoever wrote the folder, would run in place of the library.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

SAFE = {"PYTHONSAFEPATH": "1"}  # the same for the processes that such a one starts


def module_command(module: str) -> list[str]:
    """The words that start `module` where the current folder takes no library's place."""
    return [sys.executable, "-P", "-m", module]


@contextmanager
def spawned_safely() -> Iterator[None]:
    """Processes that `multiprocessing` spawns in the block look in the current folder for nothing before
    they have this process's `sys.path`."""
    before = {name: os.environ.get(name) for name in SAFE}
    os.environ.update(SAFE)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def own_modules_last() -> None:
    """What the user has in the current folder, such as signatures, can be imported, after all else."""
    sys.path.append(os.getcwd())
