"""What is raised when the teacher cannot be used."""

from __future__ import annotations

from zoped.foundation.errors import ZopedError


class TeacherError(ZopedError, RuntimeError):
    """The teacher cannot be reached or used; the message says what would be right."""


class MissingExtraError(TeacherError):
    """A package of an optional extra is not installed."""


class BudgetSpent(TeacherError):
    """The budget does not pay for another call, and none was made."""


class CallFailed(RuntimeError):
    """One call gave nothing that can be used; another one may.

    `malformed`: there was a reply, but it could not be read.
    """

    def __init__(self, detail: str, *, malformed: bool = False) -> None:
        super().__init__(detail)
        self.malformed = malformed
