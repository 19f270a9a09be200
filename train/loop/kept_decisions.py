"""Decisions that show how good prompts are: what they came to is kept until their phase is done."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import dspy

from zoped.programs import GenerateProblem, Seed
from zoped.train.loop.costs import keep_costs
from zoped.train.loop.generating.generation import Outcome
from zoped.train.loop.parts import Asking
from zoped.train.loop.round import Round


class KeptDecisions:
    """A program with its teacher, one decision a seed; one that ended before a kill is not asked for again.

    Called, or awaited in any thread; `keep` stores what has ended since, with what it cost, in that of the
    state.
    """

    def __init__(self, round: Round, program: GenerateProblem, asking: Asking) -> None:
        self.teacher = asking.teacher
        self._asking = asking
        self._round = round
        # A search that goes on with a larger budget may end with another program.
        state = json.dumps(program.dump_state(), sort_keys=True, default=str)
        self._program = hashlib.sha256(state.encode()).hexdigest()
        with round.state.as_written("kept in phase"):
            rows = [json.loads(body) for body in round.state.kept_in_phase(round.number)]
            self._stored = len(rows)
            self._known = {
                row["seed_id"]: Outcome.load(row["outcome"])
                for row in rows
                if row["program"] == self._program
            }
        self._ended: list[tuple[str, str]] = []

    def __call__(self, *, seed: Seed, seen: set[str], **inputs: Any) -> dspy.Prediction:
        return self._again(seed, seen) or self._noted(
            seed, self._asking(seed=seed, seen=seen, **inputs)
        )

    async def acall(self, *, seed: Seed, seen: set[str], **inputs: Any) -> dspy.Prediction:
        return self._again(seed, seen) or self._noted(
            seed, await self._asking.acall(seed=seed, seen=seen, **inputs)
        )

    def keep(self) -> None:
        ended, self._ended = self._ended, []
        with self._round.state.transaction():
            for seed_id, outcome in ended:
                row = {"seed_id": seed_id, "program": self._program, "outcome": outcome}
                self._round.state.keep_in_phase(self._round.number, self._stored, json.dumps(row))
                self._stored += 1
            keep_costs(self._round.run)

    def _again(self, seed: Seed, seen: set[str]) -> dspy.Prediction | None:
        outcome = self._known.get(seed.id)
        if outcome is None:
            return None
        seen.update(problem.instance_key for problem in outcome.accepted)
        return dspy.Prediction(
            accepted=outcome.accepted,
            rejected=outcome.rejected,
            teacher_calls=outcome.teacher_calls,
            move=outcome.accepted[0].move if outcome.accepted else "",
            symbols=None,
        )

    def _noted(self, seed: Seed, made: dspy.Prediction) -> dspy.Prediction:
        self._ended.append((seed.id, Outcome.of(seed.id, made).dump()))
        return made
