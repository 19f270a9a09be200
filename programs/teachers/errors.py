"""What is raised when the teacher cannot be used."""

from __future__ import annotations

from zoped.foundation.errors import ZopedError


class TeacherError(ZopedError, RuntimeError):
    """The teacher cannot be reached or used; the message says what would be right."""


class MissingExtraError(TeacherError):
    """A package of an optional extra is not installed."""
