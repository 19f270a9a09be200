"""Whether tuning matters to the embedded reader: learnable coverage of moves with tuned weights and prompts,
untuned ones, and tuned weights given to other moves.

    python -m benchmarks.embedded_tuning --seeds 0 1

The moves are the operators and strategies of configs/raw_text.yaml, the student the packaged `lab-stories`, the
texts those of configs/raw_text_seeds.jsonl that the reader formalizes. Half of them, drawn by the random seed, are
tuned on; a decision is taken on each of the others. "Coverage" is learnable coverage of one decision;
"for its cost" that for 32 rollouts, a call of the reader counting 8. "Shuffled" is the mean of two shufflings.
Seeds that are formalized are kept in the file `--formalizations`.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path
from random import Random
from statistics import fmean

import dspy
import yaml

from tests.obeying import shuffled, worth
from zoped.evals import PassRateMeter, measure_program, student_notes
from zoped.optimizers import PassRateTeleprompter
from zoped.programs import GenerateProblem, Seed, load_seeds
from zoped.programs.acceptance import NotAccepted
from zoped.programs.formalizing.kept import KeptFormalizations
from zoped.programs.teachers.calls import TeacherCalls
from zoped.programs.teachers.load import load_teacher
from zoped.programs.teachers.notation import adapter_of
from zoped.programs.under_way import all_at_once
from zoped.students import load_student

CONFIG = Path("configs/raw_text.yaml")
SHUFFLINGS = 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--calls", type=int, default=80, help="of the reader, to tune with")
    parser.add_argument("--texts", type=int, default=100)
    parser.add_argument("--formalizations", type=Path, default=Path("formalizations.db"))
    options = parser.parse_args()
    print(f"python -m benchmarks.embedded_tuning {' '.join(sys.argv[1:])}, {os.cpu_count()} cores")
    print("          untuned           tuned        shuffled")
    print(
        "seed coverage for cost coverage for cost coverage for cost   calls seconds  what was best"
    )
    kept = KeptFormalizations(options.formalizations)
    for random_seed in options.seeds:
        began = time.monotonic()
        values, calls, origin = measured(random_seed, options.calls, options.texts, kept)
        numbers = " ".join(f"{value:8.2f}" for value in values)
        seconds = time.monotonic() - began
        print(f"{random_seed:4} {numbers} {calls:7} {seconds:7.0f}  {origin}", flush=True)


def measured(
    random_seed: int, calls: int, texts: int, kept: KeptFormalizations
) -> tuple[list[float], int, str]:
    """Coverage and that for its cost, untuned, tuned and shuffled; the reader's calls; what was best."""
    config = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))
    moves = {name: config["generate"][name] for name in ("operators", "strategies", "mutation")}
    untuned = GenerateProblem(**moves, variants=4, random_seed=random_seed, kept=kept)
    teacher = reader()
    seeds = formalized(load_seeds("configs/raw_text_seeds.jsonl")[:texts], untuned, teacher)
    order = Random(random_seed).sample(seeds, len(seeds))
    train, fresh = order[: len(order) // 2], order[len(order) // 2 :]
    student = load_student("lab-stories")
    notes = student_notes(order, PassRateMeter(student, max_rollouts=12, seed=random_seed))
    trainset = [
        dspy.Example(seed=s, student_note=notes[s.id]).with_inputs("seed", "student_note")
        for s in train
    ]
    tuned = PassRateTeleprompter(
        PassRateMeter(student, max_rollouts=12, seed=random_seed),
        max_teacher_calls=calls,
        max_rollouts=3_000,
        variants=4,
        random_seed=random_seed,
    ).compile(untuned, trainset=trainset, teacher=teacher)
    found = []
    for program in (untuned, tuned, *(shuffled(tuned, k) for k in range(SHUFFLINGS))):
        meter = PassRateMeter(student, max_rollouts=12, seed=1_000 + random_seed)
        made = measure_program(program, fresh, meter, stream=50, notes=notes, teacher=teacher)
        found.append(worth(made.decisions))
    before, after, *mixed = found
    other = [fmean(column) for column in zip(*mixed, strict=True)]
    return [*before, *after, *other], tuned.tuning["teacher_calls"], tuned.tuning["origin"]


def reader() -> TeacherCalls:
    lm = load_teacher("embedded-reader", max_tokens=160)
    return TeacherCalls(lm, adapter=adapter_of("short"), concurrency=4)


def formalized(seeds: list[Seed], program: GenerateProblem, teacher: TeacherCalls) -> list[Seed]:
    """Those that the reader formalizes, with their symbols."""

    async def read(seed: Seed) -> Seed | None:
        try:
            return seed.model_copy(
                update={"symbols": await program.asymbols(seed, teacher=teacher)}
            )
        except NotAccepted:
            return None

    found = all_at_once([lambda seed=seed: read(seed) for seed in seeds], most=4)
    return [seed for seed in found if seed is not None]


if __name__ == "__main__":
    main()
