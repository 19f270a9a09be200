"""Programs in which modules and signatures of the user's stand in the predictors' places are tuned too."""

import dspy
import pytest

from tests.programs.scripted import SEEDS, Teacher
from tests.simulated import KnowsAnswers, SkilledStudent
from zoped.optimizers import Candidate, CritiqueAndEdit, PassRateGEPA, PassRateTeleprompter
from zoped.programs import GenerateProblem
from zoped.signatures import (
    ChooseMutation,
    MutationChoice,
    RewriteProblem,
    VerbalizeProblem,
    WrittenProblem,
)

MENU = ("grow_numbers", "one_digit_numbers", "three_digit_numbers", "add_step")
TRAINSET = [dspy.Example(seed=seed).with_inputs("seed") for seed in SEEDS[:12]]
INSTRUCTION = "Do it so that the student has something to learn of it."


class Reflects(Teacher):
    """A teacher that also reflects."""

    def reply(self, request):
        if "criticism`" in request.messages[-1].text:
            return {"criticism": "It says too little."}
        if "new_instruction`" in request.messages[-1].text:
            return {"new_instruction": INSTRUCTION}
        if "new_strategies`" in request.messages[-1].text:
            return {"new_strategies": []}
        return super().reply(request)


class Twice(dspy.Module):
    """Two predictors, of which the second gives the step's output."""

    def __init__(self, signature):
        super().__init__()
        self.think = dspy.Predict("problem -> reasoning")
        self.decide = dspy.Predict(signature)

    def forward(self, **inputs):
        self.think(problem=inputs["problem"])
        return self.decide(**inputs)


class Choose(dspy.Signature):
    """Wähle eine Änderung."""

    operators: str = dspy.InputField(desc="die Änderungen")
    problem: str = dspy.InputField()
    choice: MutationChoice = dspy.OutputField(desc="der Name und die Zahl")
    reasoning: str = dspy.OutputField(desc="weshalb")


class Rewrite(dspy.Signature):
    """Schreibe die Aufgabe um."""

    problem: str = dspy.InputField()
    strategy: str = dspy.InputField()
    rewritten: WrittenProblem = dspy.OutputField(desc="die neue Aufgabe")


def compiled(optimizer, program, *, calls=60, **settings):
    """The tuned program, and all that was asked for it."""
    engine = Reflects(operator="one_digit_numbers", extra={"reasoning": "so"})
    meter = KnowsAnswers(SkilledStudent({}, skill=15.0))
    settings |= {"max_teacher_calls": calls, "batch_size": 4, "reflection_lm": engine.lm()}
    if optimizer is PassRateTeleprompter:
        settings |= {"exploration_tries": 24, "candidates": 2}
    with dspy.context(lm=engine.lm(), adapter=dspy.JSONAdapter()):
        tuned = optimizer(meter, **settings).compile(program, trainset=TRAINSET)
    return tuned, engine.requests


def tried(requests, output):
    """Whether the predictor of that output was ever asked under the new instruction, and shown more than
    it was shown at first."""
    asked = [r for r in requests if f"`{output}`" in r.messages[-1].text]
    shown = {len(request.messages) for request in asked}
    return any(INSTRUCTION in str(request.system) for request in asked), len(shown) > 1


@pytest.mark.parametrize(
    ("optimizer", "module"),
    [
        (PassRateTeleprompter, dspy.ChainOfThought(ChooseMutation)),
        (PassRateTeleprompter, Twice(ChooseMutation)),
        (PassRateTeleprompter, Choose),
        (PassRateGEPA, Twice(ChooseMutation)),
        (CritiqueAndEdit, Twice(ChooseMutation)),
    ],
)
def test_what_chooses_is_tuned_whatever_it_is(optimizer, module):
    program = GenerateProblem(
        operators=MENU, variants=3, time_limit=0, signatures={"mutate": module}
    )
    _, requests = compiled(optimizer, program, calls=100)
    assert tried(requests, "choice") == (True, optimizer is not CritiqueAndEdit)


@pytest.mark.parametrize(
    "module", [dspy.ChainOfThought(RewriteProblem), Twice(RewriteProblem), Rewrite]
)
def test_what_rewrites_is_tuned_whatever_it_is(module):
    program = GenerateProblem(
        operators=MENU,
        variants=3,
        time_limit=0,
        mutation="weights",
        signatures={"rewrite": module},
    )
    _, requests = compiled(PassRateTeleprompter, program, calls=120)
    assert tried(requests, "rewritten") == (True, True)


def test_what_tells_is_tuned_whatever_it_is():
    program = GenerateProblem(
        operators=MENU,
        variants=1,
        time_limit=0,
        verbalization="teacher",
        signatures={"verbalize": dspy.ChainOfThought(VerbalizeProblem)},
    )
    tuned, _ = compiled(PassRateTeleprompter, program, calls=200, prompt_share=1.0)
    assert tuned.tuning["findings"]["prompts"]["verbalize"]["before"]


def test_a_module_whose_prompt_is_frozen_keeps_it_and_gets_a_menu():
    frozen = dspy.ChainOfThought(ChooseMutation)
    frozen._compiled = True
    program = GenerateProblem(
        operators=MENU, variants=3, time_limit=0, signatures={"mutate": frozen}
    )
    tuned, _ = compiled(PassRateTeleprompter, program)
    for entry in tuned.candidate_programs:
        chooses = entry["program"].mutate.choose.predict
        assert chooses.signature.instructions == ChooseMutation.instructions and not chooses.demos
    assert any(entry["program"].mutate.tuned.by_level for entry in tuned.candidate_programs)
    for optimizer in (PassRateGEPA, CritiqueAndEdit):
        with pytest.raises(ValueError, match=r"mutate\.choose: .* no predictor that gives choice"):
            compiled(optimizer, program)


def test_a_candidate_for_a_predictor_that_there_is_not_is_named():
    candidate = Candidate("mine", instructions={"mutate.chose": "Choose well."})
    with pytest.raises(ValueError, match=r"mutate\.chose: .* there are formalize\.predict"):
        candidate.applied_to(GenerateProblem())


@pytest.mark.parametrize("optimizer", [PassRateTeleprompter, PassRateGEPA, CritiqueAndEdit])
@pytest.mark.parametrize("program", [dspy.Predict("a -> b"), Twice(ChooseMutation)])
def test_another_program_is_refused(optimizer, program):
    with pytest.raises(ValueError, match="tunes a GenerateProblem, not a"):
        compiled(optimizer, program)


@pytest.mark.parametrize("optimizer", [PassRateTeleprompter, PassRateGEPA, CritiqueAndEdit])
def test_an_lm_is_no_budget(optimizer):
    """Another one would be asked, that of DSPy's context."""
    engine = Reflects()
    with pytest.raises(TypeError, match="teacher is a LM; give a TeacherCalls"):
        optimizer(KnowsAnswers(SkilledStudent({}))).compile(
            GenerateProblem(), trainset=TRAINSET, teacher=engine.lm()
        )
    assert not engine.calls


@pytest.mark.parametrize("optimizer", [PassRateTeleprompter, CritiqueAndEdit])
def test_what_is_tuned_is_what_the_program_asks(optimizer):
    """A rewrite that is told no strategy: nothing is chosen and no move is drawn."""
    program = GenerateProblem(
        operators=MENU, variants=3, time_limit=0, mutation="rewrite", strategies=[]
    )
    tuned, requests = compiled(optimizer, program)
    assert tried(requests, "rewritten")[0]
    assert tuned.mutate.choose.signature.instructions == ChooseMutation.instructions
    programs = [entry["program"] for entry in getattr(tuned, "candidate_programs", [])]
    assert not any(each.mutate.weights.by_level for each in programs)


@pytest.mark.parametrize("mutation", ["rewrite", "weights"])
def test_gepa_does_not_tune_a_choice_that_nobody_makes(mutation):
    program = GenerateProblem(operators=MENU, variants=3, time_limit=0, mutation=mutation)
    with pytest.raises(ValueError, match=f"mutation='{mutation}' it is never asked"):
        compiled(PassRateGEPA, program)
