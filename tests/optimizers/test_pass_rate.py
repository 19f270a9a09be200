"""The teleprompter moves problems into the band, keeps its budget, and resumes where it was."""

import json
import multiprocessing
import os
import random
import signal
import time

import dspy
import pytest
from dspy.teleprompt import Teleprompter

from tests.simulated import FollowsDemonstrations, KnowsAnswers, SkilledStudent
from zoped.evals import Band, Decision, PassRate, measure_program
from zoped.optimizers import Candidate, CritiqueAndEdit, PassRateGEPA, PassRateTeleprompter
from zoped.optimizers.proposing.proposals import feedback
from zoped.optimizers.proposing.reflection import shown_to_reflection
from zoped.programs import GenerateProblem, RandomOperators, Seed, builtin_seeds
from zoped.symbolic import SymbolicProblem, solve

SEEDS = builtin_seeds()[:24]
MENU = ("grow_numbers", "one_digit_numbers", "two_digit_numbers", "three_digit_numbers", "add_step")
TRAINSET = [dspy.Example(seed=seed).with_inputs("seed") for seed in SEEDS]


def tune(skilled_student, *, skill=20.0, engine=None, meter_seed=0, **settings):
    engine = engine or FollowsDemonstrations()
    lm = dspy.LM("teacher", engine=engine, cache=False)
    meter = KnowsAnswers(skilled_student({}, skill=skill), seed=meter_seed)
    program = GenerateProblem(variants=4, operators=MENU)
    settings = {"max_teacher_calls": 60, "batch_size": 6, "exploration_tries": 60} | settings
    with dspy.context(lm=lm, adapter=dspy.JSONAdapter()):
        tuned = PassRateTeleprompter(meter, **settings).compile(program, trainset=TRAINSET)
        return program, tuned, engine


@pytest.mark.parametrize(("skill", "wanted"), [(12.0, "one_digit"), (1100.0, "three_digit")])
def test_what_is_shown_follows_the_student(skilled_student, skill, wanted):
    # Three-digit givens make answers of 300 to 2,000: few are in the band of any one student, so that
    # it takes more problems to see which operator makes them, and one search in seven sees none.
    tried = [
        tune(
            skilled_student,
            skill=skill,
            meter_seed=seed,
            max_teacher_calls=120,
            exploration_tries=120,
        )
        for seed in range(3)
    ]
    shown = [[d.choice["operator"] for d in tuned.mutate.choose.demos] for _, tuned, _ in tried]
    follow = [any(wanted in name or name == "add_step" for name in names) for names in shown]
    assert sum(follow) >= 2, shown
    rises = [tuned.tuning["after"][0] - tuned.tuning["before"][0] for _, tuned, _ in tried]
    assert min(rises) >= 0 and sum(rises) / len(rises) > 0.1
    assert not any(program.mutate.choose.demos for program, _, _ in tried), "it is not changed"


def test_the_share_in_the_band_rises_on_seeds_that_chose_nothing(skilled_student):
    program, tuned, engine = tune(skilled_student, skill=15.0)
    meter = KnowsAnswers(skilled_student({}, skill=15.0), seed=9)
    lm = dspy.LM("teacher", engine=engine, cache=False)
    fresh = builtin_seeds()[24:38]
    with dspy.context(lm=lm, adapter=dspy.JSONAdapter()):
        before, after = (
            measure_program(p, fresh, meter, stream=77).band_share for p in (program, tuned)
        )
    assert after > before + 0.2


def test_a_menu_that_applies_to_no_seed_leaves_the_program_as_it_was(skilled_student):
    lm = dspy.LM("teacher", engine=FollowsDemonstrations(), cache=False)
    program = GenerateProblem(operators=["remove_distractor"])
    meter = KnowsAnswers(skilled_student({}))
    with dspy.context(lm=lm, adapter=dspy.JSONAdapter()):
        tuned = PassRateTeleprompter(meter, batch_size=2).compile(program, trainset=TRAINSET)
    assert tuned.tuning["origin"] == "the program as it was"


def test_the_budget_is_kept_to_the_call(skilled_student):
    steps = []
    engine = FollowsDemonstrations()
    lm = dspy.LM("teacher", engine=engine, cache=False)
    meter = KnowsAnswers(skilled_student({}, skill=20))
    with dspy.context(lm=lm, adapter=dspy.JSONAdapter()):
        tuned = PassRateTeleprompter(
            meter, max_teacher_calls=23, batch_size=4, exploration_tries=30, candidates=3
        ).compile(
            GenerateProblem(variants=3, operators=MENU), trainset=TRAINSET, on_step=steps.append
        )
    assert engine.calls == tuned.tuning["teacher_calls"] == steps[-1].teacher_calls <= 23
    assert tuned.tuning["rollouts"] == meter.rollouts_spent == steps[-1].rollouts
    assert {step.doing for step in steps} == {"exploring", "racing", "settling"}


class Killed(BaseException):
    pass


@pytest.mark.slow
def test_a_killed_search_ends_like_an_uninterrupted_one(skilled_student, tmp_path):
    _, whole, _ = tune(skilled_student)

    class Dies(FollowsDemonstrations):
        def complete(self, request):
            if self.calls == 20:
                raise Killed
            return super().complete(request)

    with pytest.raises(Killed):
        tune(skilled_student, engine=Dies(), log_dir=tmp_path)
    _, resumed, engine = tune(skilled_student, log_dir=tmp_path)
    assert engine.calls < whole.tuning["teacher_calls"]
    assert resumed.dump_state() == whole.dump_state()
    assert resumed.tuning["after"] == whole.tuning["after"]


@pytest.mark.slow
def test_what_exploring_measured_is_kept_by_a_kill(skilled_student, tmp_path):
    _, whole, _ = tune(skilled_student)
    asked = []
    with pytest.raises(Killed):
        tune(counted(skilled_student, asked), proposer=_dies, log_dir=tmp_path)
    before = len(asked)
    assert before > 0
    _, resumed, _ = tune(counted(skilled_student, asked), log_dir=tmp_path)
    assert not set(asked[:before]) & set(asked[before:]), "nothing is asked twice"
    assert resumed.dump_state() == whole.dump_state()
    assert resumed.tuning == whole.tuning


def _dies(*_, **__):
    raise Killed


def counted(student, asked):
    """`student`, which writes into `asked` what it is asked."""

    class Counted(student):
        def sample(self, texts, *, samples, seed):
            asked.extend((text, seed) for text in texts)
            return super().sample(texts, samples=samples, seed=seed)

    return Counted


def _tune_in_a_process(log_dir, result):
    """A whole search under a folder; its outcome as JSON."""
    _, tuned, _ = tune(SkilledStudent, log_dir=log_dir)
    outcome = {**tuned.tuning, "state": tuned.dump_state(), "ranked": len(tuned.candidate_programs)}
    result.write_text(json.dumps(outcome, default=str, sort_keys=True), encoding="utf-8")


@pytest.mark.slow
def test_kill_9_in_the_middle_changes_nothing(tmp_path):
    start = multiprocessing.get_context("spawn").Process
    whole = start(target=_tune_in_a_process, args=(tmp_path / "whole", tmp_path / "whole.json"))
    whole.start()
    killed = start(target=_tune_in_a_process, args=(tmp_path / "k", tmp_path / "k.json"))
    killed.start()
    state, end = tmp_path / "k" / "search.json", time.monotonic() + 120
    while time.monotonic() < end:  # until something of the race was kept
        race = json.loads(state.read_text())["race"] if state.exists() else None
        if race and any(entry["scores"] for entry in race["entries"]):
            break
        time.sleep(0.01)
    os.kill(killed.pid, signal.SIGKILL)
    killed.join()
    assert not (tmp_path / "k.json").exists(), "it was killed before its end"
    again = start(target=_tune_in_a_process, args=(tmp_path / "k", tmp_path / "k.json"))
    again.start()
    whole.join()
    again.join()
    assert (tmp_path / "k.json").read_text() == (tmp_path / "whole.json").read_text()


def test_a_search_that_is_over_spends_nothing_more(skilled_student, tmp_path):
    _, whole, _ = tune(skilled_student, log_dir=tmp_path)
    _, again, engine = tune(skilled_student, log_dir=tmp_path)
    assert engine.calls == 0
    assert again.tuning == whole.tuning and again.dump_state() == whole.dump_state()


def test_the_state_of_another_search_is_refused(skilled_student, tmp_path):
    tune(skilled_student, log_dir=tmp_path, max_teacher_calls=12)
    with pytest.raises(ValueError, match="another search"):
        tune(skilled_student, log_dir=tmp_path, max_teacher_calls=12, demos=1)


def test_a_tuned_program_is_saved_and_loaded(skilled_student, tmp_path):
    _, tuned, _ = tune(skilled_student, max_teacher_calls=30)
    tuned.save(tmp_path / "tuned.json")
    loaded = GenerateProblem(variants=4, operators=MENU)
    loaded.load(tmp_path / "tuned.json")
    assert loaded.dump_state() == tuned.dump_state()
    best = tuned.candidate_programs[0]
    assert best["program"].dump_state() == tuned.dump_state()
    assert best["standard_error"] > 0


@pytest.mark.parametrize("skill", [1e-3, 1e9])
def test_a_student_that_never_or_always_succeeds_gives_a_sensible_result(skilled_student, skill):
    _, tuned, _ = tune(skilled_student, skill=skill)
    findings = tuned.tuning["findings"]
    sure = max(findings["never_solved"], findings["always_solved"])
    assert sure >= 0.95 * findings["measured"], "an answer of 0 is always right"


def test_a_teacher_of_nonsense_changes_nothing_and_ends(skilled_student):
    # Fewer calls than the unreadable replies in a row that end a search with an error.
    program, tuned, engine = tune(
        skilled_student, engine=FollowsDemonstrations(reply="banana"), max_teacher_calls=40
    )
    assert engine.calls <= 40
    assert tuned.tuning["after"] == (0.0, tuned.tuning["after"][1])
    assert program.dump_state().keys() == tuned.dump_state().keys()


def test_a_trainset_of_one_works(skilled_student):
    meter = KnowsAnswers(skilled_student({}, skill=20))
    engine = FollowsDemonstrations()
    lm = dspy.LM("teacher", engine=engine, cache=False)
    with dspy.context(lm=lm, adapter=dspy.JSONAdapter()):
        tuned = PassRateTeleprompter(meter, max_teacher_calls=10, exploration_tries=12).compile(
            GenerateProblem(variants=2, operators=MENU), trainset=TRAINSET[:1]
        )
    assert tuned.tuning["teacher_calls"] <= 10


@pytest.mark.parametrize(
    ("program", "trainset", "message"),
    [
        (RandomOperators(), TRAINSET, "tunes a GenerateProblem, not a RandomOperators"),
        (GenerateProblem(), [], "empty"),
        (GenerateProblem(), [dspy.Example(question="?").with_inputs("question")], "no `seed`"),
        (dspy.Predict("a -> b"), TRAINSET, "tunes a GenerateProblem"),
    ],
)
def test_what_cannot_be_tuned_is_refused(skilled_student, program, trainset, message):
    teleprompter = PassRateTeleprompter(KnowsAnswers(skilled_student({}, skill=20)))
    with pytest.raises(ValueError, match=message):
        teleprompter.compile(program, trainset=trainset)


@pytest.mark.parametrize("optimizer", [PassRateTeleprompter, PassRateGEPA, CritiqueAndEdit])
def test_parameters_are_a_fresh_dictionary(skilled_student, optimizer):
    assert optimizer in Teleprompter.__subclasses__(), "MLflow looks for these alone"
    teleprompter = optimizer(KnowsAnswers(skilled_student({}, skill=20)))
    teleprompter.get_params()["random_seed"] = "changed"
    assert teleprompter.get_params()["random_seed"] == 0
    json.dumps(teleprompter.get_params())


def test_feedback_says_what_happened(skilled_student):
    meter = KnowsAnswers(skilled_student({}, skill=20))
    program = RandomOperators(variants=3)
    measured = measure_program(program, SEEDS[:6], meter, stream=1)
    text = "\n".join(feedback(decision) for decision in measured.decisions)
    assert "The student solved" in text
    assert all(decision.seed.text[:50] in text for decision in measured.decisions)


def test_measuring_does_not_use_up_new_problems(skilled_student):
    meter = KnowsAnswers(skilled_student({}, skill=20))
    program = RandomOperators(variants=3)
    first = measure_program(program, SEEDS[:4], meter, stream=5)
    again = measure_program(program, SEEDS[:4], meter, stream=5)
    assert [p.text for p in first.problems] == [p.text for p in again.problems]
    assert again.rollouts == 0, "the meter remembers them"
    for problem in first.problems:
        assert isinstance(problem.symbols, SymbolicProblem)
        assert solve(problem.symbols).answer == problem.answer
    assert all(isinstance(decision.seed, Seed) for decision in first.decisions)


def test_a_user_bends_it_with_an_objective_a_proposer_a_feedback_and_a_meter(skilled_student):
    """The examples of docs/optimizers.md: each is a plain function, or a class of three names."""
    told = []

    def hard_but_possible(rate, band):
        return 1.0 if 0 < rate.rate <= 0.4 else 0.0

    def only_one_operator(program, decisions, scores, *, notes, rng):
        demo = {"problem": "p", "choice": {"operator": "one_digit_numbers", "number": 0}}
        return [Candidate("mine", demos={"mutate.choose": [demo]})]

    def in_short(decision):
        told.append(decision.move)
        return f"{decision.move}: {[rate.passes for rate in decision.pass_rates]}"

    class ByLength:
        """A meter without a student: short problems are solved half of the time."""

        band = Band(0.2, 0.8)
        rollouts_spent = 0
        student = skilled_student({})

        def measure(self, questions, **_):
            self.rollouts_spent += 8 * len(questions)
            return [PassRate(4 if len(q.text) < 120 else 0, 8) for q in questions]

    reflects = FollowsDemonstrations(
        reply='{"new_instruction": "Choose one_digit_numbers always."}'
    )
    with dspy.context(
        lm=dspy.LM("teacher", engine=FollowsDemonstrations(), cache=False),
        adapter=dspy.JSONAdapter(),
    ):
        tuned = PassRateTeleprompter(
            ByLength(),
            objective=hard_but_possible,
            proposer=only_one_operator,
            feedback=in_short,
            reflection_lm=dspy.LM("reflects", engine=reflects, cache=False),
            max_teacher_calls=60,
            batch_size=4,
            exploration_tries=30,
        ).compile(GenerateProblem(variants=3, operators=MENU), trainset=TRAINSET)
    origins = {entry["origin"] for entry in tuned.candidate_programs}
    assert {"the program as it was", "mine"} <= origins
    assert told, "the reflection model was told in the user's words"


@pytest.mark.parametrize("count", [1, 8, 12, 15, 30])
def test_an_account_for_the_reflection_model_tells_no_decision_twice(count):
    decisions = [Decision(seed, "add_step", {}, (), (), ()) for seed in builtin_seeds()[:count]]
    told = shown_to_reflection(
        decisions, range(count), random.Random(0), lambda decision: decision.seed.id
    ).split("\n\n")
    assert len(set(told)) == len(told) == min(count, 14)
