"""Signatures: closed schemas, formulas read on arrival, and the guide's example."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import dspy
import pytest
from pydantic import BaseModel, ValidationError

from tests.openai_server import API_KEY, openai_server
from zoped.programs import builtin_seeds
from zoped.programs.teachers.load import load_teacher
from zoped.signatures import (
    ChooseMutation,
    FormalizeProblem,
    MutationChoice,
    RewriteProblem,
    VerbalizeProblem,
    WrittenProblem,
    WrittenVariable,
    as_lines,
)
from zoped.symbolic import instance_key

GUIDE = Path(__file__).parents[2] / "docs" / "write-a-signature.md"
ALL = (ChooseMutation, FormalizeProblem, RewriteProblem, VerbalizeProblem)


@pytest.mark.parametrize("signature", ALL)
def test_the_prompt_is_short_and_every_field_is_described(signature: type[dspy.Signature]) -> None:
    longest = 2500 if signature in (FormalizeProblem, RewriteProblem) else 1200
    assert 100 < len(signature.instructions) < longest
    for field in signature.fields.values():
        assert not field.json_schema_extra["desc"].startswith("${")


@pytest.mark.parametrize("model", [MutationChoice, WrittenProblem])
def test_schemas_are_closed_and_ask_for_every_field(model: type[BaseModel]) -> None:
    schema = model.model_json_schema()
    for part in (schema, *schema.get("$defs", {}).values()):
        if part["type"] == "object":
            assert part["additionalProperties"] is False
            assert sorted(part["required"]) == sorted(part["properties"])


def test_a_problem_survives_being_written() -> None:
    for seed in builtin_seeds():
        assert seed.symbols is not None
        written = WrittenProblem.of(seed.symbols)
        again = WrittenProblem.model_validate_json(written.model_dump_json())
        assert instance_key(again.to_problem()) == instance_key(seed.symbols)


@pytest.mark.parametrize(
    "change, message",
    [
        ({"constraints": ["now == start +"]}, "now == start +"),
        ({"constraints": ["now"]}, "not a relation"),
        ({"constraints": ["now == __import__('os')"]}, "not allowed"),
        ({"target": "later"}, "later"),
        ({"target": "x" * 600}, "at most 500"),
        ({"note": "hi"}, "Extra inputs"),
    ],
)
def test_what_cannot_be_read_is_told(change: dict[str, object], message: str) -> None:
    problem = builtin_seeds()[0].symbols
    assert problem is not None
    written = WrittenProblem.of(problem).model_dump(mode="json") | change
    with pytest.raises(ValidationError) as caught:
        WrittenProblem.model_validate(written)
    assert message in str(caught.value)


@pytest.mark.parametrize("place", ["constraints", "target"])
def test_a_formula_is_read_whole_or_not_at_all(place: str) -> None:
    fields = _fields()
    name = fields["variables"][0]["name"]
    for size in (499, 500, 501, 502, 520):  # cut, it would say 1000 or 100
        formula = f"{name} == {name}" if place == "constraints" else name
        formula += " " * (size - len(formula) - len("+100000")) + "+100000"
        read = fields | {place: [formula] if place == "constraints" else formula}
        for written in (read, as_lines(WrittenProblem.model_construct(**_parts(read)))):
            try:
                problem = WrittenProblem.model_validate(written).to_problem()
            except ValidationError:
                assert size > 500
            else:
                said = problem.relations[0] if place == "constraints" else problem.target
                assert str(said).endswith("+ 100000") and size <= 500


def _parts(fields: dict[str, Any]) -> dict[str, Any]:
    return fields | {"variables": [WrittenVariable.model_validate(v) for v in fields["variables"]]}


def test_the_guides_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    example = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)[0]
    reply = json.dumps({"choice": {"operator": "one_digit_numbers", "number": 0}})
    with openai_server(lambda _: reply) as server:
        lm = load_teacher("openai/scripted", api_base=server.url, api_key=API_KEY)
        with dspy.context(lm=lm, adapter=dspy.JSONAdapter()):
            exec(example, {"__name__": "example"})  # noqa: S102  # of our own guide
        assert "just learned to add" in server.requests[0]["messages"][0]["content"]
        assert "symbols" not in server.prompts()[0]
    assert len(capsys.readouterr().out.splitlines()) == 4


def _fields() -> dict[str, Any]:
    problem = builtin_seeds()[0].symbols
    assert problem is not None
    return WrittenProblem.of(problem).model_dump(mode="json")


def _each_variable(**changes: Any) -> dict[str, Any]:
    """The problem, of whose variables without a value some fields are others (None: left out)."""
    fields = _fields()
    for variable in fields["variables"]:
        for name, value in changes.items():
            if name != "value" or not variable["value"]:
                variable[name] = value
                if value is None:
                    del variable[name]
    return fields


@pytest.mark.parametrize(
    "written",
    [
        *(_each_variable(value=value) for value in ("?", "Unknown", " null ", None)),
        _each_variable(unit=None),
        {**_fields(), "constraints": "\n".join(_fields()["constraints"])},
        {**_fields(), "constraints": [f"${c}$" for c in _fields()["constraints"]]},
        {**_fields(), "target": f"find {_fields()['target']}"},
        {**_fields(), "target": f"$ {_fields()['target']} = ? $"},
        {**_fields(), "query": "Value"},
        {**_fields(), "query": ""},
        {**_fields(), "variables": {v["name"]: v for v in _fields()["variables"]}},
    ],
)
def test_what_models_write_in_the_place_of_it_is_read(written: dict[str, Any]) -> None:
    read = WrittenProblem.model_validate(written)
    assert (
        read.to_problem().relations
        == WrittenProblem.model_validate(_fields()).to_problem().relations
    )
    assert [v.value for v in read.variables] == [v["value"] for v in _fields()["variables"]]
    assert (read.target, read.query) == (_fields()["target"], "value")


@pytest.mark.parametrize(
    ("written", "domain"),
    [
        ("Positive Integer", "positive_integer"),
        ("positive integers", "positive_integer"),
        ("N+", "positive_integer"),
        ("integer > 0", "positive_integer"),
        ("non-negative integer", "nonnegative_integer"),
        ("whole number", "nonnegative_integer"),
        ("Real numbers", "real"),
        ("R+", "positive_real"),
    ],
)
def test_domains_are_read_as_people_call_them(written: str, domain: str) -> None:
    read = WrittenProblem.model_validate(_each_variable(domain=written))
    assert {v.domain for v in read.variables} == {domain}


@pytest.mark.parametrize("domain", ["complex", "number", "a positive integer or zero", "", "prime"])
def test_a_domain_that_is_none_is_told(domain: str) -> None:
    with pytest.raises(ValidationError, match="positive_integer"):
        WrittenProblem.model_validate(_each_variable(domain=domain))
