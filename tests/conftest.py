"""What every test starts from: no thread spinning, no telemetry, DSPy as it comes."""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

from collections.abc import Sequence
from random import Random

import pytest


class SkilledStudent:
    """A simulated student: right with a probability that falls with the size of the answer.

    `skill` is the answer at which it is right half of the time. For the statistics of meters and
    optimizers, where the true pass rate has to be known.
    """

    def __init__(self, answers: dict[str, str], skill: float = 20.0) -> None:
        self.version = f"skilled@{skill}"
        self.answers = answers
        self.skill = skill
        self.asked = 0

    def pass_rate(self, text: str) -> float:
        return 1 / (1 + (abs(float(self.answers[text])) / self.skill) ** 3)

    def sample(self, texts: Sequence[str], *, samples: int, seed: int) -> list[list[str]]:
        rng = Random(f"{seed}-{self.version}")
        self.asked += len(texts) * samples
        return [
            [
                self.answers[text] if rng.random() < self.pass_rate(text) else "no idea"
                for _ in range(samples)
            ]
            for text in texts
        ]


@pytest.fixture
def skilled_student():
    return SkilledStudent
