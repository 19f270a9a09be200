"""Two rounds with a real small model: what SmolLM2-135M-Instruct learns from problems at its level.

    python benchmarks/smollm2_rounds.py

runs `zoped run configs/smollm2.yaml` (it resumes if it was stopped), then asks the first and the
last student the same questions: one-digit problems like those it trained on, whose operation with
these numbers was in none of them, and fixed samples of SVAMP and MAWPS-AddSub (from the folder
ZOPED_DATA). It also compares the share of groups that carry a gradient, as trained, with that of the
raw SVAMP training problems. About 40 minutes on two idle cores; benchmarks/results/smollm2_rounds.txt keeps the table.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from random import Random
from statistics import fmean

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from zoped.cli.config import load_config
from zoped.cli.main import app
from zoped.evals import Accuracy, accuracy, paired_difference
from zoped.evals.benchmarks import BenchmarkProblem, load_benchmark
from zoped.evals.intervals import wilson_interval
from zoped.programs import Seed, load_seeds
from zoped.symbolic import MutationRefused, check_problem, instance_key, mutate, realize
from zoped.train import HFStudent, RunSettings
from zoped.train.loop.parts import load_run_student
from zoped.train.state import STATE, RunState

ROOT = Path(__file__).parents[1]
CONFIG = ROOT / "configs" / "smollm2.yaml"
GROUPS = 56  # of raw SVAMP problems
RESULTS = ROOT / "benchmarks" / "results" / "smollm2_rounds.txt"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run-dir", type=Path, default=ROOT / "runs" / "smollm2")
    parser.add_argument("--questions", type=int, default=100, help="of each kind")
    parser.add_argument("--samples", type=int, default=4, help="answers to each at its level")
    parser.add_argument("--benchmark-samples", type=int, default=2, help="to each of SVAMP, AddSub")
    parser.add_argument(
        "--start", action="store_true", help="only the untrained student on the test sets, and stop"
    )
    options = parser.parse_args()
    os.chdir(ROOT)
    settings = load_config(CONFIG)
    svamp = load_benchmark("svamp", count=options.questions)
    addsub = load_benchmark("mawps_addsub", count=options.questions)
    raw = load_benchmark("svamp", split="train", count=GROUPS)
    first = Measured(load_run_student(settings), options.run_dir)
    if options.start:
        first.accuracy(svamp, options.benchmark_samples)
        first.accuracy(addsub, options.benchmark_samples)
        first.accuracy(raw, settings.train.num_generations)
        return
    app(["run", str(CONFIG), "--run-dir", str(options.run_dir)], standalone_mode=False)
    known = trained_on(options.run_dir, settings)
    level = at_its_level(load_seeds(settings.seeds.path), known, options.questions)
    print(f"{len(level)} new problems at its level", flush=True)
    last = options.run_dir / "rounds" / f"{settings.rounds:04d}" / "student"
    trained = Measured(load_run_student(settings, last), options.run_dir)
    rounds = range(1, settings.rounds + 1)
    steps = " and ".join(str(settings.train.steps_of(round_)) for round_ in rounds)
    lines = [
        (
            "$ python benchmarks/smollm2_rounds.py "
            f"--questions {options.questions} --samples {options.samples} "
            f"--benchmark-samples {options.benchmark_samples}"
        ),
        (
            f"{os.cpu_count()} cores; {settings.rounds} rounds of {steps} GRPO steps; "
            f"temperature {settings.student.temperature}, at most {settings.student.max_new_tokens} "
            "tokens an answer; 95 % intervals"
        ),
        f"{'questions':26s}{'answers':>9s}  {'before':24s}{'after':24s}gain",
    ]
    for name, questions, samples in (
        ("one-digit, at its level", level, options.samples),
        ("SVAMP", svamp, options.benchmark_samples),
        ("MAWPS-AddSub", addsub, options.benchmark_samples),
    ):
        before, after = (one.accuracy(questions, samples) for one in (first, trained))
        low, high = paired_difference(list(before.scores), list(after.scores))
        lines.append(
            f"{name:26s}{before.total:9,d}  {share(before.mean, before.interval):24s}"
            f"{share(after.mean, after.interval):24s}{after.mean - before.mean:+.1%} "
            f"({low:+.1%} to {high:+.1%})"
        )
        print(lines[-1], flush=True)
    lines += ["", f"share of the groups of {settings.train.num_generations} that carry a gradient"]
    for round_, value in enumerate(gradient_shares(options.run_dir, settings), start=1):
        groups = settings.train.problems_of(round_)
        interval = wilson_interval(value * groups, groups)
        lines.append(
            f"  round {round_}, as trained     {groups:4d} groups  {share(value, interval)}"
        )
    scores = first.accuracy(raw, settings.train.num_generations).scores
    mixed = [0 < score < 1 for score in scores]
    interval = wilson_interval(sum(mixed), len(mixed))
    lines.append(
        f"  raw SVAMP problems      {len(mixed):4d} groups  {share(fmean(mixed), interval)}"
    )
    RESULTS.write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


class Measured:
    """A student's accuracies, kept in the run folder: what was measured is not measured again."""

    def __init__(self, student: HFStudent, run: Path) -> None:
        self.student = student
        self.file = run.with_name(f"{run.name}-measured.json")

    def accuracy(self, questions: Sequence[BenchmarkProblem], samples: int) -> Accuracy:
        asked = hashlib.sha256(repr([samples, *questions]).encode()).hexdigest()[:16]
        key = f"{self.student.version} {asked}"
        known = json.loads(self.file.read_text()) if self.file.exists() else {}
        if key not in known:
            known[key] = accuracy(self.student, questions, samples=samples, seed=7).scores
            self.file.parent.mkdir(parents=True, exist_ok=True)
            self.file.write_text(json.dumps(known))
        return Accuracy(tuple(known[key]), samples)


def trained_on(run: Path, settings: RunSettings) -> set[str]:
    """The keys of the problems in the rounds' training files: structure and numbers, in any words."""
    keys: set[str] = set()
    with RunState(run / STATE) as state:
        for round_ in range(1, settings.rounds + 1):
            file = run / "rounds" / f"{round_:04d}" / "problems.jsonl"
            ids = {json.loads(line)["id"] for line in file.open(encoding="utf-8")}
            keys |= {made.instance_key for made in state.problems(round_) if made.id in ids}
    return keys


def at_its_level(
    seeds: Sequence[Seed], trained: set[str], count: int, tries: int = 3_000
) -> list[BenchmarkProblem]:
    """New problems with one-digit numbers from the run's seeds; none was trained on, in any words.

    Fewer than `count` where so many cannot be made: one-digit sums are few.
    """
    rng = Random("at its level")
    found: dict[str, BenchmarkProblem] = {}
    for _ in range(tries):
        seed = rng.choice(seeds)
        assert seed.symbols is not None
        try:
            problem = mutate(seed.symbols, "one_digit_numbers", seed=rng.getrandbits(31))
        except MutationRefused:
            continue
        key = instance_key(problem)
        if key in trained or f"{seed.id} {key}" in found:
            continue
        check = check_problem(problem)
        if check.reason is None and check.solution.answer:
            text = realize(problem, rng.getrandbits(31))
            name = f"{seed.id} {key}"
            found[name] = BenchmarkProblem(name, text, check.solution.answer)
            if len(found) == count:
                break
    return list(found.values())


def gradient_shares(run: Path, settings: RunSettings) -> list[float]:
    """By round: one minus the mean of what TRL logged as `frac_reward_zero_std`."""
    end = settings.train.last_step(settings.rounds)
    state = json.loads(
        (run / "checkpoints" / f"checkpoint-{end}" / "trainer_state.json").read_text()
    )
    logged = {
        entry["step"]: entry["frac_reward_zero_std"]
        for entry in state["log_history"]
        if "frac_reward_zero_std" in entry
    }
    shares = []
    for round_ in range(1, settings.rounds + 1):
        steps = range(
            settings.train.last_step(round_ - 1) + 1, settings.train.last_step(round_) + 1
        )
        shares.append(1 - fmean(logged[step] for step in steps))
    return shares


def share(value: float, interval: tuple[float, float]) -> str:
    return f"{value:.1%} ({interval[0]:.1%} to {interval[1]:.1%})"


if __name__ == "__main__":
    main()
