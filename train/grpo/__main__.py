"""One round's training as a command: python -m zoped.train.grpo JOB.json

The command that launchers start, once or once a process (torchrun, accelerate, srun). Metrics go to
metrics.jsonl beside the job file; it exits with 0 when the student is saved.
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path

from zoped.foundation.module_process import own_modules_last


def main(arguments: list[str]) -> None:
    if len(arguments) != 1:
        sys.exit("usage: python -m zoped.train.grpo JOB.json")
    warnings.simplefilter("ignore")  # other libraries' deprecations are not for our users
    own_modules_last()
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    from zoped.train.grpo.faults import MachineFault
    from zoped.train.grpo.launcher import METRICS
    from zoped.train.grpo.train_round import RoundJob, TrainingError, train_round

    file = Path(arguments[0])
    job = RoundJob.model_validate_json(file.read_text(encoding="utf-8"))

    with (file.parent / METRICS).open("a", encoding="utf-8") as metrics:

        def on_log(values: Mapping[str, float], step: int) -> None:
            metrics.write(json.dumps([step, dict(values)]) + "\n")
            metrics.flush()

        try:
            train_round(job, on_log=on_log)
        except (TrainingError, MachineFault) as error:
            sys.exit(f"zoped: {error}")
    _leave()


def _leave() -> None:
    import torch.distributed

    if torch.distributed.is_initialized():
        torch.distributed.barrier()  # wait for rank 0 to save the student
        torch.distributed.destroy_process_group()


if __name__ == "__main__":
    main(sys.argv[1:])
