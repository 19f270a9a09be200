"""TeacherCalls: the one door to the teacher. It seeds, counts, keeps the budget and gives up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import dspy
from dspy.utils.exceptions import AdapterParseError, LMError, LMInvalidRequestError
from pydantic import ValidationError

from zoped.foundation.errors import first_fault
from zoped.programs.teachers.budget import CallBudget, Left, Spent
from zoped.programs.teachers.errors import BudgetSpent, CallFailed, TeacherError
from zoped.programs.teachers.metered import EmptyReply, MeteredAdapter, Metering, is_priced

__all__ = ["BudgetSpent", "CallFailed", "Left", "Spent", "TeacherCalls", "TeacherError"]

MAX_FAILURES = 4  # calls in a row without an answer that can be used
MAX_REFUSALS = 8  # the same where the server refuses: it may be for the length of some prompts
MAX_DETAIL = 300  # characters
NO_TEACHER = (
    "there is no teacher to ask; use `with dspy.context(lm=load_teacher(...))`, or hand in "
    "`teacher=TeacherCalls(lm)`"
)


class TeacherCalls:
    """Asks the teacher, within a budget. Nothing that `ask` runs has a way past it.

    A limit on calls is exact, and counts what is really asked: retries and an adapter's second try
    as well. What a call costs in tokens and dollars is known after it, so a call is made while there
    is room for one as large as the largest so far. An LM with a seed gets another one for each call,
    derived from the key that the call is made under. Safe for threads and for tasks.

    Args:
        lm: The teacher; None if all predictors that are asked have LMs of their own.
        adapter: DSPy's adapter for the calls; that of the context if not given.
        max_calls: Requests, at most; None for no limit, here and below.
        max_tokens: Prompt and completion tokens together.
        max_dollars: By LiteLLM's prices; ValueError where it lists none for the model.
        spent: What an earlier process spent of the same budget.
    """

    def __init__(
        self,
        lm: dspy.BaseLM | None,
        *,
        adapter: dspy.Adapter | None = None,
        max_calls: int | None = None,
        max_tokens: int | None = None,
        max_dollars: float | None = None,
        spent: Spent | None = None,
    ) -> None:
        if lm is not None and not isinstance(lm, dspy.BaseLM):
            raise TeacherError(f"the teacher is {lm!r}; give a dspy.LM, as load_teacher makes one")
        if max_dollars is not None and lm is not None and not is_priced(lm):
            raise ValueError(
                f"max_dollars: LiteLLM lists no price for {lm.model}; limit max_calls or max_tokens"
            )
        self.lm = lm
        self.adapter = adapter
        self._budget = CallBudget(
            max_calls=max_calls, max_tokens=max_tokens, max_dollars=max_dollars, spent=spent
        )

    def within(
        self,
        *,
        lm: dspy.BaseLM | None = None,
        max_calls: int | None = None,
        max_tokens: int | None = None,
        max_dollars: float | None = None,
        spent: Spent | None = None,
    ) -> TeacherCalls:
        """A part of this budget, for one search or one phase: what it asks counts here too, and
        keeps within both. `lm` is another model, asked on the same budget. `spent` is what an
        earlier process spent of the part, and counts in the part alone."""
        part = TeacherCalls(
            self.lm if lm is None else lm, adapter=self.adapter, max_dollars=max_dollars
        )
        part._budget = CallBudget(
            max_calls=max_calls,
            max_tokens=max_tokens,
            max_dollars=max_dollars,
            spent=spent,
            whole=self._budget,
        )
        return part

    @property
    def spent(self) -> Spent:
        """What was asked here, and in the parts of this budget."""
        return self._budget.spent

    @property
    def left(self) -> Left:
        """What the tightest of the limits leave."""
        return self._budget.left

    def affords(self, calls: int = 1) -> bool:
        """Whether there is room for so many more calls, of the largest size so far."""
        return self._budget.affords(calls)

    def ask(self, module: dspy.Module, *, key: str, **inputs: Any) -> dspy.Prediction:
        """`module(**inputs)`, asked of this teacher.

        The same key sends the same seeds to an LM that has one. Raises BudgetSpent for a call that
        the budget does not pay; CallFailed when the teacher did not answer, or when what it wrote
        cannot be read; TeacherError after several calls in a row that failed.
        """
        with self._asking(module, key):
            return module(**inputs)

    async def aask(self, module: dspy.Module, *, key: str, **inputs: Any) -> dspy.Prediction:
        """`ask`, awaited. An LM whose engine only works synchronously is asked in a thread."""
        with self._asking(module, key):
            return await module.acall(**inputs)

    @contextmanager
    def _asking(self, module: dspy.Module, key: str) -> Iterator[None]:
        if self.lm is None and not all(predictor.lm for predictor in module.predictors()):
            raise TeacherError(NO_TEACHER)
        metering = Metering(self._budget, key)
        lm = None if self.lm is None else metering.metered(self.lm)
        adapter = self.adapter or dspy.settings.adapter or dspy.ChatAdapter()
        try:
            with dspy.context(lm=lm, adapter=MeteredAdapter(adapter, metering)):
                yield
        except LMError as error:
            _fail(metering, error, str(error))
        except EmptyReply as error:
            _fail(metering, error, str(error), malformed=True)
        except (AdapterParseError, ValidationError, RecursionError) as error:
            fault = parse_fault(error)
            if metering.cut_off:
                _fail(metering, error, f"{metering.cut_off} ({fault})", malformed=True)
            metering.health.failures = 0
            raise CallFailed(_line(fault), malformed=True) from error
        metering.health.failures = 0


def _fail(
    metering: Metering, error: Exception, detail: str, *, malformed: bool = False
) -> NoReturn:
    """Raise what a failed call means: CallFailed, or TeacherError when it is one too many."""
    refused = isinstance(error, LMInvalidRequestError)
    health = metering.health
    with health.lock:
        health.failures += 1
        failures = health.failures
    if failures >= (MAX_REFUSALS if refused else MAX_FAILURES):
        what = "refused" if refused else "did not answer"
        raise TeacherError(
            f"the teacher {what} {failures} times in a row; the last error: {_line(detail)}"
        ) from error
    raise CallFailed(_line(detail), malformed=malformed) from error


def parse_fault(error: Exception) -> str:
    """What was wrong with a reply, in one line: the first fault that validation found."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ValidationError):
            return first_fault(cause)
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, AdapterParseError):
        return f"not the fields asked for: {error.lm_response}"
    return f"{type(error).__name__}: {error}"


def _line(text: str) -> str:
    return " ".join(text.split())[:MAX_DETAIL]
