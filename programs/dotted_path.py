"""Classes of the user's that a configuration names."""

from __future__ import annotations

import importlib


def import_class(path: str, what: str) -> type:
    """The class at a dotted path such as `my_package.MyMutation`; raises ValueError."""
    module, _, name = path.rpartition(".")
    try:
        return getattr(importlib.import_module(module), name)  # type: ignore[no-any-return]
    except (ImportError, AttributeError, ValueError) as error:
        raise ValueError(
            f"no {what} {path!r} ({error}); give a dotted path such as my_package.MyClass"
        ) from None
