"""A rewrite is told what was made of its seed before, whatever order replies come in."""

from __future__ import annotations

import asyncio
from random import Random

import dspy
import pytest

from tests.programs.scripted import SEED, Awaited, Teacher, written
from zoped.programs import GenerateProblem
from zoped.programs.teachers.calls import TeacherCalls
from zoped.symbolic import mutate
from zoped.train.loop.costs import read_costs
from zoped.train.loop.generating.generation import TOLD, Decisions, Due, Outcome
from zoped.train.loop.parts import Asking
from zoped.train.state import RunState


class Rewrites(Teacher):
    """Another problem each time."""

    def reply(self, request):
        number = Random(request.messages[-1].text).randrange(1000)
        return {"rewritten": written(mutate(SEED.symbols, "add_step", seed=f"{number}"))}

    def told(self) -> list[str]:
        """What each prompt says was made before."""
        prompts = [request.messages[-1].text for request in self.requests]
        return [
            p.partition("[[ ## made ## ]]\n")[2].partition("\n\n[[ ## mistake")[0] for p in prompts
        ]


def decided(path, *, concurrency, rounds=1, steps=6):
    """The texts of each step, and the teacher that was asked."""
    engine, texts = Rewrites(), []
    teacher = TeacherCalls(engine.lm(), adapter=dspy.JSONAdapter(), concurrency=concurrency)
    program = GenerateProblem(mutation="rewrite", variants=1, strategies=["chain_step"])
    with RunState(path) as state:
        for number in range(1, rounds + 1):
            with Decisions(state, round_number=number, seen=set(), teacher=teacher) as decisions:
                dues = [Due(step, SEED, Asking(program, teacher)) for step in range(steps)]
                for i, due in enumerate(dues):
                    new = decisions.take(due, dues[i + 1 :])
                    texts.append(new[0].text if new else "")
    return texts, engine


def test_the_latest_texts_are_told_and_those_of_earlier_rounds(tmp_path):
    texts, engine = decided(tmp_path / "state.db", concurrency=1, rounds=2, steps=3)
    for step, told in enumerate(engine.told()):
        before = [text for text in texts[:step] if text][-TOLD:]
        assert told == "\n\n".join(before)
    assert texts[0] and texts[0] in engine.told()[1]


@pytest.mark.parametrize("concurrency", [2])
def test_of_decisions_under_way_only_what_was_certainly_stored_is_told(tmp_path, concurrency):
    texts, engine = decided(tmp_path / "state.db", concurrency=concurrency)
    told = engine.told()
    assert told.count("") == 2 * concurrency + 1
    assert texts[0] in "".join(told)
    again, _ = decided(tmp_path / "again.db", concurrency=concurrency)
    assert again == texts


def test_costs_are_kept_with_decisions_that_ended_early(tmp_path):
    """As a kill would find them: the first decision hangs until two others have ended."""
    path, engine, found = tmp_path / "state.db", Rewrites(), []

    class FirstHangs(Awaited):
        async def complete(self, request):
            first = not engine.requests
            reply = await super().complete(request)
            if first:
                with RunState(path) as state:
                    while len(ahead := state.kept_ahead(1)) < 2:
                        await asyncio.sleep(0.01)
                    calls = sum(Outcome.load(body).teacher_calls for body in ahead.values())
                    found.append((calls, read_costs(state).total.calls))
            return reply

    lm = dspy.LM(
        "scripted", engine=engine, async_engine=FirstHangs(engine), cache=False, num_retries=0
    )
    teacher = TeacherCalls(lm, adapter=dspy.JSONAdapter(), concurrency=2)
    asking = Asking(GenerateProblem(mutation="rewrite", variants=1), teacher)
    with (
        RunState(path) as state,
        Decisions(state, round_number=1, seen=set(), teacher=teacher) as decisions,
    ):
        decisions.take(Due(0, SEED, asking), [Due(step, SEED, asking) for step in (1, 2, 3)])
    [(ended, costs)] = found
    assert costs >= ended >= 2
