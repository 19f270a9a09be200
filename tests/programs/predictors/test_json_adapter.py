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


def test_it_sends_what_dspys_own_adapter_sends() -> None:
    sent = bodies(QuickJSONAdapter(), "Do it well.")
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
