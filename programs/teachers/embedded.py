"""The embedded teachers: SmolLM2-135M-Instruct through llama.cpp, in this process.

llama.cpp serves it on loopback as an OpenAI-compatible endpoint, so that it is called like any
other teacher. As it is, it chooses operators, and is too small to formalize or to write problems; with
the adapter that `zoped teacher train` makes it reads and writes them in short lines.
`python -m zoped.programs.teachers.embedded` fetches the model and tells where it is.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import threading
from importlib import resources
from pathlib import Path
from typing import Any

from zoped.programs.teachers.errors import MissingExtraError, TeacherError
from zoped.programs.teachers.model_file import fetch_embedded_model

__all__ = ["EMBEDDED_MODEL", "embedded_endpoint", "fetch_embedded_model", "main"]

EMBEDDED_MODEL = "smollm2-135m-instruct"
CONTEXT = 8192  # tokens, what the model was trained for
# Its threads wait for each other in a busy loop: one more than there are idle cores makes it many
# times slower, so one core is left to the rest.
THREADS = max(1, min(4, (os.cpu_count() or 1) - 1))

READER_SLOTS = 4  # calls that the reader answers together, in one batch
READER_CONTEXT = 1024  # tokens of each

_lock = threading.Lock()
_servers: dict[Path | None, Any] = {}
_learnt: dict[str, str] = {}  # by a server's URL, what tells its adapter from others


def reader_adapter(path: str = "") -> Path:
    """The GGUF file of what the reader has learnt: that at `path`, or the one that comes with Zoped.

    Raises TeacherError where it is not there.
    """
    if path:
        adapter = Path(path).expanduser()
        if not adapter.is_file():
            raise TeacherError(
                f"embedded-reader:{path}: no such file; `zoped teacher train` writes reader.gguf"
            )
        return adapter.resolve()
    with resources.as_file(resources.files("zoped.programs") / "data" / "reader.gguf") as packaged:
        if not packaged.is_file():
            raise TeacherError(f"{packaged}: missing; install Zoped again")
        return packaged


def embedded_endpoint(adapter: Path | None = None) -> str:
    """The URL of the server, which is started by the first call and stopped when Python ends.

    `adapter` is a GGUF file of what the model has learnt beside. Raises MissingExtraError without
    xllamacpp, TeacherError when it does not start.
    """
    with _lock:
        if adapter not in _servers:
            if not _servers:
                atexit.register(_servers.clear)
            learnt = "nothing learnt" if adapter is None else _digest(adapter)
            _servers[adapter] = _start(adapter)
            _learnt[_url(_servers[adapter])] = learnt
        return _url(_servers[adapter])


def learnt_at(url: str) -> str | None:
    """What the embedded teacher at this URL has learnt, by the digest of its adapter; None for the server of
    somebody else."""
    return _learnt.get(url)


def _url(server: Any) -> str:
    return f"{server.listening_address}/v1"


def _digest(adapter: Path) -> str:
    return hashlib.sha256(adapter.read_bytes()).hexdigest()


def _start(adapter: Path | None) -> Any:
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
    if adapter is not None:
        params.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(str(adapter), 1.0)]
        params.n_parallel = READER_SLOTS
        params.n_ctx = READER_SLOTS * READER_CONTEXT
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
