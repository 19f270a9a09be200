"""What is known of an LM, whoever asks it: whether it answers, what it refuses, when it may be asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from threading import RLock
from weakref import WeakKeyDictionary

import dspy
from dspy.utils.exceptions import (
    LMAuthError,
    LMBillingError,
    LMConfigurationError,
    LMInvalidRequestError,
    LMUnsupportedModelError,
)

from zoped.programs.teachers.pace import Waiting

MAX_FAILURES = 4  # calls in a row without an answer that can be used
MAX_REFUSALS = 8  # the same where the server refuses: it may be for the length of some prompts
MAX_UNREAD = 50  # replies in a row that cannot be read: a weak teacher has some that can
PATIENCE = 3_600.0  # seconds for which a rate limit is waited out
LONGEST_BACKOFF = 60.0  # seconds between two tries, where the server does not say
WORTH_A_LINE = 10.0  # seconds of waiting of which the person is told

# What no other try will mend
LASTING = LMAuthError | LMBillingError | LMConfigurationError | LMUnsupportedModelError


@dataclass
class Health:
    """Shared by all who ask the LM. `streak` numbers the failures that were counted: of calls that
    were under way together, one counts, since what went wrong with them is likely one thing."""

    who: str = "the teacher"
    failures: int = 0
    refusals: int = 0
    unread: int = 0
    refused_formats: int = 0  # how many of the formats, from the strictest on
    refused_options: frozenset[str] = frozenset()
    takes_completion_tokens: bool = False  # a longest reply by that name alone
    limited: int = 0  # refusals for the rate, in a row
    limited_since: float = 0.0
    paused_until: float = 0.0
    told: set[str] = field(default_factory=set)
    secrets: tuple[str, ...] | None = None  # what no reply may bring; None where nobody looked
    lock: RLock = field(default_factory=RLock)

    def well(self) -> None:
        """A reply came that could be read."""
        with self.lock:
            self.failures = self.refusals = self.unread = 0

    def came(self) -> None:
        """A reply came: there is no rate limit any more, and the server is there."""
        with self.lock:
            self.limited = 0
            self.told -= {"limit", "silence"}

    def failed(self, error: Exception, began: int) -> str:
        """Count a failure of a call that began at the `began`-th; why to give up, or ""."""
        with self.lock:
            if isinstance(error, LMInvalidRequestError | LASTING):
                self.refusals += 1
                most = MAX_FAILURES if isinstance(error, LASTING) else MAX_REFUSALS
                return f"refused {self.refusals} times in a row" if self.refusals >= most else ""
            if began == self.failures:
                self.failures += 1
            if self.failures < MAX_FAILURES:
                return ""
            return f"did not answer {self.failures} times in a row"

    def unreadable(self) -> str:
        """Count a reply that could not be read; why to give up, or ""."""
        with self.lock:
            self.failures = self.refusals = 0
            self.unread += 1
            if self.unread < MAX_UNREAD:
                return ""
            return f"gave nothing that can be read {self.unread} times in a row"

    def limit(self, wait: float | None, waiting: Waiting) -> bool:
        """The server allows no more calls for `wait` seconds (None: it does not say). Whether that
        is worth waiting for."""
        with self.lock:
            now = waiting.clock()
            if not self.limited:
                self.limited_since = now
            if now >= self.paused_until:  # else it is known, by one of several calls
                self.limited += 1
            if wait is None:
                wait = min(LONGEST_BACKOFF, 2.0 ** min(self.limited - 1, 10))
            if now + wait - self.limited_since > PATIENCE:
                return False
            self.paused_until = max(self.paused_until, now + wait)
            if wait >= WORTH_A_LINE and "limit" not in self.told:
                self.told.add("limit")
                waiting.note(
                    f"{self.who} allows no more calls for now; waiting {_long(wait)}, then going on"
                )
            return True

    def pause_left(self, waiting: Waiting, rng: Random) -> float:
        """Seconds until it may be asked; not the same for all who wait, so that one tries first."""
        left = self.paused_until - waiting.clock()
        return left + rng.uniform(0.0, min(5.0, left / 10)) if left > 0 else 0.0

    def tell_once(self, what: str, message: str, waiting: Waiting) -> None:
        with self.lock:
            if what in self.told:
                return
            self.told.add(what)
        waiting.note(message)


def _long(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} minutes"


_healths: WeakKeyDictionary[dspy.BaseLM, Health] = WeakKeyDictionary()
_healths_lock = RLock()


def health_of(lm: dspy.BaseLM) -> Health:
    """The same for every budget that the LM is asked on."""
    with _healths_lock:
        return _healths.setdefault(lm, Health())
