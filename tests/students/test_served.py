"""A student answered for by real HTTP servers that have its weights, one of which dies on the way."""

import sys
import threading
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.openai_server import openai_server
from zoped.evals import PassRateMeter
from zoped.evals.held_out import held_out_set
from zoped.students import StudentError, load_student
from zoped.students.hugging_face import Batch
from zoped.students.served import MODEL, ServedStudent, serve
from zoped.train import RunSettings
from zoped.train.loop.parts import load_run_student

KEY = "Bearer local"


@pytest.fixture(scope="module")
def served():
    """What one server answers with: the lab student, greedily."""
    student, lock, known = load_student("lab"), threading.Lock(), {}

    def reply(body):
        assert body["model"] == MODEL
        prompt = student.tokenizer.decode(body["prompt"])
        with lock:
            if prompt not in known:
                [known[prompt]] = student.answers_to_batch(Batch((prompt,), 1, "0", 0.0))
        choice = {"index": 0, "text": known[prompt], "finish_reason": "stop"}
        return {"id": "1", "object": "text_completion", "created": 1, "model": MODEL} | {
            "choices": [choice]
        }

    return reply


@pytest.fixture
def to_students(monkeypatch):
    monkeypatch.setattr("tests.openai_server.MODEL", MODEL)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


def test_the_answers_are_those_of_the_weights_also_where_a_server_dies(served, to_students):
    texts = [problem.text for problem in held_out_set("lab", 12)]
    student = load_student("lab")
    here = student.greedy(texts)
    counts = {"stays": 0, "dies": 0}
    dying = ExitStack()

    def counted(name):
        def reply(body):
            counts[name] += 1
            if name == "dies" and counts[name] == 3:
                threading.Thread(target=dying.close).start()
            return served(body)

        return reply

    with openai_server(counted("stays"), authorization=KEY) as stays, dying:
        dies = dying.enter_context(openai_server(counted("dies"), authorization=KEY))
        answering = ServedStudent(student, [stays.url, dies.url], concurrency=4)
        student.answer_batches = answering.answers
        assert student.greedy(texts) == here
        assert 3 <= counts["dies"] <= 7
        rates = PassRateMeter(student, min_rollouts=2, max_rollouts=2).measure(
            held_out_set("lab", 12)
        )
    assert [rate.rollouts for rate in rates] == [2] * 12
    sampled = [request for request in stays.requests if request["temperature"] == 1.0]
    assert len({request["seed"] for request in sampled}) == len(sampled) == 24


def test_a_run_has_the_servers_load_the_student_that_it_measures(served, to_students, tmp_path):
    program = "import sys, pathlib; pathlib.Path(sys.argv[1]).write_text(sys.argv[2])"
    command = f"{sys.executable} -c '{program}' {tmp_path / 'asked'} {{folder}}"
    text = held_out_set("lab", 1)[0].text
    with openai_server(served, authorization=KEY) as server:
        measure = {"engine": "servers", "servers": [server.url], "serve": command}
        student = load_run_student(RunSettings.model_validate({"measure": measure}))
        assert student.greedy([text]) == load_student("lab").greedy([text])
    assert (Path((tmp_path / "asked").read_text()) / "config.json").exists()
    assert server.requests


def test_servers_that_do_not_load_it_are_told(tmp_path):
    with pytest.raises(
        StudentError, match=r"measure\.serve: nowhere/at-all cannot be run: No such"
    ):
        serve("nowhere/at-all {folder}", "x")
    with pytest.raises(StudentError, match=r"ended with 1: no GPU"):
        serve(f"{sys.executable} -c 'import sys; sys.exit(\"no GPU\")'", "x")
    with pytest.raises(ValueError, match="give their URLs as `servers`"):
        RunSettings.model_validate({"measure": {"engine": "servers", "serve": "load"}})
