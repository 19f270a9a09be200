"""Campaigns on the lab student, each run whole, and crashed and resumed.

python campaigns.py FOLDER: trains every campaign of FOLDER/cases.json in FOLDER/CASE/whole and
FOLDER/CASE/crashed. Every run is a forked process, so that a crash is a real one (`os._exit` in the
middle of a step's log) and the libraries are imported once. Under torchrun every rank does it.
"""

import gc
import json
import os
import sys
import traceback
from pathlib import Path

from zoped.train import TrainSettings, load_student
from zoped.train.grpo.train_round import RoundJob, train_round

CRASHED = 9
LENGTH = 24  # tokens of an answer


def train(folder: Path, case: dict, model: str, die_at: int | None) -> None:
    settings = TrainSettings.model_validate(case["settings"])

    def on_log(metrics, step):
        with (folder / "log.jsonl").open("a") as file:
            file.write(json.dumps([step, metrics["loss"], metrics.get("reward")]) + "\n")
        if step == die_at:
            os._exit(CRASHED)

    rounds = case["rounds"]
    for round_ in range(1, rounds + 1):
        job = RoundJob(
            settings=settings,
            model=model,
            problems=folder / f"problems-{round_}.jsonl",
            checkpoints=folder / "checkpoints",
            output=folder / f"student-{round_}",
            round=round_,
            rounds=rounds,
            instruction="",
            temperature=1.0,
            max_completion_length=LENGTH,
        )
        train_round(job, on_log=on_log)


def forked(port: int, *arguments) -> int:
    """`train` in a child process; its exit code."""
    os.environ["MASTER_PORT"] = str(port)
    os.environ["TORCHELASTIC_USE_AGENT_STORE"] = "False"
    child = os.fork()
    if child == 0:
        code = 1
        try:
            train(*arguments)
            code = 0
        except BaseException:
            traceback.print_exc()
            raise
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main(folder: Path) -> None:
    import datasets  # noqa: F401  imported once, for all children
    import peft  # noqa: F401
    import trl

    trl.GRPOTrainer, trl.RLOOTrainer  # noqa: B018  loaded when first named
    model = load_student("lab").folder
    cases = json.loads((folder / "cases.json").read_text())
    port = int(os.environ.get("MASTER_PORT", "0"))
    codes = {}
    gc.collect()
    gc.freeze()  # what was imported stays: no run need look through it
    for name, case in cases.items():
        runs = [("whole", None)]
        if case["die_at"]:
            runs += [("crashed", case["die_at"]), ("crashed", None)]
        codes[name] = []
        for run, die_at in runs:
            port += 1
            codes[name].append(forked(port, folder / name / run, case, model, die_at))
    rank = os.environ.get("RANK", "0")
    (folder / f"codes-{rank}.json").write_text(json.dumps(codes))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
