"""Budgets are limits on what is really spent, whatever the program asks the teacher for."""

import json
import re
from collections import Counter

import dspy
import pytest
from dspy.lm15 import Message, Response, Usage

from tests.simulated import FollowsDemonstrations, KnowsAnswers, SkilledStudent
from zoped.optimizers import PassRateGEPA, PassRateTeleprompter
from zoped.optimizers.measuring import held_back
from zoped.programs import GenerateProblem, builtin_seeds
from zoped.programs.teachers.calls import TeacherCalls
from zoped.signatures import as_lines, from_lines

MENU = ("grow_numbers", "one_digit_numbers", "three_digit_numbers", "add_step")
SEEDS = builtin_seeds()[:18]
OPTIMIZERS = [PassRateTeleprompter, PassRateGEPA]


def trainset(seeds=SEEDS):
    return [dspy.Example(seed=seed).with_inputs("seed") for seed in seeds]


def tune(optimizer, meter=None, program=None, examples=None, valset=None, **settings):
    engine = settings.pop("engine", None) or FollowsDemonstrations()
    meter = meter or KnowsAnswers(SkilledStudent({}, skill=15.0))
    program = program or GenerateProblem(variants=3, operators=MENU)
    with dspy.context(
        lm=dspy.LM("teacher", engine=engine, cache=False), adapter=dspy.JSONAdapter()
    ):
        tuned = optimizer(meter, **{"batch_size": 4} | settings).compile(
            program, trainset=examples or trainset(), valset=valset
        )
    return tuned, engine, meter


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_seeds_that_are_held_back_are_asked_about_in_settling_only(optimizer):
    asked = []

    class Watches(KnowsAnswers):
        def measure(self, questions, **options):
            asked.append({q.seed_id for q in questions if hasattr(q, "seed_id")})
            return super().measure(questions, **options)

    tune(optimizer, Watches(SkilledStudent({}, skill=15.0)), max_teacher_calls=60)
    _, kept_back, _ = held_back(SEEDS, random_seed=0)
    back = {seed.id for seed in kept_back}
    settles = [bool(seeds & back) for seeds in asked if seeds]
    assert settles[-1] and settles == sorted(settles), "settling comes last"
    assert all(seeds <= back or not seeds & back for seeds in asked)


class DoesEverything(FollowsDemonstrations):
    """A teacher for every step: it writes symbols, chooses, words, reads back and reflects.

    The words are the draft, and what it worded it reads back; it knows the seeds' symbols.
    """

    def __init__(self):
        super().__init__()
        self.known = {seed.text: as_lines(seed.symbols) for seed in builtin_seeds()}
        self.steps = Counter()

    def complete(self, request):
        asked = request.messages[-1].text
        fields = dict(
            re.findall(r"\[\[ ## (\w+) ## \]\]\n(.*?)(?=\n\n\[\[|\n\nRespond)", asked, re.DOTALL)
        )
        [wanted] = re.findall(r"order of fields: `(\w+)`", asked)
        self.steps[wanted] += 1
        if wanted == "choice":
            return super().complete(request)
        self.calls += 1
        if wanted == "text":
            self.known[fields["draft"]] = fields["symbols"]
            reply = fields["draft"]
        elif wanted == "new_instruction":
            reply = "Choose what this student solves now and then."
        else:
            reply = from_lines(self.known[fields["text"]])
        message = Message.assistant(json.dumps({wanted: reply}))
        usage = Usage(input_tokens=1, output_tokens=1)
        return Response(
            id=None, model=request.model, message=message, finish_reason="stop", usage=usage
        )


ASKED = [s for s in builtin_seeds() if s.symbols and s.symbols.query == "value"][:14]


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("limit", [60, 95, 160])
@pytest.mark.parametrize("symbols", [True, False])
def test_the_teacher_is_asked_no_more_often_than_the_limit_says(optimizer, limit, symbols):
    """Exploring, choosing, formalizing, wording, reading back, settling and reflecting."""
    seeds = ASKED if symbols else [s.model_copy(update={"symbols": None}) for s in ASKED]
    engine, steps = DoesEverything(), []
    options = {"on_step": steps.append} if optimizer is PassRateTeleprompter else {}
    teacher = TeacherCalls(dspy.LM("teacher", engine=engine, cache=False))
    with dspy.context(adapter=dspy.JSONAdapter()):
        tuned = optimizer(
            KnowsAnswers(SkilledStudent({}, skill=15.0)),
            max_teacher_calls=limit,
            batch_size=3,
            variants=2,
            reflection_lm=dspy.LM("reflects", engine=engine, cache=False),
        ).compile(
            GenerateProblem(variants=2, operators=MENU, verbalization="teacher"),
            trainset=trainset(seeds),
            teacher=teacher,
            **options,
        )
    assert engine.calls == sum(engine.steps.values()) <= limit
    assert tuned.tuning["teacher_calls"] == teacher.spent.calls == engine.calls
    assert engine.steps["choice"] and engine.steps["text"] and engine.steps["formalization"]
    assert engine.steps["new_instruction"] or optimizer is PassRateGEPA or limit == 60
    # With the least budget one seed is left to settle on, and the best may skip it.
    assert tuned.tuning["fresh"] or limit == 60, "there was something left to settle with"
    if steps:
        assert steps[-1].teacher_calls == engine.calls
        exploring = [step for step in steps if step.doing == "exploring"]
        assert exploring
        assert all((step.teacher_calls == 0) == symbols for step in exploring)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_what_a_decision_may_cost_is_by_the_teachers_own_adapter(optimizer):
    """JSONAdapter asks once, DSPy's ChatAdapter twice at most: no half of the limit stays unspent."""
    engine = DoesEverything()
    lm = dspy.LM("teacher", engine=engine, cache=False)
    tuned = optimizer(
        KnowsAnswers(SkilledStudent({}, skill=15.0)), max_teacher_calls=6, batch_size=1, variants=2
    ).compile(
        GenerateProblem(variants=2, operators=MENU),
        trainset=trainset(ASKED),
        teacher=TeacherCalls(lm, adapter=dspy.JSONAdapter()),
    )
    assert 4 <= engine.calls == tuned.tuning["teacher_calls"] <= 6


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_budget_around_the_search_is_kept_too(optimizer):
    engine = DoesEverything()
    run = TeacherCalls(dspy.LM("teacher", engine=engine, cache=False), max_calls=30)
    with dspy.context(adapter=dspy.JSONAdapter()):
        tuned = optimizer(
            KnowsAnswers(SkilledStudent({}, skill=15.0)), max_teacher_calls=80, batch_size=3
        ).compile(
            GenerateProblem(variants=2, operators=MENU),
            trainset=trainset(ASKED),
            teacher=run,
        )
    assert engine.calls == tuned.tuning["teacher_calls"] == run.spent.calls <= 30


def test_an_adapter_that_asks_twice_is_within_the_budget():
    """ChatAdapter asks again where it cannot read a reply: each is a call."""
    engine = FollowsDemonstrations(reply="banana")
    with dspy.context(
        lm=dspy.LM("teacher", engine=engine, cache=False), adapter=dspy.ChatAdapter()
    ):
        tuned = PassRateTeleprompter(
            KnowsAnswers(SkilledStudent({}, skill=15.0)), max_teacher_calls=21, batch_size=2
        ).compile(GenerateProblem(variants=2, operators=MENU), trainset=trainset())
    assert engine.calls == tuned.tuning["teacher_calls"] <= 21
