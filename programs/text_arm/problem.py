"""What the text arm makes, and how often its answers are wrong."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from zoped.programs.seeds import answers


class TextProblem(BaseModel):
    """A problem without symbols. `answer` is what `votes` of the teacher's `solutions` say, more than
    half of them; those that could change nothing were not asked for. `solver_answer` is the solver's for a formalization of the text, "" without one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    seed_id: str
    text: str
    answer: str
    votes: int
    solutions: int
    move: str
    solver_answer: str = ""


@dataclass(frozen=True)
class WrongAnswers:
    """Of `checked` problems, those with a formalization, `wrong` have another answer."""

    wrong: int
    checked: int

    @property
    def rate(self) -> float | None:
        return self.wrong / self.checked if self.checked else None


def wrong_answers(problems: Iterable[TextProblem]) -> WrongAnswers:
    """How many answers by majority the solver contradicts, which are neither its own nor that rounded."""
    checked = [p for p in problems if p.solver_answer]
    wrong = sum(not answers(p.solver_answer, p.answer) for p in checked)
    return WrongAnswers(wrong, len(checked))
