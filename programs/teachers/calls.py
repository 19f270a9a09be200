"""TeacherCalls: the one door to the teacher. It seeds, counts, keeps the budget and gives up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from typing import Any, NoReturn

import dspy
from dspy.utils.exceptions import (
    AdapterParseError,
    LMAuthError,
    LMBillingError,
    LMConfigurationError,
    LMError,
    LMRateLimitError,
    LMUnsupportedModelError,
)
from pydantic import ValidationError

from zoped.foundation.errors import causes, first_fault
from zoped.foundation.secrets import redacted
from zoped.programs.predictors.json_adapter import quick
from zoped.programs.predictors.one_path import acalled
from zoped.programs.teachers.budget import CallBudget, Left, Spent
from zoped.programs.teachers.costs import CostSheet
from zoped.programs.teachers.errors import BudgetSpent, CallFailed, TeacherError
from zoped.programs.teachers.health import health_of
from zoped.programs.teachers.metered import MeteredAdapter, metered
from zoped.programs.teachers.metering import ROOM, EmptyReply, Metering
from zoped.programs.teachers.pace import Places, Waiting
from zoped.programs.teachers.prices import unpriced

__all__ = ["BudgetSpent", "CallFailed", "Left", "Spent", "TeacherCalls", "TeacherError"]

MAX_DETAIL = 300  # characters
NO_TEACHER = (
    "there is no teacher to ask; use `with dspy.context(lm=load_teacher(...))`, or hand in "
    "`teacher=TeacherCalls(lm)`"
)


class TeacherCalls:
    """Asks the teacher, within a budget. Nothing that `ask` runs has a way past it.

    A limit is exact, and counts what is really asked: retries and an adapter's second try as well.
    What a call costs in tokens and dollars is known after it, so it is made only where its longest
    possible prompt and reply are paid for (a token is at least a byte; the reply has max_tokens, or
    without that is taken to be as long as the longest so far). An LM with a seed gets another one
    for each call, derived from the key that the call is made under. Safe for threads and for tasks.

    Args:
        lm: The teacher; None if all predictors that are asked have LMs of their own.
        adapter: DSPy's adapter for the calls; that of the context if not given.
        max_calls: Requests, at most; None for no limit, here and below.
        max_tokens: Prompt and completion tokens together.
        max_dollars: By LiteLLM's prices; ValueError where it lists none for the model;
            another one without a price is refused before it is asked, by a TeacherError.
        spent: What an earlier process spent of the same budget.
        concurrency: Requests under way at once, of all threads and of each event loop; None for
            no bound.
        waiting: The clock of waits, and who is told of the long ones.
        costs: A sheet to go on with; a new one if not given.
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
        concurrency: int | None = None,
        waiting: Waiting | None = None,
        costs: CostSheet | None = None,
    ) -> None:
        if lm is not None and not isinstance(lm, dspy.BaseLM):
            raise TeacherError(f"the teacher is {lm!r}; give a dspy.LM, as load_teacher makes one")
        if max_dollars is not None and lm is not None and (why := unpriced(lm)):
            raise ValueError(why)
        self.lm = lm
        self.adapter = adapter
        self.concurrency = concurrency
        self.costs = CostSheet() if costs is None else costs
        self.waiting = waiting or Waiting()
        self._least_temperature: float | None = None
        self._places = Places(concurrency)
        self._budget = CallBudget(
            max_calls=max_calls, max_tokens=max_tokens, max_dollars=max_dollars, spent=spent
        )

    @classmethod
    def of(cls, teacher: TeacherCalls | None) -> TeacherCalls:
        """The teacher that was handed in, or the LM of DSPy's context, without a limit, for None. Raises
        TypeError for anything else."""
        if teacher is None:
            return cls(dspy.settings.lm)
        if not isinstance(teacher, cls):
            raise TypeError(
                f"teacher is a {type(teacher).__name__}; give a TeacherCalls, such as "
                "TeacherCalls(lm, max_calls=200)"
            )
        return teacher

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
        earlier process spent of the part, and counts in the part alone. Raises TeacherError for an `lm`
        without a price where this budget limits dollars."""
        if lm is not None and self._budget.counts_dollars and (why := unpriced(lm)):
            raise TeacherError(why)
        part = TeacherCalls(
            self.lm if lm is None else lm,
            adapter=self.adapter,
            max_dollars=max_dollars,
            waiting=self.waiting,
            costs=self.costs,
        )
        part.concurrency, part._places = self.concurrency, self._places
        part._budget = CallBudget(
            max_calls=max_calls,
            max_tokens=max_tokens,
            max_dollars=max_dollars,
            spent=spent,
            whole=self._budget,
        )
        return part

    def at_temperature(self, least: float) -> TeacherCalls:
        """The same on the same budget, for samples that shall differ from those before: at that temperature
        at least, where a model has one, and past what DSPy's cache holds of other keys."""
        part = copy(self)
        part._least_temperature = least
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

    def ask(
        self, module: dspy.Module, *, key: str, step: str = "other", **inputs: Any
    ) -> dspy.Prediction:
        """`module(**inputs)`, asked of this teacher.

        The same key sends the same seeds to an LM that has one. `step` is where the cost is put
        down. A reply that was cut off and cannot be read is asked for again, with twice and four
        times the room. Raises BudgetSpent for a call that the budget does not pay; CallFailed when
        the teacher did not answer, or when what it wrote cannot be read; TeacherError after several
        calls in a row that failed.
        """
        metering = self._metering(module, key)
        while True:
            with self._asking(metering, step):
                return module(**inputs)

    async def aask(
        self, module: dspy.Module, *, key: str, step: str = "other", **inputs: Any
    ) -> dspy.Prediction:
        """`ask`, awaited. An LM whose engine only works synchronously is asked in a thread, and so is a module
        without `aforward`."""
        metering = self._metering(module, key)
        while True:
            with self._asking(metering, step):
                return await acalled(module, **inputs)

    def say(self, prompt: str, *, key: str, step: str = "other") -> None:
        """Send the LM a prompt whose answer does not matter; again only for a rate limit or a
        server's error. Raises LMError, and BudgetSpent."""
        metering = Metering(self._budget, key, self.waiting, self._places, once=True)
        try:
            metered(self.lm, metering)(prompt)
        except EmptyReply:
            pass  # it answers
        finally:
            self.costs.add_step(step, metering.spent)

    def _metering(self, module: dspy.Module, key: str) -> Metering:
        if self.lm is None and not all(predictor.lm for predictor in module.predictors()):
            raise TeacherError(NO_TEACHER)
        return Metering(
            self._budget,
            key,
            self.waiting,
            self._places,
            least_temperature=self._least_temperature,
        )

    @contextmanager
    def _asking(self, metering: Metering, step: str) -> Iterator[None]:
        """One try. Swallows what is worth another, with more room."""
        lm = None if self.lm is None else metered(self.lm, metering)
        adapter = quick(self.adapter or dspy.settings.adapter or dspy.ChatAdapter())
        before = metering.spent
        began = metering.health.failures if metering.lm else _failures_of(self.lm)
        try:
            with dspy.context(lm=lm, adapter=MeteredAdapter(adapter, metering)):
                yield
            metering.health.well()
        except LMError as error:
            _fail(metering, error, str(error), began)
        except EmptyReply as error:
            if not _more_room(metering):
                _fail(metering, error, str(error), began, malformed=True)
        except (AdapterParseError, ValueError, RecursionError) as error:
            if not _is_of_the_reply(error):
                raise
            if not _more_room(metering):
                _unreadable(metering, error, began)
        finally:
            self.costs.add_step(step, metering.spent - before)


def _is_of_the_reply(error: Exception) -> bool:
    """Whether it says that the reply cannot be read. Of ValueErrors pydantic's do, and json_repair's, which
    stand for what is nested too deep for it."""
    if not isinstance(error, ValueError) or isinstance(error, ValidationError):
        return True
    return isinstance(error.__cause__, RecursionError)


def _failures_of(lm: dspy.BaseLM | None) -> int:
    return 0 if lm is None else health_of(lm).failures


def _more_room(metering: Metering) -> bool:
    """Whether the reply was cut off and there is more room to be given."""
    if not metering.cut_off or metering.room == ROOM[-1]:
        return False
    message = f"{metering.cut_off}; such a reply is asked for again with more room"
    metering.health.tell_once("cut off", message, metering.waiting)
    metering.room = ROOM[ROOM.index(metering.room) + 1]
    return True


def _unreadable(metering: Metering, error: Exception, began: int) -> NoReturn:
    fault = parse_fault(error)
    if metering.cut_off:
        _fail(metering, error, f"{metering.cut_off} ({fault})", began, malformed=True)
    if metering.only_thoughts:
        advice = "a model that thinks first needs a larger max_tokens"
        detail = f"the teacher wrote nothing but thoughts: {advice} ({fault})"
        _fail(metering, error, detail, began, malformed=True)
    if why := metering.health.unreadable():
        raise TeacherError(
            f"the teacher {why}; the last fault: {_line(metering, fault)}; see that the model is able "
            "to do what is asked of it"
        ) from error
    raise CallFailed(_line(metering, fault), malformed=True) from error


def _fail(
    metering: Metering, error: Exception, detail: str, began: int, *, malformed: bool = False
) -> NoReturn:
    """Raise what a failed call means: CallFailed, or TeacherError when it is one too many."""
    detail = _line(metering, detail)
    if why := metering.health.failed(error, began):
        raise TeacherError(
            f"the teacher {why}; the last error: {detail}{_advice(error)}"
        ) from error
    raise CallFailed(detail, malformed=malformed) from error


def _advice(error: Exception) -> str:
    """What the person can do about an error that stays."""
    match error:
        case LMAuthError() | LMConfigurationError():
            return "; see that the provider's variable holds a valid key"
        case LMUnsupportedModelError():
            return "; see that the model's name is right"
        case LMBillingError():
            return "; see the provider's page on payment"
        case LMRateLimitError():
            return "; the same command goes on when it allows more calls"
        case _:
            return ""


def parse_fault(error: Exception) -> str:
    """What was wrong with a reply, in one line: the first fault that validation found."""
    for cause in causes(error):
        if isinstance(cause, ValidationError):
            return first_fault(cause)
    if isinstance(error, AdapterParseError):
        return f"not the fields asked for: {error.lm_response}"
    return f"{type(error).__name__}: {error}"


def _line(metering: Metering, text: str) -> str:
    """In one line, without keys that a server echoes, and without DSPy's advice to programmers."""
    options = {} if metering.lm is None else metering.lm.kwargs
    told = text.partition("\n\n  To fix:")[0]
    return redacted(" ".join(told.split()), options)[:MAX_DETAIL]
