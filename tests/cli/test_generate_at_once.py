"""`zoped generate` with many calls under way: what comes depends neither on their order nor on what
fails, and a kill at any moment loses nothing."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from threading import Event, Lock
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.chaos_server import refusal
from tests.openai_server import API_KEY, MODEL, Reply, ScriptedServer, openai_server
from zoped.cli.main import app
from zoped.programs import builtin_seeds
from zoped.train.loop.costs import read_costs
from zoped.train.state import RunState

Script = Callable[[dict[str, Any]], Reply]
OPERATORS = ("change_numbers", "add_step", "double_step", "swap_unknown", "reverse")
WANTED = ("-n", "20", "--variants", "2", "--concurrency", "8")


def teacher(body: dict[str, Any]) -> Reply:
    """Chooses by the prompt alone; now and then what is on no menu, and now and then in prose."""
    rng = Random(json.dumps(body["messages"]))
    operator = rng.choice((*OPERATORS, "no_such_operator"))
    choice = json.dumps({"choice": {"operator": operator, "number": rng.randint(0, 9)}})
    return choice if rng.random() < 0.9 else f"I would choose {operator}."


def late(seed: int) -> Script:
    """The same, after as long as it pleases."""
    rng, lock = Random(seed), Lock()

    def reply(body: dict[str, Any]) -> Reply:
        with lock:
            wait = rng.random() ** 4 / 5
        time.sleep(wait)
        return teacher(body)

    return reply


def failing(body: dict[str, Any], tries: Counter[str]) -> Reply:
    """The same, where three requests in ten fail, if not for ever."""
    prompt = json.dumps(body["messages"])
    tries[prompt] += 1
    rng = Random(f"{prompt}{tries[prompt]}")
    if tries[prompt] < 4 and rng.random() < 0.3:
        return refusal(rng.choice((429, 500, 503)), Retry_After="0")
    return teacher(body)


@pytest.fixture(scope="module")
def command() -> Iterator[Callable[..., list[str]]]:
    def arguments(server: ScriptedServer, output: Path, *more: str) -> list[str]:
        asked = ("--teacher", f"openai/{MODEL}", "--api-base", server.url)
        return ["generate", *asked, *WANTED, "-o", str(output), *more]

    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("OPENAI_API_KEY", API_KEY)
        yield arguments


@pytest.fixture(scope="module")
def whole_output(command, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("whole") / "out.jsonl"
    with openai_server(late(1)) as server:
        run(command(server, output))
    return output


@pytest.fixture(scope="module")
def whole(whole_output: Path) -> list[str]:
    """What comes where nothing happens, whose replies come when they please."""
    return rows(whole_output)


@pytest.fixture(scope="module")
def first_seed(whole_output: Path) -> str:
    """The text of the seed that the first decision is on."""
    with closing(sqlite3.connect(whole_output.with_suffix(".state.db"))) as state:
        (id_,) = state.execute("SELECT seed_id FROM steps WHERE step = 0").fetchone()
    return next(seed.text for seed in builtin_seeds() if seed.id == id_)


def run(arguments: list[str]) -> str:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    return result.output


def rows(path: Path) -> list[str]:
    return [line for line in path.read_text(encoding="utf-8").split("\n") if line]


def test_latencies_and_failures_change_nothing_of_what_comes(
    tmp_path: Path, command, whole: list[str]
) -> None:
    with openai_server(late(2)) as server:
        run(command(server, tmp_path / "late.jsonl"))
    tries: Counter[str] = Counter()
    with openai_server(lambda body: failing(body, tries)) as server:
        run(command(server, tmp_path / "failing.jsonl"))
        failed = sum(tries.values()) - len(tries)
        assert failed > len(tries) / 5
    assert len(whole) == len(set(whole)) == 20
    assert rows(tmp_path / "late.jsonl") == rows(tmp_path / "failing.jsonl") == whole


@pytest.mark.slow
def test_limits_of_topics_and_stories_are_kept_as_well(tmp_path: Path, command) -> None:
    limits = ("--topic", "physics=0.5", "--max-per-story", "2")
    for name, script in {"a": late(1), "b": late(2)}.items():
        with openai_server(script) as server:
            run(command(server, tmp_path / f"{name}.jsonl", *limits))
    assert rows(tmp_path / "a.jsonl") == rows(tmp_path / "b.jsonl")


def test_so_many_requests_are_under_way_and_no_more(tmp_path: Path, command) -> None:
    lock, all_there = Lock(), Event()
    under_way = most = 0

    def reply(body: dict[str, Any]) -> Reply:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
            if under_way == 8:
                all_there.set()
        if body.get("response_format"):
            assert all_there.wait(60)
        with lock:
            under_way -= 1
        return teacher(body)

    with openai_server(reply) as server:
        run(command(server, tmp_path / "out.jsonl"))
    assert most == 8


@pytest.mark.slow
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_stopped_command_goes_on_and_nothing_is_lost_or_asked_twice(
    tmp_path: Path, command, whole: list[str], end: signal.Signals
) -> None:
    stop = Event()

    def reply(body: dict[str, Any]) -> Reply:
        if len(torn.requests) >= 12:
            stop.set()
        return late(4)(body)

    arguments: list[str] = []
    with openai_server(reply) as torn:
        arguments = command(torn, tmp_path / "torn.jsonl")
        process = subprocess.Popen(
            [sys.executable, "-m", "zoped.cli.main", *arguments],
            env={**os.environ, "PYTHONPATH": ""},
            stderr=subprocess.PIPE,
            text=True,
        )
        assert stop.wait(120)
        process.send_signal(end)
        said = process.communicate(timeout=60)[1]
        if end is not signal.SIGKILL:
            assert process.returncode == 130 and "the same command goes on" in said
        with RunState(tmp_path / "torn.state.db") as state:
            kept = state.instance_keys()
        run(arguments)
        asked = Counter(json.dumps(body["messages"]) for body in torn.requests)
    assert rows(tmp_path / "torn.jsonl") == whole
    with RunState(tmp_path / "torn.state.db") as state:
        assert kept <= state.instance_keys()
    # The check of the teacher, and what was under way.
    assert sum(n - 1 for n in asked.values()) <= 1 + 2 * 8


def test_a_budget_ends_the_command_and_a_larger_one_goes_on(tmp_path: Path, command) -> None:
    output = tmp_path / "out.jsonl"
    with openai_server(late(5)) as server:
        said = run(command(server, output, "--budget-calls", "12"))
        assert len(server.requests) == 12
        assert "budget of 12 calls" in said and "larger budget goes on" in said
        early = {json.loads(row)["instance_key"] for row in rows(output)}
        run(command(server, output, "--budget-calls", "500"))
    assert early and len(rows(output)) == 20
    with RunState(tmp_path / "out.state.db") as state:
        assert early <= state.instance_keys()  # some may wait for a larger -n
    costs = json.loads((tmp_path / "out.costs.json").read_text(encoding="utf-8"))
    assert costs["total"]["calls"] == len(server.requests)


@pytest.mark.parametrize("status", [400, 401, 404])
def test_a_server_that_refuses_all_calls_ends_it_with_what_to_mend(
    tmp_path: Path, command, status: int
) -> None:
    def reply(body: dict[str, Any]) -> Reply:
        return (status, "no") if "response_format" in body else "OK"

    with openai_server(reply) as server:
        result = CliRunner().invoke(app, command(server, tmp_path / "out.jsonl"))
        assert len(server.requests) <= 1 + 8 + 16
    assert result.exit_code == 2 and "times in a row" in result.output


def test_what_ended_before_the_first_decision_is_recorded_is_kept(
    tmp_path: Path, command, first_seed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first decision hangs, six others end, and then the server refuses all."""
    over, all_kept, lock = Event(), Event(), Lock()
    answered: list[str] = []
    output = tmp_path / "out.jsonl"

    def reply(body: dict[str, Any]) -> Reply:
        prompt = body["messages"][-1]["content"]
        if over.is_set() or not body.get("response_format"):
            return teacher(body)
        if first_seed in prompt:
            over.wait(60)
            return 401
        with lock:
            refused = len(answered) == 6
            if not refused:
                answered.append(prompt)
        if not refused:
            return teacher(body)
        assert all_kept.wait(60)
        return 401

    def keep_ahead(state: RunState, number: int, step: int, body: str) -> None:
        keep(state, number, step, body)
        if len(state.kept_ahead(number)) == 6:
            all_kept.set()

    keep = RunState.keep_ahead
    monkeypatch.setattr(RunState, "keep_ahead", keep_ahead)

    with openai_server(reply) as server:
        result = CliRunner().invoke(app, command(server, output))
        over.set()
        assert result.exit_code == 2 and "times in a row" in result.output
        with RunState(tmp_path / "out.state.db") as state:
            assert state.next_step(0) == 0 and len(state.kept_ahead(0)) >= 6
            spent = read_costs(state).total.calls
            assert spent > 6
        told = json.loads((tmp_path / "out.costs.json").read_text(encoding="utf-8"))
        assert told["total"]["calls"] == spent
        result = CliRunner().invoke(app, command(server, output, "--mutation", "rewrite"))
        assert result.exit_code == 2 and "was made with other settings" in result.output
        run(command(server, output))
        prompts = server.prompts()
        assert [prompts.count(prompt) for prompt in answered] == [1] * 6
    assert len(rows(output)) == 20
    costs = json.loads((tmp_path / "out.costs.json").read_text(encoding="utf-8"))
    assert costs["total"]["calls"] > spent


def test_what_was_paid_for_counts_where_no_decision_ended(tmp_path: Path, command) -> None:
    """Ctrl-C while the first problem is put into words: the choice before it was paid for."""
    over = Event()

    def reply(body: dict[str, Any]) -> Reply:
        if not body.get("response_format"):
            return "OK"
        if "`choice`" in body["messages"][-1]["content"]:
            return json.dumps({"choice": {"operator": "change_numbers", "number": 0}})
        os.kill(os.getpid(), signal.SIGINT)
        over.wait(60)
        return 401

    more = ("--verbalization", "teacher", "--concurrency", "1")
    output = tmp_path / "out.jsonl"
    with openai_server(reply) as server:
        result = CliRunner().invoke(app, command(server, output, *more))
        over.set()
        assert result.exit_code == 130, result.output
        with RunState(tmp_path / "out.state.db") as state:
            assert state.is_empty()
            spent = read_costs(state).total.calls
        assert spent >= 2
        asked = len(server.requests)
        result = CliRunner().invoke(
            app, command(server, output, *more, "--budget-calls", str(spent))
        )
        assert result.exit_code == 2 and "larger budget" in result.output
        assert len(server.requests) == asked
