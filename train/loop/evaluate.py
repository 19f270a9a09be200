"""Evaluate: accuracy on the held-out problems and on the configured test sets."""

from __future__ import annotations

from zoped.evals import accuracy
from zoped.evals.benchmarks import load_benchmark
from zoped.train.loop.observe import Progress, Tracker
from zoped.train.loop.round import Round
from zoped.train.results import BenchmarkScore, Evaluated


def evaluate(round: Round, tracker: Tracker, progress: Progress) -> Evaluated:
    """The student after the round's training: the same questions and the same random stream in
    every round."""
    named = f"round {round.number}: " if round.number else ""
    with progress.task(f"{named}held-out problems", None):
        result = accuracy(
            round.run.student(round.number),
            round.run.held_out,
            samples=round.settings.evaluate.samples,
            check=round.run.check,
            seed=round.run.random_seed(0, "evaluate"),
        )
    low, high = result.interval
    progress.note(f"{round.title}: held-out accuracy {result.mean:.1%} ({low:.1%} to {high:.1%})")
    return Evaluated(
        accuracy=result.mean,
        correct=result.correct,
        total=result.total,
        low=low,
        high=high,
        rollouts=result.total,
        benchmarks={
            name: _benchmark(round, name, progress) for name in round.settings.evaluate.benchmarks
        },
    )


def _benchmark(round: Round, name: str, progress: Progress) -> BenchmarkScore:
    """Graded as the held-out problems are, and as the training is."""
    questions = load_benchmark(name, count=round.settings.evaluate.benchmark_problems)
    with progress.task(f"round {round.number}: {name}", None):
        result = accuracy(
            round.run.student(round.number),
            questions,
            samples=round.settings.evaluate.samples,
            check=round.run.check,
            seed=round.run.random_seed(0, name),
        )
    low, high = result.interval
    progress.note(f"{name}: {result.mean:.1%} ({low:.1%} to {high:.1%})")
    return BenchmarkScore(result.mean, low, high)
