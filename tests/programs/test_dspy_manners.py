"""The programs as DSPy's users expect modules to be."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import dspy
import pytest
from dspy.utils.callback import BaseCallback

from tests.programs.scripted import SEED, SEEDS, Teacher, without_symbols
from zoped.programs import Formalize, GenerateProblem, Mutate, Seed, Verbalize
from zoped.programs.formalizing.kept import KeptFormalizations
from zoped.programs.menu import Option, StateError
from zoped.programs.text_arm import RewriteTexts
from zoped.signatures import (
    ChooseMutation,
    FormalizeProblem,
    MutationChoice,
    RewriteProblem,
    VerbalizeProblem,
)

EXAMPLES = [dspy.Example(seed=seed).with_inputs("seed") for seed in SEEDS[:6]]


def asked_of(engine: Teacher, adapter: dspy.Adapter | None = None) -> Any:
    return dspy.context(lm=engine.lm(), adapter=adapter or dspy.JSONAdapter())


def ids(outcome: dspy.Prediction) -> list[str]:
    return [problem.id for problem in outcome.accepted]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"mutation": "rewrite"},
        {"mutation": "both", "verbalization": "teacher", "variants": 2},
    ],
)
@pytest.mark.parametrize("seed", [SEED, without_symbols(SEED)])
def test_awaited_it_gives_what_it_gives_when_called(options: dict[str, Any], seed: Seed) -> None:
    program = GenerateProblem(time_limit=0, **options)
    with asked_of(Teacher()):
        called = program(seed=seed, stream=3)
        awaited = asyncio.run(program.acall(seed=seed, stream=3))
    assert (called.accepted, called.rejected) == (awaited.accepted, awaited.rejected)
    assert called.teacher_calls == awaited.teacher_calls


def test_every_step_can_be_awaited() -> None:
    async def steps() -> list[dspy.Prediction]:
        return [
            await Formalize().acall(text=SEED.text),
            await Mutate().acall(SEED),
            await Mutate().acall(SEED, mutation="rewrite"),
            await Verbalize().acall(problem=SEED.symbols, draft="Ann has 5 pens."),
        ]

    with asked_of(Teacher()):
        formalized, chosen, rewritten, told = asyncio.run(steps())
    assert formalized.symbols.target == SEED.symbols.target
    assert chosen.operator == "change_numbers"
    assert rewritten.symbols.lineage.move == "rewrite"
    assert told.text == "Ann has 5 pens."


def test_evaluating_twice_gives_the_same_number() -> None:
    def metric(example: dspy.Example, made: dspy.Prediction, trace: object = None) -> float:
        return len(made.accepted) / max(1, len(made.accepted) + len(made.rejected))

    program = GenerateProblem(time_limit=0, variants=4)
    evaluate = dspy.Evaluate(devset=EXAMPLES, metric=metric, num_threads=4)
    with asked_of(Teacher(operator="double_step")):
        assert evaluate(program).score == evaluate(program).score > 0


def test_parallel_and_threads_give_what_one_after_the_other_gives() -> None:
    program = GenerateProblem(time_limit=0, variants=2)
    with asked_of(Teacher()):
        alone = [ids(program(seed=example.seed)) for example in EXAMPLES]
        together = dspy.Parallel(num_threads=4, disable_progress_bar=True)(
            [(program, example) for example in EXAMPLES]
        )
    assert [ids(outcome) for outcome in together] == alone


def test_what_was_seen_is_handed_in() -> None:
    program, seen = GenerateProblem(time_limit=0, variants=3), set()
    with asked_of(Teacher(operator="add_step")):
        first = program(seed=SEED, seen=seen)
        again = program(seed=SEED, seen=seen)
        fresh = program(seed=SEED)
        together: set[str] = set()
        asked = (program, {"seed": SEED, "seen": together})
        made = dspy.Parallel(num_threads=4, disable_progress_bar=True)([asked] * 4)
    assert not set(ids(first)) & set(ids(again)) and ids(fresh) == ids(first)
    assert len(seen) == len(first.accepted) + len(again.accepted)
    keys = [problem.instance_key for outcome in made for problem in outcome.accepted]
    assert len(keys) == len(set(keys)) == len(together)


def test_callbacks_hear_of_modules_and_of_the_teacher() -> None:
    class Hears(BaseCallback):  # type: ignore[misc]
        def __init__(self) -> None:
            self.modules: list[str] = []
            self.lms = 0

        def on_module_start(self, call_id: str, instance: Any, inputs: dict[str, Any]) -> None:
            self.modules.append(type(instance).__name__)

        def on_lm_start(self, call_id: str, instance: Any, inputs: dict[str, Any]) -> None:
            self.lms += 1

    own, all_of_them = Hears(), Hears()
    with asked_of(Teacher()), dspy.context(callbacks=[all_of_them]):
        GenerateProblem(callbacks=[own], time_limit=0)(seed=SEED)
    assert own.modules == ["GenerateProblem"]
    assert all_of_them.modules == ["GenerateProblem", "Mutate", "Predict"]
    assert all_of_them.lms == 1


def test_the_history_is_kept() -> None:
    program = GenerateProblem(time_limit=0)
    with asked_of(Teacher()):
        lm = dspy.settings.lm
        program(seed=SEED)
    assert len(lm.history) == len(program.history) == len(program.mutate.history) == 1


@pytest.mark.parametrize("adapter", [dspy.JSONAdapter(), dspy.ChatAdapter()])
@pytest.mark.parametrize(
    "module",
    [
        dspy.ChainOfThought(ChooseMutation),
        dspy.ChainOfThought,
        "dspy.ChainOfThought",
        dspy.ReAct(ChooseMutation, tools=[], max_iters=1),
    ],
)
def test_any_module_can_choose(module: Any, adapter: dspy.Adapter) -> None:
    engine = Teacher(extra={"reasoning": "so"})
    if isinstance(module, dspy.ReAct):
        engine.extra |= {"next_thought": "", "next_tool_name": "finish", "next_tool_args": {}}
    program = GenerateProblem(signatures={"mutate": module}, time_limit=0)
    with asked_of(engine, adapter):
        made = program(seed=SEED)
    assert (made.move, bool(made.accepted)) == ("change_numbers", True)
    assert made.teacher_calls == engine.calls
    schema = json.dumps(engine.requests[-1].config.response_format)
    assert "swap_unknown" in schema
    # JSONAdapter is narrowed to what applies; ChatAdapter sends a schema at its second try alone.
    assert isinstance(adapter, dspy.JSONAdapter) == ("remove_distractor" not in schema)


class OnlyCalled(dspy.Module):  # type: ignore[misc]
    """As most modules are written: without `aforward`."""

    def __init__(self, signature: Any) -> None:
        super().__init__()
        self.inner = dspy.Predict(signature)

    def forward(self, **inputs: Any) -> dspy.Prediction:
        return self.inner(**inputs)


def test_modules_that_can_only_be_called_give_awaited_what_they_give_when_called() -> None:
    steps = {
        "formalize": OnlyCalled(FormalizeProblem),
        "mutate": OnlyCalled(ChooseMutation),
        "rewrite": OnlyCalled(RewriteProblem),
        "verbalize": OnlyCalled(VerbalizeProblem),
    }
    for mutation in ("operators", "rewrite"):
        program = GenerateProblem(
            mutation=mutation,
            verbalization="teacher",
            variants=2,
            time_limit=0,
            signatures=steps,
        )
        with asked_of(Teacher()):
            called = program(seed=without_symbols(SEED), stream=3)
            awaited = asyncio.run(program.acall(seed=without_symbols(SEED), stream=3))
        assert (called.accepted, called.rejected) == (awaited.accepted, awaited.rejected)
        assert called.teacher_calls == awaited.teacher_calls > 0


def test_a_module_is_put_in_place_by_assignment() -> None:
    program = GenerateProblem(time_limit=0)
    program.mutate.choose = dspy.ChainOfThought(ChooseMutation)
    with asked_of(Teacher(extra={"reasoning": "so"})):
        assert program(seed=SEED).accepted
    names = [name for name, _ in program.named_predictors()]
    assert "mutate.choose.predict" in names


def test_a_module_that_gives_no_choice_is_named() -> None:
    class Silent(dspy.Module):  # type: ignore[misc]
        def forward(self, problem: str) -> dspy.Prediction:
            return dspy.Prediction(answer=problem)

    program = GenerateProblem(signatures={"mutate": Silent()})
    with asked_of(Teacher()), pytest.raises(TypeError, match=r"mutate\.choose: Silent gave choice"):
        program(seed=SEED)


class ForGrade(ChooseMutation):  # type: ignore[misc]
    """Choose for a grade."""

    grade: str = dspy.InputField()


class ForNovices(ChooseMutation):  # type: ignore[misc]
    """Choose for novices."""

    audience: str = dspy.InputField(default="novices")


class MyChoice(MutationChoice):
    why: str


class WithReason(ChooseMutation):  # type: ignore[misc]
    """Choose, and say why."""

    choice: MyChoice = dspy.OutputField()


class WrongType(FormalizeProblem):  # type: ignore[misc]
    """Formalize."""

    formalization: str = dspy.OutputField()


def test_inputs_of_ones_own_have_constants_or_defaults() -> None:
    engine = Teacher()
    with asked_of(engine):
        GenerateProblem(signatures={"mutate": ForNovices})(seed=SEED)
        GenerateProblem(signatures={"mutate": ForGrade}, constants={"grade": "grade 5"})(seed=SEED)
    first, second = (request.messages[-1].text for request in engine.requests)
    assert "novices" in first and "grade 5" in second


def test_a_type_of_ones_own_is_narrowed_too() -> None:
    class Reasons(Teacher):
        def reply(self, request: Any) -> dict[str, Any]:
            return {"choice": {"operator": "add_step", "number": 2, "why": "harder"}}

    engine = Reasons()
    with asked_of(engine):
        assert GenerateProblem(signatures={"mutate": WithReason})(seed=SEED).accepted
    schema = json.dumps(engine.requests[0].config.response_format)
    assert "why" in schema and "swap_unknown" in schema and "remove_distractor" not in schema


@pytest.mark.parametrize(
    "options, said",
    [
        ({"signatures": {"mutate": ForGrade}}, "ForGrade has the input grade, which nothing fills"),
        ({"constants": {"grade": "5"}}, "constants: no 'grade'"),
        ({"signatures": {"formalize": WrongType}}, "formalization is of type str; it must be Writ"),
        ({"operators": ["my_operators.Nope"]}, r"operators: no operator 'my_operators\.Nope'"),
        ({"operators": "add_step"}, r"'add_step' is one name; give a list, \['add_step'\]"),
        ({"strategies": "builtin"}, r"'builtin' is one name; give a list, \['builtin'\]"),
        ({"operators": ["add_stp"]}, "operators: no operator 'add_stp'; did you mean `add_step`"),
        ({"signatures": {"mutate": "MutateX"}}, "no signature 'MutateX'"),
    ],
)
def test_what_cannot_be_used_is_named(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        GenerateProblem(**options)


@pytest.mark.parametrize("seed", ["A pen costs 2 dollars.", None, {"text": "A pen"}, 7])
def test_what_is_no_seed_is_told(seed: Any) -> None:
    with asked_of(Teacher()), pytest.raises(TypeError, match="give a Seed"):
        GenerateProblem()(seed=seed)


def test_the_menu_is_saved_with_its_mode_and_operators(tmp_path: Any) -> None:
    program = GenerateProblem(operators=["add_step", "double_step"], mutation="both")
    program.mutate.tuned.by_level = {"easy": (Option("double_step", first="one_digit_numbers"),)}
    program.save(tmp_path / "tuned.json")
    loaded = GenerateProblem()
    loaded.load(tmp_path / "tuned.json")
    assert (loaded.mutation, loaded.mutate.menu) == ("both", ("add_step", "double_step"))
    assert loaded.mutate.tuned.by_level == program.mutate.tuned.by_level
    assert loaded.reset_copy().mutate.menu == ("add_step", "double_step")


def test_a_program_that_was_pickled_is_loaded_where_that_is_allowed(tmp_path: Any) -> None:
    program, loaded = GenerateProblem(), GenerateProblem()
    program.mutate.choose.demos = [dspy.Example(problem="2 + 2", choice="add_step")]
    program.save(tmp_path / "tuned.pkl")
    with pytest.raises(ValueError, match="allow_pickle"):
        loaded.load(tmp_path / "tuned.pkl")
    loaded.load(tmp_path / "tuned.pkl", allow_pickle=True)
    assert [dict(demo) for demo in loaded.mutate.choose.demos] == [
        {"problem": "2 + 2", "choice": "add_step"}
    ]


def test_a_state_without_a_menu_loads() -> None:
    program = GenerateProblem(operators=["add_step"])
    state = program.dump_state()
    state["mutate.choose"]["signature"]["instructions"] = "Choose well."
    del state["mutate.tuned"], state["mutate.rewrite"]
    loaded = GenerateProblem(operators=["double_step"])
    loaded.load_state(state)
    assert loaded.mutate.choose.signature.instructions == "Choose well."
    assert loaded.mutate.menu == ("double_step",)


def _state(**changes: Any) -> dict[str, Any]:
    return {**GenerateProblem().dump_state(), **changes}


def _chooser(**changes: Any) -> dict[str, Any]:
    return _state(**{"mutate.choose": {**_state()["mutate.choose"], **changes}})


def _menu(by_level: Any) -> dict[str, Any]:
    return _state(**{"mutate.tuned": {"menu": by_level}})


@pytest.mark.parametrize(
    "state, said",
    [
        ([1], "a list is no saved program"),
        ({}, "the state is empty"),
        ({"predict": {}}, "the state has predict; it was saved from another program"),
        (dspy.Predict("a -> b").dump_state(), "saved from another program: this program has"),
        (_state(**{"mutate.choose": 3}), r"mutate\.choose: no predictor was saved there"),
        (
            _state(**{"mutate.choose": dspy.Predict("a -> b").dump_state()}),
            r"mutate\.choose: it was saved with another signature, of 2 fields",
        ),
        (_state(**{"mutate.tuned": {"menu": [1]}}), r"mutate\.tuned: no menu was saved there"),
        (
            _state(**{"mutate.tuned": {"menu": {}, "operators": ["gone"]}}),
            "the operator 'gone', which is not registered",
        ),
        # DSPy would set them: the first sends every prompt, and the key, to another server.
        (_chooser(config={"api_base": "http://127.0.0.1:9/v1"}), "it has 'config', which no"),
        (_chooser(forward="x"), "it has 'forward', which no predictor saves"),
        (_chooser(demos=[7]), r"mutate\.choose: no predictor was saved there \(demos\.0"),
        (_chooser(lm="openai/gpt-5-mini"), r"no predictor was saved there \(lm: "),
        (_chooser(signature={"instructions": 5, "fields": []}), r"\(signature\.instructions: "),
        (_chooser(signature={"instructions": "x", "fields": [1]}), r"\(signature\.fields\.0: "),
        (_menu({"right": [{"operator": "add_step", "low": "a"}]}), "no menu was saved there"),
        (
            _menu({"right": [{"operator": "double_step", "low": 9, "high": 2}]}),
            "from 9 to 2 is bey",
        ),
        (_menu({"rihgt": []}), "no level 'rihgt'"),
        (_state(**{"mutate.tuned": {"menu": {}, "mutation": "x"}}), "no mutation 'x'"),
    ],
)
def test_a_wrong_state_says_what_it_is_and_changes_nothing(state: Any, said: str) -> None:
    program = GenerateProblem()
    before = program.dump_state()
    with pytest.raises(StateError, match=said):
        program.load_state(state)
    assert program.dump_state() == before


@pytest.mark.parametrize("content", ["", "no json", "[1]", '{"a": 1}', '{"metadata": {}}'])
def test_a_wrong_file_is_named(content: str, tmp_path: Any) -> None:
    path = tmp_path / "program.json"
    path.write_text(content)
    with pytest.raises(StateError, match=r"program\.json is no saved program"):
        GenerateProblem().load(path)


class Grades(dspy.Module):  # type: ignore[misc]
    """An input that none of its predictors has."""

    def __init__(self, **options: Any) -> None:
        super().__init__()
        self.choose = dspy.Predict(ChooseMutation)

    def forward(self, problem: str, grade: str, **inputs: Any) -> dspy.Prediction:
        return self.choose(problem=f"{problem} This is for {grade}.", **inputs)


def frozen(module: dspy.Module) -> dspy.Module:
    module._compiled = True  # DSPy then hides its predictors from the program around it
    return module


@pytest.mark.parametrize("module", [Grades(), frozen(dspy.ChainOfThought(ForGrade))])
def test_constants_are_a_modules_inputs_too(module: dspy.Module) -> None:
    engine = Teacher(extra={"reasoning": "so"})
    program = GenerateProblem(signatures={"mutate": module}, constants={"grade": "grade 5"})
    with asked_of(engine):
        assert program(seed=SEED).accepted
    assert "grade 5" in engine.requests[-1].messages[-1].text
    with pytest.raises(ValueError, match="constants: no 'grad'"):
        GenerateProblem(signatures={"mutate": module}, constants={"grad": "grade 5"})


def test_a_class_of_modules_that_takes_no_signature_is_named() -> None:
    with pytest.raises(ValueError, match=r"Grades\(ChooseMutation\) cannot be made"):
        GenerateProblem(signatures={"mutate": Grades})


def test_what_predictors_with_lms_of_their_own_formalized_is_kept() -> None:
    """An LM whose engine runs in this process, which cannot be saved."""
    engine = Teacher()
    program = GenerateProblem(kept=KeptFormalizations(), time_limit=0)
    program.set_lm(engine.lm())
    with dspy.context(lm=None, adapter=dspy.JSONAdapter()):
        first = program(seed=without_symbols(SEED))
        again = program(seed=without_symbols(SEED))
        program.set_lm(engine.lm().copy(temperature=0.9))
        warmer = program(seed=without_symbols(SEED))
    assert [o.teacher_calls for o in (first, again, warmer)] == [2, 1, 2]
    assert first.symbols == again.symbols


@pytest.mark.parametrize("program", [GenerateProblem(), RewriteTexts()])
def test_an_lm_is_no_budget(program: dspy.Module) -> None:
    """It would be asked without a limit."""
    with pytest.raises(TypeError, match="teacher is a LM; give a TeacherCalls"):
        program(seed=SEED, teacher=Teacher().lm())
