"""What the training loop reports to the outside: a tracker for results, a progress for the person.

The loop knows these two protocols alone, so it runs from Python with nothing installed around it
(`NullTracker`, `NullProgress`), under MLflow, or under a tracker of the user's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from zoped.evals.band import Band

if TYPE_CHECKING:
    import dspy


class Tracker(Protocol):
    """One run of an experiment. Everything may be logged again under the same name: a resumed
    phase overwrites what its killed predecessor logged."""

    def run(
        self, name: str, *, tags: Mapping[str, str] | None = None
    ) -> AbstractContextManager[Tracker]:
        """The run nested in this one under `name`; the same one when it is asked for again."""
        ...

    def params(self, values: Mapping[str, Any]) -> None: ...

    def metrics(self, values: Mapping[str, float], *, step: int) -> None: ...

    def text(self, text: str, name: str) -> None: ...

    def table(self, rows: Sequence[Mapping[str, Any]], name: str) -> None: ...

    def histogram(self, values: Sequence[float], name: str, *, title: str, band: Band) -> None:
        """A picture of how the pass rates `values` (0 to 1) are spread, the band marked."""
        ...

    def dataset(
        self, rows: Sequence[Mapping[str, Any]], name: str, *, context: str, source: Path | None
    ) -> None:
        """What the run works on: `rows` with `text` and `answer`, from the file `source` if there is
        one; `context` is `seeds`, `training` or `evaluation`."""
        ...

    def prompts(self, texts: Mapping[str, str], *, note: str) -> None:
        """The prompts that the run works with, by predictor; `note` says where they come from."""
        ...

    def program(self, program: dspy.Module, name: str) -> None:
        """A tuned program, which can be loaded back and called."""
        ...


class Task(Protocol):
    def advance(self, amount: int = 1) -> None: ...

    def show(self, values: Mapping[str, float]) -> None:
        """The latest numbers, beside how far it is: {"loss": 0.02, "reward": 0.5}."""
        ...


class Progress(Protocol):
    def task(self, description: str, total: int | None) -> AbstractContextManager[Task]:
        """A piece of work of `total` parts (None: unknown), shown while the context is open."""
        ...

    def note(self, message: str) -> None:
        """One line that stays: a phase that ended, with its result."""
        ...


class NullTracker:
    """Tracks nothing."""

    @contextmanager
    def run(self, name: str, *, tags: Mapping[str, str] | None = None) -> Iterator[Tracker]:
        yield self

    def params(self, values: Mapping[str, Any]) -> None: ...

    def metrics(self, values: Mapping[str, float], *, step: int) -> None: ...

    def text(self, text: str, name: str) -> None: ...

    def table(self, rows: Sequence[Mapping[str, Any]], name: str) -> None: ...

    def histogram(self, values: Sequence[float], name: str, *, title: str, band: Band) -> None: ...

    def dataset(
        self, rows: Sequence[Mapping[str, Any]], name: str, *, context: str, source: Path | None
    ) -> None: ...

    def prompts(self, texts: Mapping[str, str], *, note: str) -> None: ...

    def program(self, program: dspy.Module, name: str) -> None: ...


class _NullTask:
    def advance(self, amount: int = 1) -> None: ...

    def show(self, values: Mapping[str, float]) -> None: ...


def percent(share: float | None) -> str:
    """A share as people read it."""
    return "none" if share is None else f"{share:.0%}"


class NullProgress:
    """Shows nothing."""

    @contextmanager
    def task(self, description: str, total: int | None) -> Iterator[Task]:
        yield _NullTask()

    def note(self, message: str) -> None: ...
