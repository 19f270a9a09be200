"""One round's training as a command: python -m zoped.train.grpo JOB.json

The command that launchers start, once or once a process (torchrun, accelerate, srun). Metrics go to
metrics.jsonl beside the job file; it exits with 0 when the student is saved.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path

from zoped.foundation.module_process import own_modules_last

LOCK = "job.lock"  # held by the first process of the job


def main(arguments: list[str]) -> None:
    if len(arguments) != 1:
        sys.exit("usage: python -m zoped.train.grpo JOB.json")
    warnings.simplefilter("ignore")  # other libraries' deprecations are not for our users
    own_modules_last()
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    from zoped.foundation.errors import ZopedError
    from zoped.train.grpo.launcher import METRICS
    from zoped.train.grpo.train_round import RoundJob, train_round

    file = Path(arguments[0])
    job = RoundJob.model_validate_json(file.read_text(encoding="utf-8"))

    with alone(file.parent), (file.parent / METRICS).open("a", encoding="utf-8") as metrics:

        def on_log(values: Mapping[str, float], step: int) -> None:
            metrics.write(json.dumps([step, dict(values)]) + "\n")
            metrics.flush()

        try:
            train_round(job, on_log=on_log)
        except ZopedError as error:
            _tell(file.parent, str(error))
            sys.exit(f"zoped: {error}")
        except Exception as error:
            _tell(file.parent, f"{type(error).__name__}: {error}")
            raise
    _leave()


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Exits where a job of an earlier command still trains there: one that was killed may leave its job
    behind, and two would write the same checkpoints."""
    if int(os.environ.get("RANK", "0")):
        yield
        return
    from filelock import FileLock, Timeout

    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        fault = (
            f"a job of an earlier command, which was killed, still trains in {folder}; wait until it is "
            "over, or end it, and give the same command again"
        )
        _tell(folder, fault)
        sys.exit(f"zoped: {fault}")
    except (OSError, NotImplementedError):  # a file system without locks
        yield
        return
    try:
        yield
    finally:
        lock.release()


def _tell(folder: Path, fault: str) -> None:
    """What went wrong in the first of the processes that failed: the others fail because of it, and launchers
    print pages of their own behind it."""
    from zoped.train.grpo.launcher import FAULT

    with contextlib.suppress(OSError), (folder / FAULT).open("x", encoding="utf-8") as told:
        told.write(fault)


def _leave() -> None:
    import torch.distributed

    if torch.distributed.is_initialized():
        torch.distributed.barrier()  # wait for rank 0 to save the student
        torch.distributed.destroy_process_group()


if __name__ == "__main__":
    main(sys.argv[1:])
