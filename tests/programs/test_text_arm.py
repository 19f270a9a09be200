"""The text arm: words are rewritten, and the teacher's own solutions vote on the answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier
from typing import Any

import dspy
import pytest

from tests.openai_server import API_KEY, ScriptedServer, openai_server
from zoped.programs import Reason, builtin_seeds
from zoped.programs.acceptance import Acceptance
from zoped.programs.strategies import Strategy, builtin_strategies
from zoped.programs.teachers.calls import TeacherCalls
from zoped.programs.teachers.load import load_teacher
from zoped.programs.text_arm import RewriteTexts, TextProblem, wrong_answers
from zoped.programs.text_arm.kept_replies import KeptReplies
from zoped.signatures import from_lines

SEED = builtin_seeds()[0]  # Ann has 5 pens, Ben gives her 3
TEXT = "Ann has 5 pens. Ben gives her twice as many. How many has she now?"
RIGHT = """
    pens N+ = 5 pen: pens Ann has at first
    now N+ = ? pen: pens Ann has at the end
    now == pens + 2*pens
    find now
"""


@contextmanager
def teacher(
    *answers: str, text: str = TEXT, lines: str = RIGHT, temperature: float = 0.7
) -> Iterator[ScriptedServer]:
    left = list(answers)

    def reply(body: dict[str, Any]) -> str:
        prompt = body["messages"][-1]["content"]
        if "`answer`" in prompt:
            said = left.pop(0)
            return json.dumps({"steps": "5 + 10", "answer": said}) if said else "I cannot say."
        if "`formalization`" in prompt:
            return json.dumps({"formalization": from_lines(lines)})
        return json.dumps({"text": text})

    with openai_server(reply) as server:
        lm = load_teacher(
            "openai/scripted", api_base=server.url, api_key=API_KEY, temperature=temperature
        )
        with dspy.context(lm=lm.copy(num_retries=0), adapter=dspy.JSONAdapter()):
            yield server


def test_the_answer_is_that_of_the_majority_and_no_more_is_asked_than_decides() -> None:
    with teacher("15", "15 pens", "14", "$15", "13") as server:
        outcome = RewriteTexts(strategies=["race"])(
            seed=SEED, student_note="solved 8 of 8: too easy"
        )
    [problem] = outcome.accepted
    assert (problem.answer, problem.votes, problem.text) == ("15", 3, TEXT)
    assert outcome.teacher_calls == len(server.requests) == 5
    assert problem.move == outcome.move == "rewrite:race"
    assert builtin_strategies()["race"].text in server.prompts()[0]
    assert "symbols" not in server.prompts()[0]
    assert not any(SEED.text in prompt for prompt in server.prompts()[1:])


@pytest.mark.parametrize(
    "answers",
    [
        ("15", "14", "13", "12"),
        ("15", "", "14", "15", "13"),
        ("", "", "", "", ""),
        ("x", "y", "z", "", ""),
    ],
)
def test_without_a_majority_there_is_no_problem(answers: tuple[str, ...]) -> None:
    with teacher(*answers):
        outcome = RewriteTexts(strategies=())(seed=SEED)
    assert outcome.accepted == []
    assert [r.reason for r in outcome.rejected] == [Reason.NO_MAJORITY]


def test_equal_numbers_are_one_vote_however_they_are_written() -> None:
    with teacher("1/2", "0.5", "\\frac{1}{2}"):
        [problem] = RewriteTexts(strategies=(), solutions=4)(seed=SEED).accepted
    assert (problem.answer, problem.votes) == ("1/2", 3)


@pytest.mark.parametrize("odd", [" + ".join(map(str, range(1, 41))), "5 + 10 == 15", "1 < 2 < 3"])
def test_no_answer_ends_the_arm(odd: str) -> None:
    with teacher(odd, "15", odd, "15", "15"):
        [problem] = RewriteTexts(strategies=())(seed=SEED).accepted
    assert (problem.answer, problem.votes) == ("15", 3)


def test_how_many_answers_are_wrong_is_measured_by_the_solver() -> None:
    arm = RewriteTexts(strategies=(), solutions=3, checked=True)
    with teacher("15", "15"):
        right = arm(seed=SEED).accepted
    with teacher("14", "14"):
        wrong = arm(seed=SEED, stream=1).accepted
    with teacher("15", "15", lines=RIGHT.replace("now == pens", "now >= pens")):
        without = arm(seed=SEED, stream=2).accepted
    assert [p.solver_answer for p in [*right, *wrong, *without]] == ["15", "15", ""]
    measured = wrong_answers([*right, *wrong, *without])
    assert (measured.wrong, measured.checked, measured.rate) == (1, 2, 0.5)
    assert wrong_answers(without).rate is None


def test_what_keeps_the_answer_must_keep_it() -> None:
    keeps = Strategy(id="keeps", text="Tell it in other words.", answer_preserving=True)
    with teacher("8", "8"):
        assert RewriteTexts(strategies=[keeps], solutions=3)(seed=SEED).accepted
    with teacher("9", "9"):
        outcome = RewriteTexts(strategies=[keeps], solutions=3)(seed=SEED)
    assert [r.reason for r in outcome.rejected] == [Reason.ANSWER_CHANGED]


def test_a_rounded_answer_is_kept_by_its_exact_value() -> None:
    keeps = Strategy(id="keeps", text="Tell it in other words.", answer_preserving=True)
    rounded = SEED.model_copy(update={"answer": "6.67"})
    arm = RewriteTexts(strategies=[keeps], solutions=3)
    with teacher("20/3", "20/3"):
        assert [p.answer for p in arm(seed=rounded).accepted] == ["20/3"]
    with teacher("13/2", "13/2"):
        assert [r.reason for r in arm(seed=rounded).rejected] == [Reason.ANSWER_CHANGED]


@pytest.mark.parametrize(("answer", "wrong"), [("6.67", 0), ("20/3", 0), ("6.66", 1), ("7", 1)])
def test_the_solver_contradicts_no_answer_that_is_its_own_rounded(answer: str, wrong: int) -> None:
    told = TextProblem(
        id="a",
        seed_id="a",
        text=TEXT,
        answer=answer,
        votes=3,
        solutions=5,
        move="rewrite",
        solver_answer="20/3",
    )
    assert wrong_answers([told]).wrong == wrong


def test_solutions_and_readings_that_have_to_agree_are_no_copies_of_one_reply() -> None:
    arm = RewriteTexts(strategies=(), solutions=4, checked=True)
    with teacher("15", "15", "15", temperature=0.0) as server:
        assert arm(seed=SEED).accepted[0].solver_answer == "15"
    temperatures = [request["temperature"] for request in server.requests]
    rewritten, solved, read = temperatures[:1], temperatures[1:4], temperatures[4:]
    assert rewritten == [0.0] and solved == [0.0, 1.0, 1.0] and read == [0.0, 1.0]


@pytest.mark.parametrize("temperature", [0.0, 1.0])
@pytest.mark.parametrize("own", [False, True])
def test_nor_are_they_where_dspys_cache_is_on_or_predictors_have_lms_of_their_own(
    temperature: float, own: bool, tmp_path: Path
) -> None:
    """The cache is on in every `dspy.LM` that is not told otherwise."""
    arm = RewriteTexts(strategies=(), solutions=4, checked=True)
    with teacher("15", "15", "15", temperature=temperature) as server:
        # The cache lasts longer than the test: an option that was never sent.
        lm = dspy.settings.lm.copy(cache=True, user=str(tmp_path))
        if own:
            arm.set_lm(lm)
        with dspy.context(lm=None if own else lm):
            first = arm(seed=SEED)
            again = arm(seed=SEED)
    assert first.accepted[0].solver_answer == "15"
    assert first.teacher_calls == len(server.requests) == 6
    later = [request["temperature"] for request in (*server.requests[2:4], server.requests[5])]
    assert later == [1.0] * 3
    assert again.accepted == first.accepted and again.teacher_calls == 0  # the same samples


def test_what_is_solved_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    both = Barrier(2)  # which neither passes where one waits for the other to end
    formalization = Acceptance.formalization

    def met(*args: Any) -> Any:
        both.wait(timeout=20)
        return formalization(*args)

    monkeypatch.setattr(Acceptance, "formalization", met)
    arm = RewriteTexts(strategies=(), solutions=2, checked=True)

    async def two() -> list[dspy.Prediction]:
        return await asyncio.gather(*(arm.acall(seed=SEED, stream=i) for i in range(2)))

    with teacher(*["15"] * 4):
        outcomes = asyncio.run(two())
    assert [o.accepted[0].solver_answer for o in outcomes] == ["15", "15"]


def test_the_solver_has_the_time_that_it_is_given() -> None:
    lines = RIGHT.replace("now == pens + 2*pens", "sqrt(now) == sqrt(3*pens)")
    found = []
    for seconds in (0.0, 2.0):
        arm = RewriteTexts(strategies=(), solutions=2, checked=True, time_limit=seconds)
        with teacher("15", "15", lines=lines):
            found.append(arm(seed=SEED).accepted[0].solver_answer)
    assert found == ["", "15"]


def test_a_text_comes_once_and_the_seed_itself_does_not() -> None:
    seen: set[str] = set()
    arm = RewriteTexts(strategies=(), solutions=2)
    with teacher("15", "15"):
        assert arm(seed=SEED, seen=seen).accepted
        assert [r.reason for r in arm(seed=SEED, seen=seen).rejected] == [Reason.DUPLICATE]
    with teacher(text=SEED.text):
        assert [r.reason for r in arm(seed=SEED).rejected] == [Reason.DUPLICATE]
    with teacher("15"):
        tested = RewriteTexts(strategies=(), is_contaminated=lambda text: "twice" in text)
        assert [r.reason for r in tested(seed=SEED).rejected] == [Reason.CONTAMINATED]


def test_awaited_it_gives_what_it_gives_when_called_and_a_budget_holds() -> None:
    arm = RewriteTexts(solutions=3)
    with teacher("15", "14", "15"):
        called = arm(seed=SEED)
    with teacher("15", "14", "15"):
        awaited = asyncio.run(arm.acall(seed=SEED))
    assert called.accepted == awaited.accepted and called.move == awaited.move
    with teacher("15", "14", "15") as server:
        calls = TeacherCalls(dspy.settings.lm, max_calls=2)
        outcome = arm(seed=SEED, teacher=calls)
        assert len(server.requests) == outcome.teacher_calls == 2
    assert [r.reason for r in outcome.rejected] == [Reason.BUDGET_SPENT]


@pytest.mark.parametrize("affords", range(1, 7))
def test_what_was_said_before_the_budget_ended_is_not_asked_again(tmp_path, affords) -> None:
    arm = RewriteTexts(solutions=3, checked=True, strategies=["race"])
    path = tmp_path / "replies.jsonl"
    said = ("15", "", "15")  # one that cannot be read is paid for as well
    with teacher(*said) as server:
        whole = arm(seed=SEED)
        prompts = server.prompts()
    with teacher(*said) as server:
        calls = TeacherCalls(dspy.settings.lm, max_calls=affords)
        outcome = arm(seed=SEED, teacher=calls, kept=KeptReplies(path).of(7))
        assert len(server.requests) == min(affords, len(prompts)) == outcome.teacher_calls
        assert bool(outcome.accepted) is (affords == len(prompts) == 6)
        with path.open("a") as file:
            file.write('{"step": 7, "part": "solve:1", "sa')  # a kill
        again = arm(seed=SEED, kept=KeptReplies(path).of(7))
        assert server.prompts() == prompts
    assert again.accepted == whole.accepted and again.teacher_calls == whole.teacher_calls == 6
    assert again.costs == whole.costs and list(whole.costs) == ["accepted"]
    assert whole.costs["accepted"].calls == 6 and whole.costs["accepted"].tokens > 6
    assert not KeptReplies(path).of(8).by_part
    KeptReplies(path).clear()
    assert not KeptReplies(path).of(7).by_part


def test_one_solution_is_no_vote() -> None:
    with pytest.raises(ValueError, match="a majority needs 2 or more"):
        RewriteTexts(solutions=1)
