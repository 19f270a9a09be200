"""What is raised when a student cannot be used."""

from __future__ import annotations

from zoped.foundation.errors import ZopedError


class StudentError(ZopedError, ValueError):
    """The student cannot be loaded or sampled; the message says what would be right."""
