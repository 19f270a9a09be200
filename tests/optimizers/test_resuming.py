"""A search resumes as itself only: whatever differs is refused, and named."""

import json

import dspy
import pytest

from tests.simulated import FollowsDemonstrations, KnowsAnswers, SkilledStudent
from zoped.evals import PassRate
from zoped.foundation.errors import ZopedError
from zoped.optimizers import PassRateTeleprompter
from zoped.optimizers.kept_state import KeptState, OtherSearchError
from zoped.programs import GenerateProblem, builtin_seeds

MENU = ("grow_numbers", "one_digit_numbers", "add_step")
TRAINSET = [dspy.Example(seed=seed).with_inputs("seed") for seed in builtin_seeds()[:8]]
SMALL = {"max_teacher_calls": 12, "batch_size": 2, "exploration_tries": 6, "candidates": 2}


def tune(folder, *, program=None, meter=None, trainset=TRAINSET, **settings):
    engine = FollowsDemonstrations()
    lm = dspy.LM("teacher", engine=engine, cache=False)
    meter = meter or KnowsAnswers(SkilledStudent({}, skill=20.0))
    program = program or GenerateProblem(variants=2, operators=MENU)
    with dspy.context(lm=lm, adapter=dspy.JSONAdapter()):
        tuned = PassRateTeleprompter(meter, **SMALL | settings, log_dir=folder).compile(
            program, trainset=trainset
        )
    return tuned, engine, meter


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("search")
    tune(path)
    return path


def tuned_before():
    program = GenerateProblem(variants=2, operators=MENU)
    predictor = program.mutate.choose
    predictor.signature = predictor.signature.with_instructions("Choose well.")
    return program


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"program": GenerateProblem(variants=2, operators=MENU[:2])}, "menu was"),
        ({"program": GenerateProblem(variants=3, operators=MENU)}, "variants of the program was 2"),
        (
            {"program": GenerateProblem(variants=2, operators=MENU, mutation="both")},
            "mutation was operators, is both",
        ),
        (
            {"program": GenerateProblem(variants=2, operators=MENU, verbalization="teacher")},
            "verbalization was rules, is teacher",
        ),
        (
            {"program": GenerateProblem(variants=2, operators=MENU, time_limit=1.0)},
            "another limits of the solver|limits of the solver was",
        ),
        ({"program": tuned_before()}, "another prompts"),
        ({"demos": 1}, "demos was 3, is 1"),
        ({"objective": "band"}, "objective was coverage, is band"),
        ({"max_rollouts": 100_000}, "max_rollouts was None, is 100000"),
        ({"random_seed": 1}, "random_seed was 0, is 1"),
        ({"trainset": TRAINSET[1:]}, "another trainset"),
        ({"meter": KnowsAnswers(SkilledStudent({}, skill=30.0))}, "student was skilled@20.0"),
        ({"meter": KnowsAnswers(SkilledStudent({}), band=(0.3, 0.7))}, "band was"),
        ({"meter": KnowsAnswers(SkilledStudent({}), max_rollouts=8)}, "rollouts of a problem was"),
    ],
)
def test_another_search_is_refused_with_what_differs(folder, changed, said):
    before = (folder / "search.json").read_bytes()
    with pytest.raises(ZopedError, match=f"state of another search .*({said})"):
        tune(folder, **changed)
    assert (folder / "search.json").read_bytes() == before


def test_the_same_search_resumes_and_more_calls_let_it_go_on(folder):
    _, engine, _ = tune(folder)
    assert engine.calls == 0, "it is over"
    tuned, _, _ = tune(folder, max_teacher_calls=40)
    assert tuned.tuning["teacher_calls"] >= 8


def test_a_file_that_is_no_state_is_named(tmp_path):
    (tmp_path / "search.json").write_text("[1]")
    with pytest.raises(ZopedError, match=r"search\.json is not the state of a search"):
        KeptState(tmp_path, {}).load()


@pytest.mark.parametrize("damage", [{"measured": 5}, {"spent": [1]}, {"race": {}}, {"tallies": 3}])
def test_a_state_that_was_damaged_is_named(folder, tmp_path, damage):
    state = json.loads((folder / "search.json").read_text())
    (tmp_path / "search.json").write_text(json.dumps(state | damage))
    with pytest.raises(OtherSearchError, match=r"search\.json is not the state of a search"):
        tune(tmp_path)


def test_a_meter_of_ones_own_that_remembers_is_not_asked_twice(tmp_path):
    asked = []

    class Remembers:
        band, rollouts_spent = (0.2, 0.8), 0
        student = SkilledStudent({})

        def __init__(self):
            self.known = {}

        def measure(self, questions):
            for question in questions:
                if question.text not in self.known:
                    asked.append(question.text)
                    self.rollouts_spent += 4
                    self.known[question.text] = PassRate(2, 4)
            return [self.known[question.text] for question in questions]

        def remembered(self):
            return dict(self.known)

        def remember(self, known):
            self.known.update(known)

    class Killed(BaseException):
        pass

    def dies(*_, **__):
        raise Killed

    with pytest.raises(Killed):
        tune(tmp_path, meter=Remembers(), proposer=dies)
    explored = len(asked)
    assert json.loads((tmp_path / "search.json").read_text())["measured"]
    tuned, _, _ = tune(tmp_path, meter=Remembers())
    assert len(asked) == len(set(asked)) > explored > 0
    assert tuned.tuning["rollouts"] == 4 * len(asked)


@pytest.mark.parametrize("asked_for", ["strategies", "symbols"])
def test_what_the_teacher_was_asked_before_the_race_is_not_asked_again(tmp_path, asked_for):
    class Killed(BaseException):
        pass

    def search(folder, proposer=None):
        mutation = "both" if asked_for == "strategies" else "operators"
        program = GenerateProblem(variants=2, operators=MENU, mutation=mutation)
        trainset = TRAINSET
        if asked_for == "symbols":
            seeds = [example.seed.model_copy(update={"symbols": None}) for example in TRAINSET]
            trainset = [dspy.Example(seed=seed).with_inputs("seed") for seed in seeds]
        options = {} if proposer is None else {"proposer": proposer}
        tuned, engine, _ = tune(
            folder, program=program, trainset=trainset, max_teacher_calls=40, **options
        )
        return tuned.tuning, engine.calls

    def dies(*_, **__):
        raise Killed

    whole, calls = search(tmp_path / "whole")
    with pytest.raises(Killed):
        search(tmp_path / "killed", dies)
    before = json.loads((tmp_path / "killed" / "search.json").read_text())["spent"][0]
    resumed, after = search(tmp_path / "killed")
    assert before > 0 and before + after == calls
    assert resumed == whole
