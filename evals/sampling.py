"""What can be measured: questions with answers, and students that can be sampled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from zoped.foundation.errors import counted


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


def sampled(student: Student, texts: Sequence[str], *, samples: int, seed: int) -> list[list[str]]:
    """What the student samples. Raises TypeError for anything but a list of `samples` texts for each text:
    a text alone would be taken for as many answers as it has letters."""
    answers = student.sample(texts, samples=samples, seed=seed)
    whole = isinstance(answers, list | tuple) and len(answers) == len(texts)
    if not whole or not all(_are_texts(given, samples) for given in answers):
        raise TypeError(
            f"{type(student).__name__}.sample gave {answers!r:.80} for {counted(len(texts), 'text')}; it must "
            f"return a list with a list of {counted(samples, 'answer')} for each text"
        )
    return answers


def _are_texts(given: Any, count: int) -> bool:
    some = isinstance(given, list | tuple) and len(given) == count
    return some and all(isinstance(text, str) for text in given)


def until(text: str, stop: Sequence[str]) -> str:
    """The text before the first of the texts in `stop`."""
    ends = [place for place in (text.find(end) for end in stop) if place >= 0]
    return text[: min(ends)] if ends else text
