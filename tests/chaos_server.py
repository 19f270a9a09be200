"""What goes wrong between a client and a server, as replies of tests/openai_server.py's server."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from threading import Event, Lock
from typing import Any

from tests.openai_server import Reply, completion

Fault = Callable[[BaseHTTPRequestHandler], None]


def in_turn(replies: Iterable[Reply], then: str) -> Callable[[dict[str, Any]], Reply]:
    """A script: each reply once, in the order in which requests come, `then` from then on."""
    rest, lock = iter(replies), Lock()

    def reply(body: dict[str, Any]) -> Reply:
        with lock:
            return next(rest, then)

    return reply


def refusal(
    status: int, message: str = "scripted failure", code: str = "", **headers: str
) -> Fault:
    """An HTTP error; `Retry_After="600"` is a header."""

    def send(handler: BaseHTTPRequestHandler) -> None:
        error = {"message": message, "type": "failure", "code": code or None}
        data = json.dumps({"error": error}).encode()
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    return send


def silence(until: Event) -> Fault:
    """Nothing at all, as long as the test lasts."""

    def send(handler: BaseHTTPRequestHandler) -> None:
        until.wait()
        _drop(handler)

    return send


def trickle(until: Event, every: float = 0.02) -> Fault:
    """A reply that goes on and on, a byte at a time: no time-out of a socket ends it."""

    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", "1000000")
        handler.end_headers()
        try:
            while not until.wait(every):
                handler.wfile.write(b" ")
                handler.wfile.flush()
        except OSError:
            pass  # the client has had enough
        _drop(handler)

    return send


def dropped(handler: BaseHTTPRequestHandler) -> None:
    """The connection ends without a reply."""
    _drop(handler)


def half(content: str) -> Fault:
    """The connection ends in the middle of the reply."""
    data = json.dumps(completion(content)).encode()

    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data[: len(data) // 2])
        handler.wfile.flush()
        _drop(handler)

    return send


def page(handler: BaseHTTPRequestHandler) -> None:
    """A proxy's page where a reply of the API should be."""
    data = b"<html><body>Bad gateway</body></html>"
    handler.send_response(200)
    handler.send_header("Content-Type", "text/html")
    handler.send_header("Content-Length", str(len(data)))
    handler.end_headers()
    handler.wfile.write(data)


def cut_off(content: str, tokens: int) -> dict[str, Any]:
    """A reply that was ended by max_tokens."""
    return completion(content, finish_reason="length", tokens=tokens)


def _drop(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True
    with suppress(OSError):  # the client was faster
        handler.connection.shutdown(socket.SHUT_RDWR)
