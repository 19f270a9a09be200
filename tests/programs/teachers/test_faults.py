"""What a teacher's server can do wrong: what helps is done, what does not is said."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Event
from typing import Any

import dspy
import pytest

from tests.chaos_server import (
    cut_off,
    dropped,
    half,
    in_turn,
    page,
    refusal,
    silence,
    trickle,
)
from tests.openai_server import API_KEY, ScriptedServer, completion, openai_server
from zoped.programs.teachers.calls import CallFailed, TeacherCalls, TeacherError
from zoped.programs.teachers.load import load_teacher
from zoped.programs.teachers.pace import Waiting

GOOD = '{"answer": "yes"}'
BOTH = pytest.mark.parametrize("awaited", [False, True], ids=["called", "awaited"])


class Ask(dspy.Signature):  # type: ignore[misc]
    """Answer."""

    question: str = dspy.InputField()
    answer: str = dspy.OutputField()


@dataclass
class Clock:
    """Sleeping takes no time, but for the clock."""

    now: float = 0.0
    naps: list[float] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.now += seconds

    async def asleep(self, seconds: float) -> None:
        end = self.now + seconds
        self.naps.append(seconds)
        await asyncio.sleep(0)
        self.now = max(self.now, end)

    def waiting(self) -> Waiting:
        return Waiting(lambda: self.now, self.sleep, self.asleep, self.notes.append)


@dataclass
class Asked:
    server: ScriptedServer
    calls: TeacherCalls
    clock: Clock
    awaited: bool

    def ask(self, key: str = "k") -> str:
        asking = {"key": key, "question": "?"}
        if self.awaited:
            reply = asyncio.run(self.calls.aask(dspy.Predict(Ask), **asking))
        else:
            reply = self.calls.ask(dspy.Predict(Ask), **asking)
        return reply.answer

    def to_the_end(self) -> str:
        """What it says when it gives up."""
        with pytest.raises(TeacherError) as end:
            for i in range(100):
                with suppress(CallFailed):
                    self.ask(str(i))
        return str(end.value)


@contextmanager
def asked(script: Any, awaited: bool, timeout: float = 60.0, **options: Any) -> Iterator[Asked]:
    clock = Clock()
    with openai_server(script) as server:
        options = {"api_key": API_KEY, "max_tokens": 64, **options}
        lm = load_teacher("openai/scripted", api_base=server.url, timeout=timeout, **options)
        calls = TeacherCalls(lm, adapter=dspy.JSONAdapter(), waiting=clock.waiting())
        yield Asked(server, calls, clock, awaited)


@BOTH
@pytest.mark.parametrize(
    "fault",
    [
        refusal(429),
        refusal(500),
        refusal(502),
        refusal(503, Retry_After="1"),
        dropped,
        half(GOOD),
        page,
        {**completion(""), "choices": []},
        completion(""),
        completion(None),
    ],
)
def test_what_may_pass_is_asked_again(fault: Any, awaited: bool) -> None:
    with asked(in_turn([fault], GOOD), awaited) as it:
        assert it.ask() == "yes"
        assert it.calls.spent.calls == len(it.server.requests) == 2


@BOTH
def test_a_rate_limit_of_ten_minutes_is_waited_out_and_told_once(awaited: bool) -> None:
    limit = refusal(429, Retry_After="600")
    with asked(in_turn([limit, limit], GOOD), awaited) as it:
        assert it.ask() == "yes"
    assert 1_200 <= it.clock.now < 1_300
    assert it.clock.notes == [
        "the teacher allows no more calls for now; waiting 10 minutes, then going on"
    ]


def test_a_rate_limit_without_a_hint_is_waited_out_for_ten_minutes_as_well() -> None:
    def reply(_: dict[str, Any]) -> Any:
        return GOOD if it.clock.now > 600 else refusal(429)

    with asked(reply, False) as it:
        assert it.ask() == "yes"
    assert len(it.server.requests) < 25 and len(it.clock.notes) == 1


def test_a_limit_of_a_day_is_not_waited_out() -> None:
    with asked(lambda _: refusal(429, Retry_After="86400"), False) as it:
        assert "goes on when it allows more calls" in it.to_the_end()
    assert it.clock.now < 60


def test_one_limit_holds_up_all_calls_under_way() -> None:
    def reply(_: dict[str, Any]) -> Any:
        return GOOD if it.clock.now >= 600 else refusal(429, Retry_After="600")

    async def all_of_them() -> list[Any]:
        asks = [it.calls.aask(dspy.Predict(Ask), key=str(i), question="?") for i in range(16)]
        return await asyncio.gather(*asks)

    with asked(reply, True) as it:
        assert len(asyncio.run(all_of_them())) == 16
        assert len(it.server.requests) <= 32
        assert len(it.clock.notes) == 1


@BOTH
@pytest.mark.parametrize("fault", [silence, trickle])
def test_a_reply_that_does_not_come_ends_in_time(fault: Any, awaited: bool) -> None:
    over = Event()
    with asked(in_turn([fault(over)], GOOD), awaited, timeout=2.0) as it:
        try:
            assert it.ask() == "yes"
        finally:
            over.set()
    assert ["silent" in note for note in it.clock.notes] == [True]


@BOTH
def test_a_reply_that_was_cut_off_is_asked_for_with_more_room(awaited: bool) -> None:
    def reply(body: dict[str, Any]) -> Any:
        room = body["max_tokens"]
        return GOOD if room > 200 else cut_off('{"answer": "ye', room)

    with asked(reply, awaited) as it:
        assert it.ask() == "yes"
        assert [body["max_tokens"] for body in it.server.requests] == [64, 128, 256]
        assert it.ask("another") == "yes"
    assert ["cut off at max_tokens=64" in note for note in it.clock.notes] == [True]


def test_it_is_known_that_a_reply_was_cut_off_also_without_a_count() -> None:
    body = {**cut_off('{"answer": "ye', 0), "usage": None}
    with (
        asked(lambda _: body, False) as it,
        pytest.raises(CallFailed, match="at max_tokens=64 and"),
    ):
        it.ask()


@BOTH
def test_thoughts_that_use_up_the_tokens_are_told_and_end_soon(awaited: bool) -> None:
    def reply(body: dict[str, Any]) -> Any:
        thoughts = {"reasoning_content": "hmm " * 99}
        return completion(None, finish_reason="length", tokens=body["max_tokens"], **thoughts)

    with asked(reply, awaited) as it:
        said = it.to_the_end()
    assert "only thoughts came" in said and "raise max_tokens" in said


@BOTH
def test_a_reply_that_a_server_takes_for_thoughts_is_read(awaited: bool) -> None:
    with asked(lambda _: completion(None, reasoning_content=GOOD), awaited) as it:
        assert it.ask() == "yes"


@pytest.mark.parametrize(
    "body, said",
    [
        (completion(None, refusal="I will not do sums."), "refused: I will not do sums"),
        (completion("I'm sorry, I cannot help with that."), "not the fields asked for: I'm sorry"),
        (completion("", finish_reason="content_filter"), "filter"),
    ],
)
def test_a_refusal_is_told_as_it_was_said_and_for_ever_ends_the_asking(
    body: Any, said: str
) -> None:
    with asked(lambda _: body, False) as it:
        with pytest.raises(CallFailed, match=said):
            it.ask()
        assert "in a row" in it.to_the_end()


@BOTH
@pytest.mark.parametrize(
    "fault, said, most",
    [
        (refusal(401, "expired", "invalid_api_key"), "holds a valid key", 4),
        (refusal(403, "not yours"), "refused 4 times", 4),
        (refusal(404, "no such model", "model_not_found"), "model's name is right", 4),
        (refusal(402, "unpaid"), "refused", 8),
        (refusal(400, "bad"), "refused 8 times in a row; the last error: .*bad", 24),
        (refusal(400, "maximum context length is 4096", "context_length_exceeded"), "context", 8),
        (refusal(429, "no quota", "insufficient_quota"), "refused 4 times", 4),
    ],
)
def test_what_does_not_pass_ends_after_a_few_calls(
    fault: Any, said: str, most: int, awaited: bool
) -> None:
    import re

    with asked(lambda _: fault, awaited) as it:
        assert re.search(said, it.to_the_end())
        assert len(it.server.requests) <= most
        assert it.clock.now == 0


def test_a_server_that_takes_no_schema_is_told_of_once() -> None:
    def reply(body: dict[str, Any]) -> Any:
        return refusal(400, "json_schema: no such thing") if body.get("response_format") else GOOD

    with asked(reply, False) as it:
        assert [it.ask(str(i)) for i in range(3)] == ["yes"] * 3
        assert len(it.server.requests) == 5
    assert [note for note in it.clock.notes if "no JSON schema" in note] == it.clock.notes
    assert len(it.clock.notes) == 1


@pytest.mark.parametrize("option", ["seed", "temperature"])
def test_an_option_that_a_server_does_not_know_is_left_out(option: str) -> None:
    def reply(body: dict[str, Any]) -> Any:
        return refusal(400, f"unsupported parameter: {option}") if option in body else GOOD

    with asked(reply, False, seed=3) as it:
        assert [it.ask(str(i)) for i in range(3)] == ["yes"] * 3
        assert len(it.server.requests) == 4
    assert [f"no `{option}`" in note for note in it.clock.notes] == [True]


@BOTH
def test_a_server_that_names_the_longest_reply_otherwise_is_asked_so(awaited: bool) -> None:
    """As OpenAI's reasoning models do, whatever a gateway calls them; it counts for budgets all the same."""
    wanted = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."

    def reply(body: dict[str, Any]) -> Any:
        return refusal(400, wanted) if "max_tokens" in body else GOOD

    with asked(reply, awaited) as it:
        assert [it.ask(str(i)) for i in range(3)] == ["yes"] * 3
        first, *others = it.server.requests
        assert [body.get("max_completion_tokens") for body in others] == [64] * 3
        assert first["max_tokens"] == 64 and all("max_tokens" not in body for body in others)
        assert it.calls.spent.calls == 4


def test_a_server_that_takes_neither_name_is_given_up() -> None:
    def reply(body: dict[str, Any]) -> Any:
        name = "max_tokens" if "max_tokens" in body else "max_completion_tokens"
        return refusal(400, f"{name}: not this one of max_tokens and max_completion_tokens")

    with asked(reply, False) as it:
        assert "max_completion_tokens: not this one" in it.to_the_end()


def test_an_outage_is_one_failure_to_all_the_calls_that_it_hit() -> None:
    async def all_of_them() -> list[Any]:
        asks = [it.calls.aask(dspy.Predict(Ask), key=str(i), question="?") for i in range(16)]
        return await asyncio.gather(*asks, return_exceptions=True)

    with asked(in_turn([refusal(503)] * 64, GOOD), True) as it:
        outcomes = asyncio.run(all_of_them())
        assert {type(outcome) for outcome in outcomes} == {CallFailed}
        assert it.ask() == "yes"


def test_a_key_that_the_server_echoes_is_in_no_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-planted-in-environment")
    echo = refusal(401, f"no such key: Bearer {API_KEY}-long, sk-planted-in-environment")
    with asked(lambda _: echo, False) as it:
        said = it.to_the_end()
    assert "planted" not in said and API_KEY not in said and "***" in said


@BOTH
def test_a_key_that_a_reply_echoes_is_not_stored_and_words_are(
    monkeypatch: pytest.MonkeyPatch, awaited: bool
) -> None:
    monkeypatch.setenv("OTHER_API_KEY", "sk-planted-in-environment")
    monkeypatch.setenv("KEYBOARD", "american")
    monkeypatch.setenv("KEY_NUMBER", "20000000")
    echo = f"{API_KEY}, sk-planted-in-environment: 20000000 american pens"
    with asked(lambda _: json.dumps({"answer": echo}), awaited) as it:
        assert it.ask() == "***, ***: 20000000 american pens"
