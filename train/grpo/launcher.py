"""Starting a round's training: in this process, or by torchrun, accelerate or a cluster's command.

A launched round is one command that reads a job file and exits with 0
(`python -m zoped.train.grpo JOB.json`); its metrics come back over a file, so it may run on any
machine that sees the run folder.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import time
from importlib import resources
from pathlib import Path

from zoped.foundation.files import write_whole
from zoped.foundation.module_process import SAFE, module_command
from zoped.train.grpo.train_round import OnLog, RoundJob, TrainingError, train_round

JOB = "job.json"
METRICS = "metrics.jsonl"  # a line a logged step, written by the job's first process
FAULT = "fault.txt"  # why the first of the job's processes that failed did
OUTPUT = "job.log"  # what the job printed
ALIASES = {"ddp": "multi_gpu", "fsdp": "fsdp2"}  # names of TRL's accelerate configurations
POLL = 0.2  # seconds between looks at the metrics


def launch_round(job: RoundJob, folder: Path, *, on_log: OnLog | None = None) -> None:
    """Train the round as `train.launcher` says, and wait for it; `folder` takes the job's files.

    Raises TrainingError when the job fails, with what it says of that, or the end of what it printed.
    """
    settings = job.settings
    if settings.launcher == "local":
        train_round(job, on_log=on_log)
        return
    folder.mkdir(parents=True, exist_ok=True)
    # The command may start elsewhere: no path may hang on this process's folder.
    paths = ("problems", "checkpoints", "output")
    whole: dict[str, object] = {name: getattr(job, name).resolve() for name in paths}
    if Path(job.model).is_dir():
        whole["model"] = str(Path(job.model).resolve())
    job = job.model_copy(update=whole)
    file = folder / JOB
    write_whole(file, job.model_dump_json(indent=1))
    metrics = folder / METRICS
    fault = folder / FAULT
    for file_of_before in (metrics, fault):
        file_of_before.unlink(missing_ok=True)
    arguments = launch_command(settings.launcher, settings.processes, file.resolve())
    # The user's own scripts may import what lies beside them.
    environment = {**os.environ, **({} if "{command}" in settings.launcher else SAFE)}
    output = folder / OUTPUT
    with output.open("w", encoding="utf-8") as printed:
        try:
            process = subprocess.Popen(
                arguments,
                stdout=printed,
                stderr=subprocess.STDOUT,
                start_new_session=False,
                env=environment,
            )
        except OSError as error:
            raise TrainingError(f"train.launcher: {arguments[0]}: {error.strerror}") from None
        read = 0
        try:
            while process.poll() is None:
                read = _forward(metrics, read, on_log)
                time.sleep(POLL)
        except BaseException:
            process.terminate()
            process.wait()
            raise
    _forward(metrics, read, on_log)
    if process.returncode != 0:
        if fault.is_file():
            told = fault.read_text(encoding="utf-8", errors="replace").strip()
            raise TrainingError(
                f"the training job failed: {told}\n{output} has all that it printed"
            )
        tail = output.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-12:]
        raise TrainingError(
            f"the training job ended with {process.returncode}; {output} ends with:\n"
            + "\n".join(tail)
        )
    if not job.output.is_dir():
        raise TrainingError(
            f"the training job ended with 0, but {job.output} is not there: does the launcher's "
            "command wait for the job, and does the job see this folder?"
        )


def launch_command(launcher: str, processes: int | None, job: Path) -> list[str]:
    """The command line of a launcher other than `local`. Raises TrainingError.

    >>> launch_command("srun -N 1 {command}", None, Path("/runs/a/job.json"))[:3]
    ['srun', '-N', '1']
    """
    module = ["-m", "zoped.train.grpo", str(job)]
    python = sys.executable
    if launcher == "torchrun":
        count = f"--nproc-per-node={processes or 'auto'}"
        return [python, "-m", "torch.distributed.run", "--standalone", count, *module]
    if launcher.startswith("accelerate:"):
        config = accelerate_config(launcher.removeprefix("accelerate:"))
        count_option = ["--num_processes", str(processes)] if processes else []
        return [
            python,
            *("-m", "accelerate.commands.launch", "--config_file", str(config)),
            *count_option,
            *module,
        ]
    command = shlex.join([*module_command("zoped.train.grpo"), str(job)])
    words: list[str] = []
    try:
        parts = shlex.split(launcher)
    except ValueError as error:
        raise TrainingError(f"train.launcher: {launcher} is no command: {error}") from None
    for word in parts:
        # Alone, it stands for several words; inside quotes (`bash -c "... {command}"`), for text.
        words += (
            shlex.split(command) if word == "{command}" else [word.replace("{command}", command)]
        )
    return words


def accelerate_config(name: str) -> Path:
    """The YAML file of that path, or TRL's of that name. Raises TrainingError."""
    if Path(name).is_file():
        return Path(name)
    with resources.as_file(resources.files("trl") / "accelerate_configs") as folder:
        shipped = {path.stem: path for path in sorted(folder.glob("*.yaml"))}
    file = shipped.get(ALIASES.get(name, name))
    if file is None:
        raise TrainingError(
            f"train.launcher: accelerate:{name}: there is no such file; "
            f"TRL has {', '.join(shipped)}, also called {', '.join(ALIASES)}"
        )
    return file


def _forward(metrics: Path, read: int, on_log: OnLog | None) -> int:
    """Hand on the whole lines after byte `read`; the byte after the last of them."""
    if not metrics.exists():
        return read
    with metrics.open("rb") as file:
        file.seek(read)
        for line in file:
            if not line.endswith(b"\n"):
                break
            read += len(line)
            step, values = json.loads(line)
            if on_log is not None:
                on_log(values, step)
    return read
