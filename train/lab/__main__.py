"""One run of a lab, in a process of its own: python -m zoped.train.lab, by `zoped.train.lab.processes`.

Reads the run's settings and folder from the first line of its standard input, which stays open as
long as whoever started it lives: when it ends, the run is interrupted, and can be gone on with.
Writes what happens to its standard output, a line a note.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from pathlib import Path

from zoped.foundation.errors import ZopedError
from zoped.foundation.module_process import own_modules_last
from zoped.foundation.signals import ended_like_ctrl_c
from zoped.train.lab.processes import FAILED, INTERRUPTED
from zoped.train.lab.results import CPU_SECONDS, SECONDS
from zoped.train.loop.observe import NullProgress
from zoped.train.rounds import run_rounds
from zoped.train.settings import RunSettings
from zoped.train.state import STATE, RunState


class Notes(NullProgress):
    def note(self, message: str) -> None:
        print(message, flush=True)


def main() -> int:
    own_modules_last()
    started, used = time.monotonic(), time.process_time()
    job = json.loads(sys.stdin.readline())
    ending = threading.Event()
    threading.Thread(target=_end_with_the_input, args=(ending,), daemon=True).start()
    folder = Path(job["folder"])
    try:
        with ended_like_ctrl_c():
            run_rounds(RunSettings.model_validate(job["settings"]), folder, progress=Notes())
    except ZopedError as error:
        print(error, file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    finally:
        ending.set()
        _add_time(folder, time.monotonic() - started, time.process_time() - used)
    return 0


def _end_with_the_input(ending: threading.Event) -> None:
    sys.stdin.read()
    if not ending.is_set():
        os.kill(os.getpid(), signal.SIGINT)


def _add_time(folder: Path, seconds: float, cpu_seconds: float) -> None:
    """To what earlier processes of the run took."""
    if (folder / STATE).exists():
        with RunState(folder / STATE) as state:
            for key, value in ((SECONDS, seconds), (CPU_SECONDS, cpu_seconds)):
                state.set_meta(key, (state.meta(key) or 0.0) + value)


if __name__ == "__main__":
    sys.exit(main())
