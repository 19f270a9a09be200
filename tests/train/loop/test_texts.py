"""A round of the text arm: texts that a majority answers, with the share that a solver contradicts."""

from __future__ import annotations

import json
import re
import time
from random import Random
from typing import Any

import dspy
import pytest
from pydantic import ValidationError

from tests.openai_server import API_KEY, openai_server
from zoped.programs.teachers.calls import TeacherCalls
from zoped.programs.teachers.errors import BudgetSpent
from zoped.programs.teachers.load import load_teacher
from zoped.signatures import from_lines
from zoped.train import RunSettings
from zoped.train.loop.costs import read_costs, save_costs
from zoped.train.loop.generate import generate
from zoped.train.loop.generating.texts import FILE, REPLIES
from zoped.train.loop.observe import NullProgress, NullTracker
from zoped.train.loop.round import Run
from zoped.train.state import STATE, RunState

SETTINGS: dict[str, Any] = {
    "teacher": {"model": "openai/scripted", "concurrency": 4},
    "seeds": {"path": "elementary"},
    "curriculum": {"filter": "none"},
    "tune": {"enabled": False},
    "generate": {"source": "text", "decisions": 30},
    "train": {"steps": 2, "prompts_per_step": 3},
    "evaluate": {"problems": 10},
}


def reply(body: dict[str, Any]) -> str:
    """Each text has a number of its own; of even ones the solutions agree on a wrong answer."""
    prompt = body["messages"][-1]["content"]
    if "`text`" in prompt:
        n = Random(prompt).randint(3, 60)
        text = f"Ann has {n} pens. Ben gives her twice as many. How many has she now?"
        return json.dumps({"text": text})
    n = int(re.findall(r"Ann has (\d+) pens\. Ben gives", prompt)[-1])
    if "`answer`" in prompt:
        return json.dumps({"steps": "three times", "answer": str(3 * n + (n % 2 == 0))})
    lines = f"""
        pens N+ = {n} pen: pens Ann has at first
        now N+ = ? pen: pens Ann has at the end
        now == pens + 2*pens
        find now
    """
    return json.dumps({"formalization": from_lines(lines)})


def generated(folder, server, max_calls=None, costs=None, **changes):
    """The result of a round's generating, its training file's rows, and its texts; what it cost goes into
    `costs`."""
    settings = RunSettings.model_validate(
        SETTINGS | {"generate": SETTINGS["generate"] | changes.pop("generate", {})} | changes
    )
    lm = load_teacher("openai/scripted", api_base=server.url, api_key=API_KEY)
    teacher = TeacherCalls(
        lm.copy(num_retries=0), adapter=dspy.JSONAdapter(), concurrency=4, max_calls=max_calls
    )
    folder.mkdir(exist_ok=True)
    with RunState(folder / STATE) as state:
        round = Run(settings, folder, state, teacher).round(1)
        round.student_version = "nobody"  # nothing is asked of a student here
        result = generate(round, NullTracker(), NullProgress())
        rows = [json.loads(line) for line in round.training_file.read_text().splitlines()]
        texts = (round.folder / FILE).read_text().splitlines()
        if costs is not None:
            costs |= save_costs(round.run)
    return result, rows, texts


def test_texts_are_made_kept_and_their_wrong_answers_counted(tmp_path):
    with openai_server(reply) as server:
        costs: dict[str, float] = {}
        result, rows, texts = generated(tmp_path / "run", server, costs=costs)
        asked = len(server.requests)
        assert len({row["text"] for row in rows}) == len(rows) == 6
        numbers = {int(re.findall(r"\d+", row["text"])[0]): row["answer"] for row in rows}
        assert numbers == {n: str(3 * n + (n % 2 == 0)) for n in numbers}
        wrong = sum(n % 2 == 0 for n in numbers)
        assert result.wrong_answers == pytest.approx(wrong / 6) and 0 < wrong < 6
        assert result.teacher_calls == asked and result.accepted == 6
        assert result.metrics()["wrong_answers"] == result.wrong_answers
        # By step and by what came of it, each in calls, tokens and seconds; no price is known.
        for part in ("teacher/calls/", "teacher/tokens/", "teacher/seconds/"):
            by = {name.removeprefix(part): n for name, n in costs.items() if name.startswith(part)}
            steps, outcomes = {"rewrite", "solve", "formalize"}, {"for_accepted", "for_duplicate"}
            assert steps < by.keys() <= steps | outcomes
            total = costs[part.rstrip("/")]
            assert sum(by[step] for step in steps) == pytest.approx(total)
            assert sum(n for name, n in by.items() if name not in steps) == pytest.approx(total)
        assert not any("dollars" in name for name in costs)
        # A killed round goes on after the last whole line.
        path = tmp_path / "run" / "rounds" / "0001" / FILE
        path.write_text("\n".join(texts[:-1]) + "\n" + texts[-1][:40], encoding="utf-8")
        again, same, _ = generated(tmp_path / "run", server)
        assert same == rows and again == result
        assert 0 < len(server.requests) - asked < 10


def test_where_the_budget_ends_nothing_that_was_paid_for_is_asked_again(tmp_path):
    def asked_until_the_end(folder, *budgets):
        """What was asked by runs with these budgets, one after the other, and what came of it."""
        with openai_server(reply) as server:
            for budget in budgets:
                before = len(server.requests)
                with pytest.raises(BudgetSpent):
                    generated(folder, server, max_calls=budget)
                assert len(server.requests) == before + budget
            return generated(folder, server), sorted(server.prompts())

    whole, asked = asked_until_the_end(tmp_path / "whole")
    assert len(asked) > 20
    parts, asked_in_parts = asked_until_the_end(tmp_path / "parts", 1, 7, 2, 9)
    assert parts == whole and asked_in_parts == asked
    assert whole[0].teacher_calls == len(asked)
    assert not (tmp_path / "parts" / "rounds" / "0001" / REPLIES).exists()


def test_what_replies_cost_is_kept_before_a_decision_ends(tmp_path):
    """As a kill would find it: no decision has its answer before the rewrites are on the bill."""
    kept: list[int] = []

    def late(body: dict[str, Any]) -> str:
        if "`answer`" in body["messages"][-1]["content"] and 4 not in kept:
            until = time.monotonic() + 20
            with RunState(tmp_path / "run" / STATE) as state:
                while not kept or (kept[-1] < 4 and time.monotonic() < until):
                    kept.append(read_costs(state).total.calls)
        return reply(body)

    with openai_server(late) as server:
        generated(tmp_path / "run", server)
    assert 4 in kept


def test_without_checking_fewer_calls_are_made_and_no_rate_is_known(tmp_path):
    with openai_server(reply) as server:
        result, rows, _ = generated(tmp_path / "run", server, generate={"check_texts": False})
    assert len(rows) == 6 and result.wrong_answers is None
    assert not any("`formalization`" in prompt for prompt in server.prompts())


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"curriculum": {"filter": "band"}}, "filter: none"),
        ({"teacher": {"model": "none"}}, "name a model that can rewrite a text"),
        ({"teacher": {"model": "embedded"}}, "name a model that can rewrite a text"),
    ],
)
def test_settings_that_do_not_go_with_texts_are_refused(changes, said):
    with pytest.raises(ValidationError, match=said):
        RunSettings.model_validate(SETTINGS | changes)


@pytest.mark.slow
def test_the_solver_has_the_rounds_time(tmp_path):
    def needs_a_process(body: dict[str, Any]) -> str:
        said = reply(body)
        return said.replace("now == pens + 2*pens", "sqrt(now) == sqrt(3*pens)")

    with openai_server(needs_a_process) as server:
        for seconds in (0, 2):
            folder = tmp_path / str(seconds)
            result, _, _ = generated(folder, server, generate={"time_limit": seconds})
            assert (result.wrong_answers is None) is (seconds == 0)
