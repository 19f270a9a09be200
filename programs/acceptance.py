"""What comes of a generation step: accepted problems, and rejections with their reasons."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from zoped.symbolic import SymbolicProblem


class Reason(StrEnum):
    """Why something was not accepted; stored, counted, and feedback to the optimizer."""

    MALFORMED = "malformed"  # the teacher's reply could not be read
    OVER_LIMIT = "over_limit"  # too large to be looked at
    REFUSED = "refused"  # the operator does not apply
    NO_SOLUTION = "no_solution"
    MANY_SOLUTIONS = "many_solutions"
    TIMEOUT = "timeout"
    UNSUPPORTED = "unsupported"
    ANSWER_SIZE = "answer_size"
    IMPLAUSIBLE = "implausible"  # no good exercise would say it: half a person, a ratio of 2 to 2
    IDLE_GIVEN = "idle_given"  # a given that the answer does not depend on
    MISSING_GIVEN = "missing_given"  # a given that the text does not state
    STATES_ANSWER = "states_answer"  # the text gives the answer away
    ROUND_TRIP = "round_trip"  # the text, read alone, has another answer
    DUPLICATE = "duplicate"
    CONTAMINATED = "contaminated"  # shares a long passage with an evaluation set
    WRONG_ANSWER = "wrong_answer"  # a formalization that does not give the seed's answer
    OUT_OF_REACH = "out_of_reach"  # tuning found nothing that this student learns from
    TEACHER_ERROR = "teacher_error"  # the teacher could not be asked


class GeneratedProblem(BaseModel):
    """A word problem that passed every check, with the exact answer and how it was made.

    `mutation` is an operator's name, two of them joined by "+", or "rewrite"; `arguments` are the teacher's, drawn ones are
    not listed. `depth` counts the mutations since the seed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    seed_id: str
    text: str
    answer: str
    problem: SymbolicProblem
    fingerprint: str
    instance_key: str
    mutation: str
    arguments: dict[str, int] = Field(default_factory=dict)
    depth: int = 1


class Rejection(BaseModel):
    """Something that was not accepted; `mutation` is "" when none had been chosen yet."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed_id: str
    reason: Reason
    detail: str = ""
    mutation: str = ""
