"""What goes to the tracking server, in order, whether it is there or not.

A run of hours does not end because a server was restarted or somebody's database browser held a lock:
it goes on, says so once, and logs what was missed when the server is back.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from zoped.foundation.errors import first_line

RETRY_AFTER = 30.0  # seconds: a server that is away is not waited for at every call
# Errors of MLflow's that time does not mend: the run or its experiment was deleted.
LASTING = ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE", "INVALID_STATE")


class Outbox:
    """Carries out actions in the order in which they come; keeps those that fail for later.

    `note` shows a line to the person. Not thread-safe.
    """

    def __init__(
        self, note: Callable[[str], None], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._note = note
        self._clock = clock
        self._waiting: deque[Callable[[], None]] = deque()
        self._next_try = 0.0
        self._lost = 0

    def put(self, action: Callable[[], None]) -> None:
        """Do it now, or, when the server is away, after all that waits for it."""
        self._waiting.append(action)
        if len(self._waiting) == 1 or self._clock() >= self._next_try:
            self._send()

    def tell(self, message: str) -> None:
        """Show the person a line."""
        self._note(message)

    def close(self) -> None:
        """The last try; says what could not be logged."""
        if self._waiting:
            self._send()
        lost = self._lost + len(self._waiting)
        if lost:
            self._note(f"MLflow: {lost:,} of the run's records could not be logged")
        self._waiting.clear()
        self._lost = 0

    def _send(self) -> None:
        from mlflow.exceptions import MlflowException
        from sqlalchemy.exc import SQLAlchemyError

        was_away = len(self._waiting) > 1
        while self._waiting:
            try:
                self._waiting[0]()
            except (MlflowException, SQLAlchemyError, OSError) as error:
                if getattr(error, "error_code", "") in LASTING:
                    self._lost += 1
                    if self._lost == 1:
                        self._note(f"MLflow refuses a record, the run goes on: {first_line(error)}")
                    self._waiting.popleft()
                    continue
                if not was_away:
                    self._note(
                        f"MLflow does not answer ({_reason(error)}); the run goes on, and what is "
                        "missed is logged when it is back"
                    )
                self._next_try = self._clock() + RETRY_AFTER
                return
            self._waiting.popleft()
        if was_away:
            self._note("MLflow is back; what was missed is logged")


def _reason(error: Exception) -> str:
    """In a line. SQLAlchemy's first one may tell where in its work the fault was raised alone."""
    lines = [line for line in str(error).splitlines() if line.strip()]
    told = [line for line in lines if not line.startswith("(raised as a result of")]
    return told[0] if told else first_line(error)
