"""Nothing is asked beside TeacherCalls: what it says was spent is what the engine counted."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from random import Random
from threading import Lock
from typing import Any

import dspy
import pytest
from dspy.lm15 import (
    InvalidRequestError,
    Message,
    RateLimitError,
    Request,
    Response,
    ServerError,
    Usage,
)

from tests.openai_server import API_KEY, Reply, ScriptedServer, completion, openai_server
from zoped.programs.teachers import embedded
from zoped.programs.teachers.calls import BudgetSpent, CallFailed, Spent, TeacherCalls, TeacherError
from zoped.programs.teachers.load import load_teacher

GOOD = '{"answer": "yes"}'


class Engine:
    """Answers by a script, in whichever thread it is asked, and counts."""

    supported_params = frozenset({"response_format", "temperature", "max_tokens", "seed"})
    supports_response_schema = True

    def __init__(self, reply: Callable[[Request], str | Exception] | str = GOOD) -> None:
        self.reply = reply
        self.requests: list[Request] = []
        self.lock = Lock()

    @property
    def calls(self) -> int:
        return len(self.requests)

    def complete(self, request: Request) -> Response:
        with self.lock:
            self.requests.append(request)
        reply = self.reply if isinstance(self.reply, str) else self.reply(request)
        if isinstance(reply, Exception):
            raise reply
        return Response(
            id=None,
            model=request.model,
            message=Message.assistant(reply),
            finish_reason="stop",
            usage=Usage(input_tokens=3, output_tokens=2),
        )


class Ask(dspy.Signature):  # type: ignore[misc]
    """Answer."""

    question: str = dspy.InputField()
    answer: str = dspy.OutputField()


def lm_of(engine: Engine, **options: Any) -> dspy.LM:
    return dspy.LM("scripted", engine=engine, **{"cache": False, "num_retries": 0, **options})


def teacher(engine: Engine, *, adapter: Any = None, **limits: Any) -> TeacherCalls:
    return TeacherCalls(lm_of(engine), adapter=adapter or dspy.JSONAdapter(), **limits)


def asked(calls: TeacherCalls, module: dspy.Module, times: int) -> int:
    """How many of so many askings were answered, to the end of the budget."""
    answers = 0
    for i in range(times):
        try:
            calls.ask(module, key=str(i), question="?")
            answers += 1
        except CallFailed:
            pass
        except BudgetSpent:
            break
    return answers


@contextmanager
def served(reply: Callable[[dict[str, Any]], Reply]) -> Iterator[tuple[ScriptedServer, dspy.LM]]:
    with openai_server(reply) as server:
        lm = load_teacher("openai/scripted", api_base=server.url, api_key=API_KEY, max_tokens=64)
        yield server, lm.copy(num_retries=0)


def test_the_limit_on_calls_is_kept_and_what_was_spent_is_what_the_engine_counted() -> None:
    engine = Engine()
    calls = teacher(engine, max_calls=5)
    assert asked(calls, dspy.Predict(Ask), 9) == engine.calls == 5
    assert calls.spent == Spent(5, 15, 10, None)
    assert (calls.left.calls, calls.affords(1)) == (0, False)


def test_a_limit_on_tokens_is_kept() -> None:
    engine = Engine()
    calls = teacher(engine, max_tokens=2_000)  # a prompt of some 900 bytes may have as many tokens
    asked(calls, dspy.Predict(Ask), 999)
    assert 100 < engine.calls == calls.spent.tokens / 5 < 400
    assert calls.left.tokens == 2_000 - calls.spent.tokens


def test_dollars_are_litellms_and_their_limit_is_kept() -> None:
    with openai_server(lambda _: GOOD) as server:
        lm = load_teacher("openai/gpt-4o-mini", api_base=server.url, api_key=API_KEY)
        calls = TeacherCalls(lm.copy(num_retries=0), max_dollars=1.0)
        with pytest.raises(CallFailed):  # the server has no such model; the request was made
            calls.ask(dspy.Predict(Ask), key="k", question="?")
        poor = TeacherCalls(lm.copy(num_retries=0), max_dollars=1e-6)
        with pytest.raises(BudgetSpent, match=r"\$0.000001 does not pay"):
            poor.ask(dspy.Predict(Ask), key="k", question="?")
    assert (calls.spent, poor.spent) == (Spent(1, 0, 0, 0.0), Spent())
    with pytest.raises(ValueError, match="no price for openai/nobody-knows"):
        TeacherCalls(dspy.LM("openai/nobody-knows"), max_dollars=1.0)


def test_no_model_without_a_price_is_asked_where_dollars_are_limited() -> None:
    """As another model of the budget, as a predictor's own, and whether its requests fail or not."""
    unlisted = Engine(), Engine(lambda _: ServerError("down"))
    lm = load_teacher("openai/gpt-4o-mini", api_key=API_KEY)
    whole = TeacherCalls(lm, max_dollars=1.0, spent=Spent(9, dollars=0.95))
    for budget in (whole, whole.within(), TeacherCalls(lm).within(max_dollars=1.0)):
        for engine in unlisted:
            with pytest.raises(TeacherError, match="no price for scripted"):
                budget.within(lm=lm_of(engine))
            own = dspy.Predict(Ask)
            own.set_lm(lm_of(engine))
            with pytest.raises(TeacherError, match="no price for scripted"):
                budget.ask(own, key="k", question="?")
            assert engine.calls == 0
    assert whole.left.dollars == pytest.approx(0.05)
    with pytest.raises(ValueError, match="not known in dollars"):
        TeacherCalls(lm, max_dollars=1.0, spent=Spent(9, dollars=None))


def test_a_request_that_fails_hides_no_sum_that_is_known() -> None:
    calls = TeacherCalls(None, adapter=dspy.JSONAdapter(), spent=Spent(9, dollars=0.95))
    part = calls.within(lm=lm_of(Engine(lambda _: ServerError("down"))))
    assert asked(part, dspy.Predict(Ask), 1) == 0
    assert (calls.spent, calls.costs.total.dollars) == (Spent(10, dollars=0.95), 0.0)


def test_without_a_price_dollars_are_none_and_it_says_so() -> None:
    calls = teacher(Engine())
    calls.ask(dspy.Predict(Ask), key="k", question="?")
    assert calls.spent.dollars is None
    assert "price not known" in str(calls.spent)


def test_the_embedded_model_costs_no_dollars_and_another_server_is_not_known(monkeypatch) -> None:
    with openai_server(lambda _: completion(GOOD), authorization=f"Bearer {API_KEY}") as server:
        lm = load_teacher("openai/scripted", api_base=server.url, api_key=API_KEY)
        with pytest.raises(ValueError, match="no price for"):
            TeacherCalls(lm, max_dollars=0.01)
        monkeypatch.setitem(embedded._learnt, server.url, "as load_teacher starts it")
        paid = TeacherCalls(load_teacher("openai/gpt-4o-mini", api_key=API_KEY), max_dollars=0.01)
        for calls in (TeacherCalls(lm), paid.within(lm=lm)):
            calls.ask(dspy.Predict(Ask), key="k", question="?")
            assert calls.spent.dollars == calls.costs.total.dollars == 0 and calls.spent.tokens
    assert paid.left.dollars == 0.01


def test_an_adapters_second_try_counts_and_is_refused_when_the_budget_is_spent() -> None:
    engine = Engine("no fields")
    calls = teacher(engine, adapter=dspy.ChatAdapter(), max_calls=3)
    with pytest.raises(CallFailed) as failure:
        calls.ask(dspy.Predict(Ask), key="a", question="?")
    assert (failure.value.malformed, engine.calls) == (True, 2)
    with pytest.raises(BudgetSpent, match="3 calls does not pay for another call"):
        calls.ask(dspy.Predict(Ask), key="b", question="?")
    assert engine.calls == calls.spent.calls == 3


def test_every_predictor_of_a_module_counts_also_with_an_lm_of_its_own() -> None:
    class Twice(dspy.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.first, self.second = dspy.Predict(Ask), dspy.ChainOfThought(Ask)

        def forward(self, question: str) -> dspy.Prediction:
            self.first(question=question)
            return self.second(question=question)

    engine = Engine('{"answer": "yes", "reasoning": "so"}')
    own = Engine('{"answer": "yes", "reasoning": "so"}')
    module = Twice()
    module.second.set_lm(lm_of(own))
    calls = teacher(engine, max_calls=5)
    assert asked(calls, module, 9) == 2
    assert (engine.calls, own.calls, calls.spent.calls) == (3, 2, 5)


def test_a_model_that_the_adapter_asks_counts_too() -> None:
    engine = Engine("I would say yes.")
    reads = Engine("[[ ## answer ## ]]\nyes\n\n[[ ## completed ## ]]")
    adapter = dspy.TwoStepAdapter(lm_of(reads))
    calls = teacher(engine, adapter=adapter, max_calls=5)
    assert calls.ask(dspy.Predict(Ask), key="a", question="?").answer == "yes"
    awaited = asyncio.run(calls.aask(dspy.Predict(Ask), key="b", question="?"))
    assert awaited.answer == "yes"
    with pytest.raises(BudgetSpent):
        calls.ask(dspy.Predict(Ask), key="c", question="?")
    assert (engine.calls, reads.calls, calls.spent.calls) == (3, 2, 5)
    assert isinstance(adapter.extraction_model, dspy.LM) and "metering" not in vars(
        adapter.extraction_model
    )


def test_a_module_that_can_only_be_called_is_awaited_in_a_thread() -> None:
    class Wraps(dspy.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.inner = dspy.Predict(Ask)

        def forward(self, question: str) -> dspy.Prediction:
            return self.inner(question=question)

    engine = Engine()
    calls = teacher(engine, max_calls=3)

    async def all_of_them() -> list[Any]:
        asks = [calls.aask(Wraps(), key=str(i), question="?") for i in range(5)]
        return await asyncio.gather(*asks, return_exceptions=True)

    outcomes = asyncio.run(all_of_them())
    assert sum(isinstance(outcome, BudgetSpent) for outcome in outcomes) == 2
    assert engine.calls == calls.spent.calls == 3


def test_several_threads_keep_the_limit_together() -> None:
    engine = Engine()
    calls = teacher(engine, max_calls=37)
    module = dspy.Predict(Ask)
    with ThreadPoolExecutor(8) as pool:
        answers = sum(pool.map(lambda _: asked(calls, module, 10), range(8)))
    assert answers == engine.calls == calls.spent.calls == 37


def test_it_is_awaited_as_it_is_called() -> None:
    engine = Engine()
    calls = teacher(engine, max_calls=3)

    async def all_of_them() -> list[Any]:
        asks = [calls.aask(dspy.Predict(Ask), key=str(i), question="?") for i in range(5)]
        return await asyncio.gather(*asks, return_exceptions=True)

    outcomes = asyncio.run(all_of_them())
    assert sum(isinstance(outcome, BudgetSpent) for outcome in outcomes) == 2
    assert [o.answer for o in outcomes if isinstance(o, dspy.Prediction)] == ["yes"] * 3
    assert engine.calls == calls.spent.calls == 3


def test_a_part_has_its_own_limit_and_counts_in_the_whole() -> None:
    engine, other = Engine(), Engine()
    whole = teacher(engine, max_calls=5)
    module = dspy.Predict(Ask)
    part = whole.within(max_calls=2)
    reflection = whole.within(lm=lm_of(other))
    assert asked(part, module, 9) == 2
    assert asked(reflection, module, 1) == 1
    assert asked(whole, module, 9) == 2
    assert asked(reflection, module, 1) == 0
    assert (whole.spent.calls, part.spent.calls, reflection.spent.calls) == (5, 2, 1)
    assert (engine.calls, other.calls) == (4, 1)


def test_what_an_earlier_process_spent_counts_against_the_limit() -> None:
    engine = Engine()
    calls = teacher(engine, max_calls=5, spent=Spent(calls=3))
    assert asked(calls, dspy.Predict(Ask), 9) == 2


def test_tokens_and_dollars_are_never_passed_by_calls_at_once() -> None:
    lock, rng = Lock(), Random(0)

    def reply(body: dict[str, Any]) -> Reply:
        with lock:
            prompt = rng.randint(1, len(json.dumps(body["messages"])) - 100)
            tokens = rng.randint(1, body["max_tokens"])
        usage = {"prompt_tokens": prompt, "completion_tokens": tokens}
        usage["total_tokens"] = prompt + tokens
        return {**completion(GOOD), "usage": usage}

    async def all_of_them(calls: TeacherCalls) -> list[Any]:
        asks = [calls.aask(dspy.Predict(Ask), key=str(i), question="?") for i in range(99)]
        return await asyncio.gather(*asks, return_exceptions=True)

    with served(reply) as (_, lm):
        calls = TeacherCalls(lm, adapter=dspy.JSONAdapter(), max_tokens=20_000, concurrency=16)
        outcomes = asyncio.run(all_of_them(calls))
    assert {type(outcome) for outcome in outcomes} == {dspy.Prediction, BudgetSpent}
    assert 17_000 < calls.spent.tokens <= 20_000


def test_retries_are_requests_too() -> None:
    failures = iter([RateLimitError("slow down", retry_after=0.0), ServerError("", retry_after=0)])
    engine = Engine(lambda _: next(failures, GOOD))
    lm = lm_of(engine, num_retries=2)
    calls = TeacherCalls(lm, adapter=dspy.JSONAdapter())
    assert calls.ask(dspy.Predict(Ask), key="k", question="?").answer == "yes"
    assert engine.calls == calls.spent.calls == 3


def test_a_reply_out_of_dspys_cache_is_no_call(tmp_path: Path) -> None:
    engine = Engine()
    # The cache lasts longer than the test: a model's name that was never used.
    lm = dspy.LM(f"cached{tmp_path}", engine=engine, cache=True)
    calls = TeacherCalls(lm, adapter=dspy.JSONAdapter(), max_calls=2)
    with dspy.context(track_usage=True):
        assert asked(calls, dspy.Predict(Ask), 4) == 4
    assert engine.calls == calls.spent.calls == 1


def test_every_call_is_seeded_by_its_key() -> None:
    engine = Engine()
    calls = TeacherCalls(lm_of(engine, seed=7), adapter=dspy.JSONAdapter())
    for key in "aba":
        calls.ask(dspy.Predict(Ask), key=key, question="?")
    first, other, again = (request.config.seed for request in engine.requests)
    assert first == again != other
    engine = Engine()  # of an LM without a seed
    teacher(engine).ask(dspy.Predict(Ask), key="a", question="?")
    assert engine.requests[0].config.seed is None


@pytest.mark.parametrize(
    "error, times, said",
    [
        (ServerError("down"), 4, "did not answer 4 times in a row; .*down"),
        (InvalidRequestError("prompt too long"), 8, "refused 8 times in a row; .*too long"),
    ],
)
def test_a_teacher_that_always_fails_is_given_up(error: Exception, times: int, said: str) -> None:
    engine = Engine(lambda _: error)
    calls = teacher(engine)
    with pytest.raises(TeacherError, match=said):
        asked(calls, dspy.Predict(Ask), 100)
    assert engine.calls == times


def test_failures_in_a_row_belong_to_the_lm_and_an_answer_ends_them() -> None:
    script = [ServerError("")] * 3 + [GOOD] + [ServerError("")] * 3
    engine = Engine(lambda _: script.pop(0))
    lm = lm_of(engine)
    for _ in range(7):
        asked(TeacherCalls(lm, adapter=dspy.JSONAdapter()), dspy.Predict(Ask), 1)
    assert engine.calls == 7


def test_the_lms_history_is_kept() -> None:
    lm = lm_of(Engine())
    TeacherCalls(lm, adapter=dspy.JSONAdapter()).ask(dspy.Predict(Ask), key="k", question="?")
    assert len(lm.history) == 1


@pytest.mark.parametrize(
    "body, said",
    [
        ({**completion(""), "choices": []}, "no `choices`"),
        (completion(None), "wrote nothing"),
        (completion(None, reasoning_content="hmm " * 99), "nothing but thoughts: .*max_tokens"),
        (
            completion(None, finish_reason="length", tokens=64, reasoning_content="hmm"),
            "cut off at max_tokens=64 and at 256; raise max_tokens",
        ),
        (completion('{"answ', finish_reason="length", tokens=64), "cut off at max_tokens=64"),
    ],
)
@pytest.mark.parametrize("adapter", [dspy.JSONAdapter(), dspy.ChatAdapter()])
def test_a_reply_with_nothing_in_it_says_what_it_lacks_and_ends_soon(
    body: dict[str, Any], said: str, adapter: dspy.Adapter
) -> None:
    with served(lambda _: body) as (server, lm):
        calls = TeacherCalls(lm, adapter=adapter)
        with pytest.raises(CallFailed, match=said):
            calls.ask(dspy.Predict(Ask), key="k", question="?")
        with pytest.raises(TeacherError, match=f"4 times in a row; .*{said}"):
            asked(calls, dspy.Predict(Ask), 100)
        assert calls.spent.calls == len(server.requests) <= 24


@pytest.mark.parametrize("accepted", ["json_object", None])
def test_a_server_that_refuses_schemas_is_asked_for_less_from_then_on(accepted: str | None) -> None:
    def reply(body: dict[str, Any]) -> Reply:
        kind = (body.get("response_format") or {}).get("type")
        return GOOD if kind in (accepted, None) else (400, f"'response_format.type' {kind} unknown")

    with served(reply) as (server, lm):
        calls = TeacherCalls(lm, adapter=dspy.JSONAdapter())
        assert asked(calls, dspy.Predict(Ask), 3) == 3
        assert calls.spent.calls == len(server.requests) == (4 if accepted else 5)


@pytest.mark.parametrize("limit", [{"max_tokens": 10_000}, {"max_dollars": 1.0}])
def test_tokens_that_are_not_told_cannot_be_limited_nor_what_they_cost(
    monkeypatch: pytest.MonkeyPatch, limit: dict[str, float]
) -> None:
    monkeypatch.setattr("tests.openai_server.MODEL", "gpt-4o-mini")  # one with a price
    body = completion(GOOD) | {"usage": None}
    with openai_server(lambda _: body) as server:
        lm = load_teacher("openai/gpt-4o-mini", api_base=server.url, api_key=API_KEY)
        calls = TeacherCalls(lm, adapter=dspy.JSONAdapter(), **limit)
        with pytest.raises(TeacherError, match="does not report how many tokens"):
            calls.ask(dspy.Predict(Ask), key="k", question="?")


def test_without_an_lm_it_says_what_to_do() -> None:
    with dspy.context(lm=None), pytest.raises(TeacherError, match="load_teacher"):
        TeacherCalls(None).ask(dspy.Predict(Ask), key="k", question="?")
    with pytest.raises(TeacherError, match=r"give a dspy\.LM"):
        TeacherCalls("openai/gpt-5-mini")
