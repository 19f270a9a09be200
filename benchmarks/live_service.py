"""How many requests a second `zoped serve` answers, every observation on the disk before its answer.

    python benchmarks/live_service.py > benchmarks/results/live_service.txt

Half of the requests get one problem each from a queue that was filled beforehand, half observe one.
The clients, one process of asyncio, run on the same cores and take about as much of them as the
service does. Then the service is ended by SIGKILL, started again, and what was acknowledged is
looked up.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from zoped.train.live.client import LiveClient

BATCH = 8_192  # problems that are there from the start
REQUEST = "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {n}\r\n\r\n"


class Connection:
    """One client's connection, kept open: as little work as a request can be."""

    def __init__(self, port: int) -> None:
        self.port = port

    async def open(self) -> None:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)

    async def post(self, path: str, body: object) -> dict:
        data = json.dumps(body)
        self.writer.write((REQUEST.format(path=path, n=len(data)) + data).encode())
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        text = await self.reader.readexactly(length)
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(text.decode())
        return json.loads(text)


async def client(port: int, name: str, until: float, times: list[float], told: list) -> None:
    connection = Connection(port)
    await connection.open()
    count = 0
    while time.monotonic() < until:
        start = time.monotonic()
        [problem] = (await connection.post("/next", {"request": f"{name}-{count}"}))["problems"]
        middle = time.monotonic()
        group = {"key": problem["key"], "passes": 3, "rollouts": 8, "batch": f"{name}-{count}"}
        await connection.post("/observe", {"observations": [group]})
        times += [middle - start, time.monotonic() - middle]
        told.append(group)
        count += 1


def serve(folder: Path, port: int) -> subprocess.Popen[bytes]:
    options = ["--seeds", "elementary", "--pool", "1", "--port", str(port)]
    options += ["--batch", str(BATCH), "--first", str(BATCH)]
    return subprocess.Popen(["zoped", "serve", str(folder), *options])


def processor_time(pid: int) -> float:
    """Seconds that the process has had of the processors."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def load(port: int, clients: int, seconds: float) -> tuple[list[float], list, float]:
    times: list[float] = []
    told: list = []
    start = time.monotonic()
    until = start + seconds
    await asyncio.gather(*(client(port, f"c{i}", until, times, told) for i in range(clients)))
    return sorted(times), told, time.monotonic() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=15)
    options = parser.parse_args()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    print("$ python benchmarks/live_service.py")
    print(f"{os.cpu_count()} cores, shared by the service and {options.clients} clients")
    with tempfile.TemporaryDirectory() as name, LiveClient(f"http://127.0.0.1:{port}") as asking:
        server = serve(Path(name), port)
        start = time.monotonic()
        asking.problem(0)
        print(f"a queue of {BATCH:,} problems made in {time.monotonic() - start:.0f} s")
        before, own = processor_time(server.pid), time.process_time()
        times, told, took = asyncio.run(load(port, options.clients, options.seconds))
        middle, high = times[len(times) // 2], times[len(times) * 99 // 100]
        print(f"{len(times):,} requests in {took:.1f} s: {len(times) / took:,.0f} a second")
        print(f"latency: median {1000 * middle:.1f} ms, 99 % {1000 * high:.1f} ms")
        each = (processor_time(server.pid) - before) / len(times)
        print(
            f"processor time of the service: {1000 * each:.2f} ms a request, so {1 / each:,.0f} a second"
        )
        clients = 1000 * (time.process_time() - own) / len(times)
        print(f"  where one core is its own; the clients take {clients:.2f} ms")
        print(f"load of the machine: {os.getloadavg()[0]:.1f}")
        server.send_signal(signal.SIGKILL)
        server.wait()
        server = serve(Path(name), port)
        stats = asking.stats()
        again = asking.observe_all([(g["key"], 3, 8, g["batch"]) for g in told[-4_000:]])
        print(
            f"after SIGKILL: {len(told):,} observations acknowledged, "
            f"{stats['observed_groups']:,} kept; {again} of the last 4,000 told again are new"
        )
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
