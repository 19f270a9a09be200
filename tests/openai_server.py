"""A scripted OpenAI-compatible server on loopback: a real socket for a real client."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

API_KEY = "right-key"
MODEL = "scripted"
# The message's content; an HTTP status, with a text of its own or not; the whole body; or what is
# done to the connection (tests/chaos_server.py).
Reply = str | int | tuple[int, str] | dict[str, Any] | Callable[[BaseHTTPRequestHandler], None]


@dataclass
class ScriptedServer:
    """`reply(request body)` makes each reply; the bodies are kept in `requests`."""

    url: str
    reply: Callable[[dict[str, Any]], Reply]
    authorization: str = f"Bearer {API_KEY}"
    requests: list[dict[str, Any]] = field(default_factory=list)

    def prompts(self) -> list[str]:
        """The last message of each request."""
        return [request["messages"][-1]["content"] for request in self.requests]


def _handler(server: ScriptedServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.headers.get("Authorization") != server.authorization:
                self._send(401, _error("Incorrect API key provided", "invalid_api_key"))
                return
            if body["model"] != MODEL:
                self._send(404, _error(f"no model {body['model']}", "model_not_found"))
                return
            server.requests.append(body)
            reply = server.reply(body)
            if callable(reply):
                reply(self)
                return
            if isinstance(reply, int):
                reply = reply, "scripted failure"
            if isinstance(reply, tuple):
                status, message = reply
                self._send(status, _error(message, "failure", kind="server_error"))
            else:
                self._send(200, reply if isinstance(reply, dict) else completion(reply))

        def _send(self, status: int, body: dict[str, Any]) -> None:
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return Handler


def _error(message: str, code: str, kind: str = "invalid_request_error") -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "code": code}}


def completion(
    content: str | None, *, finish_reason: str = "stop", tokens: int = 1, **message: Any
) -> dict[str, Any]:
    """The body of a reply; `tokens` are those of the completion."""
    message |= {"role": "assistant", "content": content}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": MODEL,
        "choices": [{"index": 0, "message": message, "finish_reason": finish_reason}],
        "usage": {"prompt_tokens": 1, "completion_tokens": tokens, "total_tokens": 1 + tokens},
    }


class _Server(ThreadingHTTPServer):
    """Many connect at once: a short queue would reset those that come when the machine is busy."""

    request_queue_size = 256


@contextmanager
def openai_server(
    reply: Callable[[dict[str, Any]], Reply], *, authorization: str = f"Bearer {API_KEY}"
) -> Iterator[ScriptedServer]:
    """Serve on a free port of 127.0.0.1 as long as the context lasts."""
    script = ScriptedServer("", reply, authorization)
    http = _Server(("127.0.0.1", 0), _handler(script))
    script.url = f"http://127.0.0.1:{http.server_address[1]}/v1"
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield script
    finally:
        http.shutdown()
        thread.join()
        http.server_close()
