"""Classes and functions of the user's that a configuration names."""

from __future__ import annotations

import importlib
from typing import Any

from zoped.foundation.errors import ZopedError, did_you_mean, first_line


class DottedPathError(ZopedError, ValueError):
    """A dotted path that leads to nothing; the message says why, and what would be right."""


def import_object(path: str, what: str, *, example: str = "my_package.MyClass") -> Any:
    """What a dotted path names, such as `my_package.MyMutation`. `what` is a word for it.

    Modules are found where Python finds them, and beside the configuration that names them. Raises
    DottedPathError, also when the module itself fails.
    """
    module, _, name = path.rpartition(".")
    try:
        if not module:
            raise ImportError("it names no module")
        found = importlib.import_module(module)
        if not hasattr(found, name):
            near = did_you_mean(name, vars(found), quote="")
            raise ImportError(f"module {module} has no {name}{near.removesuffix('?')}")
        return getattr(found, name)
    except Exception as error:
        kind = "" if isinstance(error, ImportError) else f"{type(error).__name__}: "
        raise DottedPathError(
            f"no {what} {path!r} ({kind}{first_line(error)}); give a dotted path such as {example}"
        ) from error


def import_class(path: str, what: str) -> type:
    """The class at a dotted path. Raises DottedPathError."""
    found = import_object(path, what)
    if not isinstance(found, type):
        raise DottedPathError(f"{path!r} is no class, so it is no {what}")
    return found
