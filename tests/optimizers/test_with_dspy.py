"""PassRateTeleprompter among DSPy's own parts: BetterTogether, Evaluate, callbacks, threads."""

import time
from concurrent.futures import ThreadPoolExecutor

import dspy
import pytest
from dspy.lm15 import InvalidRequestError
from dspy.lm15 import TimeoutError as LM15TimeoutError
from dspy.utils.callback import BaseCallback

from tests.simulated import FollowsDemonstrations, KnowsAnswers, NeverAnswers, SkilledStudent
from zoped.optimizers import PassRateMetric, PassRateTeleprompter
from zoped.programs import GenerateProblem, RandomOperators, TeacherError, builtin_seeds

MENU = ("grow_numbers", "one_digit_numbers", "three_digit_numbers", "add_step")
TRAINSET = [dspy.Example(seed=seed).with_inputs("seed") for seed in builtin_seeds()[:16]]


def meter(seed=0):
    return KnowsAnswers(SkilledStudent({}, skill=15.0), seed=seed)


def teleprompter(**settings):
    small = {"max_teacher_calls": 24, "batch_size": 4, "exploration_tries": 24, "candidates": 2}
    return PassRateTeleprompter(meter(), **{**small, **settings})


def teacher(engine=None):
    lm = dspy.LM("teacher", engine=engine or FollowsDemonstrations(), cache=False, num_retries=0)
    return dspy.context(lm=lm, adapter=dspy.JSONAdapter())


def program():
    return GenerateProblem(variants=3, operators=MENU)


def test_it_is_a_part_of_better_together():
    together = dspy.BetterTogether(metric=PassRateMetric(meter()), p=teleprompter())
    generator = program()
    with teacher():
        generator.set_lm(dspy.settings.lm)  # BetterTogether wants it in every predictor
        best = together.compile(
            generator, trainset=TRAINSET[:10], valset=TRAINSET[10:13], strategy="p"
        )
    strategies = {entry["strategy"] for entry in best.candidate_programs}
    assert "p" in strategies, "it was run"
    assert isinstance(best, GenerateProblem)


def test_evaluate_scores_a_tuned_program_above_the_untuned():
    evaluate = dspy.Evaluate(devset=TRAINSET[8:], metric=PassRateMetric(meter()), num_threads=2)
    with teacher():
        # Tuned for what the metric measures: each problem alone, whatever it costs.
        optimizer = teleprompter(max_teacher_calls=40, objective="disagreement")
        tuned = optimizer.compile(program(), trainset=TRAINSET)
        before, after = evaluate(program()), evaluate(tuned)
    assert after.score > before.score
    assert len(after.results) == 8


def test_threads_of_an_evaluation_ask_the_meter_one_after_the_other_and_nothing_twice():
    class Once(KnowsAnswers):
        asking = False

        def measure(self, questions):
            assert not self.asking, "two threads at once"
            self.asking = True
            time.sleep(0.02)
            rates = super().measure(questions)
            self.asking = False
            return rates

    made = RandomOperators(operators=MENU, variants=3)(TRAINSET[0].seed)
    spent = {}
    for threads in (1, 8):
        counted = Once(SkilledStudent({}, skill=15.0))
        pairs = [(TRAINSET[0], made)] * 16
        metric = PassRateMetric(counted)
        with ThreadPoolExecutor(threads) as pool:
            scores = list(pool.map(lambda pair, metric=metric: metric(*pair), pairs))
        spent[threads] = (counted.rollouts_spent, scores)
    assert spent[1] == spent[8]


def test_callbacks_are_told_of_the_compilation_and_of_every_call():
    class Counts(BaseCallback):
        def __init__(self):
            self.calls, self.compiled = 0, []

        def on_lm_start(self, call_id, instance, inputs):
            self.calls += 1

        def on_compile_end(self, call_id, outputs, exception=None):
            self.compiled.append(outputs)

    counts = Counts()
    with teacher(), dspy.context(callbacks=[counts]):
        tuned = teleprompter().compile(program(), trainset=TRAINSET)
    assert counts.calls == tuned.tuning["teacher_calls"] > 0
    assert len(counts.compiled) == 1


def test_two_threads_find_what_one_after_the_other_finds():
    def tune(seed):
        with teacher():
            return teleprompter(random_seed=seed).compile(program(), trainset=TRAINSET).dump_state()

    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(tune, [0, 1]))
    assert together == [tune(0), tune(1)]


def test_the_valset_is_what_the_last_measurement_is_made_on():
    class Asked(FollowsDemonstrations):
        texts = ""

        def complete(self, request):
            self.texts = request.messages[-1].text
            return super().complete(request)

    engine = Asked()
    valset = [dspy.Example(seed=seed).with_inputs("seed") for seed in builtin_seeds()[30:34]]
    with teacher(engine):
        tuned = teleprompter().compile(program(), trainset=TRAINSET, valset=valset)
    assert tuned.tuning["fresh"] is not None
    assert any(example.seed.text in engine.texts for example in valset)


@pytest.mark.parametrize("batch_size", [4, 1])
def test_a_teacher_that_times_out_is_told_of_and_not_asked_without_end(batch_size):
    engine = NeverAnswers(LM15TimeoutError("no reply within 120 s"))
    with teacher(engine), pytest.raises(TeacherError, match="did not answer 4 times in a row"):
        teleprompter(batch_size=batch_size).compile(program(), trainset=TRAINSET)
    assert engine.calls == 4


def test_a_teacher_that_takes_no_request_is_told_of_and_keeps_the_budget():
    engine = NeverAnswers(InvalidRequestError("too long a prompt"))
    with (
        teacher(engine),
        pytest.raises(TeacherError, match=r"refused 8 times .* too long a prompt"),
    ):
        teleprompter(max_teacher_calls=30).compile(program(), trainset=TRAINSET)
    assert engine.calls == 8


def test_a_teacher_that_rejects_every_other_call_costs_decisions_not_the_search():
    class Moody(FollowsDemonstrations):
        def complete(self, request):
            if self.calls % 2:
                self.calls += 1
                raise LM15TimeoutError("busy")
            return super().complete(request)

    engine = Moody()
    with teacher(engine):
        tuned = teleprompter(max_teacher_calls=40).compile(program(), trainset=TRAINSET)
    assert engine.calls <= 40
    assert tuned.tuning["after"] is not None
