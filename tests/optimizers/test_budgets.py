"""Budgets are limits on what is really spent, whatever the program asks the teacher for."""

import dspy
import pytest

from tests.simulated import FollowsDemonstrations, KnowsAnswers, SkilledStudent
from zoped.optimizers import PassRateGEPA, PassRateTeleprompter
from zoped.programs import GenerateProblem, builtin_seeds

MENU = ("grow_numbers", "one_digit_numbers", "three_digit_numbers", "add_step")
SEEDS = builtin_seeds()[:18]
OPTIMIZERS = [PassRateTeleprompter, PassRateGEPA]


def trainset(seeds=SEEDS):
    return [dspy.Example(seed=seed).with_inputs("seed") for seed in seeds]


def tune(optimizer, meter=None, program=None, examples=None, valset=None, **settings):
    engine = FollowsDemonstrations()
    meter = meter or KnowsAnswers(SkilledStudent({}, skill=15.0))
    program = program or GenerateProblem(variants=3, operators=MENU)
    with dspy.context(
        lm=dspy.LM("teacher", engine=engine, cache=False), adapter=dspy.JSONAdapter()
    ):
        tuned = optimizer(meter, **{"batch_size": 4} | settings).compile(
            program, trainset=examples or trainset(), valset=valset
        )
    return tuned, engine, meter


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("limit", [800, 1_100, 2_000, 4_000])
def test_rollouts_are_never_passed(optimizer, limit):
    tuned, _, meter = tune(optimizer, max_rollouts=limit, max_teacher_calls=200)
    assert 0 < meter.rollouts_spent <= limit
    assert tuned.tuning["rollouts"] == meter.rollouts_spent


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_what_cannot_find_anything_is_refused_at_once_with_the_least_that_works(optimizer):
    student = SkilledStudent({}, skill=15.0)
    meter = KnowsAnswers(student)
    for limits in ({"max_teacher_calls": 3}, {"max_rollouts": 100}):
        [name] = limits
        with pytest.raises(ValueError, match=rf"{name} is \d+; the least that can find") as refused:
            tune(optimizer, meter, **limits)
        least = int(str(refused.value).partition("anything here is ")[2].partition(",")[0])
        assert student.asked == 0, "nothing was spent"
        with pytest.raises(ValueError, match="the least"):
            tune(optimizer, meter, **{name: least - 1})
        tuned, engine, meter = tune(optimizer, **{name: least})
        assert engine.calls == tuned.tuning["teacher_calls"] > 0
        spent = engine.calls if name == "max_teacher_calls" else meter.rollouts_spent
        assert spent <= least
        meter = KnowsAnswers(student := SkilledStudent({}, skill=15.0))


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_meter_that_does_not_say_its_most_cannot_have_a_budget_of_rollouts(optimizer):
    class Unbounded:
        band, rollouts_spent, student = (0.2, 0.8), 0, SkilledStudent({})

        def measure(self, questions):
            raise AssertionError("not asked")

    with pytest.raises(ValueError, match="the meter does not say how many rollouts"):
        tune(optimizer, Unbounded(), max_rollouts=5_000)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize(
    ("train", "val", "are"),
    [(18, 0, "held back from the trainset"), (6, 0, "the trainset again"), (12, 5, "valset")],
)
def test_the_fresh_number_says_which_seeds_it_is_of(optimizer, train, val, are):
    valset = trainset(builtin_seeds()[40 : 40 + val]) or None
    tuned, _, _ = tune(optimizer, examples=trainset(SEEDS[:train]), valset=valset)
    fresh = tuned.tuning["fresh"]
    assert fresh["seeds"] == are and fresh["decisions"] > 0
    assert isinstance(fresh["chosen_by"], bool)
    assert tuned._compiled


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_seeds_that_are_held_back_are_asked_about_in_settling_only(optimizer):
    class Notes(FollowsDemonstrations):
        def __init__(self):
            super().__init__()
            self.texts = []

        def complete(self, request):
            self.texts.append(request.messages[-1].text)
            return super().complete(request)

    asked = []

    class Watches(KnowsAnswers):
        def measure(self, questions, **options):
            asked.append({q.seed_id for q in questions if hasattr(q, "seed_id")})
            return super().measure(questions, **options)

    meter = Watches(SkilledStudent({}, skill=15.0))
    tune(optimizer, meter, max_teacher_calls=60)
    settling = asked[-2:]
    searching = set().union(*asked[:-2])
    assert len(searching) <= 12 and not searching & set().union(*settling)
