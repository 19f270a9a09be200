"""What the loop's training costs beyond plain TRL steps at the same settings, start-up excluded.

    python benchmarks/loop_overhead.py

trains the lab student on the same problems twice a repetition, alternating which goes first: by a
bare `GRPOTrainer`, and by `zoped.train.train_round` (checkpoints at the round's end only, metrics
kept in SQLite by MLflow as `zoped run` does). A step's time runs from one `on_step_begin` to the
next, so that the callbacks, the logging and the saving at the end are in it. The bar is 3 %. The same
settings include TRL's log of completions, which Zoped turns on; a last row tells what that costs.
Processor time is told beside it: it is what other work on the machine disturbs least.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
warnings.simplefilter("ignore")

import torch
from datasets import Dataset
from transformers import AutoModelForCausalLM, AutoTokenizer, PrinterCallback, TrainerCallback
from trl import GRPOConfig, GRPOTrainer

from zoped.cli.tracking import open_tracker
from zoped.evals.held_out import held_out_problems
from zoped.students.prompting import messages
from zoped.train import RoundJob, TrainSettings, load_student
from zoped.train.grpo import train_round as rounds
from zoped.train.grpo.rewards import correctness

RESULTS = Path(__file__).parent / "results" / "loop_overhead.txt"
PROMPTS, GENERATIONS, TOKENS = 16, 8, 48
WARM_UP = 3  # steps whose time does not count


class Clock(TrainerCallback):
    """Seconds from the first step that counts to the end of the training, by both clocks."""

    def __init__(self) -> None:
        self.seconds, self.processor = 0.0, 0.0

    def on_step_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        if state.global_step == WARM_UP:
            self.seconds, self.processor = -time.perf_counter(), -time.process_time()

    def on_train_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self.seconds += time.perf_counter()
        self.processor += time.process_time()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=25)
    parser.add_argument("--repetitions", type=int, default=5)
    options = parser.parse_args()
    student = load_student("lab")
    problems = held_out_problems(600)
    rows = [
        {"text": one.text, "answer": one.answer, "id": ""}
        for one in (problems * 2)[: options.steps * PROMPTS]
    ]
    plain_clocks: list[Clock] = []
    bare_clocks: list[Clock] = []
    loop_clocks: list[Clock] = []
    for repetition in range(options.repetitions + 1):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            if repetition % 2:
                plain_clocks.append(plain(student, rows, folder, options.steps))
            loop_clocks.append(loop(student, rows, folder, options.steps))
            bare_clocks.append(plain(student, rows, folder, options.steps, completions=False))
            if not repetition % 2:
                plain_clocks.append(plain(student, rows, folder, options.steps))
    # The first of each warms the machine up.
    pairs = list(zip(plain_clocks[1:], loop_clocks[1:], strict=True))
    without = list(zip(bare_clocks[1:], plain_clocks[1:], strict=True))
    lines = [
        f"$ python {' '.join(['benchmarks/loop_overhead.py', *sys.argv[1:]])}",
        (
            f"{os.cpu_count()} cores, {torch.get_num_threads()} threads; lab student, {PROMPTS} problems"
            f" x {GENERATIONS} answers of at most {TOKENS} tokens a step"
        ),
        f"{options.repetitions} pairs of {options.steps - WARM_UP} counted steps; medians; plain TRL -> train_round",
        row("wall clock", [(a.seconds, b.seconds) for a, b in pairs], options.steps),
        row("processor time", [(a.processor, b.processor) for a, b in pairs], options.steps),
        "plain TRL without the log of completions, and with it:",
        row("wall clock", [(a.seconds, b.seconds) for a, b in without], options.steps),
    ]
    RESULTS.write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


def row(name: str, pairs: list[tuple[float, float]], steps: int) -> str:
    ratios = [after / before - 1 for before, after in pairs]
    before, after = (
        statistics.median(times) / (steps - WARM_UP) * 1000 for times in zip(*pairs, strict=True)
    )
    return (
        f"{name:15s} {before:6.0f} ms a step -> {after:6.0f}; overhead "
        f"{statistics.median(ratios):+.1%} ({min(ratios):+.1%} to {max(ratios):+.1%})"
    )


def plain(
    student: Any, rows: list[dict[str, str]], folder: Path, steps: int, *, completions: bool = True
) -> Clock:
    """A bare trainer that saves once, at the end."""
    clock = Clock()
    config = GRPOConfig(
        output_dir=str(folder / f"plain-{completions}"),
        log_completions=completions,
        num_completions_to_print=0 if completions else None,
        max_steps=steps,
        per_device_train_batch_size=PROMPTS * GENERATIONS,
        num_generations=GENERATIONS,
        max_completion_length=TOKENS,
        learning_rate=1e-6,
        temperature=1.0,
        shuffle_dataset=False,
        seed=0,  # as the round: the same answers, the same work
        save_steps=steps,
        logging_steps=1,
        use_cpu=True,
        bf16=False,
        gradient_checkpointing=False,
        report_to="none",
        disable_tqdm=True,
    )
    data = [
        {"prompt": messages(row["text"], student.instruction), "answer": row["answer"]}
        for row in rows
    ]
    trainer = GRPOTrainer(
        model=AutoModelForCausalLM.from_pretrained(student.folder, dtype=torch.float32),
        reward_funcs=[correctness],
        args=config,
        train_dataset=Dataset.from_list(data),
        processing_class=AutoTokenizer.from_pretrained(student.folder),
        callbacks=[clock],
    )
    trainer.remove_callback(PrinterCallback)
    trainer.train()
    return clock


def loop(student: Any, rows: list[dict[str, str]], folder: Path, steps: int) -> Clock:
    """The loop's training, with its tracker."""
    clock = Clock()
    (folder / "problems.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n")
    job = RoundJob(
        settings=TrainSettings(
            steps=steps, prompts_per_step=PROMPTS, num_generations=GENERATIONS, learning_rate=1e-6
        ),
        model=student.folder,
        problems=folder / "problems.jsonl",
        checkpoints=folder / "checkpoints",
        output=folder / "student",
        round=1,
        rounds=1,
        instruction=student.instruction,
        temperature=1.0,
        max_completion_length=TOKENS,
    )
    make = rounds.make_trainer

    def with_clock(job: RoundJob, callbacks: list[Any]) -> Any:
        return make(job, [*callbacks, clock])

    rounds.make_trainer = with_clock
    tracker = open_tracker(folder, experiment="overhead", name="overhead")
    try:
        with tracker.opened():

            def on_log(metrics: Mapping[str, float], step: int) -> None:
                named = {f"train/{key}": value for key, value in metrics.items()}
                tracker.metrics(named, step=step)

            rounds.train_round(job, on_log=on_log)
    finally:
        rounds.make_trainer = make
    return clock


if __name__ == "__main__":
    main()
