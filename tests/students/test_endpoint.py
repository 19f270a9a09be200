"""Students that are sampled: behind an endpoint, with a bound on requests, ended by stop texts."""

import sys
import threading
import time
from types import SimpleNamespace

import pytest

from tests.openai_server import API_KEY, MODEL, openai_server
from zoped.evals import PassRateMeter
from zoped.evals.sampling import until
from zoped.programs.teachers.embedded import EMBEDDED_MODEL, embedded_endpoint
from zoped.students import EndpointStudent
from zoped.students.vllm import VLLMStudent
from zoped.train import load_student


def test_the_text_before_the_first_stop_is_kept():
    assert until("a. b! c.", ["!", "."]) == "a"
    assert until("a", ["."]) == "a"


def test_a_real_server_is_sampled():
    pytest.importorskip("xllamacpp", reason="the extra `local` is not installed")
    student = EndpointStudent(
        EMBEDDED_MODEL, embedded_endpoint(), max_tokens=12, concurrency=2, stop=["\n"]
    )
    texts = ["What is 2 + 3? Answer with a number.", "Say a word."]
    answers = student.sample(texts, samples=2, seed=1)
    assert [len(part) for part in answers] == [2, 2]
    assert any(answer for part in answers for answer in part)
    assert not any("\n" in answer for part in answers for answer in part)
    meter = PassRateMeter(student, min_rollouts=2, max_rollouts=4)
    [rate] = meter.measure([SimpleNamespace(text=texts[0], answer="5")])
    assert 0 <= rate.passes <= rate.rollouts <= 4


def test_no_more_requests_are_under_way_than_allowed():
    lock, under_way, most = threading.Lock(), 0, 0

    def reply(body):
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        time.sleep(0.02)
        with lock:
            under_way -= 1
        return f"seed {body['seed']}"

    with openai_server(reply) as server:
        student = EndpointStudent(
            MODEL, server.url, api_key=API_KEY, concurrency=3, instruction="Be short.", stop=["#"]
        )
        answers = student.sample(["one", "two"], samples=5, seed=7)
        again = student.sample(["one", "two"], samples=5, seed=7)
    assert most == 3
    assert answers == again
    assert len({answer for part in answers for answer in part}) == 10, "each sample has its seed"
    assert all(request["stop"] == ["#"] for request in server.requests)
    assert "one\n\nBe short." in server.prompts()


def test_a_concurrency_of_nothing_is_refused():
    with pytest.raises(ValueError, match="concurrency"):
        EndpointStudent(MODEL, "http://127.0.0.1:1/v1", concurrency=0)


def test_a_transformers_student_ends_at_a_stop_text():
    text = "Ann has 3 pens at first and buys 4 pens. How many pens does Ann have now?"
    free, stopped = load_student("lab"), load_student("lab", stop=["="])
    [answer] = free.greedy([text])
    assert "=" in answer
    assert stopped.greedy([text]) == [answer.partition("=")[0]]
    assert free.version != stopped.version


def test_vllm_is_asked_for_all_samples_at_once(monkeypatch):
    """vLLM needs a GPU; its two entry points are stood in for, everything else is real."""
    asked = []

    class LLM:
        def __init__(self, **options):
            asked.append(options)

        def chat(self, chats, settings, use_tqdm):
            assert [chat[0]["role"] for chat in chats] == ["user"] * len(settings)
            asked.extend(settings)
            return [
                SimpleNamespace(outputs=[SimpleNamespace(text=f"{s['seed']}")] * s["n"])
                for s in settings
            ]

    monkeypatch.setitem(sys.modules, "vllm", SimpleNamespace(LLM=LLM, SamplingParams=dict))
    student = VLLMStudent("org/model", stop=["#"], gpu_memory_utilization=0.5)
    answers = student.sample(["a", "b"], samples=3, seed=2)
    assert [len(part) for part in answers] == [3, 3]
    assert answers[0] != answers[1], "each text has its own seed"
    assert asked[0]["gpu_memory_utilization"] == 0.5
    assert asked[1]["stop"] == ["#"] and asked[1]["temperature"] == 1.0
