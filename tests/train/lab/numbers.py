"""Runs of a lab whose numbers are given, to test the statistics with."""

from zoped.train.lab.results import Point, RunNumbers


def run(arm: str, seed: int, accuracies: list[float], *, spent: int = 100, **numbers) -> RunNumbers:
    """A finished run that spends `spent` rollouts a round."""
    points = tuple(
        Point(number, spent * number, accuracy, {"above": accuracy / 2})
        for number, accuracy in enumerate(accuracies)
    )
    values = {
        "student": "lab",
        "finished": True,
        "measuring": 0,
        "tuning": 0,
        "training": spent * (len(accuracies) - 1),
        "evaluation": 10,
        "teacher_calls": 0,
        "steps": 2,
        "problems": 5,
        "structures": 3,
        "gradient_expected": None,
        "gradient_measured": 0.5,
        "seconds": 60.0,
        "cpu_seconds": 30.0,
    }
    return RunNumbers(arm=arm, seed=seed, points=points, **values | numbers)
