"""gepa over our measuring: the share in the band rises, budgets hold, a stopped search goes on."""

import json

import dspy
import pytest

from tests.simulated import FollowsDemonstrations, KnowsAnswers
from zoped.evals import measure_program
from zoped.optimizers import PassRateGEPA, pass_rate_gepa
from zoped.programs import GenerateProblem, builtin_seeds

MENU = ("grow_numbers", "one_digit_numbers", "two_digit_numbers", "three_digit_numbers", "add_step")
TRAINSET = [dspy.Example(seed=seed).with_inputs("seed") for seed in builtin_seeds()[:24]]


def tune(skilled_student, **settings):
    engine = FollowsDemonstrations()
    lm = dspy.LM("teacher", engine=engine, cache=False)
    meter = KnowsAnswers(skilled_student({}, skill=15.0))
    # The teacher follows what it is shown; it needs something to start from that is not too hard.
    program = GenerateProblem(variants=4, operators=MENU)
    program.mutate.choose.demos = [
        dspy.Example(problem="p", student="", choice={"operator": operator, "number": 0})
        for operator in ("three_digit_numbers", "add_step")
    ]
    settings = {"max_teacher_calls": 120, "batch_size": 6} | settings
    with dspy.context(lm=lm, adapter=dspy.JSONAdapter()):
        tuned = PassRateGEPA(meter, **settings).compile(program, trainset=TRAINSET)
    return program, tuned, engine


def test_it_keeps_what_is_better_and_the_budget(skilled_student):
    program, tuned, engine = tune(skilled_student)
    assert tuned.tuning["teacher_calls"] == engine.calls <= 120
    assert tuned.tuning["candidates"] >= 1
    assert len(program.mutate.choose.demos) == 2, "the program that was given is not changed"
    lm = dspy.LM("teacher", engine=engine, cache=False)
    meter = KnowsAnswers(skilled_student({}, skill=15.0), seed=9)
    with dspy.context(lm=lm, adapter=dspy.JSONAdapter()):
        before, after = (
            measure_program(p, builtin_seeds()[24:38], meter, stream=77).band_share
            for p in (program, tuned)
        )
    assert after >= before


def test_no_candidate_shows_a_demonstration_twice(skilled_student, monkeypatch):
    proposed = []

    def noted(texts):
        proposed.append(json.loads(texts[pass_rate_gepa.DEMOS]))
        return candidate(texts)

    candidate = pass_rate_gepa._candidate
    monkeypatch.setattr(pass_rate_gepa, "_candidate", noted)
    tune(skilled_student, demos=8)
    assert max(map(len, proposed)) == 8
    assert all(demos.count(demo) == 1 for demos in proposed for demo in demos)


@pytest.mark.slow
def test_a_stopped_search_goes_on_from_its_folder(skilled_student, tmp_path):
    _, first, _ = tune(skilled_student, log_dir=tmp_path, max_teacher_calls=60)
    _, more, engine = tune(skilled_student, log_dir=tmp_path, max_teacher_calls=120)
    assert more.tuning["candidates"] >= first.tuning["candidates"]
    assert engine.calls < more.tuning["teacher_calls"], "what was spent before counts"


@pytest.mark.parametrize("settings", [{"max_teacher_calls": None}, {"max_teacher_calls": 0}])
def test_a_budget_that_is_none_is_refused(skilled_student, settings):
    with pytest.raises(ValueError, match="budget"):
        tune(skilled_student, **settings)


def test_an_empty_instruction_is_none_and_ends_nothing(skilled_student):
    reflects = FollowsDemonstrations(reply='{"new_instruction": ""}')
    lm = dspy.LM("reflects", engine=reflects, cache=False)
    _, tuned, _ = tune(skilled_student, reflection_lm=lm)
    assert reflects.calls and tuned.tuning["fresh"] is not None


@pytest.mark.slow
def test_a_reflection_model_rewrites_the_instruction(skilled_student):
    class Reflects(FollowsDemonstrations):
        def __init__(self):
            super().__init__(reply='{"new_instruction": "Choose one_digit_numbers."}')

    reflects = Reflects()
    lm = dspy.LM("reflects", engine=reflects, cache=False)
    tune(skilled_student, reflection_lm=lm, max_teacher_calls=200)
    assert reflects.calls >= 1
