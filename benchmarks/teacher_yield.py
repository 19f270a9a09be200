"""Teacher calls for each accepted problem, on the replies that a capable model once wrote.

    python -m benchmarks.teacher_yield > benchmarks/results/teacher_yield.txt

The replies lie beside the data sets (`ZOPED_DATA`); a server on loopback gives those that were recorded
for a text, one after the other, the last for ever: formalizations, choices of operators and rewrites,
with the mistakes that are in them. The teacher writes and reads back all texts.

Simplified: what was never recorded is done by rule. A text is the draft itself, and is read back as the
symbols that it was written of, so no text fails by a model's fault. Another choice is drawn from the
operators that apply, and another rewrite is the problem after one of three operators. What was recorded
once would only be made again, so each seed has one decision.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from contextlib import suppress
from random import Random
from typing import Any

import dspy

from tests.openai_server import API_KEY, openai_server
from tests.replayed import REPLIES, Replayed, fields_of, step_of
from zoped.programs import GenerateProblem, Seed, load_seeds
from zoped.programs.formalizing.kept import KeptFormalizations
from zoped.programs.teachers.calls import TeacherCalls
from zoped.programs.teachers.load import load_teacher
from zoped.signatures import WrittenProblem
from zoped.symbolic import MutationRefused, mutate

STEPS = ("add_step", "multiply_step", "take_away_step")  # of rewrites that were not recorded


class Continued(Replayed):
    """The recorded replies, and by rule what was not recorded."""

    def __init__(self) -> None:
        super().__init__()
        self.told: dict[str, str] = {}  # symbols by text

    def reply(self, body: dict[str, Any]) -> str | tuple[int, str]:
        step, fields = step_of(body), fields_of(body)
        if step == "verbalize":
            self.told[" ".join(fields["draft"].split())] = fields["symbols"]
            return json.dumps({"text": fields["draft"]})
        lines = self.told.get(" ".join(fields.get("text", "").split()))
        if step == "formalize" and lines is not None:
            return json.dumps({"formalization": _written(lines)})
        recorded = super().reply(body)
        if isinstance(recorded, str):
            return recorded
        if step == "rewrite":
            return json.dumps({"rewritten": _stepped(fields["symbols"])})
        fit = re.findall(r"^(\w+):", fields["operators"], re.MULTILINE)
        operator = Random(fields["symbols"]).choice(fit)
        return json.dumps({"choice": {"operator": operator, "number": 0}})


def _written(lines: str) -> dict[str, Any]:
    return WrittenProblem.model_validate(lines).model_dump(mode="json")


def _stepped(lines: str) -> dict[str, Any]:
    """The problem after one more step; as it is where none applies."""
    problem = WrittenProblem.model_validate(lines).to_problem()
    for step in Random(lines).sample(STEPS, len(STEPS)):
        with suppress(MutationRefused):
            problem = mutate(problem, step, seed=lines)
            break
    return WrittenProblem.of(problem).model_dump(mode="json")


def measured(seeds: list[Seed], mutation: str, variants: int) -> None:
    """A decision on each seed."""
    program = GenerateProblem(
        mutation=mutation,
        verbalization="teacher",
        variants=variants,
        kept=KeptFormalizations(),
        time_limit=5,
    )
    accepted, reasons = 0, Counter[str]()
    with openai_server(Continued().reply) as server:
        lm = load_teacher("openai/scripted", api_base=server.url, api_key=API_KEY)
        teacher = TeacherCalls(lm.copy(num_retries=0), adapter=dspy.JSONAdapter())
        seen: set[str] = set()
        for seed in seeds:
            made = program(seed=seed, teacher=teacher, seen=seen)
            accepted += len(made.accepted)
            reasons.update(str(r.reason) for r in made.rejected)
        steps = {name: spent.calls for name, spent in teacher.costs.by_step.items()}
    calls = teacher.spent.calls
    print(f"{mutation}, {variants} variants a decision:")
    print(f"  {calls} calls, {accepted} accepted: {calls / accepted:.2f} calls a problem")
    print("  " + ", ".join(f"{n} {name}" for name, n in sorted(steps.items())))
    print("  rejected: " + ", ".join(f"{n} {name}" for name, n in reasons.most_common()))


def main() -> None:
    seeds = load_seeds(REPLIES / "seeds.jsonl")
    print(f"python -m benchmarks.teacher_yield, {os.cpu_count()} cores, {len(seeds)} seeds")
    for mutation, variants in (("both", 2), ("both", 8), ("weights", 2)):
        measured(seeds, mutation, variants)


if __name__ == "__main__":
    main()
