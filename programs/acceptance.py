"""When a generated problem is accepted: the reasons against it, and the judge who knows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from fractions import Fraction
from threading import Lock

from pydantic import BaseModel, ConfigDict, Field

from zoped.foundation.models import Model
from zoped.programs.formalizing.grounding import as_distractors, counting_on, grounded, hard_coded
from zoped.programs.seeds import MAX_TEXT, Seed, answers, same_number
from zoped.programs.strategies import Strategy
from zoped.signatures.notation import as_lines
from zoped.symbolic import (
    Check,
    Constraint,
    SymbolicProblem,
    called_alike,
    check_problem,
    missing_givens,
    states_answer,
    with_fitting_numbers,
)
from zoped.symbolic.check import idle_givens
from zoped.symbolic.language.expression import Apply, number
from zoped.symbolic.niceness import is_rational, limit_of, optimum_fault, uglier

MAX_DETAIL = 300  # characters
_claiming = Lock()


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
    AMBIGUOUS = "ambiguous"  # two quantities have one name in the text
    MISSING_GIVEN = "missing_given"  # a given that the text does not state
    STATES_ANSWER = "states_answer"  # the text gives the answer away
    ROUND_TRIP = "round_trip"  # the text, read alone, has another answer
    DUPLICATE = "duplicate"
    CONTAMINATED = "contaminated"  # too near to a text of an evaluation set
    WRONG_ANSWER = "wrong_answer"  # a formalization that does not give the seed's answer
    HARD_CODED = "hard_coded"  # a formalization with an answer that was worked out by hand
    ANSWER_CHANGED = "answer_changed"  # by a strategy that has to keep it
    NO_MAJORITY = "no_majority"  # of the teacher's solutions, where no solver proves an answer
    LEVEL_SKIPPED = "level_skipped"  # tuning found nothing that such a student learns from
    TEACHER_ERROR = "teacher_error"  # the teacher could not be asked
    BUDGET_SPENT = "budget_spent"  # the teacher's budget ended in the middle of the decision


IsContaminated = Callable[[str], bool | str]
"""Whether a text is too near to one of an evaluation set; a text says how."""


class GeneratedProblem(Model):
    """A word problem that passed every check, with the exact answer and how it was made.

    `move` is an operator's name, several of them joined by "+" in the order in which they were
    applied, or "rewrite", with the strategy's id as in "rewrite:race". `arguments` are the last one's, where they were chosen and not left to
    chance. `depth` counts the moves since the seed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    seed_id: str
    text: str
    answer: str
    symbols: SymbolicProblem
    fingerprint: str
    instance_key: str
    move: str
    arguments: dict[str, int] = Field(default_factory=dict)
    depth: int = 1


class Rejection(BaseModel):
    """Something that was not accepted; `move` is "" when none had been chosen yet."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed_id: str
    reason: Reason
    detail: str = ""
    move: str = ""


class NotAccepted(Exception):
    """Why a problem is rejected: raised by the judge, stored by the generator as a `Rejection`."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = " ".join(detail.split())[:MAX_DETAIL]


def require_clean(text: str, is_contaminated: IsContaminated | None) -> None:
    """Raise NotAccepted where the text is too near to a tested one, with the evidence if there is."""
    found = is_contaminated(text) if is_contaminated is not None else False
    if found:
        told = found if isinstance(found, str) else "is too near to one of a test set"
        raise NotAccepted(Reason.CONTAMINATED, f"the text {told}")


def require_kept(answer: str, golds: Sequence[str]) -> None:
    """Raise NotAccepted where a strategy has to keep an answer, and this is none of `golds`."""
    if not any(answers(answer, gold) for gold in golds):
        detail = f"the strategy has to keep the answer {'; '.join(golds)}; it is {answer} now"
        raise NotAccepted(Reason.ANSWER_CHANGED, detail)


def _less_than_nothing(problem: SymbolicProblem, values: Mapping[str, Fraction | float]) -> str:
    """What is counted or measured and comes out negative, though its domain would allow it; "" if
    nothing does."""
    below = [v for v in problem.unknowns if v.unit and values.get(v.name, 0) < 0]
    return f"{below[0].name} is negative: {below[0].meaning}" if below else ""


class Acceptance:
    """Judges problems and their texts; knows no language model. Safe for threads.

    Every method raises NotAccepted for what does not pass.

    Args:
        seen: Instance keys that must not be made again; those of accepted problems are added.
        is_contaminated: Whether a text is too near to one of an evaluation set; a text says how.
        time_limit: Seconds for a solver process; 0 leaves out what needs one.
        memory_limit_mb: Of a solver process.
    """

    def __init__(
        self,
        *,
        seen: set[str] | None = None,
        is_contaminated: IsContaminated | None = None,
        time_limit: float = 2.0,
        memory_limit_mb: int = 512,
    ) -> None:
        self.seen = set() if seen is None else seen
        self.is_contaminated = is_contaminated
        self.time_limit = time_limit
        self.memory_limit_mb = memory_limit_mb

    def answer(self, problem: SymbolicProblem, *, sense: bool = True) -> str:
        """The exact answer of a well-posed problem; `sense` asks for a plausible one as well."""
        return self._solved(problem, sense)[0]

    def _solved(
        self, problem: SymbolicProblem, sense: bool = True
    ) -> tuple[str, Mapping[str, Fraction | float]]:
        """The answer, and all values that are known."""
        check = self._check(problem, sense)
        if check.reason is None and check.solution.answer is not None:
            return check.solution.answer, check.solution.values
        reason = check.reason or "unsupported"
        raise NotAccepted(Reason("malformed" if reason == "invalid" else reason), check.detail)

    def _with_answer(
        self, problem: SymbolicProblem, kept: str | None
    ) -> Mapping[str, Fraction | float]:
        """The values of what is known, where the answer is `kept`, unless that is None."""
        answer, values = self._solved(problem)
        if kept is not None:
            require_kept(answer, (kept,))
        return values

    def rewrite(
        self,
        problem: SymbolicProblem,
        original: SymbolicProblem,
        strategy: Strategy | None = None,
    ) -> SymbolicProblem:
        """What a teacher made of `original`: another problem, well-posed, its numbers no uglier, its answer
        the same where the strategy promises that. Idle givens become distractors where it allows them; where the
        relations have no solution with its numbers, or not that answer, others are looked for."""
        if as_lines(problem) == as_lines(original):
            raise NotAccepted(Reason.DUPLICATE, "this is the problem as it was: nothing is changed")
        if strategy is not None and strategy.idle_givens:
            problem = self._with_distractors(problem)
        keeps = strategy is not None and strategy.answer_preserving
        kept = self.answer(original, sense=False) if keeps else None
        try:
            values = self._with_answer(problem, kept)
        except NotAccepted as why:
            if why.reason not in (Reason.NO_SOLUTION, Reason.ANSWER_CHANGED):
                raise
            fitted = self._fitted(problem, original, kept)
            if fitted is None:
                raise
            problem, values = fitted, self._with_answer(fitted, kept)
        fault = uglier(problem, limit_of(original)) or _less_than_nothing(problem, values)
        if fault:
            raise NotAccepted(Reason.IMPLAUSIBLE, fault)
        return problem

    def formalization(
        self, problem: SymbolicProblem, text: str, golds: Sequence[str] = ()
    ) -> tuple[SymbolicProblem, str]:
        """What the text says in symbols, and the answer, which has to be one of `golds`, if any.

        Givens that the text does not state become constants, those that the answer does not need
        distractors, and a count stays one. The answer must not be right by coincidence: see `hard_coded`.
        """
        problem = self._with_distractors(grounded(problem, text))
        answer = self.answer(problem, sense=False)
        if golds and not any(answers(answer, gold) for gold in golds):
            raise NotAccepted(Reason.WRONG_ANSWER, f"solved to {answer}, not {'; '.join(golds)}")
        if fault := hard_coded(problem, text):
            raise NotAccepted(Reason.HARD_CODED, fault)
        return counting_on(problem, answer, text), answer

    def new_answer(self, problem: SymbolicProblem, identity: str, seed: Seed) -> str:
        """The exact answer of a problem that is not among those seen; rational if the seed's is."""
        if identity in self.seen:
            raise NotAccepted(Reason.DUPLICATE, "made before")
        answer = self.answer(problem)
        if not is_rational(answer) and any(map(is_rational, seed.answers)):
            detail = f"the answer {answer} is irrational, and the seed's is not"
            raise NotAccepted(Reason.IMPLAUSIBLE, detail)
        if problem.query in ("minimum", "maximum") and is_rational(answer):
            fault = optimum_fault(answer, seed.answers)
            if fault:
                raise NotAccepted(Reason.IMPLAUSIBLE, fault)
        return answer

    def names(self, problem: SymbolicProblem) -> None:
        """That the rules tell the problem's quantities apart."""
        if alike := called_alike(problem):
            detail = f"{' and '.join(alike)} are called the same; give each a meaning of its own"
            raise NotAccepted(Reason.AMBIGUOUS, detail)

    def text(self, text: str, problem: SymbolicProblem, answer: str) -> None:
        """That the text states all that it must, nothing that it must not, and is nobody's test."""
        if not text or len(text) > MAX_TEXT:
            raise NotAccepted(Reason.OVER_LIMIT, f"a text of {len(text)} characters")
        missing = missing_givens(problem, text)
        if missing:
            detail = f"the text does not state {', '.join(missing)}"
            raise NotAccepted(Reason.MISSING_GIVEN, detail)
        if states_answer(text, answer, problem):
            raise NotAccepted(Reason.STATES_ANSWER, f"the text states the answer {answer}")
        require_clean(text, self.is_contaminated)

    def read_alone(self, problem: SymbolicProblem, answer: str) -> None:
        """Check that formalizing the text alone gives the problem's answer."""
        check = self._check(problem, sense=False)
        found = check.solution.answer
        if found is None or not same_number(found, answer):
            gives = found or check.detail or check.solution.status
            raise NotAccepted(
                Reason.ROUND_TRIP, f"read alone, the text gives {gives}, not {answer}"
            )

    def claim(self, identity: str) -> None:
        """Count the problem as seen: its text has passed as well."""
        with _claiming:
            if identity in self.seen:
                raise NotAccepted(Reason.DUPLICATE, "made before")
            self.seen.add(identity)

    def _fitted(
        self, problem: SymbolicProblem, original: SymbolicProblem, kept: str | None
    ) -> SymbolicProblem | None:
        """The problem with numbers that fit, those that are not the original's rather than those; where the
        answer `kept` has to stay, quantities that the original does not have alone."""
        known = {(v.name, v.value) for v in original.givens}
        new = [v.name for v in problem.givens if (v.name, v.value) not in known]
        asked = problem
        if kept is not None:
            if problem.query != "value" or not is_rational(kept):
                return None
            stays = Constraint(relation=Apply("==", (problem.target, number(Fraction(kept)))))
            asked = problem.replaced(constraints=(*problem.constraints, stays))
            before = {v.name for v in original.variables}
            new = [name for name in new if name not in before]
        fitted = with_fitting_numbers(
            asked,
            new,
            others=kept is None,
            time_limit=self.time_limit,
            memory_limit_mb=self.memory_limit_mb,
        )
        return None if fitted is None else fitted.replaced(constraints=problem.constraints)

    def _with_distractors(self, problem: SymbolicProblem) -> SymbolicProblem:
        """The problem with the givens that its answer does not need marked as such."""
        check = self._check(problem, sense=False)
        if check.reason != "idle_given":
            return problem
        idle = idle_givens(
            problem,
            check.solution,
            time_limit=self.time_limit,
            memory_limit_mb=self.memory_limit_mb,
        )
        return as_distractors(problem, idle)

    def _check(self, problem: SymbolicProblem, sense: bool) -> Check:
        return check_problem(
            problem,
            sense=sense,
            time_limit=self.time_limit,
            memory_limit_mb=self.memory_limit_mb,
        )
