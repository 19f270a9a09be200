"""How near `TeacherCalls` comes to the rate of calls that a server allows, and what an hour gives.

    python benchmarks/teacher_throughput.py > benchmarks/results/teacher_throughput.txt

Two measurements against servers of its own, in a process of their own, on loopback:

1. Rate: a server that answers after 200 ms, 64 calls under way. Possible are 320 calls a second.
2. Yield: `GenerateProblem` with a server that takes 5 s, 64 calls under way, decisions over the
   built-in seeds: accepted problems in a fixed time, after the first decisions have ended, and an
   hour's worth at that rate.

Simplified: the server chooses operators by rule, so a decision is one call; English is by rules, and
solving, wording and all checks are those of a run. CPU time a call says what a busy machine hides.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import time
from random import Random
from typing import Any, Self

import dspy

from zoped.evals.held_out import elementary_seeds
from zoped.programs import GenerateProblem, builtin_seeds
from zoped.programs.teachers.calls import TeacherCalls
from zoped.programs.teachers.load import load_teacher
from zoped.programs.teachers.notation import adapter_of
from zoped.programs.under_way import UnderWay

SLOTS = 64
MENU = ("change_numbers", "double_step", "add_step", "swap_unknown", "divisor_step")


class Ask(dspy.Signature):  # type: ignore[misc]  # DSPy has no types
    """Answer."""

    question: str = dspy.InputField()
    answer: bool = dspy.OutputField()


def reply_to(body: dict[str, Any]) -> str:
    """A choice of an operator, by the prompt alone; or yes."""
    if "`choice`" not in body["messages"][-1]["content"]:
        return '{"answer": true}'
    rng = Random(json.dumps(body["messages"]))
    return json.dumps({"choice": {"operator": rng.choice(MENU), "number": rng.randint(0, 9)}})


async def serve(latency: float) -> None:
    """An OpenAI-compatible server, as little of one as will do; its port is printed."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
                body = json.loads(await reader.readexactly(length))
                await asyncio.sleep(latency)
                message = {"role": "assistant", "content": reply_to(body)}
                reply = {
                    "id": "1",
                    "object": "chat.completion",
                    "created": 1,
                    "model": body["model"],
                    "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
                    "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
                }
                data = json.dumps(reply).encode()
                lines = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d"
                writer.write(lines % len(data) + b"\r\n\r\n" + data)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, limit=2**22)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


class Server:
    """The server in a process of its own."""

    def __init__(self, latency: float) -> None:
        command = [sys.executable, __file__, "--serve", str(latency)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.url = f"http://127.0.0.1:{int(self.process.stdout.readline())}/v1"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.process.kill()
        self.process.wait()

    def teacher(self) -> TeacherCalls:
        lm = load_teacher("openai/scripted", api_base=self.url, api_key="none")
        return TeacherCalls(lm, adapter=adapter_of("json"), concurrency=SLOTS)


def rate(seconds: float, latency: float = 0.2) -> None:
    """Calls a second, of those possible."""
    module = dspy.Predict(Ask)
    with Server(latency) as server, UnderWay[int, Any]() as under_way:
        teacher, i, begun, cpu, counted = server.teacher(), 0, 0.0, 0.0, 0
        start = time.monotonic()
        while not begun or time.monotonic() < begun + seconds:
            while len(under_way) < 2 * SLOTS:
                under_way.start(i, teacher.aask(module, key=str(i), question="?"))
                i += 1
            under_way.take()[1].result()
            if begun:
                counted += 1
            elif time.monotonic() > start + 2:  # connections are open, modules imported
                begun, cpu = time.monotonic(), time.process_time()
        took, cpu = time.monotonic() - begun, time.process_time() - cpu
    possible = SLOTS / latency
    print(f"rate: {SLOTS} under way, {latency * 1000:.0f} ms: {counted} calls in {took:.1f} s")
    print(
        f"  {counted / took:.0f} calls a second of {possible:.0f}: {counted / took / possible:.0%}"
    )
    print(
        f"  {1000 * cpu / counted:.2f} ms of CPU a call, so a core allows {counted / cpu:.0f} a second"
    )


def problems(seconds: float, variants: int, latency: float = 5.0) -> None:
    """Accepted problems an hour."""
    seeds = [seed for seed in (*builtin_seeds(), *elementary_seeds()) if seed.symbols is not None]
    program = GenerateProblem(variants=variants)
    with Server(latency) as server, UnderWay[int, dspy.Prediction]() as under_way:
        teacher, step, begun, cpu, accepted, decisions = server.teacher(), 0, 0.0, 0.0, 0, 0
        start = time.monotonic()
        while not begun or time.monotonic() < begun + seconds:
            while len(under_way) < 2 * SLOTS:
                seed = seeds[step % len(seeds)]
                under_way.start(step, program.acall(seed=seed, stream=step, teacher=teacher))
                step += 1
            made = under_way.take()[1].result()
            if begun:
                decisions += 1
                accepted += len(made.accepted)
            elif time.monotonic() > start + 3 * latency:
                begun, cpu = time.monotonic(), time.process_time()
        took, cpu = time.monotonic() - begun, time.process_time() - cpu
    possible = SLOTS / latency * took
    print(
        f"yield: {SLOTS} under way, {latency:.0f} s, {variants} variants a decision, {took:.0f} s:"
    )
    print(f"  {decisions} decisions, {decisions / possible:.0%} of what the server can answer")
    print(f"  {accepted} accepted problems: {3600 * accepted / took:,.0f} an hour")
    print(
        f"  {cpu / took:.2f} cores busy in this process, {cpu / max(1, accepted):.3f} s a problem"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--serve", type=float, metavar="LATENCY", help="be the server")
    parser.add_argument("--seconds", type=float, default=30.0, help="of each measurement")
    parser.add_argument("--variants", type=int, default=2)
    options = parser.parse_args()
    if options.serve is not None:
        asyncio.run(serve(options.serve))
        return
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} cores, load {load:.1f} before; Python {sys.version.split()[0]}")
    rate(options.seconds)
    problems(options.seconds, options.variants)


if __name__ == "__main__":
    main()
