"""A teacher and a meter whose behaviour is known, to test optimizers with."""

import json
import re

from dspy.lm15 import Message, Request, Response, Usage

from zoped.evals import PassRateMeter


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


class KnowsAnswers(PassRateMeter):
    """Tells the simulated student the answers, so that its skill alone decides."""

    def measure(self, questions, **options):
        self.student.answers.update({q.text: q.answer for q in questions})
        return super().measure(questions, **options)
