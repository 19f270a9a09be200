"""One generation step: a decision on a seed, and the problems made of it, accepted or rejected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random
from typing import TYPE_CHECKING, Any

import dspy
from dspy.utils.exceptions import AdapterParseError, LMError, LMInvalidRequestError
from pydantic import ValidationError

from zoped.programs.acceptance import GeneratedProblem, Reason, Rejection
from zoped.programs.menu import THEN, Option, changed
from zoped.programs.seeds import MAX_TEXT, Seed, same_number
from zoped.programs.teachers.errors import TeacherError
from zoped.symbolic import (
    Lineage,
    MutationRefused,
    SymbolicProblem,
    check_problem,
    fingerprint,
    instance_key,
    missing_givens,
    realize,
    states_answer,
)

if TYPE_CHECKING:
    from zoped.programs.generate import GenerateProblem

MAX_FAILURES = 4  # calls in a row that the teacher did not answer
MAX_DETAIL = 300  # characters


class GenerationStep:
    """What one call of GenerateProblem gathers."""

    def __init__(self, program: GenerateProblem, seed: Seed, index: int) -> None:
        self.program = program
        self.seed = seed
        self.key = f"{program.seed}:{seed.id}:{index}"
        self.asked = 0  # calls of the teacher
        self.mutation = ""
        self.depth = 1  # mutations since the seed
        self.arguments: dict[str, int] = {}
        self.accepted: list[GeneratedProblem] = []
        self.rejected: list[Rejection] = []

    def reject(self, reason: Reason, detail: str) -> None:
        self.rejected.append(
            Rejection(
                seed_id=self.seed.id,
                reason=reason,
                detail=" ".join(detail.split())[:MAX_DETAIL],
                mutation=self.mutation,
            )
        )

    def ask(self, step: dspy.Module, *args: Any, **fields: Any) -> dspy.Prediction | None:
        """The step's prediction, or None and a rejection."""
        if dspy.settings.lm is None and not any(p.lm for p in step.predictors()):
            raise TeacherError(
                "no teacher to ask; use `with dspy.context(lm=load_teacher(...))`, "
                'or mutation="random" on seeds with symbols'
            )
        try:
            with dspy.context(lm=self.seeded_lm()):
                reply = step(*args, **fields)
        except LMInvalidRequestError as error:
            # The server is there; this request was not to its liking (a prompt that is too long).
            self.reject(Reason.TEACHER_ERROR, str(error))
            return None
        except LMError as error:
            self.program.failures += 1
            if self.program.failures >= MAX_FAILURES:
                raise TeacherError(
                    f"the teacher did not answer {self.program.failures} times in a row; "
                    f"the last error: {' '.join(str(error).split())[:MAX_DETAIL]}"
                ) from error
            self.reject(Reason.TEACHER_ERROR, str(error))
            return None
        except (AdapterParseError, ValidationError, RecursionError) as error:
            self.program.failures = 0
            self.reject(Reason.MALFORMED, _parse_fault(error))
            return None
        self.program.failures = 0
        return reply

    def seeded_lm(self) -> dspy.LM | None:
        """The teacher; one that takes a seed gets another for each call of each step."""
        lm = dspy.settings.lm
        self.asked += 1
        if lm is None or lm.kwargs.get("seed") is None:
            return lm
        seed = Random(f"{lm.kwargs['seed']}:{self.key}:{self.asked}").randrange(2**31)
        return lm.copy(seed=seed)

    def symbols(self) -> SymbolicProblem | None:
        """The seed's symbolic problem; formalized, and compared with its answer, if need be."""
        if self.seed.problem is not None:
            return self._with_lineage(self.seed.problem)
        if self.program.mutation == "random" and dspy.settings.lm is None:
            self.reject(Reason.UNSUPPORTED, "the seed has no symbols, and no teacher writes them")
            return None
        reply = self.ask(self.program.formalize, self.seed.text, topic=self.seed.topic)
        if reply is None:
            return None
        answer = self.answer_of(reply.problem, sense=False)
        if answer is None:
            return None
        if not any(same_number(answer, right) for right in self.seed.answers):
            self.reject(Reason.WRONG_ANSWER, f"solved to {answer}, not {self.seed.answer}")
            return None
        return self._with_lineage(reply.problem)

    def _with_lineage(self, problem: SymbolicProblem) -> SymbolicProblem:
        lineage = Lineage(seed_id=self.seed.id, parent_id=self.seed.id)
        return problem.replaced(lineage=lineage)

    def answer_of(self, problem: SymbolicProblem, *, sense: bool = True) -> str | None:
        """The exact answer of a well-posed problem; None and a rejection for another."""
        check = check_problem(problem, sense=sense, **self.program.limits)  # type: ignore[arg-type]
        if check.reason is None and check.solution.answer is not None:
            return check.solution.answer
        reason = check.reason or "unsupported"
        self.reject(Reason("malformed" if reason == "invalid" else reason), check.detail)
        return None

    def extend(self, problem: SymbolicProblem, student_note: str) -> None:
        """Take the decision, and make up to `variants` problems of it."""
        seed = self.seed.model_copy(update={"problem": problem})
        kind = self.program.mutation
        rng = Random(f"{self.key}:decision")
        if kind == "both":
            kind = rng.choice(("operators", "rewrite"))
        fitting = self.program.mutate.fitting(problem, student_note)
        if kind != "rewrite" and not fitting:
            self.reject(Reason.REFUSED, "no operator of the menu applies to this problem")
            return
        if self.program.mutate.tuned.passes_over(student_note):
            self.reject(Reason.OUT_OF_REACH, "such seeds are passed over for this student")
            return
        if kind == "random":
            option = rng.choice(fitting)
            self.mutation, self.arguments = option.name, option.drawn(rng)
        else:
            self.mutation = "rewrite" if kind == "rewrite" else ""
            reply = self.ask(self.program.mutate, seed, student_note, mutation=kind)
            if reply is None:
                return
            if kind == "rewrite":
                self.add_all(self.rewrites(reply.problem))
                return
            self.mutation, self.arguments = reply.operator, reply.arguments
        self.add_all(self.mutants(problem))

    def mutants(self, problem: SymbolicProblem) -> Iterator[tuple[str, SymbolicProblem]]:
        """The operator on the problem, by one random stream a variant.

        Where that gives nothing new (an operator that leaves nothing to chance), the operator is
        applied to the same problem with other numbers, of as many digits where all have as many:
        the problems of one decision are to be about as hard as each other.
        """
        made: set[str] = set()
        before, _, operator = self.mutation.rpartition(THEN)
        self.depth = 2 if before else 1
        if not Option(operator, before=before).applies(problem):
            self.reject(Reason.REFUSED, f"{self.mutation} does not apply to this problem")
            return
        for variant in range(self.program.variants):
            key = f"{self.key}:{variant}"
            result = self.apply(problem, key)
            if result is None:
                continue
            identity = instance_key(result)
            if identity in made or identity in self.program.seen:
                fresh = self.apply_quietly(problem, _other_numbers(problem), f"{key}:numbers")
                again = (
                    None
                    if fresh is None
                    else self.apply_quietly(fresh, self.mutation, key, self.arguments)
                )
                result = again or result
            made.add(instance_key(result))
            yield key, result

    def rewrites(self, problem: SymbolicProblem) -> Iterator[tuple[str, SymbolicProblem]]:
        """The teacher's problem, then the same with other numbers; these only if it was good."""
        before = len(self.accepted)
        yield f"{self.key}:0", problem
        for variant in range(1, self.program.variants if len(self.accepted) > before else 1):
            key = f"{self.key}:{variant}"
            changed = self.apply_quietly(problem, "change_numbers", key)
            if changed is not None:
                lineage = problem.lineage
                yield key, changed.replaced(lineage=lineage)

    def apply(self, problem: SymbolicProblem, key: str) -> SymbolicProblem | None:
        try:
            return changed(problem, self.mutation, seed=key, arguments=self.arguments)
        except MutationRefused as refusal:
            self.reject(Reason.REFUSED, str(refusal))
        except ValidationError as error:
            self.reject(Reason.OVER_LIMIT, _parse_fault(error))
        return None

    def apply_quietly(
        self,
        problem: SymbolicProblem,
        operator: str,
        key: str,
        arguments: Mapping[str, int] | None = None,
    ) -> SymbolicProblem | None:
        try:
            return changed(problem, operator, seed=key, arguments=arguments or {})
        except (MutationRefused, ValidationError):
            return None

    def add_all(self, candidates: Iterator[tuple[str, SymbolicProblem]]) -> None:
        tried: set[str] = set()
        for key, problem in candidates:
            identity = instance_key(problem)
            if identity in tried:
                continue
            tried.add(identity)
            self.add(key, problem, identity)

    def add(self, key: str, problem: SymbolicProblem, identity: str) -> None:
        """Accept the problem, or reject it."""
        if identity in self.program.seen:
            self.reject(Reason.DUPLICATE, "made before")
            return
        answer = self.answer_of(problem)
        if answer is None:
            return
        text = self.text_of(problem, answer, key)
        if text is None:
            return
        self.program.seen.add(identity)
        self.accepted.append(
            GeneratedProblem(
                id=f"{self.seed.id}-{identity[:12]}",
                seed_id=self.seed.id,
                text=text,
                answer=answer,
                problem=problem,
                fingerprint=fingerprint(problem),
                instance_key=identity,
                mutation=self.mutation,
                arguments=self.arguments,
                depth=self.depth,
            )
        )

    def text_of(self, problem: SymbolicProblem, answer: str, key: str) -> str | None:
        """The problem in words that passed the checks of text; None and a rejection otherwise."""
        text = realize(problem, Random(key).randrange(2**32))
        by_teacher = self.program.verbalization == "teacher"
        if by_teacher:
            reply = self.ask(self.program.verbalize, problem, text)
            if reply is None:
                return None
            text = reply.text
        if not text or len(text) > MAX_TEXT:
            self.reject(Reason.OVER_LIMIT, f"a text of {len(text)} characters")
            return None
        missing = missing_givens(problem, text)
        if missing:
            self.reject(Reason.MISSING_GIVEN, f"the text does not state {', '.join(missing)}")
        elif states_answer(text, answer, problem):
            self.reject(Reason.STATES_ANSWER, f"the text states the answer {answer}")
        elif self.program.is_contaminated is not None and self.program.is_contaminated(text):
            self.reject(Reason.CONTAMINATED, "the text shares a long passage with a test set")
        elif not by_teacher or self.reads_back(text, answer):
            return text
        return None

    def reads_back(self, text: str, answer: str) -> bool:
        """Whether formalizing the text alone gives the same answer."""
        reply = self.ask(self.program.formalize, text)
        if reply is None:
            return False
        check = check_problem(reply.problem, sense=False, **self.program.limits)  # type: ignore[arg-type]
        found = check.solution.answer
        if found is not None and same_number(found, answer):
            return True
        outcome = found or check.detail or check.solution.status
        self.reject(Reason.ROUND_TRIP, f"read alone, the text gives {outcome}, not {answer}")
        return False


def _other_numbers(problem: SymbolicProblem) -> str:
    """The operator that draws other numbers of the same size."""
    values = [abs(v.value) for v in problem.givens if v.value is not None]
    for name, low, high in (("one_digit_numbers", 1, 9), ("two_digit_numbers", 10, 99)):
        if all(value.denominator == 1 and low <= value <= high for value in values):
            return name
    return "change_numbers"


def _parse_fault(error: Exception) -> str:
    """What was wrong with a reply, in one line: the first fault that validation found."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ValidationError):
            fault = cause.errors(include_url=False)[0]
            place = ".".join(str(part) for part in fault["loc"])
            return f"{place}: {fault['msg']}" if place else str(fault["msg"])
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, AdapterParseError):
        return f"not the fields asked for: {error.lm_response}"
    return f"{type(error).__name__}: {error}"
