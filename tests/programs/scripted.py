"""A teacher that does every step by rules, in this process, and counts what it is asked."""

from __future__ import annotations

import json
from random import Random
from threading import Lock
from typing import Any

import dspy
from dspy.lm15 import Message, Request, Response, Usage

from zoped.programs import Seed, builtin_seeds
from zoped.signatures import WrittenProblem
from zoped.symbolic import SymbolicProblem

SEEDS = [seed for seed in builtin_seeds() if seed.symbols is not None]
SEED = next(seed for seed in SEEDS if seed.id == "pens-given")


def without_symbols(seed: Seed) -> Seed:
    return seed.model_copy(update={"symbols": None})


def written(problem: SymbolicProblem) -> dict[str, Any]:
    return WrittenProblem.of(problem).model_dump(mode="json")


class Teacher:
    """Chooses `operator`, rewrites into `rewritten`, formalizes every text as `formalized` (after as
    many wrong replies as `wrong` says), and tells a problem by its draft, or by the next of `texts`
    where there are some."""

    supported_params = frozenset({"response_format", "temperature", "max_tokens", "seed"})
    supports_response_schema = True

    def __init__(
        self,
        operator: str = "change_numbers",
        rewritten: SymbolicProblem | None = None,
        formalized: SymbolicProblem | None = None,
        texts: tuple[str, ...] = (),
        extra: dict[str, Any] | None = None,
        wrong: int = 0,
    ) -> None:
        self.operator = operator
        self.rewritten = rewritten or SEEDS[1].symbols
        self.formalized = formalized or SEED.symbols
        self.texts = list(texts)
        self.wrong = wrong
        self.extra = extra or {}
        self.requests: list[Request] = []
        self.lock = Lock()

    @property
    def calls(self) -> int:
        return len(self.requests)

    def complete(self, request: Request) -> Response:
        with self.lock:
            self.requests.append(request)
            reply = json.dumps({**self.extra, **self.reply(request)})
        return Response(
            id=None,
            model=request.model,
            message=Message.assistant(reply),
            finish_reason="stop",
            usage=Usage(input_tokens=3, output_tokens=2),
        )

    def reply(self, request: Request) -> dict[str, Any]:
        prompt = request.messages[-1].text
        if "`formalization`" in prompt and self.wrong > 0:
            self.wrong -= 1
            return {"formalization": written(SEEDS[1].symbols)}
        if "`formalization`" in prompt:
            return {"formalization": written(self.formalized)}
        if "`rewritten`" in prompt:
            return {"rewritten": written(self.rewritten)}
        if "`text`" in prompt:
            draft = prompt.partition("[[ ## draft ## ]]\n")[2].partition("\n\n")[0]
            return {"text": self.texts.pop(0) if self.texts else draft}
        number = Random(len(prompt)).randint(0, 3)
        return {"choice": {"operator": self.operator, "number": number}}

    def lm(self) -> dspy.LM:
        return dspy.LM(
            "scripted", engine=self, async_engine=Awaited(self), cache=False, num_retries=0
        )


class Awaited:
    """The same teacher for those who await it."""

    supported_params = Teacher.supported_params
    supports_response_schema = True

    def __init__(self, teacher: Teacher) -> None:
        self.teacher = teacher

    async def complete(self, request: Request) -> Response:
        return self.teacher.complete(request)
