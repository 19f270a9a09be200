"""The embedded teacher: SmolLM2-135M-Instruct through llama.cpp, in this process.

llama.cpp serves it on loopback as an OpenAI-compatible endpoint, so that it is called like any
other teacher. It chooses operators; it is too small to formalize or to write problems.
`python -m zoped.programs.teachers.embedded` fetches the model and tells where it is.
"""

from __future__ import annotations

import atexit
import os
import threading
from typing import Any

from zoped.programs.teachers.errors import MissingExtraError, TeacherError
from zoped.programs.teachers.model_file import fetch_embedded_model

__all__ = ["EMBEDDED_MODEL", "embedded_endpoint", "fetch_embedded_model", "main"]

EMBEDDED_MODEL = "smollm2-135m-instruct"
CONTEXT = 8192  # tokens, what the model was trained for
# Its threads wait for each other in a busy loop: one more than there are idle cores makes it many
# times slower, so one core is left to the rest.
THREADS = max(1, min(4, (os.cpu_count() or 1) - 1))

_lock = threading.Lock()
_servers: list[Any] = []


def embedded_endpoint() -> str:
    """The URL of the server, which is started by the first call and stopped when Python ends.

    Raises MissingExtraError without xllamacpp, TeacherError when it does not start.
    """
    with _lock:
        if not _servers:
            _servers.append(_start())
            atexit.register(_servers.clear)
        return f"{_servers[0].listening_address}/v1"


def _start() -> Any:
    try:
        import xllamacpp
    except ImportError:
        raise MissingExtraError(
            "the embedded teacher needs xllamacpp: pip install 'zoped[local]'"
        ) from None
    params = xllamacpp.CommonParams()
    params.model.path = str(fetch_embedded_model())
    params.model_alias = {EMBEDDED_MODEL}
    params.hostnames = ["127.0.0.1"]
    params.port = 0  # any free one
    params.n_ctx = CONTEXT
    params.n_parallel = 1
    params.cpuparams.n_threads = THREADS
    params.cpuparams_batch.n_threads = THREADS
    # The instructions, the menu and the demonstrations are read once, not once a call.
    params.cache_prompt = True
    params.ui = False
    params.verbosity = -1
    try:
        return xllamacpp.Server(params)
    except (RuntimeError, OSError) as error:
        raise TeacherError(f"the embedded teacher did not start: {error}") from error


def main() -> None:
    """Fetch the model and print its path."""
    print(fetch_embedded_model())


if __name__ == "__main__":
    main()
