"""What can be measured: questions with answers, and students that can be sampled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Question(Protocol):
    """Anything with a text to ask and the right answer."""

    @property
    def text(self) -> str: ...

    @property
    def answer(self) -> str: ...


class Student(Protocol):
    """A model that answers in batches.

    `version` changes whenever its answers may change (its weights do): measurements are cached by
    it. `sample` returns `samples` answers for each text, in order; the same arguments give the
    same answers where the engine allows it.
    """

    @property
    def version(self) -> str: ...

    def sample(self, texts: Sequence[str], *, samples: int, seed: int) -> list[list[str]]: ...


class GreedyStudent(Student, Protocol):
    """One that can also give the most likely answer to each text, token by token."""

    def greedy(self, texts: Sequence[str]) -> list[str]: ...


def until(text: str, stop: Sequence[str]) -> str:
    """The text before the first of the texts in `stop`."""
    ends = [place for place in (text.find(end) for end in stop) if place >= 0]
    return text[: min(ends)] if ends else text
