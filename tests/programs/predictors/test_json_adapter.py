"""What is kept from one call to the next changes nothing in what is sent."""

from __future__ import annotations

import json
from typing import Any, Literal

import dspy
import pytest

from tests.openai_server import API_KEY, openai_server
from zoped.programs import builtin_seeds
from zoped.programs.menu import Option
from zoped.programs.predictors.json_adapter import QuickJSONAdapter
from zoped.programs.predictors.narrowing import narrowed_adapter
from zoped.programs.teachers.calls import TeacherCalls
from zoped.programs.teachers.errors import CallFailed
from zoped.programs.teachers.load import load_teacher
from zoped.programs.teachers.notation import CompactAdapter
from zoped.signatures import (
    ChooseMutation,
    FormalizeProblem,
    RewriteProblem,
    VerbalizeProblem,
)

SEED = next(seed for seed in builtin_seeds() if seed.id == "pens-given")
MENUS = [
    ["double_step", "add_step"],
    ["change_numbers", "swap_unknown"],
    ["double_step", "remove_distractor"],
]


class Judge(dspy.Signature):  # type: ignore[misc]
    """Judge."""

    text: str = dspy.InputField()
    other: str = dspy.InputField(desc="to compare", max_length=99)
    verdict: Literal["good", "bad"] = dspy.OutputField()
    marks: dict[str, int] = dspy.OutputField()


SIGNATURES = [ChooseMutation, FormalizeProblem, RewriteProblem, VerbalizeProblem, Judge]


def bodies(adapter: dspy.Adapter, tuned: str) -> list[str]:
    """What a server is sent: each signature three times, as it is and tuned; choices from menus."""
    with openai_server(lambda _: "{}") as server:
        lm = load_teacher("openai/scripted", api_base=server.url, api_key=API_KEY, seed=1)
        lm = lm.copy(num_retries=0)

        def ask(signature: Any, key: str, adapter: Any) -> None:
            inputs = dict.fromkeys(signature.input_fields, "five pens")
            with pytest.raises(CallFailed):  # no field has a value
                TeacherCalls(lm, adapter=adapter).ask(dspy.Predict(signature), key=key, **inputs)

        for signature in SIGNATURES:
            for key in "abc":
                asked = signature.with_instructions(tuned) if key == "c" else signature
                ask(asked, key, adapter)
        assert SEED.symbols is not None
        for menu in [*MENUS, *MENUS]:
            with dspy.context(adapter=adapter):
                narrowed = narrowed_adapter([Option(name) for name in menu], SEED.symbols, "")
            ask(ChooseMutation, str(menu), narrowed)
        return [json.dumps(body) for body in server.requests]


def test_it_sends_what_dspys_own_adapter_sends(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = bodies(QuickJSONAdapter(), "Do it well.")
    # TeacherCalls puts the quick one in the place of DSPy's.
    monkeypatch.setattr("zoped.programs.teachers.calls.quick", lambda adapter: adapter)
    assert sent == bodies(dspy.JSONAdapter(), "Do it well.")
    assert len(set(sent)) == len(sent) - len(MENUS) and '"json_schema"' in sent[0]


@pytest.mark.parametrize(
    ("adapter", "plain"),
    [(QuickJSONAdapter(), dspy.JSONAdapter()), (CompactAdapter(), None)],
)
def test_what_is_changed_in_a_signature_in_place_is_told(adapter: Any, plain: Any) -> None:
    signature = FormalizeProblem.with_instructions("First.")
    texts = []
    for instructions, said in [
        ("First.", "a task"),
        ("Second.", "a task"),
        ("Second.", "a riddle"),
    ]:
        signature.instructions = instructions
        signature.input_fields["text"].json_schema_extra["desc"] = said
        texts.append(adapter.format(signature, [], {"text": "Ann has five pens."}))
        if plain is not None:
            assert texts[-1] == plain.format(signature, [], {"text": "Ann has five pens."})
    first, second, third = (text[0]["content"] for text in texts)
    assert "First." in first and "Second." in second and "First." not in second
    assert "a task" in second and "a riddle" in third and "a task" not in third


def test_a_model_that_takes_no_schema_is_sent_none() -> None:
    class Model(dspy.BaseLM):  # type: ignore[misc]
        supported_params = frozenset({"response_format"})
        supports_response_schema = False

    for adapter in (QuickJSONAdapter(), dspy.JSONAdapter()):
        for params, sent in [
            ({"response_format"}, {"type": "json_object"}),
            (set(), None),
        ]:
            Model.supported_params = frozenset(params)
            options: dict[str, Any] = {"temperature": 1.0}
            adapter._prepare_response_format(Model("none"), options, Judge)
            assert options.get("response_format") == sent and options["temperature"] == 1.0


CHOICE = {"operator": "add_step", "number": 3}
HERE = {"choice": CHOICE}


@pytest.mark.parametrize(
    "reply",
    [
        {"json_input": HERE},
        {"arguments": {"parameters": HERE}},
        {"output": json.dumps(HERE)},
        [HERE],
        CHOICE,
        {"Choice": CHOICE},
        {"result": CHOICE},
        f"<think>{{'choice': 7}} or so</think>\n{json.dumps(HERE)}",
        f"[[ ## choice ## ]]\n{json.dumps(CHOICE)}\n\n[[ ## completed ## ]]",
        {"choice": {**CHOICE, "operator": "Add Step"}},
        {"choice": {**CHOICE, "operator": "`add_step`: one more step"}},
        {"choice": {**CHOICE, "number": "3"}},
    ],
    ids=lambda reply: json.dumps(reply)[:40],
)
@pytest.mark.parametrize("adapter", [QuickJSONAdapter(), dspy.JSONAdapter(), CompactAdapter()])
def test_a_reply_is_read_in_whatever_it_is_wrapped(reply: Any, adapter: dspy.Adapter) -> None:
    assert chosen(reply, adapter) == CHOICE


@pytest.mark.parametrize(
    "choice", ["add_step", {"operator": "add_step"}, *({**CHOICE, "number": n} for n in (None, "", "any"))]
)  # fmt: skip
def test_a_number_that_is_none_is_left_to_chance(choice: Any) -> None:
    assert chosen({"choice": choice}, QuickJSONAdapter()) == {**CHOICE, "number": 0}


@pytest.mark.parametrize(
    "reply",
    [
        {"choice": {**CHOICE, "operator": "add"}},
        {"choice": {**CHOICE, "operator": "drop_tables"}},
        {"choice": {**CHOICE, "number": 101}},
        {"choice": {**CHOICE, "number": "-1"}},
        {"choice": {**CHOICE, "why": "it fits"}},
        {"error": "I will not"},
        {"one": HERE, "two": HERE},
        {"a": {"b": {"c": {"d": {"e": {"f": HERE}}}}}},
        "add_step, of course",
    ],
)
def test_what_may_mean_anything_is_not_read(reply: Any) -> None:
    with pytest.raises(CallFailed) as failed:
        chosen(reply, QuickJSONAdapter())
    assert failed.value.malformed


def chosen(reply: Any, adapter: dspy.Adapter) -> dict[str, Any]:
    options = [Option("add_step"), Option("double_step")]
    text = reply if isinstance(reply, str) else json.dumps(reply)
    with openai_server(lambda _: text) as server:
        lm = load_teacher("openai/scripted", api_base=server.url, api_key=API_KEY)
        calls = TeacherCalls(lm.copy(num_retries=0), adapter=adapter)
        inputs = {"operators": "", "problem": "", "symbols": "", "student": ""}

        class Choosing(dspy.Module):  # type: ignore[misc]
            def __init__(self) -> None:
                super().__init__()
                self.choose = dspy.Predict(ChooseMutation)

            def forward(self, **given: Any) -> dspy.Prediction:
                with dspy.context(adapter=narrowed_adapter(options, SEED.symbols, "")):
                    return self.choose(**given)

        return calls.ask(Choosing(), key="k", **inputs).choice.model_dump()


@pytest.mark.parametrize("reply", ["[", "{", "(", "/*", "[1,", '{"a":', '{"a":[', '{"problem": {'])
@pytest.mark.parametrize("adapter", [QuickJSONAdapter(), CompactAdapter(), None])
def test_a_reply_that_is_nested_too_deep_is_one_that_cannot_be_read(adapter, reply):
    with openai_server(lambda _: reply * 3_000) as server:
        lm = load_teacher("openai/scripted", api_base=server.url, api_key=API_KEY)
        calls = TeacherCalls(lm.copy(num_retries=0), adapter=adapter)
        with pytest.raises(CallFailed) as failure:
            calls.ask(dspy.Predict(FormalizeProblem), key="k", text="Ann has 5 pens.")
    assert failure.value.malformed
