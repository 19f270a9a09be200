"""The service of live problems over real sockets: nothing that was acknowledged is ever lost."""

import asyncio
import json
import multiprocessing
import os
import signal
import socket
import threading
from contextlib import closing

import httpx
import pytest
import uvicorn

from tests.train.live.test_live import SEEDS
from zoped.train.live import LiveProblems, LiveSettings, UnknownProblem
from zoped.train.live.client import LiveClient, ServiceError
from zoped.train.live.service import MOST_BYTES, MOST_OBSERVATIONS, Observe, service

SETTINGS = LiveSettings(batch=32, pool=2, lead=0, uses=1)


def serve(folder, port, settings=SETTINGS) -> None:
    with LiveProblems(folder, SEEDS, settings) as live:
        config = uvicorn.Config(service(live), host="127.0.0.1", port=port, log_level="error")
        uvicorn.Server(config).run()


def started(folder, port, settings=SETTINGS):
    arguments = (folder, port, settings)
    process = multiprocessing.get_context("fork").Process(target=serve, args=arguments)
    process.start()
    return process


@pytest.fixture
def port() -> int:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture
def folder(tmp_path):
    """With problems that are made already."""
    with LiveProblems(tmp_path, SEEDS, SETTINGS) as live:
        live.refill()
        live.refill()
    return tmp_path


def test_no_acknowledged_observation_is_lost_and_none_counts_twice(folder, port):
    acknowledged: set[str] = set()
    kills = [60, 150, 240]
    server = started(folder, port)

    def watch(count: int) -> None:
        nonlocal server
        if kills and count >= kills[0]:
            kills.pop(0)
            os.kill(server.pid, signal.SIGKILL)
            server.join()
            server = started(folder, port)

    lock = threading.Lock()

    def tell(name: str) -> None:
        with LiveClient(f"http://127.0.0.1:{port}") as client:
            [problem] = client.take(1, request=f"problem {name}")
            for i in range(100):
                batch = f"{name}-{i}"
                client.observe(problem.key, i % 9, 8, batch=batch)
                with lock:
                    acknowledged.add(batch)
                    watch(len(acknowledged))

    clients = [threading.Thread(target=tell, args=(str(n),)) for n in range(3)]
    for each in clients:
        each.start()
    for each in clients:
        each.join()
    server.kill()
    server.join()
    assert not kills and len(acknowledged) == 300
    with LiveProblems(folder, SEEDS, SETTINGS) as live:
        stats = live.stats()
    assert stats["observed_groups"] == 300
    assert stats["observed_rollouts"] == 2_400
    assert stats["handed_out"] == 3


def test_what_is_asked_for_before_it_is_made_is_waited_for(tmp_path, port):
    """By one request over several refills, and by several requests at once."""
    settings = LiveSettings(batch=4, first=2, pool=1, lead=0, uses=1)
    server = started(tmp_path, port, settings)
    numbers: list[int] = []

    def ask() -> None:
        with LiveClient(f"http://127.0.0.1:{port}", patience=60) as client:
            for _ in range(8):
                numbers.extend(problem.number for problem in client.take(1))

    clients = [threading.Thread(target=ask) for _ in range(4)]
    try:
        with LiveClient(f"http://127.0.0.1:{port}", patience=60) as client:
            assert [problem.number for problem in client.take(12)] == list(range(12))
        for each in clients:
            each.start()
        for each in clients:
            each.join()
    finally:
        server.kill()
        server.join()
    assert sorted(numbers) == list(range(12, 44))


def test_it_answers_as_the_problems_do_and_refuses_what_is_wrong(folder, port):
    server = started(folder, port)
    try:
        with LiveClient(f"http://127.0.0.1:{port}") as client:
            first = client.take(3, request="a")
            assert [p.number for p in first] == [0, 1, 2]
            assert client.take(3, request="a") == first
            assert next(client).number == 3
            assert client.problem(5).number == 5
            groups = [(p.key, 4, 8, "step 1") for p in first]
            assert client.observe_all(groups) == 3
            assert client.observe_all(groups) == 0
            assert client.stats()["gradient_share"] == 1
            with pytest.raises(UnknownProblem, match="no problem with the key 'x'"):
                client.observe_all([("x", 1, 8, "b"), *((p.key, 1, 8, "b") for p in first)])
            assert client.stats()["observed_groups"] == 3  # all of a request, or none
            with pytest.raises(ServiceError, match="9 passes out of 8"):
                client.observe(first[0].key, 9, 8)
            with pytest.raises(UnknownProblem, match="no problem 99999"):
                client.problem(99_999)
            assert httpx.post(f"{client.url}/next", json={"count": 0}).status_code == 422
            assert httpx.post(f"{client.url}/next", json={"counts": 1}).status_code == 422
            for body in (
                b'{"count": NaN}',
                b'{"count": 1, "x": Infinity}',
                b'{"count": "\xff"}',
                b"\xff",
            ):
                reply = httpx.post(f"{client.url}/next", content=body)
                assert reply.status_code == 422, (body, "what cannot be sent back is refused too")
    finally:
        os.kill(server.pid, signal.SIGINT)
        server.join()
    with (
        LiveClient(f"http://127.0.0.1:{port}", patience=0.2) as client,
        pytest.raises(ServiceError, match=r"no answer in 0\.2 s"),
    ):
        client.stats()


@pytest.mark.parametrize("path", ["/next", "/observe"])
def test_a_body_without_end_is_refused_and_not_read(folder, path):
    read = 0

    async def endless():
        nonlocal read
        while True:
            read += 2**20
            yield b" " * 2**20

    async def posted(live):
        transport = httpx.ASGITransport(app=service(live))
        async with httpx.AsyncClient(transport=transport, base_url="http://live") as client:
            return await client.post(path, content=endless())

    with LiveProblems(folder, SEEDS, SETTINGS) as live:
        reply = asyncio.run(posted(live))
    assert reply.status_code == 413
    assert "33,554,432 bytes" in reply.text
    assert read <= MOST_BYTES + 2**21


def test_the_longest_body_that_is_right_has_room():
    letters = "\U0001f600" * 200  # twelve bytes each
    one = {"key": letters, "passes": 1_000_000, "rollouts": 1_000_000, "batch": letters}
    body = json.dumps({"observations": [one] * MOST_OBSERVATIONS})
    Observe.model_validate_json(body)
    assert len(body) < MOST_BYTES
