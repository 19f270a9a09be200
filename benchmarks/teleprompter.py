"""Does tuning with pass rates move what a tiny teacher makes into the student's band?

    python benchmarks/teleprompter.py [--seeds 0 1 2 3 4] > benchmarks/results/teleprompter.txt

The embedded teacher (SmolLM2-135M), the elementary seeds, three lab students: the packaged one
(strong), and two that this script trains, on half of the examples (weak) and on a quarter
(beginner: of 6,549 mutants of these seeds it solves 3 more often than four times in five, so hardly
anything is easy enough for it). For each random seed the seeds are split; `PassRateTeleprompter`
sees two thirds, and the share in the band is measured on the rest, for the untuned and the tuned
program on the same random streams: problems in the band / made, of how many of the held-out seeds
(a tuned program passes over those that are out of the student's reach), and the share. "cpu" is
the processor time of tuning, in minutes: on an idle machine with two cores it takes no longer than
that; next to other work it does ("minutes").
"""

from __future__ import annotations

import argparse
import os
import sys

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch: threads that wait must not spin
import time
from pathlib import Path
from random import Random
from statistics import median

import dspy

from zoped.cli.config import load_config
from zoped.evals import PassRateMeter, measure_program, student_notes
from zoped.evals.held_out import elementary
from zoped.optimizers import PassRateTeleprompter, band
from zoped.optimizers.measuring import examples_of
from zoped.programs import GenerateProblem, builtin_seeds
from zoped.programs.teachers.load import load_teacher
from zoped.students.lab import LabSettings, make_lab_student
from zoped.train import load_student

LAB = Path(__file__).parent.parent / "configs" / "lab" / "base.yaml"
TRAINED = {"weak": 8_000, "beginner": 4_000}  # examples
LAPS = 1  # of the held-out seeds, with other random streams


def student(name: str) -> str:
    """The model's name or folder, trained first where it is not there yet."""
    if name not in TRAINED:
        return "lab"
    folder = Path(f"runs/{name}-lab-student")
    if not (folder / "config.json").exists():
        make_lab_student(folder, LabSettings(examples=TRAINED[name], seed=1))
    return str(folder)


def one(name: str, seed: int, calls: int) -> tuple[str, float]:
    """The row of one tuning, and the points it gained."""
    student = load_student(name)
    seeds = [s for s in builtin_seeds() if s.symbols and elementary(s.symbols, most_steps=2)]
    order = Random(f"split-{seed}").sample(seeds, len(seeds))
    cut = 2 * len(order) // 3
    train, held_out = order[:cut], order[cut:]
    meter = PassRateMeter(student, seed=seed)
    notes = student_notes(order, meter)
    program = GenerateProblem(
        signatures={"mutate": "zoped.signatures.ChooseMutationByText"},
        operators=load_config(LAB).generate.operators,
        random_seed=seed,
    )
    start, cpu = time.monotonic(), time.process_time()
    tuned = PassRateTeleprompter(
        meter,
        objective=band,
        max_teacher_calls=calls,
        batch_size=8,
        candidates=3,
        exploration_tries=500,
        random_seed=seed,
    ).compile(
        program,
        trainset=examples_of(train, notes),
    )
    minutes = (time.monotonic() - start) / 60
    cpu = (time.process_time() - cpu) / 60
    fresh = PassRateMeter(student, seed=seed + 1_000)
    counts = []
    for version in (program, tuned):
        made = [
            measure_program(version, held_out, fresh, stream=10_000 + lap, notes=notes)
            for lap in range(LAPS)
        ]
        rates = [rate.rate for measured in made for rate in measured.pass_rates]
        malformed = sum(r.reason == "malformed" for measured in made for r in measured.rejections)
        inside = sum(map(fresh.band.contains, rates))
        used = sum(bool(decision.problems) for measured in made for decision in measured.decisions)
        counts.append((inside, len(rates), malformed, used))
    shares = [inside / total if total else 0.0 for inside, total, _, _ in counts]
    gain = 100 * (shares[1] - shares[0])
    (a, n, _, every), (b, m, bad, used) = counts
    row = (
        f"{seed:4}{a:6}/{n:<4}{every:3}{b:6}/{m:<4}{used:3}{shares[0]:8.0%}{shares[1]:8.0%}"
        f"{gain:+8.0f}"
        f"{bad:6}{tuned.tuning['teacher_calls']:8}{tuned.tuning['rollouts']:10,}{minutes:8.1f}"
        f"{cpu:6.1f}"
        f"  {tuned.tuning['origin']}"
    )
    return row, gain


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--students", nargs="+", default=["strong", *TRAINED],
                        choices=["strong", *TRAINED])  # fmt: skip
    parser.add_argument("--calls", type=int, default=48, help="of the teacher, in tuning")
    options = parser.parse_args()
    print("$ python benchmarks/teleprompter.py " + " ".join(sys.argv[1:]))
    print(f"{os.cpu_count()} cores; problems in the band of those made from held-out seeds")
    with dspy.context(lm=load_teacher("embedded", max_tokens=64), adapter=dspy.JSONAdapter()):
        for name in options.students:
            print(f"\n{name} student\nseed     untuned of      tuned of  "
                  "before   after  points   bad   calls  rollouts minutes   cpu")  # fmt: skip
            gains = []
            for seed in options.seeds:
                row, gain = one(student(name), seed, options.calls)
                gains.append(gain)
                print(row, flush=True)
            print(f"median {median(gains):+.0f} points")


if __name__ == "__main__":
    main()
