"""What a capable model wrote for 30 seeds: how many of them formalize, and why the others do not."""

from __future__ import annotations

import asyncio

import dspy
import pytest

from tests.openai_server import API_KEY, openai_server
from tests.published import published
from tests.replayed import Replayed
from zoped.programs import GenerateProblem, Reason, load_seeds
from zoped.programs.teachers.calls import TeacherCalls
from zoped.programs.teachers.load import load_teacher


@pytest.mark.slow
def test_at_least_28_of_30_seeds_formalize_from_recorded_replies() -> None:
    seeds = load_seeds(published("..", "replies", "seeds.jsonl"))
    program = GenerateProblem(operators=["change_numbers"], variants=1, time_limit=5)
    failed = {}
    with openai_server(Replayed().reply) as server:
        lm = load_teacher("openai/scripted", api_base=server.url, api_key=API_KEY)
        teacher = TeacherCalls(lm.copy(num_retries=0), adapter=dspy.JSONAdapter())
        for seed in seeds:
            # Deciding is not recorded for all of them: the 404 ends the step after formalizing.
            outcome = asyncio.run(program.acall(seed=seed, teacher=teacher))
            if outcome.symbols is None:
                failed[seed.id] = outcome.rejected[-1].reason
    assert len(seeds) == 30
    # Its replies ask for m, n and p within a product, which the solver cannot count out.
    assert failed == {"aime24-test-0006": Reason.UNSUPPORTED}
