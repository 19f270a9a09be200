"""Decisions that the teacher was asked for, as JSON: a search that resumes asks for none of them again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zoped.evals import Band, Decision, PassRate
from zoped.programs import GeneratedProblem, Rejection, Seed
from zoped.symbolic import SymbolicProblem


def dumped(decision: Decision) -> dict[str, Any]:
    symbols = decision.symbols
    return {
        "seed": decision.seed.model_dump(mode="json"),
        "move": decision.move,
        "arguments": dict(decision.arguments),
        "problems": [problem.model_dump(mode="json") for problem in decision.problems],
        "pass_rates": [(rate.passes, rate.rollouts) for rate in decision.pass_rates],
        "rejections": [rejection.model_dump(mode="json") for rejection in decision.rejections],
        "symbols": None if symbols is None else symbols.model_dump(mode="json"),
        "band": list(decision.band),
        "teacher_calls": decision.teacher_calls,
    }


def loaded(body: Mapping[str, Any]) -> Decision:
    """What `dumped` was given."""
    symbols = body["symbols"]
    return Decision(
        seed=Seed.model_validate(body["seed"]),
        move=body["move"],
        arguments=body["arguments"],
        problems=tuple(map(GeneratedProblem.model_validate, body["problems"])),
        pass_rates=tuple(PassRate(*rate) for rate in body["pass_rates"]),
        rejections=tuple(map(Rejection.model_validate, body["rejections"])),
        symbols=None if symbols is None else SymbolicProblem.model_validate(symbols),
        band=Band.of(body["band"]),
        teacher_calls=body["teacher_calls"],
    )
