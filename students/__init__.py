"""Students: small language models that are sampled in batches and trained.

The names are loaded when first used: torch takes seconds.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zoped.students.endpoint import EndpointStudent
    from zoped.students.errors import StudentError
    from zoped.students.hugging_face import HFStudent, load_student

_MODULES = {
    "EndpointStudent": "endpoint",
    "HFStudent": "hugging_face",
    "StudentError": "errors",
    "load_student": "hugging_face",
}
__all__ = ["EndpointStudent", "HFStudent", "StudentError", "load_student"]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
