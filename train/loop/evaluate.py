"""Evaluate: accuracy on the held-out problems and on the configured test sets."""

from __future__ import annotations

from zoped.evals import Accuracy, accuracy, greedy_accuracy
from zoped.evals.benchmarks import load_benchmark
from zoped.evals.held_out import LEVELS
from zoped.train.loop.observe import Progress, Tracker
from zoped.train.loop.round import Round
from zoped.train.results import BenchmarkScore, Evaluated
from zoped.train.scores import GREEDY, HELD_OUT, keep_scores


def evaluate(round: Round, tracker: Tracker, progress: Progress) -> Evaluated:
    """The student after the round's training: the same questions and the same random stream in
    every round that is evaluated."""
    if not round.settings.evaluates(round.number):
        return Evaluated.none()
    named = f"round {round.number}: " if round.number else ""
    with progress.task(f"{named}held-out problems", None):
        result = accuracy(
            round.run.student(round.number),
            round.run.held_out,
            samples=round.settings.evaluate.samples,
            check=round.run.check,
            seed=round.run.random_seed(0, "evaluate"),
        )
    keep_scores(round.state, round.number, HELD_OUT, round.run.held_out, result)
    greedy = _greedy(round, progress, named) if round.settings.evaluate.greedy else None
    levels = _levels(round, result)
    low, high = result.interval
    shown = ", ".join(f"{name} {score.accuracy:.1%}" for name, score in levels.items())
    likeliest = f", by likeliest answers {greedy.accuracy:.1%}" if greedy else ""
    progress.note(
        f"{round.title}: held-out accuracy {result.mean:.1%} ({low:.1%} to {high:.1%}){likeliest}; {shown}"
    )
    benchmarks = {
        name: _benchmark(round, name, progress) for name in round.settings.evaluate.benchmarks
    }
    return Evaluated(
        accuracy=result.mean,
        correct=result.correct,
        total=result.total,
        low=low,
        high=high,
        rollouts=sum(asked.total for asked in (result, *benchmarks.values()))
        + (len(round.run.held_out) if greedy else 0),
        benchmarks={name: _score(found) for name, found in benchmarks.items()},
        levels=levels,
        greedy=greedy,
    )


def _greedy(round: Round, progress: Progress, named: str) -> BenchmarkScore:
    with progress.task(f"{named}held-out problems, likeliest answers", None):
        result = greedy_accuracy(
            round.run.student(round.number), round.run.held_out, check=round.run.check
        )
    keep_scores(round.state, round.number, GREEDY, round.run.held_out, result)
    return _score(result)


def _levels(round: Round, result: Accuracy) -> dict[str, BenchmarkScore]:
    """The accuracy on each level of the held-out problems."""
    scores: dict[str, list[float]] = {}
    names = LEVELS[round.settings.evaluate.held_out]
    for problem, score in zip(round.run.held_out, result.scores, strict=True):
        scores.setdefault(names[problem.grade], []).append(score)
    return {
        name: _score(Accuracy(tuple(scores[name]), result.samples))
        for name in names
        if name in scores
    }


def _score(result: Accuracy) -> BenchmarkScore:
    return BenchmarkScore(result.mean, *result.interval)


def _benchmark(round: Round, name: str, progress: Progress) -> Accuracy:
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
    keep_scores(round.state, round.number, name, questions, result)
    low, high = result.interval
    progress.note(f"{name}: {result.mean:.1%} ({low:.1%} to {high:.1%})")
    return result
