"""Formalizing a text until it is right: told what was wrong, asked anew, agreed on, and kept."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from zoped.programs.acceptance import NotAccepted, Reason
from zoped.programs.predictors.asking import now_or_later
from zoped.programs.seeds import same_number
from zoped.signatures.notation import as_lines
from zoped.symbolic import SymbolicProblem


class Read(Protocol):
    """Asks the teacher for a formalization; raises NotAccepted where it gave none.

    `number` counts the tries from 0, `mistake` is what to tell it, `fresh` wants a sample that may
    differ from what it would say first.
    """

    def __call__(self, number: int, mistake: str, *, fresh: bool) -> Awaitable[SymbolicProblem]: ...


# The formalization as it is accepted, and its answer; raises NotAccepted for another.
Judge = Callable[[SymbolicProblem], tuple[SymbolicProblem, str]]


@dataclass(frozen=True)
class Tries:
    """How often a text is formalized again: told what was wrong, then as a fresh sample; and how often
    a rewrite is, told what was wrong."""

    told: int = 2
    fresh: int = 1
    rewrite: int = 1

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if value < 0:
                raise ValueError(f"tries.{name} is {value}; give 0 or more")

    @property
    def of_formalizing(self) -> str:
        """What a formalization depends on, for the key that it is kept under."""
        return f"Tries(told={self.told}, fresh={self.fresh})"

    @property
    def most(self) -> int:
        """Calls for one text, at most."""
        return 1 + self.told + self.fresh


# Of a teacher that costs nothing and has not learnt to be told what was wrong: the embedded reader.
ASKED_ANEW = Tries(told=0, fresh=7)


async def formalized(
    read: Read, judge: Judge, tries: Tries, *, waits: bool, answer_known: bool = True
) -> tuple[SymbolicProblem, str]:
    """The first formalization that the judge takes, and its answer; without a known answer, the first
    on whose answer two agree. `waits` as for `now_or_later`.

    Raises NotAccepted with the last reason where no try was right. A teacher that does not answer
    is not asked again here: its calls have retries of their own.
    """
    mistake, last = "", None
    found: list[tuple[SymbolicProblem, str]] = []
    for number in range(tries.most):
        fresh = number > tries.told or bool(found)
        problem = None
        try:
            problem = await read(number, "" if fresh else mistake, fresh=fresh)
            accepted, answer = await now_or_later(judge, problem, waits=waits)
        except NotAccepted as why:
            if why.reason is Reason.TEACHER_ERROR:
                raise
            mistake, last = told_mistake(problem, why), why
            continue
        if answer_known:
            return accepted, answer
        for earlier, same in found:
            if await now_or_later(same_number, answer, same, waits=waits):
                return earlier, same
        found.append((accepted, answer))
    if last is None or found:
        seen = ", ".join(answer for _, answer in found)
        raise NotAccepted(Reason.WRONG_ANSWER, f"no two formalizations agree: {seen}")
    raise NotAccepted(last.reason, f"{last.detail} (the last of {tries.most} tries)")


def told_mistake(problem: SymbolicProblem | None, why: NotAccepted) -> str:
    """What the teacher is told of a try that was not right: what it wrote, and what is wrong."""
    if problem is None:
        return f"The reply could not be read: {why.detail}"
    advice = _ADVICE.get(why.reason, "")
    return f"{as_lines(problem)}\nThis is wrong: {why.detail}{advice}"


_ADVICE = {
    Reason.MANY_SOLUTIONS: ". Write every condition of the text as a relation",
    Reason.NO_SOLUTION: ". Some relation or domain says more than the text",
    Reason.UNSUPPORTED: ". Write it so that a solver sees it: exact relations, bounds for what is "
    "counted, an unknown less where one can be put in",
    Reason.TIMEOUT: ". Write it with fewer unknowns, or with tighter bounds",
    Reason.WRONG_ANSWER: ". Read the text again: which relation does it state otherwise?",
}
