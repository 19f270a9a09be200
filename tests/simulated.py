"""A student, a teacher and a meter whose behaviour is known, to test optimizers with."""

import json
import re
from collections.abc import Sequence
from random import Random

from dspy.lm15 import Message, Request, Response, Usage

from zoped.evals import PassRateMeter


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


class FollowsDemonstrations:
    """A deterministic teacher: it repeats the operator shown last, else makes numbers larger."""

    supported_params = frozenset({"response_format", "temperature", "max_tokens", "seed"})
    supports_response_schema = True

    def __init__(self, reply=None):
        self.calls = 0
        self.reply = reply

    def complete(self, request: Request) -> Response:
        self.calls += 1
        shown = [
            match[1]
            for message in request.messages
            if message.role == "assistant"
            for match in re.finditer(r'"operator": "(\w+)"', message.text)
        ]
        operator = shown[-1] if shown else "grow_numbers"
        text = self.reply or json.dumps({"choice": {"operator": operator, "number": 0}})
        return Response(
            id=None,
            model=request.model,
            message=Message.assistant(text),
            finish_reason="stop",
            usage=Usage(input_tokens=1, output_tokens=1),
        )


class NeverAnswers(FollowsDemonstrations):
    """A teacher that counts its calls and fails each with `error`."""

    def __init__(self, error):
        super().__init__()
        self.error = error

    def complete(self, request: Request) -> Response:
        self.calls += 1
        raise self.error


class KnowsAnswers(PassRateMeter):
    """Tells the simulated student the answers, so that its skill alone decides."""

    def measure(self, questions, **options):
        self.student.answers.update({q.text: q.answer for q in questions})
        return super().measure(questions, **options)


class SkilledByMove:
    """A simulated student whose pass rate on a text is known: `rates` is told it with the answer."""

    def __init__(self):
        self.version = "skilled by move"
        self.known: dict[str, tuple[str, float]] = {}

    def sample(self, texts: Sequence[str], *, samples: int, seed: int) -> list[list[str]]:
        rng = Random(f"{seed}-{self.version}")
        return [
            [
                answer if rng.random() < rate else "no idea"
                for answer, rate in [self.known[text]] * samples
            ]
            for text in texts
        ]


class KnowsMoves(PassRateMeter):
    """Tells the simulated student how often it is right: `rate` says so of a problem."""

    def __init__(self, rate, **options):
        super().__init__(SkilledByMove(), **options)
        self.rate = rate

    def measure(self, questions, **options):
        self.student.known.update({q.text: (q.answer, self.rate(q)) for q in questions})
        return super().measure(questions, **options)
