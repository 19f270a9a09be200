"""Whatever a program asks, the teacher is asked at most as often as the limit says, and what is
reported is what it counted."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import dspy
import pytest

from tests.programs.scripted import SEED, SEEDS, Teacher, without_symbols
from zoped.programs import Formalize, GenerateProblem, Mutate, RandomOperators, Reason, Verbalize
from zoped.programs.teachers.calls import BudgetSpent, TeacherCalls

STEPS = {
    "formalizing": ({}, without_symbols(SEED)),
    "choosing": ({}, SEED),
    "rewriting": ({"mutation": "rewrite"}, SEED),
    "both": ({"mutation": "both"}, SEED),
    "verbalizing and reading back": ({"verbalization": "teacher", "variants": 3}, SEED),
    "everything": (
        {"mutation": "rewrite", "verbalization": "teacher", "variants": 3},
        without_symbols(SEED),
    ),
}


@pytest.mark.parametrize("limit", [1, 2, 7, 11])
@pytest.mark.parametrize("adapter", [dspy.JSONAdapter(), dspy.ChatAdapter()])
@pytest.mark.parametrize("step", STEPS)
def test_the_limit_holds_and_the_report_is_the_engines_count(
    step: str, adapter: dspy.Adapter, limit: int
) -> None:
    options, seed = STEPS[step]
    engine, program = Teacher(), GenerateProblem(time_limit=0, **options)
    teacher = TeacherCalls(engine.lm(), adapter=adapter, max_calls=limit)
    reported = 0
    with pytest.raises(BudgetSpent):
        for stream in range(20):
            reported += program(seed=seed, stream=stream, teacher=teacher).teacher_calls
    assert reported == teacher.spent.calls == engine.calls == limit


@pytest.mark.parametrize("adapter", [dspy.JSONAdapter(), dspy.ChatAdapter()])
@pytest.mark.parametrize("step", STEPS)
def test_a_decision_asks_no_more_than_it_says(step: str, adapter: dspy.Adapter) -> None:
    options, seed = STEPS[step]
    # As many calls as there can be: every text passes until it is read back.
    engine, program = Teacher(), GenerateProblem(time_limit=0, **options)
    with dspy.context(adapter=adapter):
        most = program.most_calls(symbols=seed.symbols is not None)
        for stream in range(3):
            before = engine.calls
            program(seed=seed, stream=stream, teacher=TeacherCalls(engine.lm()))
            assert engine.calls - before <= most


def test_the_most_calls_are_reached() -> None:
    program = GenerateProblem(verbalization="teacher", variants=3, time_limit=0)
    engine = Teacher(wrong=3)
    teacher = TeacherCalls(engine.lm(), adapter=dspy.JSONAdapter())
    made = program(seed=without_symbols(SEED), teacher=teacher)
    assert made.teacher_calls == engine.calls == 11
    assert program.most_calls(adapter=dspy.JSONAdapter()) == 11
    assert program.most_calls(adapter=dspy.JSONAdapter(), symbols=True, variants=1) == 3
    assert program.most_calls(adapter=dspy.JSONAdapter(), retries=3) == 4 * 11
    assert program.most_calls(adapter=dspy.ChatAdapter()) == 2 * 11
    reads = dspy.TwoStepAdapter(
        dspy.LM("openai/other", api_key="k")
    )  # a model that reads each reply
    assert program.most_calls(adapter=reads) == 3 * 11


def test_a_budget_that_ends_in_a_decision_keeps_what_was_made() -> None:
    program = GenerateProblem(verbalization="teacher", variants=3, time_limit=0)
    engine = Teacher(formalized=SEED.symbols, operator="double_step")
    made = program(
        seed=SEED, teacher=TeacherCalls(engine.lm(), adapter=dspy.JSONAdapter(), max_calls=2)
    )
    assert engine.calls == made.teacher_calls == 2
    assert made.rejected[-1].reason is Reason.BUDGET_SPENT


def test_threads_and_tasks_keep_one_budget() -> None:
    engine, program = Teacher(), GenerateProblem(time_limit=0, variants=2)
    teacher = TeacherCalls(engine.lm(), adapter=dspy.JSONAdapter(), max_calls=9)

    def calls(stream: int) -> int:
        try:
            return program(seed=SEED, stream=stream, teacher=teacher).teacher_calls
        except BudgetSpent:
            return 0

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(calls, range(20))) == engine.calls == 9

    async def decisions() -> list[object]:
        asks = [program.acall(seed=SEED, stream=i, teacher=teacher.within()) for i in range(3)]
        return await asyncio.gather(*asks, return_exceptions=True)

    assert all(isinstance(outcome, BudgetSpent) for outcome in asyncio.run(decisions()))
    assert engine.calls == teacher.spent.calls == 9


def test_the_steps_alone_are_asked_through_a_budget() -> None:
    engine = Teacher()
    teacher = TeacherCalls(engine.lm(), adapter=dspy.JSONAdapter(), max_calls=8)
    steps = [
        (Formalize(), {"text": SEED.text}),
        (Mutate(), {"given": SEED}),
        (Mutate(), {"given": SEED, "mutation": "rewrite"}),
        (Verbalize(), {"problem": SEED.symbols, "draft": SEED.text}),
    ]
    with pytest.raises(BudgetSpent):
        for lap in range(9):
            for step, inputs in steps:
                teacher.ask(step, key=str(lap), **inputs)
    assert engine.calls == teacher.spent.calls == 8


def test_operators_at_random_ask_nobody() -> None:
    engine = Teacher()
    with dspy.context(lm=engine.lm(), adapter=dspy.JSONAdapter()):
        made = [RandomOperators(variants=3, time_limit=0)(seed, 1) for seed in SEEDS[:5]]
        none = RandomOperators()(without_symbols(SEED))
    assert sum(len(outcome.accepted) for outcome in made) > 5
    assert [r.reason for r in none.rejected] == [Reason.UNSUPPORTED]
    assert engine.calls == sum(outcome.teacher_calls for outcome in [*made, none]) == 0


def test_a_first_text_that_fails_does_not_lose_the_other_variants_of_a_rewrite() -> None:
    engine = Teacher(texts=("Nothing is stated here.",), rewritten=SEEDS[1].symbols)
    program = GenerateProblem(mutation="rewrite", verbalization="teacher", variants=3)
    made = program(seed=SEED, teacher=TeacherCalls(engine.lm(), adapter=dspy.JSONAdapter()))
    told = [request for request in engine.requests if "draft" in request.messages[-1].text]
    assert made.rejected[0].reason is Reason.MISSING_GIVEN
    assert len(told) == 3
