"""The row that every export writes: one problem with all that is known of it.

An exporter renames fields and adds none. `symbols` can be solved again, `answer` is the canonical
answer that the grader (`zoped.evals.is_right`) takes.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from scipy.stats import beta

from zoped.evals import PassRate, is_right
from zoped.evals.answers.answer_type import AnswerType, answer_type
from zoped.evals.stopping import PRIOR, Beta
from zoped.programs import GeneratedProblem
from zoped.students.prompting import INSTRUCTION, messages
from zoped.symbolic import SymbolicProblem, check_problem, missing_givens, states_answer
from zoped.symbolic.language.expression import Symbol

BUCKETS = 10
# What a row can have passed. Each is tried again when the row is made, on the row itself.
CHECKS = (
    "one_answer",  # the solver proves that the symbols have exactly this answer; every given matters
    "givens_stated",  # the text states every given
    "answer_hidden",  # the text does not state the answer
    "gradable",  # the answer, boxed, is graded as right
)


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Message(_Frozen):
    role: Literal["system", "user", "assistant"]
    content: str


class Difficulty(_Frozen):
    """How hard a problem is for the student, among the problems of its set.

    The pass rate has the posterior Beta distribution of what was predicted and measured, with
    `posterior_mean`; it is above `posterior_lower_bound` with a probability of 95 %. `value` is
    1 - posterior_mean. `expected_quantile` is the share of the set that is easier, ties halved, and
    `bucket_index` (0: the easiest) its place among `bucket_count` equal parts.
    """

    value: float = Field(ge=0, le=1)
    posterior_mean: float = Field(ge=0, le=1)
    posterior_lower_bound: float = Field(ge=0, le=1)
    expected_quantile: float = Field(ge=0, le=1)
    bucket_index: int = Field(ge=0)
    bucket_count: int = Field(ge=1)


class ProblemRow(_Frozen):
    """A problem as other trainers read it.

    `key` stands for the symbols with their numbers and is unique in a set; `structure` for the
    symbols without them. `prompt` is `question` with the student's instruction, as a chat. `symbols`
    is a `SymbolicProblem` as JSON. `parent_key` is the key of the seed that the problem was made from
    by `move` ("+" between several), where the seed has symbols. `pass_*` is the profile of `student`:
    right answers, rollouts, their share and its 95 % interval (Wilson's); None where nothing was
    measured. `checks` are those of `CHECKS` that the row passed.
    """

    key: str = Field(min_length=1)
    structure: str
    question: str = Field(min_length=1)
    prompt: tuple[Message, ...] = Field(min_length=1)
    answer: str = Field(min_length=1)
    answer_type: AnswerType
    unit: str = ""
    topic: str = ""
    symbols: str
    seed_id: str = ""
    parent_key: str | None = None
    move: str = ""
    depth: int = Field(default=1, ge=0)
    round: int | None = None
    student: str | None = None
    student_version: str | None = None
    pass_successes: int | None = Field(default=None, ge=0)
    pass_trials: int | None = Field(default=None, ge=1)
    pass_mean: float | None = Field(default=None, ge=0, le=1)
    pass_low: float | None = Field(default=None, ge=0, le=1)
    pass_high: float | None = Field(default=None, ge=0, le=1)
    difficulty: Difficulty | None = None
    source: str = ""
    license: str = ""
    checks: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _profile_is_whole(self) -> ProblemRow:
        profile = (
            *(self.pass_successes, self.pass_trials, self.pass_mean, self.pass_low),
            *(self.pass_high, self.student_version),
        )
        if any(value is None for value in profile) and any(value is not None for value in profile):
            raise ValueError(
                "pass_successes, pass_trials, pass_mean, pass_low, pass_high and student_version "
                "belong together: give all or none"
            )
        if self.pass_trials is not None and (self.pass_successes or 0) > self.pass_trials:
            raise ValueError(f"{self.pass_successes} passes out of {self.pass_trials} rollouts")
        return self

    @classmethod
    def of(
        cls,
        problem: GeneratedProblem,
        *,
        instruction: str = INSTRUCTION,
        parent_key: str | None = None,
        round_: int | None = None,
        license: str = "",
    ) -> ProblemRow:
        """The row of a generated problem, not measured, with the checks that it passes now."""
        return cls(
            key=problem.instance_key,
            structure=problem.fingerprint,
            question=problem.text,
            prompt=tuple(
                Message.model_validate(message) for message in messages(problem.text, instruction)
            ),
            answer=problem.answer,
            answer_type=answer_type(problem.answer),
            unit=_unit(problem.symbols),
            topic=problem.symbols.topic,
            symbols=problem.symbols.model_dump_json(),
            seed_id=problem.seed_id,
            parent_key=parent_key,
            move=problem.move,
            depth=problem.depth,
            round=round_,
            source=f"zoped {version('zoped')}",
            license=license,
            checks=passed_checks(problem.symbols, problem.text, problem.answer),
        )

    def measured(self, rate: PassRate, *, student: str, student_version: str) -> ProblemRow:
        """The row with the pass rate of a student; nothing changes where nothing was sampled."""
        if not rate.rollouts:
            return self
        low, high = rate.interval()
        return self.model_copy(
            update={
                "student": student,
                "student_version": student_version,
                "pass_successes": rate.passes,
                "pass_trials": rate.rollouts,
                "pass_mean": rate.rate,
                "pass_low": low,
                "pass_high": high,
            }
        )

    @property
    def pass_rate(self) -> PassRate | None:
        if self.pass_trials is None or self.pass_successes is None:
            return None
        return PassRate(self.pass_successes, self.pass_trials)

    def problem(self) -> SymbolicProblem:
        """The symbols, to be solved again."""
        return SymbolicProblem.model_validate_json(self.symbols)

    def columns(self) -> dict[str, Any]:
        """The row as JSON values by name, `difficulty.value` and its like flat."""
        row = self.model_dump(mode="json", exclude={"difficulty"})
        names = Difficulty.model_fields
        own = self.difficulty.model_dump() if self.difficulty else dict.fromkeys(names)
        return row | {f"difficulty.{name}": own[name] for name in names}


def passed_checks(symbols: SymbolicProblem, text: str, answer: str) -> tuple[str, ...]:
    """The names in `CHECKS` of what the problem passes; solves it."""
    check = check_problem(symbols)
    passed = (
        check.reason is None and check.solution.answer == answer,
        not missing_givens(symbols, text),
        not states_answer(text, answer, symbols),
        is_right(f"\\boxed{{{answer}}}", answer),
    )
    return tuple(name for name, holds in zip(CHECKS, passed, strict=True) if holds)


def with_difficulty(
    rows: Sequence[ProblemRow], predicted: Sequence[Beta | None] | None = None
) -> list[ProblemRow]:
    """The rows with how hard they are among each other, in order.

    `predicted` are the distributions before anything was measured, the difficulty model's; None
    stands for the meter's prior. A row of which nothing is known at all keeps no difficulty.
    """
    priors = predicted if predicted is not None else [None] * len(rows)
    posteriors = [_posterior(row.pass_rate, prior) for row, prior in zip(rows, priors, strict=True)]
    means = sorted(a / (a + b) for a, b in filter(None, posteriors))
    return [
        row if known is None else row.model_copy(update={"difficulty": _difficulty(known, means)})
        for row, known in zip(rows, posteriors, strict=True)
    ]


def _posterior(rate: PassRate | None, prior: Beta | None) -> Beta | None:
    if rate is None:
        return prior
    a, b = prior or PRIOR
    return a + rate.passes, b + rate.rollouts - rate.passes


def _difficulty(posterior: Beta, means: Sequence[float]) -> Difficulty:
    a, b = posterior
    mean = a / (a + b)
    easier = len(means) - bisect_right(means, mean)
    alike = bisect_right(means, mean) - bisect_left(means, mean)
    quantile = (easier + alike / 2) / len(means)
    return Difficulty(
        value=1 - mean,
        posterior_mean=mean,
        posterior_lower_bound=float(beta.ppf(0.05, a, b)),
        expected_quantile=quantile,
        bucket_index=min(BUCKETS - 1, int(quantile * BUCKETS)),
        bucket_count=BUCKETS,
    )


def _unit(symbols: SymbolicProblem) -> str:
    """Of the target, where it is one variable."""
    if symbols.query == "count" or not isinstance(symbols.target, Symbol):
        return ""
    return symbols.variable(symbols.target.name).unit
