"""Students that are sampled: behind an endpoint, with a bound on requests, ended by stop texts."""

import sys
import threading
import time
from contextlib import ExitStack
from types import SimpleNamespace

import pytest

from tests.chaos_server import dropped, half, in_turn, refusal, silence, trickle
from tests.openai_server import API_KEY, MODEL, completion, openai_server
from zoped.evals import PassRateMeter
from zoped.evals.sampling import until
from zoped.programs.teachers.embedded import EMBEDDED_MODEL, embedded_endpoint
from zoped.programs.teachers.pace import Waiting
from zoped.students import EndpointStudent, StudentError
from zoped.students.vllm import VLLMStudent
from zoped.train import load_student


def test_the_text_before_the_first_stop_is_kept():
    assert until("a. b! c.", ["!", "."]) == "a"
    assert until("a", ["."]) == "a"


@pytest.mark.slow
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
            return [  # vLLM's ParentRequest: the seed of the i-th answer is the request's plus i
                SimpleNamespace(
                    outputs=[SimpleNamespace(text=f"{s['seed'] + i}") for i in range(s["n"])]
                )
                for s in settings
            ]

    monkeypatch.setitem(sys.modules, "vllm", SimpleNamespace(LLM=LLM, SamplingParams=dict))
    student = VLLMStudent("org/model", stop=["#"], gpu_memory_utilization=0.5)
    answers = student.sample(["a", "b"], samples=3, seed=2)
    assert [len(part) for part in answers] == [3, 3]
    assert len({*answers[0], *answers[1]}) == 6, "each answer has its own seed"
    assert asked[0]["gpu_memory_utilization"] == 0.5
    assert asked[1]["stop"] == ["#"] and asked[1]["temperature"] == 1.0


def asked(server, **options):
    return EndpointStudent(MODEL, server.url, api_key=API_KEY, **options)


def test_a_question_that_the_server_refuses_costs_only_its_own_answers():
    def reply(body):
        prompt = body["messages"][-1]["content"]
        return (400, "maximum context length is 8 tokens") if "long" in prompt else "7"

    with openai_server(reply) as server:
        student = asked(server)
        assert student.sample(["short", "long"], samples=2, seed=0) == [["7", "7"], ["", ""]]
        assert "maximum context length" in student.refused["long"]
        with pytest.raises(StudentError, match=r"refuses every question: .*maximum context"):
            student.sample(["long"], samples=2, seed=0)


def test_a_server_that_takes_no_seed_is_asked_without():
    def reply(body):
        return (400, "Unrecognized request argument supplied: seed") if "seed" in body else "7"

    with openai_server(reply) as server:
        student = asked(server, concurrency=1)
        assert student.sample(["a", "b"], samples=1, seed=0) == [["7"], ["7"]]
        assert sum("seed" in request for request in server.requests) == 1


@pytest.mark.parametrize(
    "body", [{**completion("x"), "choices": []}, completion(None), completion("")]
)
def test_a_reply_with_nothing_in_it_is_an_empty_answer(body):
    with openai_server(lambda request: body) as server:
        assert asked(server).sample(["a"], samples=1, seed=0) == [[""]]


@pytest.mark.parametrize(
    "broken",
    [
        {**completion("x"), "choices": None},
        {**completion("x"), "choices": [{}]},
        {**completion("x"), "choices": [{"index": 0, "message": None, "finish_reason": "stop"}]},
        {"detail": "not ready"},
        {},
    ],
)
def test_a_reply_that_is_none_costs_only_its_own_question(broken):
    def reply(body):
        return broken if "long" in body["messages"][-1]["content"] else "7"

    with openai_server(reply) as server:
        student = asked(server, waiting=Clock().waiting(), concurrency=1)
        assert student.sample(["a", "long", "b"], samples=1, seed=0) == [["7"], [""], ["7"]]
        assert student.refused["long"]
        with pytest.raises(StudentError, match="refuses every question"):
            student.sample(["long"], samples=1, seed=0)


def test_a_server_that_stays_silent_is_given_up(capfd):
    free = threading.Event()

    def reply(body):
        free.wait(20)
        return "7"

    with openai_server(reply) as server:
        with pytest.raises(StudentError, match=r"gave no answer within 0\.2 s"):
            asked(server, timeout=0.2).sample(["a"], samples=1, seed=0)
        free.set()
    said = "".join(capfd.readouterr())
    assert "Give Feedback" not in said and "Provider List" not in said


def test_a_dead_server_a_wrong_key_and_a_wrong_name_are_told(capfd):
    with pytest.raises(StudentError, match="does not answer; see that the URL is right"):
        EndpointStudent(MODEL, "http://127.0.0.1:9/v1").sample(["a"], samples=1, seed=0)
    with openai_server(lambda body: "7") as server:
        with pytest.raises(StudentError, match="refuses the key"):
            EndpointStudent(MODEL, server.url, api_key="wrong").sample(["a"], samples=1, seed=0)
        with pytest.raises(StudentError, match="is not known there"):
            EndpointStudent("other", server.url, api_key=API_KEY).sample(["a"], samples=1, seed=0)
    said = "".join(capfd.readouterr())
    assert "Give Feedback" not in said and "Provider List" not in said


@pytest.mark.parametrize(
    ("name", "device", "said"),
    [
        ("lab", "foo", r"student\.device: 'foo' cannot be used here"),
        ("lab", "cuda:99", r"student\.device: 'cuda:99' cannot be used here"),
        ("", None, "student ''"),
        ("EMPTY", None, "has no config.json, so no saved model$"),
        ("RUN", None, r"the run's last student is \S+/RUN/rounds/0002/student$"),
        ("FILE", None, "is a file; give a folder"),
    ],
)
def test_a_student_that_cannot_be_loaded_is_told(tmp_path, name, device, said):
    (tmp_path / "EMPTY").mkdir()
    for folder in ("0001", "0002"):
        (tmp_path / "RUN" / "rounds" / folder / "student").mkdir(parents=True)
    (tmp_path / "FILE").write_text("x")
    place = str(tmp_path / name) if name.isupper() else name
    with pytest.raises(StudentError, match=said):
        load_student(place, device=device)


class Clock:
    """Sleeping takes no time, but for the clock."""

    def __init__(self) -> None:
        self.now = 0.0
        self.notes: list[str] = []

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def waiting(self) -> Waiting:
        return Waiting(clock=lambda: self.now, sleep=self.sleep, note=self.notes.append)


def sampled(script, clock, **options):
    with openai_server(script) as server:
        options = {"api_key": API_KEY, "concurrency": 1, **options}
        student = EndpointStudent(MODEL, server.url, waiting=clock.waiting(), **options)
        return student.sample(["a", "b"], samples=2, seed=1)


@pytest.mark.parametrize(
    "fault", [refusal(500), refusal(503, Retry_After="5"), dropped, half("5"), refusal(429)]
)
def test_what_may_pass_is_asked_again(fault):
    answers = sampled(in_turn([fault, fault], "5"), Clock())
    assert answers == [["5", "5"], ["5", "5"]]


def test_a_rate_limit_of_ten_minutes_is_waited_out_and_told():
    clock = Clock()
    sampled(in_turn([refusal(429, Retry_After="600")], "5"), clock)
    assert 600 <= clock.now < 700
    assert clock.notes == [
        "the student allows no more calls for now; waiting 10 minutes, then going on"
    ]


@pytest.mark.parametrize("fault", [silence, trickle])
def test_an_answer_that_does_not_come_ends_in_time(fault):
    over = threading.Event()
    try:
        with pytest.raises(StudentError, match=r"no answer within 0\.3 s"):
            sampled(lambda _: fault(over), Clock(), timeout=0.3)
    finally:
        over.set()


def test_keys_are_in_no_message_and_no_version():
    with openai_server(lambda _: refusal(401, f"no such key {API_KEY}-planted")) as server:
        base = server.url.replace("http://", "http://me:planted-password@") + "?key=planted-query"
        student = EndpointStudent(MODEL, base, api_key=f"{API_KEY}-planted")
        with pytest.raises(StudentError) as error:
            student.sample(["a"], samples=1, seed=1)
    assert "planted" not in str(error.value) + student.version
    with openai_server(lambda _: f"{API_KEY} says 7") as server:
        student = EndpointStudent(MODEL, server.url, api_key=API_KEY)
        assert student.sample(["a"], samples=1, seed=1) == [["*** says 7"]]


def answering(name, told, until=None, then=None):
    """A script that tells who was asked, and calls `then` when it was asked so many times."""

    def reply(body):
        told.append(name)
        if told.count(name) == until:
            threading.Thread(target=then).start()
        return f"seed {body['seed']}"

    return reply


def test_servers_are_asked_in_turn_and_one_that_dies_is_done_without():
    told, clock, dying = [], Clock(), ExitStack()
    with openai_server(answering("stays", told)) as stays, dying:
        dies = dying.enter_context(
            openai_server(answering("dies", told, until=5, then=dying.close))
        )
        student = EndpointStudent(
            MODEL, [stays.url, dies.url], api_key=API_KEY, concurrency=4, waiting=clock.waiting()
        )
        found = student.sample(["a", "b", "c"], samples=10, seed=1)
        alone = asked(stays).sample(["a", "b", "c"], samples=10, seed=1)
    assert found == alone
    assert len({answer for part in found for answer in part}) == 30
    assert 5 <= told.count("dies") <= 9, "what was on its way when it closed"
    assert stays.url in student.version and dies.url in student.version


def test_a_server_that_comes_back_is_asked_again():
    told, clock = [], Clock()
    faults = in_turn([refusal(503)], "7")

    def sometimes(body):
        told.append("sometimes")
        return faults(body)

    with openai_server(answering("stays", told)) as stays, openai_server(sometimes) as other:
        student = EndpointStudent(
            MODEL, [other.url, stays.url], api_key=API_KEY, concurrency=1, waiting=clock.waiting()
        )
        student.sample(["a"], samples=4, seed=1)
        assert told == ["sometimes", *["stays"] * 4]
        clock.now += 1
        student.sample(["a"], samples=2, seed=1)
        assert told[5:] == ["sometimes", "stays"]


def test_a_pool_of_which_none_is_left_is_told():
    urls = ["http://127.0.0.1:9/v1", "http://127.0.0.1:13/v1"]
    with pytest.raises(StudentError, match=r"\(and 1 more\) does not answer"):
        EndpointStudent(MODEL, urls, waiting=Clock().waiting()).sample(["a"], samples=1, seed=0)
    with pytest.raises(ValueError, match="give at least one URL"):
        EndpointStudent(MODEL, [])
