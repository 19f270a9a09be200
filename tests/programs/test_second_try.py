"""A rewrite that is not accepted is tried again, told what was wrong with it."""

from __future__ import annotations

import asyncio
import json

import dspy
import pytest

from tests.programs.scripted import SEED, SEEDS, Teacher, written
from zoped.programs import GenerateProblem, Reason
from zoped.programs.formalizing.tries import Tries
from zoped.programs.teachers.calls import TeacherCalls

GOOD = written(SEEDS[1].symbols)
TWO_ANSWERS = {
    "variables": [
        {"name": "x", "meaning": "a number", "unit": "", "domain": "integer", "value": ""}
    ],
    "constraints": ["x**2 == 9"],
    "target": "x",
    "query": "value",
}


class WritesInTurn(Teacher):
    """One rewrite after the other; the last for ever."""

    def __init__(self, *rewrites: object) -> None:
        super().__init__()
        self.rewrites = list(rewrites)

    def reply(self, request):
        first = self.rewrites.pop(0) if len(self.rewrites) > 1 else self.rewrites[0]
        return {"rewritten": first}


def made(*rewrites, waits=False, **options):
    engine = WritesInTurn(*rewrites)
    teacher = TeacherCalls(engine.lm(), adapter=dspy.JSONAdapter())
    program = GenerateProblem(mutation="rewrite", strategies=["race"], variants=1, **options)
    if waits:
        outcome = asyncio.run(program.acall(seed=SEED, teacher=teacher))
    else:
        outcome = program(seed=SEED, teacher=teacher)
    return outcome, engine.requests, program


@pytest.mark.parametrize("waits", [False, True])
@pytest.mark.parametrize(
    ("wrong", "reason", "said"),
    [
        (TWO_ANSWERS, Reason.MANY_SOLUTIONS, "x**2 == 9"),
        ("no problem", Reason.MALFORMED, "could not be read"),
        (written(SEED.symbols), Reason.DUPLICATE, "nothing is changed"),
    ],
)
def test_the_second_try_is_told_why_and_counts(wrong, reason, said, waits):
    outcome, requests, program = made(wrong, GOOD, waits=waits)
    assert outcome.accepted and not outcome.rejected
    first, second = (request.messages[-1].text for request in requests)
    assert said in second and said not in first
    assert (
        outcome.teacher_calls == 2 == program.most_calls(symbols=True, adapter=dspy.JSONAdapter())
    )
    assert {name: spent.calls for name, spent in outcome.costs.items()} == {
        str(reason): 1,
        "accepted": 1,
    }


def test_what_fails_twice_is_rejected_once_with_the_last_reason():
    contradiction = json.loads(json.dumps(GOOD))
    contradiction["constraints"] += ["1 == 2"]
    outcome, requests, _ = made(TWO_ANSWERS, contradiction)
    assert len(requests) == 2 == sum(spent.calls for spent in outcome.costs.values())
    assert [r.reason for r in outcome.rejected] == [Reason.NO_SOLUTION]


def test_the_second_try_can_be_left_out():
    outcome, requests, program = made(TWO_ANSWERS, GOOD, tries=Tries(rewrite=0))
    assert [r.reason for r in outcome.rejected] == [Reason.MANY_SOLUTIONS]
    assert len(requests) == 1 == program.most_calls(symbols=True, adapter=dspy.JSONAdapter())


@pytest.mark.parametrize("refused", ["remove_distractor", "compare_givens", "ask_total"])
def test_another_operator_is_drawn_where_the_one_that_was_chosen_is_refused(refused):
    engine = Teacher(refused)
    teacher = TeacherCalls(engine.lm(), adapter=dspy.JSONAdapter())
    program = GenerateProblem(operators=[refused, "add_step"], variants=2)
    outcome = program(seed=SEED, teacher=teacher)
    assert {problem.move for problem in outcome.accepted} == {"add_step"} == {outcome.move}
    assert {(r.reason, r.move) for r in outcome.rejected} == {(Reason.REFUSED, refused)}
    assert engine.calls == outcome.teacher_calls == 1
    assert program(seed=SEED, teacher=teacher).accepted == outcome.accepted


def test_an_operator_of_no_weight_and_one_that_was_accepted_in_part_are_not_replaced():
    engine = Teacher("compare_givens")
    teacher = TeacherCalls(engine.lm(), adapter=dspy.JSONAdapter())
    program = GenerateProblem(operators=["compare_givens", "add_step"], variants=2)
    program.mutate.weights.set("", {"add_step": 0.0})
    assert not program(seed=SEED, teacher=teacher).accepted
    engine.operator, seen = "add_step", set()
    program.mutate.weights.set("", {})
    assert {p.move for p in program(seed=SEED, teacher=teacher, seen=seen).accepted} == {"add_step"}


def test_the_teacher_words_what_is_drawn_instead():
    engine = Teacher("compare_givens")
    teacher = TeacherCalls(engine.lm(), adapter=dspy.JSONAdapter())
    program = GenerateProblem(
        operators=["compare_givens", "change_numbers"], variants=2, verbalization="teacher"
    )
    outcome = program(seed=SEED, teacher=teacher)
    # Texts are read back as the seed, so nothing can be accepted; but they are written and read.
    assert {r.reason for r in outcome.rejected} == {Reason.REFUSED, Reason.ROUND_TRIP}
    assert engine.calls == 1 + 2 * 2 <= program.most_calls(symbols=True, adapter=dspy.JSONAdapter())
